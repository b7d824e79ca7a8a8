"""aid: programmes as data, rounds, list versions, decisions, claims (no double aid, P7), officers and approvals."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB

from schemas.warehouse.base import metadata, now_column, one_of

officer = Table(  # primary data; the private key never enters the database
    "officer",
    metadata,
    Column("officer_id", Text, primary_key=True),
    Column("full_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("public_key", Text, nullable=False),  # Ed25519, base64 of the raw 32 bytes
    Column("is_active", Boolean, nullable=False, server_default=text("true")),
    now_column("added_at"),
    one_of("role", "preparer", "approver"),
    schema="aid",
)

programme = Table(  # every body ever used, by its hash: the file is the source, this is the record
    "programme",
    metadata,
    Column("programme_sha256", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    now_column("first_used_at"),
    schema="aid",
)

round_ = Table(
    "round",
    metadata,
    Column("programme", Text, primary_key=True),
    Column("round", Text, primary_key=True),
    Column("reference_date", Date, nullable=False),
    Column("seats", Integer),
    schema="aid",
)

aid_list = Table(
    "list",
    metadata,
    Column("list_id", Text, primary_key=True),  # programme.round.phase.version
    Column("programme", Text, nullable=False),
    Column("round", Text, nullable=False),
    Column("phase", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("programme_sha256", Text, ForeignKey("aid.programme.programme_sha256"), nullable=False),
    Column("state", Text, nullable=False),
    Column("preparer", Text, ForeignKey("aid.officer.officer_id")),
    Column("in_count", Integer, nullable=False),
    Column("out_count", Integer, nullable=False),
    Column("waiting_count", Integer, nullable=False),
    Column("amount_idr", BigInteger, nullable=False),
    Column("seats", Integer),  # seats left for this list when it was built; null = no limit
    Column("rules_mark", Text, nullable=False),  # fingerprint of what decided, apart from the golden rows
    Column("gold_mark", Text, nullable=False),  # fingerprint of the golden rows that were judged
    Column("gold_run", BigInteger, nullable=False),  # the newest run among them: later rows are new work
    Column("run_id", BigInteger, ForeignKey("audit.run.run_id"), nullable=False),
    now_column("built_at"),
    Column("locked_at", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True)),
    Column("published_run", BigInteger, ForeignKey("audit.run.run_id")),
    Column("published_on", Date),  # the run's today: what a standing approval must have covered
    Column("sha256", Text),  # of the canonical bytes, fixed by the lock
    Column("body", LargeBinary),  # the canonical bytes of a published version
    Column("signature", Text),
    Column("signed_by", Text, ForeignKey("aid.officer.officer_id")),
    UniqueConstraint("programme", "round", "phase", "version"),
    UniqueConstraint("list_id", "preparer"),
    ForeignKeyConstraint(["programme", "round"], ["aid.round.programme", "aid.round.round"]),
    one_of("state", "draft", "locked", "published", "withdrawn"),
    CheckConstraint("state = 'draft' OR (sha256 IS NOT NULL AND preparer IS NOT NULL)", name="locked_is_fixed"),
    CheckConstraint("state <> 'published' OR (body IS NOT NULL AND signature IS NOT NULL)", name="published_is_signed"),
    Index("uq_list_draft", "programme", "round", unique=True, postgresql_where=text("state = 'draft'")),
    schema="aid",
)

decision = Table(
    "decision",
    metadata,
    Column("list_id", Text, ForeignKey("aid.list.list_id"), primary_key=True),
    Column("unit_kind", Text, primary_key=True),
    Column("unit_id", Text, primary_key=True),
    Column("person_id", Text),
    Column("business_id", Text),
    Column("household_id", Text),
    Column("decision", Text, nullable=False),
    Column("decisive_reason", Text, nullable=False),
    Column("reasons", Text, nullable=False, server_default=""),  # codes joined by |, decisive first
    Column("facts", JSONB, nullable=False),  # the frozen values used, each [value, source]; the snapshot of P9
    Column("rank", Integer),
    Column("amount_idr", BigInteger),
    Column("key", Text),  # the line's key when in (P10), stored when made
    one_of("decision", "in", "out", "waiting"),
    schema="aid",
)

claim = Table(  # primary data: the constraint that forbids double aid
    "claim",
    metadata,
    Column("conflict_group", Text, primary_key=True),
    Column("unit_kind", Text, primary_key=True),
    Column("unit_id", Text, primary_key=True),
    Column("window", Text, primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("list_id", Text, ForeignKey("aid.list.list_id"), nullable=False),
    Column("person_id", Text),
    Column("amount_idr", BigInteger, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    now_column("claimed_at"),
    Index("ix_claim_list_id", "list_id"),
    schema="aid",
)

claim_nik = Table(  # primary data: beside a claim the NIK that was sent, since persons are parted and corrected, and a NIK is paid once
    "claim_nik",
    metadata,
    Column("conflict_group", Text, primary_key=True),
    Column("nik", Text, primary_key=True),
    Column("window", Text, primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("unit_kind", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    ForeignKeyConstraint(
        ["conflict_group", "unit_kind", "unit_id", "window", "slot"],
        ["aid.claim.conflict_group", "aid.claim.unit_kind", "aid.claim.unit_id", "aid.claim.window", "aid.claim.slot"],
        name="fk_claim_nik_claim",
    ),
    schema="aid",
)

conflict = Table(  # awards on what turned out to be somebody else: a person decides, the money is named
    "conflict",
    metadata,
    Column("conflict_id", BigInteger, Identity(), primary_key=True),
    # several awards on what is one person, or one award on what are two
    Column("cause", Text, nullable=False, server_default="one_person"),
    Column("conflict_group", Text, nullable=False),
    Column("window", Text, nullable=False),
    Column("unit_kind", Text, nullable=False),
    Column("unit_ids", Text, nullable=False),  # the ids as awarded, sorted, joined by |
    Column("amount_idr", BigInteger, nullable=False),
    Column("opened_run", BigInteger, nullable=False),
    Column("resolved_at", DateTime(timezone=True)),
    Column("resolution", Text),
    one_of("cause", "one_person", "two_persons"),
    UniqueConstraint("conflict_group", "window", "unit_kind", "unit_ids"),
    schema="aid",
)

approval = Table(  # primary data: two different officers, neither the preparer
    "approval",
    metadata,
    Column("list_id", Text, primary_key=True),
    Column("officer_id", Text, ForeignKey("aid.officer.officer_id"), primary_key=True),
    Column("preparer", Text, nullable=False),
    Column("sha256", Text, nullable=False),  # what was approved
    Column("signature", Text, nullable=False),
    now_column("approved_at"),
    ForeignKeyConstraint(["list_id", "preparer"], ["aid.list.list_id", "aid.list.preparer"]),
    CheckConstraint("officer_id <> preparer", name="preparer_never_approves"),
    schema="aid",
)

standing_approval = Table(  # primary data: two officers let the nightly publish one programme round until a date
    "standing_approval",
    metadata,
    Column("programme", Text, primary_key=True),
    Column("round", Text, primary_key=True),
    Column("officer_id", Text, ForeignKey("aid.officer.officer_id"), primary_key=True),
    Column("programme_sha256", Text, primary_key=True),  # another body of rules needs another word
    Column("valid_until", Date, primary_key=True),
    Column("signature", Text, nullable=False),
    now_column("approved_at"),
    schema="aid",
)

blacklist = Table(  # primary data: with reason and expiry; what becomes of an entry stands in blacklist_act
    "blacklist",
    metadata,
    Column("blacklist_id", BigInteger, Identity(), primary_key=True),
    Column("unit_kind", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("listed_by", Text, nullable=False),
    Column("listed_on", Date, nullable=False),
    Column("expires_on", Date),  # the first reference date on which it bars no longer
    Column("counts_from", Date),  # the first on which it bars, when that is not the day of listing
    Column("record_ids", ARRAY(BigInteger), nullable=False, server_default="{}"),  # what the person was made of
    schema="aid",
)

blacklist_act = Table(  # primary data: what the person said against an entry, and what officers decided
    "blacklist_act",
    metadata,
    Column("act_id", BigInteger, Identity(), primary_key=True),
    Column("blacklist_id", BigInteger, ForeignKey("aid.blacklist.blacklist_id"), nullable=False),
    Column("act", Text, nullable=False),
    Column("officer_id", Text, ForeignKey("aid.officer.officer_id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("acted_on", Date, nullable=False),
    one_of("act", "appeal", "uphold", "lift"),
    Index("uq_blacklist_act_lift", "blacklist_id", unique=True, postgresql_where=text("act = 'lift'")),
    schema="aid",
)
