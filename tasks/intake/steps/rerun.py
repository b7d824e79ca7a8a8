"""One submission again: its kept bytes, read with today's layouts and rules, beside what was decided of it before.

Belongs here: understanding it again, comparing, and writing what differs in one transaction. Does not belong here: the stages of
understanding (take.py), first loading (load.py).

What a rerun does to a submission that was loaded: rows, findings and sheets follow the new decision; a row keeps its record; where
it is still the last word on a record, values that differ become a new version; a version whose row is no longer accepted ends. The
place of the file in its series does not change. What a correction of it says of a row stays said; the corrections that stand are read
again after their list, each beside it (rerun_correction.py). With the same rules nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schemas.errors import FileRefused, FileWaits, UsageError
from schemas.records import OUTCOMES
from tasks import store
from tasks.intake.rereading import LOADED, UNLOADED, Difference
from tasks.intake.series import Place, check_duplicates
from tasks.intake.steps.load import (
    MARK_RESENT,
    REGENCY_LOCKS,
    Understood,
    decide_rows,
    keep_understood,
    new_ids,
    taken_rows,
    write_findings,
    write_versions,
)
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.rerun_correction import beside_list, corrected_records
from tasks.intake.steps.rules import rules_version
from tasks.intake.steps.sheets import write_sheets
from tasks.intake.steps.standing import read_standing
from tasks.intake.steps.take import Parcel, check_rows, map_sheets, read_sheets, standardise_rows
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd

_PLACE = ["sheet_no", "row"]
_WRITTEN = ["data_row", "outcome", "duplicate_of_row", "duplicate_of_sheet_no", "cells", "content_hash", "record_id"]


@step()
def parcel_to_rerun(submission_id: str) -> tuple[Parcel, str]:
    """The file of a decided submission, and its state. Raises UsageError for an unknown id, one under way, a copy, or a correction."""
    sql = (
        "SELECT submission_id, regency_code, file, sha256, sidecar, state, same_as, corrects FROM intake.submission"
        " WHERE submission_id = :id"
    )
    with store.transaction() as connection:
        row = connection.execute(sa.text(sql), {"id": submission_id}).mappings().one_or_none()
    if row is None:
        raise UsageError(f"there is no submission {submission_id!r}", mend="`sinergi submission list` shows them.")
    if row["same_as"]:
        raise UsageError("these bytes came before under another name", mend=f"Rerun {row['same_as']}.")
    if row["corrects"]:
        raise UsageError(
            "it brought corrected rows of another submission, and is judged beside that one",
            mend=f"Rerun {row['corrects']}.",
        )
    if row["state"] == "unpacked":
        raise UsageError(
            "it is a zip; the lists in it are submissions of their own",
            mend=f"`sinergi submission show {submission_id}` names them.",
        )
    if row["state"] not in (*LOADED, *UNLOADED):
        raise UsageError(
            f"it is still to be taken in (state {row['state']})", mend="`sinergi run --inbox DIR` goes on with it."
        )
    facts = {name: row[name] for name in ("submission_id", "regency_code", "file", "sha256", "sidecar")}
    return Parcel(**facts), row["state"]


@step()
def understand(
    parcel: Parcel, reader: FileReader, today: date, words: Mapping[str, str | None] | None = None
) -> Understood:
    """The file as today's layouts and rules understand it; `words` are tried beside what is remembered of its headings.

    Raises FileWaits or FileRefused as taking it in would.
    """
    mapped = map_sheets(parcel, read_sheets(parcel, reader), reader, words)
    frame, word = standardise_rows(parcel, mapped, today)
    return check_rows(parcel, mapped, frame, word, today)


@step()
def receive_again(submission_id: str) -> None:
    """Put a waiting or refused submission, or a verification, back among the received ones, to be decided by today's rules."""
    sql = (
        "UPDATE intake.submission SET state = 'received', reason_code = NULL, reason = NULL, receipt = NULL, workbook = NULL,"
        " rules_version = :rules WHERE submission_id = :id AND (state IN ('waiting', 'refused') OR kind = 'verification')"
    )
    with store.transaction() as connection:
        connection.execute(sa.text(sql), {"id": submission_id, "rules": rules_version()})


@step()
def would_stop(submission_id: str, state: str, error: FileRefused) -> Difference:
    """The difference when the file would wait or be refused now."""
    with store.transaction() as connection:
        line = _line(connection, submission_id)
    reason = " ".join(part for part in (error.what, error.mend) if part)
    return Difference(submission_id, line["file"], state, _counts(line), reason_code=error.code, reason=reason)


@step()
def compare(understood: Understood) -> Difference:
    """What today's rules say otherwise of a submission; nothing is written."""
    with store.transaction() as connection:
        return _decide(connection, understood).difference


@step()
def apply(understood: Understood, run_id: int) -> Difference:
    """Write what today's rules say otherwise of a loaded submission, in one transaction; with the same rules nothing.

    Raises FileWaits when a circuit breaker asks for a person's word, or the file would be a list of another kind or period.
    """
    with store.transaction() as connection:
        number = int(understood.regency_code.replace(".", ""))
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(:space, :regency)"), {"space": REGENCY_LOCKS, "regency": number}
        )
        decided = _decide(connection, understood)
        if decided.difference.is_same:
            connection.execute(
                sa.text(
                    "UPDATE intake.submission SET rules_version = :rules WHERE submission_id = :id AND rules_version <> :rules"
                ),
                {"rules": rules_version(), "id": understood.submission_id},
            )
            keep_understood(understood)
            return decided.difference
        _write(connection, decided, run_id)
        keep_understood(understood)
        return replace(decided.difference, is_written=True)


@dataclass(frozen=True)
class _Decided:
    """Old and new decision side by side. `before`: the ledger's rows; `rows`: as decided now."""

    understood: Understood
    line: Mapping[str, Any]
    before: pd.DataFrame
    rows: pd.DataFrame
    counts: dict[str, int]
    opened: pd.DataFrame
    closed: pd.DataFrame
    difference: Difference


def _decide(connection: sa.Connection, understood: Understood) -> _Decided:
    """Read what was decided, decide again, and compare."""
    import numpy as np

    from tasks.intake.differences import PLACE, compare_codes, count_codes, count_moves, differs, only_in, places

    line = _line(connection, understood.submission_id)
    is_loaded = line["state"] in LOADED
    if is_loaded and (understood.kind, understood.period) != (line["kind"], line["period"]):
        raise FileWaits(
            "OTHER_LIST",
            f"Menurut aturan sekarang berkas ini daftar {understood.kind} untuk periode {understood.period or 'yang tidak disebut'},"
            f" bukan {line['kind']} {line['period'] or ''}.",
            mend="Minta kantor mengirimnya lagi; yang sudah dimuat tetap berlaku.",
        )
    understood = beside_list(connection, understood)
    rows, counts = decide_rows(understood)
    if understood.corrects is None:
        check_duplicates(counts["duplicate"], int(rows["data_row"].notna().sum()), understood.word)
    before = store.query(_ROWS, connection, id=understood.submission_id)
    has_content = rows["outcome"].isin(["accepted", "accepted_with_findings", "duplicate"])
    rows["content_hash"] = rows["content_hash"].astype("int64[pyarrow]").where(has_content)
    rows = _with_vanished(rows, before)
    old = store.query(_FINDINGS, connection, id=understood.submission_id)
    opened, closed = only_in(understood.findings, old), only_in(old, understood.findings)
    pairs = before.merge(rows, on=list(PLACE), how="outer", suffixes=("_old", ""))
    lost = store.query(_LOST, connection, id=understood.submission_id)
    touched = np.concatenate([places(opened), places(closed), places(lost)])
    changed = differs(pairs, "outcome") | differs(pairs, "content_hash") | np.isin(places(pairs), touched)
    counts = {**counts, "not_data": counts["not_data"] + len(rows) - len(understood.rows)}
    difference = Difference(
        understood.submission_id,
        line["file"],
        line["state"],
        _counts(line),
        counts,
        int(changed.sum()),
        count_moves(pairs),
        count_codes(opened),
        count_codes(closed),
        compare_codes(old, understood.findings, opened, closed),
        _headings_otherwise(connection, understood),
    )
    return _Decided(understood, line, before, rows, counts, opened, closed, difference)


def _headings_otherwise(connection: sa.Connection, understood: Understood) -> list[dict[str, str | None]]:
    """The columns that stand for another field than when the submission was decided."""
    from tasks.intake.differences import compare_headings

    told = connection.execute(sa.text(_MAPPED), {"id": understood.submission_id}).mappings()
    before = {row["sheet_no"]: row["mapping"] for row in told}
    return [
        {"sheet": sheet.name, **line}
        for sheet in understood.sheets
        for line in compare_headings(sheet.headings, before.get(sheet.sheet_no, {}), sheet.mapping)
    ]


def _with_vanished(rows: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """The rows decided now, and those of the ledger that reading no longer shows, as no data."""
    import pandas as pd

    from tasks.intake.differences import vanished

    gone = vanished(before[[*_PLACE, "cells"]], rows).assign(outcome="not_data")
    return pd.concat([rows, gone], ignore_index=True) if len(gone) else rows


def _write(connection: sa.Connection, decided: _Decided, run_id: int) -> None:
    """Ledger, findings, sheets, records, versions and the submission's line, where they differ."""
    import pandas as pd

    from tasks.intake.logical import content_key

    understood, line = decided.understood, decided.line
    of = {"id": understood.submission_id, "run": run_id}
    taken = taken_rows(understood, decided.rows.iloc[: len(understood.rows)])
    act: Any = "revision" if line["is_current"] else "older"
    place = Place(act, line["series_id"], "", line["version"])
    taken["record_id"], is_new, to_write = _records(connection, decided, taken, place)
    _write_rows(connection, decided, taken)
    with store.staged(connection, "gone", "intake.finding", decided.closed[[*_PLACE, "code", "field"]]):
        connection.execute(sa.text(_CLOSE_FINDINGS), of)
    write_findings(connection, understood.submission_id, decided.opened)
    connection.execute(sa.text("DELETE FROM intake.sheet WHERE submission_id = :id"), of)
    write_sheets(connection, understood.submission_id, understood.sheets)
    corrected = _corrected(connection, understood)
    to_write = to_write & ~taken["record_id"].isin(corrected["record_id"]).to_numpy(dtype=bool)
    new = taken.loc[is_new, ["record_id"]].assign(
        series_id=line["series_id"],
        regency_code=understood.regency_code,
        kind=understood.kind,
        state="active" if line["is_current"] else "not_resent",
    )
    store.copy_in(connection, "source.logical_record", new)
    resent = pd.concat([taken[["record_id"]], corrected]).drop_duplicates()
    with store.staged(connection, "resent", "source.logical_record", resent):
        connection.execute(sa.text(_END_REJECTED), of)
        if line["is_current"] and understood.corrects is None:
            connection.execute(sa.text(MARK_RESENT), {"series": line["series_id"]})
        elif line["is_current"]:
            connection.execute(sa.text(_ACTIVE_AGAIN))
    write_versions(connection, understood, run_id, pd.DataFrame(taken[to_write]))
    assigned = ", ".join(f"{outcome}_count = :{outcome}" for outcome in OUTCOMES)
    connection.execute(
        sa.text(
            "UPDATE intake.submission SET layout = :layout, content_key = :key, rules_version = :rules, run_id = :run, receipt = NULL,"
            " workbook = NULL, state = CASE state WHEN 'answered' THEN 'loaded' ELSE state END,"
            f" row_count = :row_count, {assigned} WHERE submission_id = :id"
        ),
        {
            **of, **decided.counts, "layout": understood.layout, "key": content_key(taken["content_hash"]),
            "rules": rules_version(), "row_count": len(decided.rows),
        },
    )  # fmt: skip


def _records(connection: sa.Connection, decided: _Decided, taken: pd.DataFrame, place: Place) -> tuple[Any, Any, Any]:
    """The record of each accepted row, which of them are new, and which rows become a version.

    A row keeps the record it had. A row that had none finds one that no other row of the file has, or is a new record.
    """
    import numpy as np

    from tasks.intake.logical import seen_earlier

    understood = decided.understood
    had = taken[_PLACE].merge(decided.before[[*_PLACE, "record_id", "outcome"]], on=_PLACE, how="left")
    had = had.sort_values("outcome", kind="stable")  # accepted before duplicate: the first keeps the record
    kept = had["record_id"].where(~had["record_id"].duplicated()).sort_index()
    standing = read_standing(connection, understood.regency_code, understood.kind, understood.period, taken)
    free = replace(standing, records=standing.records[~standing.records["record_id"].isin(kept.dropna())])
    rest = taken[kept.isna().to_numpy(dtype=bool)]
    if understood.corrects is None:
        others = free.match(rest, place, understood.kind).reindex(taken.index)
    else:
        others = corrected_records(connection, understood, decided.rows, taken)
    found = kept.fillna(others).astype("int64[pyarrow]")
    is_made = found.isna().to_numpy(dtype=bool)
    found[is_made] = new_ids(understood.submission_id, taken[is_made])
    ids = found.to_numpy(dtype=np.int64)
    known = store.query(
        "SELECT record_id FROM source.logical_record WHERE series_id = :series", connection, series=place.series_id
    )["record_id"].to_numpy(dtype=np.int64)
    now = standing.records.drop_duplicates("record_id").set_index("record_id").reindex(ids)
    has_version = now["content_hash"].notna().to_numpy(dtype=bool)
    same = (now["content_hash"].fillna(0).to_numpy(np.int64) == taken["content_hash"].to_numpy(np.int64)) & (
        now["aid_hold"].fillna("").to_numpy(object) == taken["aid_hold"].fillna("").to_numpy(object)
    )
    is_later = ~seen_earlier(taken, now, understood.kind)
    to_write = ~has_version | (~same & is_later & (place.act == "revision"))
    return found.array, ~np.isin(ids, known), to_write


def _write_rows(connection: sa.Connection, decided: _Decided, taken: pd.DataFrame) -> None:
    """The ledger's rows that differ, and those that were not in it."""
    from tasks.intake.differences import differs

    rows = decided.rows.drop(columns=["aid_hold"]).copy()
    of_content = taken.drop_duplicates("content_hash").set_index("content_hash")["record_id"]
    rows["record_id"] = rows["content_hash"].map(of_content).astype("int64[pyarrow]")
    is_taken = rows["outcome"].isin(["accepted", "accepted_with_findings"]).to_numpy(dtype=bool)
    rows.loc[is_taken, "record_id"] = taken["record_id"].array
    pairs = rows.merge(decided.before, on=_PLACE, how="left", suffixes=("", "_old"))
    changed = pairs["outcome_old"].isna().to_numpy(dtype=bool)
    for name in _WRITTEN:
        changed = changed | differs(pairs, name)
    written = rows[changed][[*_PLACE, *_WRITTEN]]
    assigned = ", ".join(f"{name} = a.{name}" for name in _WRITTEN)
    names = ", ".join([*_PLACE, *_WRITTEN])
    with store.staged(connection, "again", "intake.source_row", written):
        at = "r.submission_id = :id AND r.sheet_no = a.sheet_no AND r.row = a.row"
        of = {"id": decided.understood.submission_id}
        connection.execute(sa.text(f"UPDATE intake.source_row r SET {assigned} FROM again a WHERE {at}"), of)
        connection.execute(
            sa.text(
                f"INSERT INTO intake.source_row (submission_id, {names}) SELECT :id, {names} FROM again a"
                f" WHERE NOT EXISTS (SELECT FROM intake.source_row r WHERE {at})"
            ),
            of,
        )


def _corrected(connection: sa.Connection, understood: Understood) -> pd.DataFrame:
    """The records whose current version a correction of this list brought; of a correction, another one of the same list."""
    of = {"list": understood.corrects or understood.submission_id, "id": understood.submission_id}
    return store.query(_CORRECTED, connection, **of)


def _line(connection: sa.Connection, submission_id: str) -> Mapping[str, Any]:
    sql = "SELECT * FROM intake.submission WHERE submission_id = :id FOR UPDATE"
    return dict(connection.execute(sa.text(sql), {"id": submission_id}).mappings().one())


def _counts(line: Mapping[str, Any]) -> dict[str, int]:
    return {outcome: int(line[f"{outcome}_count"]) for outcome in OUTCOMES}


_ROWS = """
SELECT sheet_no, row, data_row, outcome, duplicate_of_row, duplicate_of_sheet_no, cells, content_hash, record_id
  FROM intake.source_row WHERE submission_id = :id
"""
_CORRECTED = """
SELECT v.record_id FROM source.record_version v
  JOIN intake.submission c ON c.submission_id = v.submission_id AND c.corrects = :list AND c.submission_id <> :id
 WHERE v.to_run IS NULL
"""
#: rows of a list whose correction was taken back: what the list says of them is to stand again (a verification has no records)
_LOST = """
SELECT r.sheet_no, r.row FROM intake.source_row r JOIN intake.submission s USING (submission_id)
 WHERE s.submission_id = :id AND s.is_current AND s.corrects IS NULL AND s.kind <> 'verification'
   AND r.outcome IN ('accepted', 'accepted_with_findings')
   AND NOT EXISTS (SELECT FROM source.record_version v WHERE v.record_id = r.record_id AND v.to_run IS NULL)
"""
_MAPPED = "SELECT sheet_no, mapping FROM intake.sheet WHERE submission_id = :id"
_FINDINGS = "SELECT sheet_no, row, code, field, severity, column_no FROM intake.finding WHERE submission_id = :id"

_CLOSE_FINDINGS = """
DELETE FROM intake.finding f USING gone g
 WHERE f.submission_id = :id AND (f.sheet_no, f.row, f.code, f.field) = (g.sheet_no, g.row, g.code, g.field)
"""

#: what a correction says again of a record that was sent back for a while
_ACTIVE_AGAIN = """
UPDATE source.logical_record l SET state = 'active' FROM resent r WHERE l.record_id = r.record_id AND l.state <> 'active'
"""

_END_REJECTED = """
WITH ended AS (
  UPDATE source.record_version v SET to_run = :run
   WHERE v.submission_id = :id AND v.to_run IS NULL AND NOT EXISTS (SELECT FROM resent r WHERE r.record_id = v.record_id)
  RETURNING v.record_id
), told AS (
  INSERT INTO source.change (record_id, run_id) SELECT record_id, :run FROM ended
)
UPDATE source.logical_record l SET state = 'not_resent' FROM ended e WHERE l.record_id = e.record_id AND l.state = 'active'
"""
