"""which model is in force: what people promoted, with the model itself, and the run since which a model scores"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("model", sa.Column("used_run", sa.BigInteger()), schema="identity")
    op.create_table(
        "promotion",
        sa.Column("promotion_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("promoted_by", sa.Text(), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_promotion")),
        schema="identity",
    )
