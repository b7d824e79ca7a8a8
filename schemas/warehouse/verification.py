"""verification: what registers were asked and what they answered about a person. Known, unknown and not asked are three states.

Known = there is a result; unknown = there is a question and no result; not asked = neither. All of it is primary data. The newest result of
a register about a NIK counts (`verified_on`, of one day the one received last); an older one that comes late is kept and changes nothing.
"""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Identity, Index, Integer, Table, Text, UniqueConstraint

from schemas.warehouse.base import metadata, now_column

batch = Table(  # one list of questions that was written: `sinergi export to-verify`
    "batch",
    metadata,
    Column("batch_id", Text, primary_key=True),  # <register>-<day>-<number>
    Column("register", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("nik_count", Integer, nullable=False),
    now_column("recorded_at"),
    schema="verification",
)

question = Table(
    "question",
    metadata,
    Column("batch_id", Text, ForeignKey("verification.batch.batch_id"), primary_key=True),
    Column("nik", Text, primary_key=True),
    Index("ix_question_nik", "nik"),
    schema="verification",
)

result = Table(
    "result",
    metadata,
    Column("result_id", BigInteger, Identity(), primary_key=True),
    Column("register", Text, nullable=False),  # schemas/reference/register.yaml
    Column("nik", Text, nullable=False),
    Column("answer", Text, nullable=False),  # schemas/reference/register_answer.yaml
    Column("verified_on", Date, nullable=False),
    Column("submission_id", Text, ForeignKey("intake.submission.submission_id")),
    now_column("recorded_at"),
    UniqueConstraint("register", "nik", "verified_on", "answer"),  # said twice is said once
    Index("ix_result_nik_register", "nik", "register"),
    schema="verification",
)
