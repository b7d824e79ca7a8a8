"""intake: what was sent. Bytes by SHA-256, submissions, sheets, every row with its one outcome, findings by cell."""

from typing import get_args

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB

from schemas.records import OUTCOMES, SubmissionState
from schemas.warehouse.base import metadata, now_column, one_of

content = Table(  # primary data: the bytes lie in the vault under this name
    "content",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("byte_count", BigInteger, nullable=False),
    now_column("received_at"),
    schema="intake",
)

series = Table(  # (regency, kind, period, scope): the files of one series are revisions of each other
    "series",
    metadata,
    Column("series_id", BigInteger, Identity(), primary_key=True),
    Column("regency_code", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("period", Text),
    Column("scope", Text, nullable=False),
    UniqueConstraint("regency_code", "kind", "period", "scope", postgresql_nulls_not_distinct=True),
    schema="intake",
)

submission = Table(
    "submission",
    metadata,
    Column("submission_id", Text, primary_key=True),  # from meaning: regency + file name + SHA-256
    Column("regency_code", Text, nullable=False),
    Column("file", Text, nullable=False),  # relative to the inbox; `<regency>/<basename>` for `submit`
    Column("sha256", Text, ForeignKey("intake.content.sha256"), nullable=False),
    Column("kind", Text),
    Column("period", Text),
    Column("period_source", Text),
    Column("series_id", BigInteger, ForeignKey("intake.series.series_id")),
    Column("version", Integer),
    Column("is_current", Boolean, nullable=False, server_default=text("false")),
    Column("same_as", Text, ForeignKey("intake.submission.submission_id")),
    Column("state", Text, nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("layout", Text),
    Column("rules_version", Text),  # hash of layouts + suites + reference that decided the outcomes
    Column("run_id", BigInteger, ForeignKey("audit.run.run_id"), nullable=False),
    now_column("received_at"),
    *[Column(f"{outcome}_count", Integer, nullable=False, server_default="0") for outcome in OUTCOMES],
    Column("row_count", Integer, nullable=False, server_default="0"),
    Column("receipt", Text),
    Column("workbook", Text),
    UniqueConstraint("regency_code", "file", "sha256"),
    Column("sidecar", JSONB, nullable=False, server_default="{}"),  # the office's own word, as received beside the file
    Column("content_key", Text),  # of the accepted rows' contents in any order: a re-saved file has the same
    one_of("state", *get_args(SubmissionState)),
    Column(
        "corrects", Text, ForeignKey("intake.submission.submission_id")
    ),  # the list of which it brings corrected rows
    CheckConstraint("row_count = " + " + ".join(f"{o}_count" for o in OUTCOMES), name="ledger_adds_up"),
    # the list as a whole; its corrections are current beside it
    Index("uq_submission_current", "series_id", unique=True, postgresql_where=text("is_current AND corrects IS NULL")),
    Index("ix_submission_corrects", "corrects", postgresql_where=text("corrects IS NOT NULL")),
    schema="intake",
)

member = Table(  # what a zip of lists held, in its order: each is a submission of its own, or says why it is none
    "member",
    metadata,
    Column("archive_id", Text, ForeignKey("intake.submission.submission_id"), primary_key=True),
    Column("member_no", Integer, primary_key=True),
    Column("name", Text, nullable=False),  # as told to people; it names nothing on our disks
    Column("byte_count", BigInteger, nullable=False),  # as the zip says
    Column("submission_id", Text, ForeignKey("intake.submission.submission_id")),
    Column("reason_code", Text),  # NOT_A_LIST, or why it is refused
    Column("reason", Text),
    CheckConstraint("(submission_id IS NULL) = (reason_code IS NOT NULL)", name="is_a_list_or_says_why_not"),
    Index("ix_member_submission_id", "submission_id", postgresql_where=text("submission_id IS NOT NULL")),
    schema="intake",
)

sheet = Table(
    "sheet",
    metadata,
    Column("submission_id", Text, ForeignKey("intake.submission.submission_id"), primary_key=True),
    Column("sheet_no", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_hidden", Boolean, nullable=False),
    Column("why_not", Text),  # why it holds no data
    Column("heading_row", Integer),
    Column("headings", JSONB, nullable=False, server_default="[]"),  # as written, by column position
    Column("mapping", JSONB, nullable=False, server_default="{}"),  # canonical field -> column position
    Column(
        "ignored", JSONB, nullable=False, server_default="{}"
    ),  # column position -> why it is not kept or not mapped
    schema="intake",
)

source_row = (
    Table(  # written whole with its submission: its proof is the ledger's, a foreign key would look up each row again
        "source_row",
        metadata,
        Column("submission_id", Text, primary_key=True),
        Column("sheet_no", Integer, primary_key=True),
        Column("row", Integer, primary_key=True),  # as Excel numbers it; CSV: the line
        Column("data_row", Integer),
        Column("outcome", Text, nullable=False),
        Column("duplicate_of_row", Integer),  # same submission: the first of its equals (sheet and row)
        Column("duplicate_of_sheet_no", Integer),
        Column("record_id", BigInteger),  # source.logical_record, when accepted (a duplicate: that of its first)
        Column("content_hash", BigInteger),  # of the values understood, when accepted or a duplicate
        Column("cells", Text, nullable=False),  # the raw text of the row, cells joined by U+001F
        Column("corrects_sheet_no", Integer),  # of a correction: the row of the corrected list that this one is about
        Column("corrects_row", Integer),
        one_of("outcome", *OUTCOMES),
        CheckConstraint("(outcome = 'not_data') = (data_row IS NULL)", name="data_rows_are_numbered"),
        CheckConstraint("(outcome = 'duplicate') = (duplicate_of_row IS NOT NULL)", name="duplicates_name_their_first"),
        Index("ix_source_row_record_id", "record_id"),
        schema="intake",
    )
)

finding = Table(
    "finding",
    metadata,
    Column("submission_id", Text, primary_key=True),
    Column("sheet_no", Integer, primary_key=True),
    Column("row", Integer, primary_key=True),  # 0 = the file or sheet as a whole
    Column("code", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("column_no", Integer),  # position in the sheet, 0-based; null when the field has no column
    Column("severity", Text, nullable=False),
    one_of("severity", "reject", "hold", "warn", "info"),
    Index("ix_finding_code", "code"),
    schema="intake",
)

mapping = Table(  # primary data: a person's word on what a heading set means
    "mapping",
    metadata,
    Column("regency_code", Text, primary_key=True),
    Column("heading_set", Text, primary_key=True),  # SHA-256 of the normalised headings in order
    Column("kind", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),  # normalised heading -> canonical field
    Column("confirmed_by", Text, nullable=False),
    now_column("confirmed_at"),
    schema="intake",
)
