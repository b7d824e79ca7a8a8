"""A correction workbook that came back: which list it corrects, that list's bytes read again, and both put together.

Belongs here: looking tokens up, reading the list, refusing or letting wait what cannot be placed. Does not belong here: the work on
sheets (returned.py, returnedmapping.py), loading (load_correction.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schemas.errors import FileRefused, FileWaits
from tasks import store
from tasks.intake.rereading import LOADED

if TYPE_CHECKING:
    import pandas as pd

    from tasks.intake.columns import Remembered
    from tasks.intake.mapping import MappedSheet, MappedWorkbook
    from tasks.intake.returned import ReturnedSheet
    from tasks.intake.sheets import Sheet

#: the sheets of the file that a submission is, by its id
ReadAgain = Callable[[str], list["Sheet"]]


class CorrectionWaits(FileWaits):
    """A correction workbook that waits; with the workbook's own sheets and rows for the ledger, whoever asked for the wait."""

    def __init__(self, code: str, what: str, mend: str, proposal: Sequence[MappedSheet], rows: pd.DataFrame) -> None:
        self.proposal, self.rows = tuple(proposal), rows
        super().__init__(code, what, mend=mend)


def map_correction(
    regency_code: str,
    returned: Sequence[ReturnedSheet],
    read_again: ReadAgain,
    remembered: Remembered,
) -> MappedWorkbook:
    """The corrected list with the workbook's rows in it, mapped, and the workbook's own account around it.

    Raises FileRefused (CORRECTION_FOREIGN) and CorrectionWaits (CORRECTION_OUTDATED, NO_ROWS, or what mapping the list asks for).
    """
    from tasks.intake.returnedmapping import unplaced

    try:
        return _map(regency_code, returned, read_again, remembered)
    except FileWaits as error:
        raise CorrectionWaits(error.code, error.what, error.mend, *unplaced(returned)) from None


def _map(
    regency_code: str, returned: Sequence[ReturnedSheet], read_again: ReadAgain, remembered: Remembered
) -> MappedWorkbook:
    from tasks.intake.mapping import map_workbook
    from tasks.intake.returned import named_submission, overlay, place_rows, read_rows
    from tasks.intake.returnedmapping import as_mapped

    rows = read_rows(returned)
    with store.transaction() as connection:
        line = corrected_list(connection, regency_code, named_submission(rows))
        corrected = str(line["submission_id"])
        headings = _headings(connection, corrected)
        placed = place_rows(rows, _origins(connection, corrected, rows))
        earlier = list(connection.scalars(sa.text(_EARLIER), {"id": corrected}))
    sheets = read_again(corrected)
    for submission_id in earlier:
        sheets = _with_earlier(sheets, headings, corrected, read_again(submission_id))
    mapped = map_workbook(overlay(sheets, headings, returned, placed), regency_code, remembered)
    told = as_mapped(mapped, headings, returned, placed, corrected, line["period"])
    if told.correction is None or told.correction.places.empty:
        raise FileWaits(
            "NO_ROWS",
            "Tidak ada baris data di buku kerja ini.",
            mend="Isi baris yang perlu diperbaiki, lalu kirim ulang.",
        )
    return told


def _with_earlier(
    sheets: list[Sheet], headings: Mapping[int, Sequence[str]], corrected: str, workbook: Sequence[Sheet]
) -> list[Sheet]:
    """The list with an earlier correction of it: what was said before this workbook still stands."""
    from tasks.intake.returned import find_returned, overlay, place_rows, read_rows

    returned = find_returned(workbook)
    if returned is None:
        return sheets
    rows = read_rows(returned)
    with store.transaction() as connection:
        placed = place_rows(rows, _origins(connection, corrected, rows))
    return overlay(sheets, headings, returned, placed)


def corrected_list(connection: sa.Connection, regency_code: str, named: str) -> dict[str, Any]:
    """The line of the list that a workbook of the submission `named` corrects: the list itself, the one that a correction corrects, or
    the one whose content a re-saved file repeats.

    Raises FileRefused (CORRECTION_FOREIGN) and FileWaits (CORRECTION_OUTDATED).
    """
    told = connection.execute(sa.text(_LIST), {"id": named}).mappings().one_or_none()
    if told is None or told["sender_code"] != regency_code:
        raise FileRefused(
            "CORRECTION_FOREIGN",
            "Buku kerja perbaikan ini bukan dari kiriman kabupaten/kota ini.",
            mend="Kirim buku kerja perbaikan yang diterima kantor ini sendiri, di foldernya sendiri.",
        )
    if not told["is_current"] or told["state"] not in LOADED:
        raise outdated()
    return dict(told)


def outdated() -> FileWaits:
    """The wait of a workbook whose list has a newer version."""
    return FileWaits(
        "CORRECTION_OUTDATED",
        "Daftar yang diperbaiki buku kerja ini sudah digantikan versi yang lebih baru.",
        mend="Perbaiki buku kerja perbaikan yang terbaru, lalu kirim kembali.",
    )


def _headings(connection: sa.Connection, submission_id: str) -> dict[int, list[str]]:
    """The headings of a submission's sheets as written, by sheet number."""
    sql = "SELECT sheet_no, headings FROM intake.sheet WHERE submission_id = :id"
    return {row.sheet_no: list(row.headings) for row in connection.execute(sa.text(sql), {"id": submission_id})}


def _origins(connection: sa.Connection, corrected: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Of the tokens that belong to the corrected list, by whatever workbook they came: the row of the list that each is about."""
    tokens = rows.loc[rows["problem"].isna(), ["token_submission", "token_sheet_no", "token_row"]].drop_duplicates()
    tokens.columns = ["submission_id", "sheet_no", "row"]
    with store.staged(connection, "token", "intake.source_row", tokens):
        found = store.query(_ORIGINS, connection, id=corrected)
    kinds = {name: "int64" for name in found if name != "token_submission"}
    return found.astype({**kinds, "token_submission": object})


_LIST = """
SELECT named.regency_code AS sender_code, list.submission_id, coalesce(list.is_current, false) AS is_current, list.state, list.period
  FROM intake.submission named
  LEFT JOIN intake.submission list
    ON CASE WHEN named.corrects IS NOT NULL THEN list.submission_id = named.corrects
            WHEN named.state = 'no_change' THEN list.series_id = named.series_id AND list.version = named.version
                                                AND list.is_current AND list.corrects IS NULL
            ELSE list.submission_id = named.submission_id END
 WHERE named.submission_id = :id
"""

_ORIGINS = """
SELECT t.submission_id AS token_submission, t.sheet_no AS token_sheet_no, t.row AS token_row,
       o.sheet_no AS corrects_sheet_no, o.row AS corrects_row
  FROM token t
  JOIN intake.submission n ON n.submission_id = t.submission_id
  JOIN intake.source_row r ON r.submission_id = t.submission_id AND r.sheet_no = t.sheet_no AND r.row = t.row
  JOIN intake.source_row o ON o.submission_id = :id AND o.data_row IS NOT NULL
       AND o.sheet_no = coalesce(r.corrects_sheet_no, r.sheet_no) AND o.row = coalesce(r.corrects_row, r.row)
 WHERE t.submission_id = :id OR (n.corrects = :id AND r.corrects_row IS NOT NULL)
    OR (n.corrects IS NULL AND n.state = 'no_change' AND r.cells = o.cells)
"""

#: corrections of the list that stand, oldest first
_EARLIER = """
SELECT submission_id FROM intake.submission WHERE corrects = :id AND is_current ORDER BY version, received_at, submission_id
"""
