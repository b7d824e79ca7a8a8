"""a submission that corrects rows of another: of which, row by row, and which rows are replaced by now"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

REPLACED = Path(__file__).parents[2].joinpath("warehouse", "corrections.sql").read_text("utf-8")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("submission", sa.Column("corrects", sa.Text()), schema="intake")
    op.create_foreign_key(
        "fk_submission_corrects_submission", "submission", "submission", ["corrects"], ["submission_id"],
        source_schema="intake", referent_schema="intake",
    )  # fmt: skip
    op.add_column("source_row", sa.Column("corrects_sheet_no", sa.Integer()), schema="intake")
    op.add_column("source_row", sa.Column("corrects_row", sa.Integer()), schema="intake")
    op.drop_index("uq_submission_current", "submission", schema="intake")
    op.create_index(
        "uq_submission_current", "submission", ["series_id"], unique=True, schema="intake",
        postgresql_where=sa.text("is_current AND corrects IS NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_submission_corrects", "submission", ["corrects"], schema="intake", postgresql_where=sa.text("corrects IS NOT NULL")
    )
    op.execute(REPLACED)
