"""pairs of records that officers were asked about, drawn at random, with the strata they were drawn from"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sample",
        sa.Column("sample_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text()),
        sa.CheckConstraint("about IN ('precision', 'recall', 'both')", name=op.f("ck_sample_about_word")),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_sample")),
        schema="identity",
    )
    op.create_table(
        "sample_stratum",
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("pair_count", sa.BigInteger(), nullable=False),
        sa.Column("known_same", sa.BigInteger(), nullable=False),
        sa.Column("known_different", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("side IN ('merged', 'apart')", name=op.f("ck_sample_stratum_side_word")),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["identity.sample.sample_id"], name=op.f("fk_sample_stratum_sample_id_sample")
        ),
        sa.PrimaryKeyConstraint("sample_id", "side", "clause", "band", name=op.f("pk_sample_stratum")),
        schema="identity",
    )
    op.create_table(
        "sample_pair",
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("record_a", sa.BigInteger(), nullable=False),
        sa.Column("record_b", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("match_hash_a", sa.BigInteger(), nullable=False),
        sa.Column("match_hash_b", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("record_a < record_b", name=op.f("ck_sample_pair_ordered")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.{key}"], name=op.f(f"fk_sample_pair_{column}_{table.partition('.')[2]}")
            )
            for column, table, key in (
                ("sample_id", "identity.sample", "sample_id"),
                ("record_a", "source.logical_record", "record_id"),
                ("record_b", "source.logical_record", "record_id"),
            )
        ),
        sa.PrimaryKeyConstraint("sample_id", "record_a", "record_b", name=op.f("pk_sample_pair")),
        schema="identity",
    )
    op.create_index("ix_sample_pair_records", "sample_pair", ["record_a", "record_b"], schema="identity")
