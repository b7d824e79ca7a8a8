"""Loading a correction: the rows that a workbook brought back become versions of their records, and no other row changes.

Belongs here: that transaction. Does not belong here: which record a row is (corrected.py), loading a whole list (load.py).

Beside the list stands its correction, current like it; where both speak of a row, intake.replaced_row tells which counts. Nothing
becomes `not_resent`: what the workbook does not carry was not spoken of.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schemas.errors import FileWaits
from tasks import store
from tasks.intake.series import Place
from tasks.intake.steps.correct import outdated
from tasks.intake.steps.load import (
    Understood,
    close_submission,
    decide_rows,
    load_whole,
    taken_rows,
    write_findings,
    write_rows,
    write_versions,
)
from tasks.intake.steps.sheets import write_sheets
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd

ABOUT = ["corrects_sheet_no", "corrects_row"]
TAKEN = ["accepted", "accepted_with_findings"]


@step()
def load_correction(understood: Understood, run_id: int) -> dict[str, int]:
    """Load what a correction brings; returns its counts by outcome, empty when another process was first.

    Raises FileWaits (CORRECTION_OUTDATED) when a newer version of the list came meanwhile; nothing is written then.
    """
    return load_whole(understood, run_id, _load)


def _load(connection: sa.Connection, understood: Understood, run_id: int) -> dict[str, int]:
    """The body of the transaction."""
    from tasks.intake.corrected import keeps_record
    from tasks.intake.logical import content_key

    corrected = str(understood.corrects)
    line = connection.execute(sa.text(_LINE), {"id": corrected}).mappings().one()
    if not line["is_current"]:
        raise outdated()
    if line["kind"] != understood.kind:
        raise FileWaits(
            "OTHER_LIST",
            f"Menurut aturan sekarang daftar yang diperbaiki adalah daftar {understood.kind}, bukan {line['kind']}.",
            mend="Kirim ulang daftar lengkap yang sudah diperbaiki.",
        )
    ledger = list_ledger(connection, understood)
    understood = replace(understood, rows=understood.rows.assign(keeps_record=keeps_record(understood.rows, ledger)))
    rows, counts = decide_rows(understood)
    taken = taken_rows(understood, rows)
    taken[ABOUT] = rows.loc[rows["outcome"].isin(TAKEN), ABOUT].astype("int64").to_numpy()
    current = _identify(connection, taken, ledger, corrected)
    is_new, is_changed = _compare(taken, current)
    key = content_key(taken["content_hash"])
    place = _place(line, key, is_written=bool(is_changed.any()))
    is_changed &= place.act == "revision"
    write_sheets(connection, understood.submission_id, understood.sheets)
    write_rows(connection, understood.submission_id, rows, taken)
    write_findings(connection, understood.submission_id, understood.findings)
    _write_records(connection, understood, line, taken[is_new & is_changed])
    write_versions(connection, understood, run_id, taken[is_changed].drop(columns=ABOUT))
    close_submission(connection, understood, place, line["series_id"], key, counts, len(rows), run_id)
    return counts


def _place(line: Any, key: str, *, is_written: bool) -> Place:
    """A version of its own in the series; the same again (re-saved, or nothing filled in) changes nothing."""
    known = dict(line["content_keys"])
    if key in known or not is_written:
        return Place("same", line["series_id"], "", int(known.get(key, line["version"])))
    return Place("revision", line["series_id"], "", int(line["last_version"]) + 1)


def list_ledger(connection: sa.Connection, understood: Understood) -> pd.DataFrame:
    """What the list's ledger says of the rows that are corrected."""
    about = understood.rows.loc[understood.rows["corrects_row"].fillna(0) > 0, ABOUT].astype("int64")
    with store.staged(connection, "about", "intake.source_row", about):
        return store.query(_LEDGER, connection, id=understood.corrects)


def _identify(connection: sa.Connection, taken: pd.DataFrame, ledger: pd.DataFrame, corrected: str) -> pd.DataFrame:
    """Give the accepted rows their `record_id`; returns what the warehouse says of these records now."""
    import pandas as pd

    from tasks.intake.corrected import doubled_ids, own_ids

    own = own_ids(taken, ledger, corrected)
    ids = pd.concat([own, ledger["record_id"].dropna().astype("int64")]).drop_duplicates()
    with store.staged(connection, "wanted", "source.logical_record", pd.DataFrame({"record_id": ids})):
        current = store.query(_CURRENT, connection)
    doubled = doubled_ids(taken, ledger, current[current["content_hash"].notna()])
    doubled = doubled.where(~doubled.isin(own) & ~doubled.duplicated(), 0)
    taken["record_id"] = doubled.where(doubled != 0, own)
    return current


def _compare(taken: pd.DataFrame, current: pd.DataFrame) -> tuple[Any, Any]:
    """Which rows are records that are not known yet, and which say something else than their record, or are held otherwise."""
    import numpy as np

    ids = taken["record_id"].to_numpy(dtype=np.int64)
    now = current.drop_duplicates("record_id").set_index("record_id").reindex(ids)
    is_new = ~np.isin(ids, current["record_id"].to_numpy(dtype=np.int64))
    has_version = now["content_hash"].notna().to_numpy(dtype=bool)
    same_content = now["content_hash"].fillna(0).to_numpy(np.int64) == taken["content_hash"].to_numpy(np.int64)
    same_hold = now["aid_hold"].fillna("").to_numpy(object) == taken["aid_hold"].fillna("").to_numpy(object)
    return is_new, ~(has_version & same_content & same_hold)


def _write_records(connection: sa.Connection, understood: Understood, line: Any, new: pd.DataFrame) -> None:
    """The records that rows become which were none in the list."""
    written = new[["record_id"]].assign(
        series_id=line["series_id"], regency_code=understood.regency_code, kind=understood.kind, state="active"
    )
    store.copy_in(connection, "source.logical_record", written)


_LINE = """
SELECT s.series_id, s.kind, s.version, s.is_current,
       (SELECT max(e.version) FROM intake.submission e WHERE e.series_id = s.series_id) AS last_version,
       coalesce((SELECT jsonb_object_agg(c.content_key, c.version) FROM intake.submission c
                  WHERE c.corrects = s.submission_id AND c.content_key <> ''), '{}') AS content_keys
  FROM intake.submission s WHERE s.submission_id = :id
"""

_LEDGER = """
SELECT r.sheet_no, r.row, r.outcome, r.record_id
  FROM intake.source_row r JOIN about a ON a.corrects_sheet_no = r.sheet_no AND a.corrects_row = r.row
 WHERE r.submission_id = :id
"""

_CURRENT = """
SELECT l.record_id, v.content_hash, v.aid_hold
  FROM wanted w
  JOIN source.logical_record l USING (record_id)
  LEFT JOIN source.record_version v ON v.record_id = l.record_id AND v.to_run IS NULL
"""
