"""source: logical records (what one office says of one owner and business) and their versions with typed values.

That every version has its record and its row is proven at commit for a whole submission at once (versions.sql). Foreign keys would prove
it by a look-up a row, which takes longer than writing the rows.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from schemas.fields import typed_columns
from schemas.warehouse.base import metadata, one_of, run_span

SQL_TYPES: dict[str, Any] = {"date": Date, "money": BigInteger, "count": BigInteger, "yes_no": Boolean}

logical_record = Table(
    "logical_record",
    metadata,
    Column(
        "record_id", BigInteger, primary_key=True
    ),  # 63 bits of BLAKE2 over submission, sheet and row of its first version
    Column("series_id", BigInteger, nullable=False),
    Column("regency_code", Text, nullable=False),  # the regency that sent it
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    one_of("state", "active", "not_resent"),
    Index("ix_logical_record_series_id", "series_id"),
    schema="source",
)

record_version = Table(
    "record_version",
    metadata,
    Column("record_id", BigInteger, primary_key=True),
    *run_span(is_derived=True),
    Column("submission_id", Text, nullable=False),
    Column("sheet_no", Integer, nullable=False),
    Column("row", Integer, nullable=False),
    Column("content_hash", BigInteger, nullable=False),  # of the normalised values of every mapped field
    Column(
        "match_hash", BigInteger, nullable=False
    ),  # of the compared fields only: a change makes new work for linking
    Column("aid_hold", Text),  # codes joined by |, null = not held
    *[Column(name, SQL_TYPES.get(kind, Text)) for name, kind in typed_columns().items()],
    Index("uq_record_version_current", "record_id", unique=True, postgresql_where=text("to_run IS NULL")),
    Index("ix_record_version_from_run", "from_run"),
    Index("ix_record_version_submission_id", "submission_id"),
    schema="source",
)

change = (
    Table(  # the work list of consolidation: written with every new or ended version, cleared by the merge that used it
        "change",
        metadata,
        Column("change_no", BigInteger, Identity(), primary_key=True),
        Column("record_id", BigInteger, nullable=False),
        Column("run_id", BigInteger, nullable=False),
        schema="source",
    )
)
