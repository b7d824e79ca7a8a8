"""conflicts of one award on what turned out to be two persons, beside those of two awards on one"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

CLAIM_OF_TWO = Path(__file__).parents[2].joinpath("warehouse", "claim_of_two.sql").read_text("utf-8")

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "conflict", sa.Column("cause", sa.Text(), server_default="one_person", nullable=False), schema="aid"
    )
    op.create_check_constraint(
        op.f("ck_conflict_cause_word"), "conflict", "cause IN ('one_person', 'two_persons')", schema="aid"
    )
    op.execute(CLAIM_OF_TWO)
