"""Typed records into a warehouse without the files they came from: what the load step leaves behind, by COPY.

Belongs here: logical records, their versions, the work list. Does not belong here: where records come from,
anything of submissions.
"""

from __future__ import annotations

from datetime import date

import pandas as pd
import sqlalchemy as sa

from tasks import runs, store

#: what a record is, beside what it says
ABOUT = ("record_id", "sender_code", "kind")
_SERIES = """
INSERT INTO intake.series (regency_code, kind, period, scope) SELECT DISTINCT sender_code, kind, CAST(:period AS text), '' FROM coming
    ON CONFLICT DO NOTHING"""
_RECORDS = """
INSERT INTO source.logical_record (record_id, series_id, regency_code, kind)
SELECT c.record_id, s.series_id, c.sender_code, c.kind FROM coming c JOIN intake.series s
    ON (s.regency_code, s.kind, s.period) = (c.sender_code, c.kind, :period) ON CONFLICT DO NOTHING"""
_END = """
UPDATE source.record_version v SET to_run = :run FROM coming c WHERE v.record_id = c.record_id AND v.to_run IS NULL"""
_TO_WORK = "INSERT INTO source.change (record_id, run_id) SELECT record_id, :run FROM coming"


def start_run(today: date) -> int:
    """A run on the time axis."""
    with runs.run("consolidation", today) as run:
        return run.run_id


def load_records(run_id: int, records: pd.DataFrame, period: str = "2020-04") -> None:
    """Load records (ABOUT, and columns of source.record_version), each with a first or a further version, onto the work list."""
    said = records.drop(columns=list(ABOUT))
    content = pd.util.hash_pandas_object(said.astype(str), index=False).to_numpy() >> 1
    versions = said.assign(
        record_id=records["record_id"], from_run=run_id, submission_id="s", sheet_no=1, row=1,
        content_hash=content.astype("int64"), match_hash=content.astype("int64"),
    )  # fmt: skip
    values = {"run": run_id, "period": period}
    with store.transaction() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # rows without their files
        connection.execute(
            sa.text("CREATE TEMP TABLE coming (record_id bigint, sender_code text, kind text) ON COMMIT DROP")
        )
        store.copy_in(connection, "coming", records[list(ABOUT)])
        for statement in (_SERIES, _RECORDS, _END):
            connection.execute(sa.text(statement), values)
        store.copy_in(connection, "source.record_version", versions)
        connection.execute(sa.text(_TO_WORK), values)
