"""Loading: everything that is known of one submission goes into the warehouse in one transaction, or nothing does.

Belongs here: that transaction. Does not belong here: the decisions in it (outcomes.py, series.py, logical.py), files that are not
loaded (unloaded.py), what an office is told (answer.py).

Two processes with the same submission: the regency is locked first and the state looked at under the lock, so the second finds the
work done. A crash anywhere leaves the submission `received`, and it is taken in again from its bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schemas.errors import FileWaits
from schemas.fields import fields
from schemas.records import OUTCOMES, Kind
from schemas.regions import regencies
from tasks import store
from tasks.intake.series import Place, Word, check_duplicates, check_row_count, place_file
from tasks.intake.steps.kept import keep_checks
from tasks.intake.steps.sheets import SheetFacts, write_sheets
from tasks.intake.steps.standing import arrival_of, read_standing
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd

#: PostgreSQL's advisory locks of intake: this space, and the number of the regency
REGENCY_LOCKS = 7_191
#: a load of this size changes how the server should plan; it has not looked at the tables by itself when the next file is compared
ROWS_FOR_STATISTICS = 5_000


@dataclass(frozen=True)
class Understood:
    """One submission as it was read, understood and checked, ready to be loaded.

    `rows`: every row of the visible sheets, `sheet_no, row, data_row, cells` (data_row null = not data). `values`: the data rows only,
    standardised, with `sheet_no, row, content_hash, match_hash` and every typed column of the kind. `findings`: `sheet_no, row
    (0 = the file), code, field, severity, column_no`. `checks`: what Great Expectations counted, by the day `today` (Findings.checks).
    `corrects`: the submission whose rows a correction brings again; its `rows` then also have `corrects_sheet_no, corrects_row` (0 or
    null = no row of it).
    """

    submission_id: str
    regency_code: str
    kind: Kind
    period: str | None
    period_source: str | None
    layout: str | None
    word: Word
    sheets: tuple[SheetFacts, ...]
    rows: pd.DataFrame
    values: pd.DataFrame
    findings: pd.DataFrame
    checks: list[dict[str, Any]] = field(default_factory=list)
    today: date = date.min
    corrects: str | None = None


@step()
def load(understood: Understood, run_id: int) -> dict[str, int]:
    """Load one submission; returns its counts by outcome, empty when another process was first.

    Raises FileWaits when the circuit breaker or the series asks for a person's word; nothing is written then.
    """
    return load_whole(understood, run_id, _load)


def load_whole(
    understood: Understood, run_id: int, write: Callable[[sa.Connection, Understood, int], dict[str, int]]
) -> dict[str, int]:
    """Everything that `write` writes of a submission that is still to be decided, in one transaction; its counts by outcome."""
    from sqlalchemy.exc import DataError

    try:
        with store.transaction() as connection:
            if not claim_submission(connection, understood.submission_id, understood.regency_code):
                return {}
            counts = write(connection, understood, run_id)
            connection.execute(sa.text("SELECT pg_stat_force_next_flush()"))  # what was written is counted at once
    except DataError:  # its text quotes the value, so it is not carried on (P12)
        raise FileWaits(
            "UNSTORABLE_VALUE",
            "Berkas memuat nilai yang tidak dapat disimpan.",
            mend="Periksa angka yang sangat besar.",
        ) from None
    keep_understood(understood)
    if len(understood.rows) >= ROWS_FOR_STATISTICS:
        _refresh_statistics()
    return counts


def keep_understood(understood: Understood) -> None:
    """Keep what was checked for the submission's Data Docs."""
    one = understood
    if one.checks:
        keep_checks(one.submission_id, one.regency_code, one.kind, one.today, one.checks)


def _refresh_statistics() -> None:
    """Let the server look again at the tables that have doubled since it last did: a night of many files does it a few times."""
    with store.transaction() as connection:
        grown = list(connection.scalars(sa.text(_GROWN), {"rows": ROWS_FOR_STATISTICS}))
        if grown:
            connection.execute(sa.text(f"ANALYZE {', '.join(name + _PLANNED_BY.get(name, '') for name in grown)}"))


_GROWN = """
SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables
 WHERE (schemaname, relname) IN (('intake', 'source_row'), ('intake', 'finding'), ('source', 'logical_record'),
                                 ('source', 'record_version'))
   AND n_mod_since_analyze >= :rows AND n_mod_since_analyze * 2 > n_live_tup
 ORDER BY 1
"""
#: the columns by which wide tables are searched and joined; looking at all would take ten times as long
_PLANNED_BY = {
    "source.record_version": " (record_id, from_run, to_run, submission_id, sheet_no, row)",
    "intake.source_row": " (submission_id, sheet_no, row, data_row, outcome, record_id)",
}


def claim_submission(connection: sa.Connection, submission_id: str, regency_code: str) -> bool:
    """Lock the regency until the transaction ends; whether the submission still waits to be decided. Clears what it had written."""
    number = int(regency_code.replace(".", "")) if regency_code in regencies() else 0
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(:space, :regency)"), {"space": REGENCY_LOCKS, "regency": number}
    )
    wanted = {"id": submission_id}
    state = connection.scalar(
        sa.text("SELECT state FROM intake.submission WHERE submission_id = :id FOR UPDATE"), wanted
    )
    if state != "received":
        return False
    for table in ("finding", "source_row", "sheet"):
        connection.execute(sa.text(f"DELETE FROM intake.{table} WHERE submission_id = :id"), wanted)
    return True


def _load(connection: sa.Connection, understood: Understood, run_id: int) -> dict[str, int]:
    """The body of the transaction."""
    from tasks.intake.logical import content_key

    rows, counts = decide_rows(understood)
    data_row_count = int(rows["data_row"].notna().sum())
    check_duplicates(counts["duplicate"], data_row_count, understood.word)

    taken = taken_rows(understood, rows)
    key = content_key(taken["content_hash"])
    standing = read_standing(connection, understood.regency_code, understood.kind, understood.period, taken)
    arrival = arrival_of(connection, understood.submission_id)
    place = place_file(standing.series, understood.word, understood.submission_id, key, arrival)
    check_row_count(data_row_count, place, standing.series, understood.word)

    series_id = place.series_id or open_series(connection, understood, place)
    taken["record_id"] = standing.match(taken, place, understood.kind)
    is_new = taken["record_id"].isna().to_numpy(dtype=bool)
    taken.loc[is_new, "record_id"] = new_ids(understood.submission_id, taken[is_new])
    write_sheets(connection, understood.submission_id, understood.sheets)
    write_rows(connection, understood.submission_id, rows, taken)
    write_findings(connection, understood.submission_id, understood.findings)
    _write_records(connection, understood, place, series_id, taken, is_new)
    is_written = is_new | standing.is_changed(taken, place, understood.kind)
    write_versions(connection, understood, run_id, taken[is_written], is_new[is_written])
    close_submission(connection, understood, place, series_id, key, counts, len(rows), run_id)
    return counts


def decide_rows(understood: Understood) -> tuple[pd.DataFrame, dict[str, int]]:
    """Every row with `content_hash`, its outcome and what goes with it (outcomes.py), and how many rows have each outcome."""
    from tasks.intake.outcomes import count_outcomes, decide_outcomes

    rows = understood.rows.reset_index(drop=True)
    is_data = rows["data_row"].notna().to_numpy(dtype=bool)
    rows["content_hash"] = 0
    rows.loc[is_data, "content_hash"] = understood.values["content_hash"].to_numpy()
    rows = rows.join(decide_outcomes(rows, understood.findings))
    return rows, count_outcomes(rows["outcome"])


def taken_rows(understood: Understood, rows: pd.DataFrame) -> pd.DataFrame:
    """The values of the accepted rows with their `aid_hold`."""
    is_data = rows["data_row"].notna().to_numpy(dtype=bool)
    is_taken = rows["outcome"].isin(["accepted", "accepted_with_findings"])
    taken = understood.values[is_taken.to_numpy(dtype=bool)[is_data]].reset_index(drop=True)
    taken["aid_hold"] = rows.loc[is_taken, "aid_hold"].array
    return taken


def new_ids(submission_id: str, rows: pd.DataFrame) -> Any:
    """The ids of rows that are new records."""
    from tasks.intake.logical import record_ids

    return record_ids(submission_id, rows).array


def open_series(connection: sa.Connection, understood: Understood, place: Place) -> int:
    """A new series for a file; its number."""
    sql = "INSERT INTO intake.series (regency_code, kind, period, scope) VALUES (:regency, :kind, :period, :scope) RETURNING series_id"
    values = {
        "regency": understood.regency_code,
        "kind": understood.kind,
        "period": understood.period,
        "scope": place.scope,
    }
    return int(connection.execute(sa.text(sql), values).scalar_one())


def write_rows(
    connection: sa.Connection, submission_id: str, rows: pd.DataFrame, taken: pd.DataFrame | None = None
) -> None:
    """Every row with its one outcome; accepted rows and their duplicates with content and (of `taken`) record, corrected ones with the
    row of the list that they are about."""
    written = rows[
        ["sheet_no", "row", "data_row", "outcome", "duplicate_of_row", "duplicate_of_sheet_no", "cells"]
    ].copy()
    has_content = rows["outcome"].isin(["accepted", "accepted_with_findings", "duplicate"]).to_numpy(dtype=bool)
    written["content_hash"] = rows["content_hash"].astype("int64[pyarrow]").where(has_content)
    if taken is not None:
        written["record_id"] = _record_of_rows(rows, taken, has_content)
    written["submission_id"] = submission_id
    for name in ("corrects_sheet_no", "corrects_row"):
        if name in rows:
            written[name] = rows[name].astype("Int64").where(rows[name].fillna(0) > 0)
    store.copy_in(connection, "intake.source_row", written)


def _record_of_rows(rows: pd.DataFrame, taken: pd.DataFrame, has_content: Any) -> Any:
    """The record of each row; of a duplicate that of its first."""
    import pandas as pd

    is_taken = rows["outcome"].isin(["accepted", "accepted_with_findings"]).to_numpy(dtype=bool)
    record = pd.Series(taken["record_id"].to_numpy(dtype="int64"), index=rows.index[is_taken])
    of_content = pd.Series(record.to_numpy(), index=rows.loc[is_taken, "content_hash"].to_numpy())
    found = rows.loc[has_content, "content_hash"].map(of_content[~of_content.index.duplicated()])
    found.loc[record.index] = record
    return found.astype("int64[pyarrow]").reindex(rows.index)


def write_findings(connection: sa.Connection, submission_id: str, findings: pd.DataFrame) -> None:
    """The findings of one submission."""
    columns = ["sheet_no", "row", "code", "field", "severity", "column_no"]
    store.copy_in(connection, "intake.finding", findings[columns].assign(submission_id=submission_id))


def _write_records(
    connection: sa.Connection, understood: Understood, place: Place, series_id: int, taken: pd.DataFrame, is_new: Any
) -> None:
    """New logical records; a current version also says which records it did not send again, and which it did."""
    new = taken.loc[is_new, ["record_id"]].assign(
        series_id=series_id,
        regency_code=understood.regency_code,
        kind=understood.kind,
        state="not_resent" if place.act == "older" else "active",
    )
    store.copy_in(connection, "source.logical_record", new)
    if place.act != "revision":
        return
    with store.staged(connection, "resent", "source.logical_record", taken[["record_id"]]):
        connection.execute(sa.text(MARK_RESENT), {"series": series_id})


MARK_RESENT = """
UPDATE source.logical_record l
   SET state = CASE l.state WHEN 'active' THEN 'not_resent' ELSE 'active' END
 WHERE l.series_id = :series
   AND (l.state = 'active') <> EXISTS (SELECT 1 FROM resent r WHERE r.record_id = l.record_id)
"""


def write_versions(
    connection: sa.Connection, understood: Understood, run_id: int, written: pd.DataFrame, is_new: Any = False
) -> None:
    """End the versions that changed, write the new ones, and put both on the work list of consolidation.

    `is_new`: which rows are records without a version. A version that this very run wrote is replaced: nobody has seen it yet, and
    the time axis has one version a run.
    """
    import numpy as np

    if written.empty:
        return
    columns = [column for field in fields().values() if understood.kind in field.kinds for column in field.columns]
    versions = written[["record_id", "sheet_no", "row", "content_hash", "match_hash", "aid_hold", *columns]].assign(
        submission_id=understood.submission_id, from_run=run_id
    )
    known = versions.loc[~np.broadcast_to(is_new, len(versions)), ["record_id"]]
    if len(known):
        run = {"run": run_id}
        with store.staged(connection, "incoming", "source.record_version", known):
            connection.execute(sa.text(_DROP_OWN), run)
            connection.execute(sa.text(_END_OLD), run)
    store.copy_in(connection, "source.record_version", versions)
    store.copy_in(connection, "source.change", versions[["record_id"]].assign(run_id=run_id))


_DROP_OWN = "DELETE FROM source.record_version v USING incoming i WHERE v.record_id = i.record_id AND v.from_run = :run"
_END_OLD = "UPDATE source.record_version v SET to_run = :run FROM incoming i WHERE v.record_id = i.record_id AND v.to_run IS NULL"


def close_submission(
    connection: sa.Connection,
    understood: Understood,
    place: Place,
    series_id: int,
    key: str,
    counts: dict[str, int],
    row_count: int,
    run_id: int,
) -> None:
    """Counts and state of the submission; the database proves at commit that they are its rows.

    A whole list that is current ends the one before it with its corrections; a correction ends nothing."""
    is_current = place.act in ("new", "revision")
    if place.act == "revision" and understood.corrects is None:
        connection.execute(
            sa.text("UPDATE intake.submission SET is_current = false WHERE series_id = :series AND is_current"),
            {"series": series_id},
        )
    assigned = ", ".join(f"{outcome}_count = :{outcome}" for outcome in OUTCOMES)
    connection.execute(
        sa.text(
            "UPDATE intake.submission SET kind = :kind, period = :period, period_source = :period_source, layout = :layout,"
            " series_id = :series, version = :version, is_current = :is_current, content_key = :key, state = :state,"
            " corrects = :corrects, reason_code = :reason_code, reason = NULL, run_id = :run, row_count = :row_count,"
            f" {assigned} WHERE submission_id = :id"
        ),
        {
            "kind": understood.kind, "period": understood.period, "period_source": understood.period_source,
            "layout": understood.layout, "series": series_id, "version": place.version, "is_current": is_current, "key": key,
            "state": "no_change" if place.act == "same" else "loaded",
            "reason_code": "OLDER_VERSION" if place.act == "older" else None,
            "corrects": understood.corrects, "run": run_id, "row_count": row_count, "id": understood.submission_id, **counts,
        },
    )  # fmt: skip
