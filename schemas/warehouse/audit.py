"""audit: runs and events. Ids and counts only; a disclosure of values records who, why and how many, not the values."""

from sqlalchemy import BigInteger, Column, Date, DateTime, ForeignKey, Identity, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.warehouse.base import metadata, now_column, one_of

run = Table(
    "run",
    metadata,
    Column("run_id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="running"),
    Column("today", Date, nullable=False),
    now_column("started_at"),
    Column("finished_at", DateTime(timezone=True)),
    Column("counts", JSONB, nullable=False, server_default="{}"),
    one_of("kind", "nightly", "submission", "consolidation", "distribution", "aid", "report"),
    one_of("state", "running", "done", "stopped"),
    schema="audit",
)

event = Table(
    "event",
    metadata,
    Column("event_id", BigInteger, Identity(), primary_key=True),
    now_column("at"),
    Column("run_id", BigInteger, ForeignKey("audit.run.run_id")),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text),
    Column("counts", JSONB, nullable=False, server_default="{}"),
    schema="audit",
)
