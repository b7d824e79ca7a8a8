"""who undid a judgement and why; which clause about whole clusters holds an edge; indexes by which questions are found"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("undone_by", "undone_reason"):
        op.add_column("judgement", sa.Column(name, sa.Text()), schema="identity")
    for name in ("record_a", "record_b"):
        op.create_index(f"ix_judgement_{name}", "judgement", [name], schema="identity")
    op.add_column("edge", sa.Column("held_by", sa.Text()), schema="identity")
    is_question = sa.text("verdict = 'review' OR held_by IS NOT NULL")
    op.create_index("ix_edge_question", "edge", ["record_a", "record_b"], schema="identity", postgresql_where=is_question)
