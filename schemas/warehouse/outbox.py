"""outbox: what is to be sent, written in the publishing transaction; its key and body are stored when made (P10)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB

from schemas.warehouse.base import metadata, now_column, one_of

message = Table(  # primary data
    "message",
    metadata,
    Column("idempotency_key", Text, primary_key=True),
    Column("receiver", Text, nullable=False),
    Column("list_id", Text, ForeignKey("aid.list.list_id"), nullable=False),
    Column("operation", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("part_count", Integer, nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("body_sha256", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("attempt_count", Integer, nullable=False, server_default="0"),
    Column("last_error_code", Text),
    Column("sent_at", DateTime(timezone=True)),
    Column("settled_at", DateTime(timezone=True)),
    now_column("queued_at"),
    UniqueConstraint("receiver", "list_id", "operation", "part"),
    one_of("state", "queued", "sending", "in_doubt", "acknowledged", "refused", "held"),
    CheckConstraint("part BETWEEN 1 AND part_count", name="part_of_count"),
    Index("ix_message_state", "state"),
    schema="outbox",
)

line = Table(  # primary data: receiver | programme | round | phase | unit as awarded | operation | sequence
    "line",
    metadata,
    Column("line_key", Text, primary_key=True),
    Column("idempotency_key", Text, ForeignKey("outbox.message.idempotency_key"), nullable=False),
    Column("line_id", Text, nullable=False),
    Column("unit_kind", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("amount_idr", BigInteger, nullable=False),
    Column("answer", Text),  # accepted | refused | null = not answered yet
    Column("answer_code", Text),
    Column("answered_at", DateTime(timezone=True)),
    Index("ix_line_idempotency_key", "idempotency_key"),
    schema="outbox",
)

receipt = Table(  # primary data: what the receiving system said, as it said it
    "receipt",
    metadata,
    Column("receipt_id", BigInteger, Identity(), primary_key=True),
    Column("idempotency_key", Text, ForeignKey("outbox.message.idempotency_key"), nullable=False),
    now_column("received_at"),
    Column("http_status", Integer, nullable=False),
    Column("body_sha256", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    UniqueConstraint("idempotency_key", "body_sha256"),
    schema="outbox",
)
