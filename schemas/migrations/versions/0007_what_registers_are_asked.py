"""questions to registers, an answer said twice kept once; a golden person tells the newest status of the person's work"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("nik_count", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
        schema="verification",
    )
    op.create_table(
        "question",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("nik", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["verification.batch.batch_id"], name=op.f("fk_question_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "nik", name=op.f("pk_question")),
        schema="verification",
    )
    op.create_index("ix_question_nik", "question", ["nik"], schema="verification")
    op.execute(ONCE)
    op.create_unique_constraint(
        "uq_result_register_nik_verified_on_answer",
        "result",
        ["register", "nik", "verified_on", "answer"],
        schema="verification",
    )
    op.add_column("person", sa.Column("activity_status", sa.Text()), schema="gold")
    op.add_column("person", sa.Column("verified_on", sa.Date()), schema="gold")


ONCE = """
DELETE FROM verification.result r USING verification.result s
 WHERE (s.register, s.nik, s.verified_on, s.answer) = (r.register, r.nik, r.verified_on, r.answer) AND s.result_id > r.result_id
"""
