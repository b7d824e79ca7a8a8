"""indexes by which a draft finds the golden rows that moved since it was built, and the businesses of a person"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("person", "business"):
        op.create_index(f"ix_{table}_from_run", table, ["from_run"], schema="gold")
        op.create_index(f"ix_{table}_to_run", table, ["to_run"], schema="gold", postgresql_where=sa.text("to_run IS NOT NULL"))
    op.create_index("ix_business_person_id", "business", ["person_id"], schema="gold", postgresql_where=sa.text("to_run IS NULL"))
