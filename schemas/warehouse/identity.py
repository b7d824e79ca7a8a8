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

model = Table(  # which frozen model file scored what; the file itself is data of the project
    "model",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    now_column("first_used_at"),
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
    CheckConstraint("record_a < record_b", name="ordered"),
    one_of("tier", "deterministic", "model"),
    one_of("verdict", "merge", "review", "apart"),
    Index("ix_edge_record_b", "record_b"),
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
    CheckConstraint("record_a < record_b", name="ordered"),
    one_of("verdict", "same", "different", "unsure"),
    Index("uq_judgement_in_force", "record_a", "record_b", unique=True, postgresql_where=text("undone_at IS NULL")),
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
