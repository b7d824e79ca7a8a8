"""rows and versions are proven by submission, not one by one"""

from pathlib import Path

from alembic import op

PROOF = Path(__file__).parents[2].joinpath("warehouse", "versions.sql").read_text("utf-8")
#: (schema, table, foreign key): what a whole submission's proof stands for
REPLACED = (
    ("source", "record_version", "fk_record_version_record_id_logical_record"),
    ("source", "record_version", "fk_record_version_source_row"),
    ("source", "record_version", "fk_record_version_from_run_run"),
    ("source", "record_version", "fk_record_version_to_run_run"),
    ("source", "change", "fk_change_record_id_logical_record"),
    ("source", "logical_record", "fk_logical_record_series_id_series"),
    ("intake", "source_row", "fk_source_row_submission_id_submission"),
    ("intake", "finding", "fk_finding_submission_id_submission"),
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for schema, table, name in REPLACED:
        op.drop_constraint(name, table, schema=schema, type_="foreignkey")
    op.execute(PROOF)
