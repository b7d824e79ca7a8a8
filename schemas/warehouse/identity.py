"""identity: what is compared, what was scored, what people judged, which ids exist, and who belongs to whom.

Edges, judgements and memberships point to logical records (source.logical_record.record_id). What is derived (features, edge,
membership) has no foreign keys: see base.run_span.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB

from schemas.warehouse.base import metadata, now_column, one_of, run_span

features = Table(  # derived: what is compared of a record's current version; placeholders are absence
    "features",
    metadata,
    Column("record_id", BigInteger, primary_key=True),
    Column("from_run", BigInteger, nullable=False),
    Column("match_hash", BigInteger, nullable=False),
    Column("regency_code", Text, nullable=False),  # the sender, not compared
    Column("nik", Text),  # intact NIKs only
    Column("nik_area", Text),
    Column("nik_birth", Date),
    Column("nik_serial", Text),
    Column("is_nik_doubted", Boolean, nullable=False),  # it says another birth date than the row does
    Column("kk_number", Text),
    Column("written_name", Text),  # words in written order and spelling, titles removed, short forms full
    Column("full_name", Text),  # the same in canonical spelling
    Column("name_sorted", Text),
    Column("name_initials", Text),
    Column("name_sound", Text),
    Column("given_name", Text),
    Column("birth_date", Date),  # as stated
    Column("born_on", Date),  # as stated, else as the NIK says
    Column("sex", Text),
    Column("phone", Text),
    Column("phone_other", Text),
    Column("address", Text),
    Column("district_code", Text),
    Column("village_code", Text),
    Column("business_name", Text),
    Column("nib", Text),
    *[
        Index(f"ix_features_{'_'.join(columns)}", *columns)
        for columns in (
            ("nik",), ("phone",), ("nib",), ("kk_number",), ("name_sorted", "born_on"), ("born_on", "given_name"),
            ("nik_area", "nik_birth"), ("name_sound", "village_code"), ("name_sorted", "district_code"),
        )
    ],
    schema="identity",
)  # fmt: skip

model = Table(  # which frozen models scored here
    "model",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    now_column("first_used_at"),
    Column("used_run", BigInteger),  # the run since which it scores: the newest of all tells what the edges stand on
    schema="identity",
)

promotion = Table(  # primary data: models that people put in force; the newest is, else the one that the project ships
    "promotion",
    metadata,
    Column("promotion_id", BigInteger, Identity(), primary_key=True),
    Column("model_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("body", Text, nullable=False),  # the model file itself: a restored warehouse needs no file
    Column("reason", Text, nullable=False),
    Column("promoted_by", Text, nullable=False),
    now_column("promoted_at"),
    schema="identity",
)

edge = Table(
    "edge",
    metadata,
    Column("record_a", BigInteger, primary_key=True),
    Column("record_b", BigInteger, primary_key=True),
    Column("tier", Text, nullable=False),
    Column("weight", Float),  # log2 Bayes factor of the model as scored, before policy; null for the deterministic tier
    Column("model_id", Text),
    Column("verdict", Text, nullable=False),
    Column("clause", Text, nullable=False),  # the named clause of the policy that decided
    Column("evidence", JSONB, nullable=False, server_default="{}"),  # comparison -> level, never values
    Column("from_run", BigInteger, nullable=False),
    Column("held_by", Text),  # the clause about whole clusters that left a merge edge out; null = none did
    CheckConstraint("record_a < record_b", name="ordered"),
    one_of("tier", "deterministic", "model"),
    one_of("verdict", "merge", "review", "apart"),
    Index("ix_edge_record_b", "record_b"),
    Index(
        "ix_edge_question", "record_a", "record_b", postgresql_where=text("verdict = 'review' OR held_by IS NOT NULL")
    ),
    schema="identity",
)

judgement = Table(  # primary data: people overrule machines
    "judgement",
    metadata,
    Column("judgement_id", BigInteger, Identity(), primary_key=True),
    Column("record_a", BigInteger, ForeignKey("source.logical_record.record_id"), nullable=False),
    Column("record_b", BigInteger, ForeignKey("source.logical_record.record_id"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("judged_by", Text, nullable=False),
    now_column("judged_at"),
    Column("match_hash_a", BigInteger, nullable=False),  # the content it saw
    Column("match_hash_b", BigInteger, nullable=False),
    Column("undone_at", DateTime(timezone=True)),
    Column("undone_by", Text),
    Column("undone_reason", Text),
    CheckConstraint("record_a < record_b", name="ordered"),
    one_of("verdict", "same", "different", "unsure"),
    Index("ix_judgement_record_a", "record_a"),
    Index("ix_judgement_record_b", "record_b"),
    Index("uq_judgement_in_force", "record_a", "record_b", unique=True, postgresql_where=text("undone_at IS NULL")),
    schema="identity",
)

sample = Table(  # primary data: which pairs officers were asked about, drawn at random (docs/decisions/0016-quality.md)
    "sample",
    metadata,
    Column("sample_id", BigInteger, Identity(), primary_key=True),
    now_column("drawn_at"),
    Column("drawn_by", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),  # as asked for
    Column("about", Text, nullable=False),
    Column("model_id", Text),  # the model that scored when it was drawn
    one_of("about", "precision", "recall", "both"),
    schema="identity",
)

sample_stratum = Table(  # the sizes that make a label speak for others, as they were when the sample was drawn
    "sample_stratum",
    metadata,
    Column("sample_id", BigInteger, ForeignKey("identity.sample.sample_id"), primary_key=True),
    Column("side", Text, primary_key=True),
    Column("clause", Text, primary_key=True),
    Column("band", Integer, primary_key=True),
    Column("pair_count", BigInteger, nullable=False),  # pairs that could be drawn, and those drawn before
    Column("known_same", BigInteger, nullable=False),  # judged without being drawn
    Column("known_different", BigInteger, nullable=False),
    one_of("side", "merged", "apart"),
    schema="identity",
)

sample_pair = Table(
    "sample_pair",
    metadata,
    Column("sample_id", BigInteger, ForeignKey("identity.sample.sample_id"), primary_key=True),
    Column("record_a", BigInteger, ForeignKey("source.logical_record.record_id"), primary_key=True),
    Column("record_b", BigInteger, ForeignKey("source.logical_record.record_id"), primary_key=True),
    Column("side", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("band", Integer, nullable=False),
    Column("place", Integer, nullable=False),  # the order in which they are shown, which says nothing of the strata
    Column("match_hash_a", BigInteger, nullable=False),  # the content that was drawn
    Column("match_hash_b", BigInteger, nullable=False),
    CheckConstraint("record_a < record_b", name="ordered"),
    Index("ix_sample_pair_records", "record_a", "record_b"),
    schema="identity",
)

id_register = Table(  # primary data: ids are an input, never recomputed; a merged id points forward
    "id_register",
    metadata,
    Column("unit_kind", Text, primary_key=True),
    Column("unit_id", Text, primary_key=True),
    Column("anchor_record", BigInteger, nullable=False),  # the record for which the id was first given
    Column("forwarded_to", Text),
    Column("created_run", BigInteger, nullable=False),
    Index("ix_id_register_anchor_record", "anchor_record"),
    one_of("unit_kind", "person", "household", "business", "group", "cooperative"),
    schema="identity",
)

membership = Table(
    "membership",
    metadata,
    Column("unit_kind", Text, primary_key=True),
    Column("record_id", BigInteger, primary_key=True),
    *run_span(is_derived=True),
    Column("unit_id", Text, nullable=False),
    Column("role", Text),
    one_of("unit_kind", "person", "household", "business", "group", "cooperative"),
    Index("uq_membership_current", "unit_kind", "record_id", unique=True, postgresql_where=text("to_run IS NULL")),
    Index("ix_membership_unit_id", "unit_id", postgresql_where=text("to_run IS NULL")),
    schema="identity",
)

blocking_report = Table(  # what the caps dropped: a skip is an alarm with an owner
    "blocking_report",
    metadata,
    Column("run_id", BigInteger, ForeignKey("audit.run.run_id"), primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("pair_count", BigInteger, nullable=False),
    Column("capped_block_count", BigInteger, nullable=False),
    Column("capped_record_count", BigInteger, nullable=False),
    Column("is_replaced", Boolean, nullable=False),
    schema="identity",
)
