"""zips of lists: what each held, and the state of one whose lists became submissions"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BEFORE = ("received", "loaded", "answered", "waiting", "refused", "same_bytes", "no_change")


def upgrade() -> None:
    words = ", ".join(repr(word) for word in (*BEFORE, "unpacked"))
    op.drop_constraint(op.f("ck_submission_state_word"), "submission", schema="intake", type_="check")
    op.create_check_constraint(op.f("ck_submission_state_word"), "submission", f"state IN ({words})", schema="intake")
    op.create_table(
        "member",
        sa.Column("archive_id", sa.Text(), nullable=False),
        sa.Column("member_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(submission_id IS NULL) = (reason_code IS NOT NULL)", name=op.f("ck_member_is_a_list_or_says_why_not")
        ),
        sa.ForeignKeyConstraint(
            ["archive_id"], ["intake.submission.submission_id"], name=op.f("fk_member_archive_id_submission")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["intake.submission.submission_id"], name=op.f("fk_member_submission_id_submission")
        ),
        sa.PrimaryKeyConstraint("archive_id", "member_no", name=op.f("pk_member")),
        schema="intake",
    )
    op.create_index(
        "ix_member_submission_id", "member", ["submission_id"], schema="intake",
        postgresql_where=sa.text("submission_id IS NOT NULL"),
    )  # fmt: skip
