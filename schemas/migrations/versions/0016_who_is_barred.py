"""the blacklist is kept by officers: what was said and decided on each entry, from when it counts, the records it was about"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

BLACKLIST = Path(__file__).parents[2].joinpath("warehouse", "blacklist.sql").read_text("utf-8")

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("blacklist", sa.Column("counts_from", sa.Date()), schema="aid")
    op.add_column(
        "blacklist",
        sa.Column("record_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        schema="aid",
    )
    op.create_table(
        "blacklist_act",
        sa.Column("act_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("blacklist_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=False),
        sa.CheckConstraint("act IN ('appeal', 'uphold', 'lift')", name=op.f("ck_blacklist_act_act_word")),
        sa.ForeignKeyConstraint(
            ["blacklist_id"], ["aid.blacklist.blacklist_id"], name=op.f("fk_blacklist_act_blacklist_id_blacklist")
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"], ["aid.officer.officer_id"], name=op.f("fk_blacklist_act_officer_id_officer")
        ),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_blacklist_act")),
        schema="aid",
    )
    is_lift = sa.text("act = 'lift'")
    op.create_index(
        "uq_blacklist_act_lift", "blacklist_act", ["blacklist_id"], unique=True, schema="aid", postgresql_where=is_lift
    )
    for table in ("blacklist", "blacklist_act"):
        op.execute(
            f"CREATE TRIGGER {table}_is_a_fact BEFORE UPDATE OR DELETE ON aid.{table}"
            " FOR EACH ROW EXECUTE FUNCTION aid.refuse_change()"
        )
    op.execute(BLACKLIST)
