"""verification: what registers answered about a person. Known, unknown and not asked are three states."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Identity, Index, Table, Text

from schemas.warehouse.base import metadata, now_column

result = Table(  # primary data
    "result",
    metadata,
    Column("result_id", BigInteger, Identity(), primary_key=True),
    Column("register", Text, nullable=False),  # dukcapil | asn | sikp | dtks ...
    Column("nik", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("verified_on", Date, nullable=False),
    Column("submission_id", Text, ForeignKey("intake.submission.submission_id")),
    now_column("recorded_at"),
    Index("ix_result_nik_register", "nik", "register"),
    schema="verification",
)
