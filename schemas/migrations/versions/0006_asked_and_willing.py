"""what owners export, ask for and are willing to do; golden businesses tell it, with their assistant and the impact of Covid-19"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ASKED = ("export_commodity", "licence_request", "copyright_request")


def upgrade() -> None:
    for name in ASKED:
        op.add_column("record_version", sa.Column(name, sa.Text()), schema="source")
    op.add_column("record_version", sa.Column("is_willing", sa.Boolean()), schema="source")
    for name in ("field_assistant", "covid_impact", *ASKED):
        op.add_column("business", sa.Column(name, sa.Text()), schema="gold")
    op.add_column("business", sa.Column("is_willing", sa.Boolean()), schema="gold")
