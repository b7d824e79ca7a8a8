"""people are found by their birth date, for the answers to rows whose NIK is damaged"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_person_birth_date",
        "person",
        ["birth_date"],
        schema="gold",
        postgresql_where=sa.text("to_run IS NULL AND nik IS NOT NULL"),
    )
