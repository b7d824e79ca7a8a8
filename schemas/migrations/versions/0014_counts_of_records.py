"""a golden row says nothing of how many records it has: more records that say the same are no other row"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("person", "business", "household", "group", "cooperative", "product", "licence", "channel")


def upgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "record_count", schema="gold")
