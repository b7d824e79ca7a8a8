"""Understanding one file: its bytes read in the killable child, its columns mapped, its values typed, its rows checked.

Belongs here: handing one file from stage to stage in memory. Does not belong here: the stages themselves (reading, mapping,
standardise, expectations), the warehouse's part (load.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from expectations.validation import HERE, Checks
from schemas.errors import FileRefused, FileWaits
from schemas.fields import fields
from schemas.layouts import EVERY_SET
from schemas.records import Kind
from schemas.regions import provinces, regency_name
from tasks import store
from tasks.intake.period import find_period, title_regency
from tasks.intake.series import Word, word_of
from tasks.intake.steps.asked import mark_not_asked
from tasks.intake.steps.correct import map_correction
from tasks.intake.steps.kept import keep_checks, keep_reason
from tasks.intake.steps.load import Understood
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.remembered import remembered
from tasks.intake.steps.sheets import SheetFacts
from tasks.intake.steps.unloaded import keep_unloaded
from tasks.intake.steps.vault import vault_path
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd

    from tasks.intake.mapping import MappedSheet, MappedWorkbook
    from tasks.intake.sheets import Sheet


#: which row of the corrected list a row of a correction is about
_CORRECTS = ["sheet_no", "row", "corrects_sheet_no", "corrects_row"]


@dataclass(frozen=True)
class Parcel:
    """One received file on its way in: who sent it under which name, its bytes' name, its sidecar as received."""

    submission_id: str
    regency_code: str
    file: str
    sha256: str
    sidecar: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.file.rsplit("/", 1)[-1]

    @property
    def names(self) -> list[str]:
        """Its own name, then those of the folders and the zip in which it came."""
        return self.file.split("/")[:0:-1]


@step()
def open_parcel(submission_id: str) -> Parcel | None:
    """The file of a submission that still is to be taken in; null when that is done already."""
    sql = (
        "SELECT submission_id, regency_code, file, sha256, sidecar FROM intake.submission"
        " WHERE submission_id = :id AND state = 'received'"
    )
    with store.transaction() as connection:
        row = connection.execute(sa.text(sql), {"id": submission_id}).mappings().one_or_none()
    return Parcel(**row) if row else None


def _parcel(submission_id: str) -> Parcel:
    """The file of a submission, whatever became of it."""
    sql = "SELECT submission_id, regency_code, file, sha256, sidecar FROM intake.submission WHERE submission_id = :id"
    with store.transaction() as connection:
        return Parcel(**connection.execute(sa.text(sql), {"id": submission_id}).mappings().one())


@step()
def read_sheets(parcel: Parcel, reader: FileReader) -> list[Sheet]:
    """The file's sheets. Raises FileRefused when it cannot be read."""
    return reader.read(kept_bytes(parcel), parcel.name)


def kept_bytes(parcel: Parcel) -> Path:
    """Where the bytes of a file are kept. Raises FileRefused when they are not."""
    kept = vault_path(parcel.sha256)
    if not kept.exists():
        raise FileRefused("BYTES_MISSING", "Isi berkas tidak ditemukan di penyimpanan.", mend="Kirim ulang berkas ini.")
    return kept


@step()
def map_sheets(
    parcel: Parcel, sheets: Sequence[Sheet], reader: FileReader, words: Mapping[str, str | None] | None = None
) -> MappedWorkbook:
    """Headings to fields, rows to classes; of a correction workbook that came back, of the list that it corrects.

    `words` are tried beside what is remembered of headings. Raises FileWaits when only a person can tell what a column is, and what
    correct.map_correction raises.
    """
    from tasks.intake.mapping import map_workbook
    from tasks.intake.returned import find_returned

    known = {**remembered(parcel.regency_code), EVERY_SET: words or {}}
    returned = find_returned(sheets)
    if returned is None:
        return map_workbook(sheets, parcel.regency_code, known)

    def read_again(submission_id: str) -> list[Sheet]:
        return read_sheets(_parcel(submission_id), reader)

    return map_correction(parcel.regency_code, returned, read_again, known)


@step()
def standardise_rows(parcel: Parcel, mapped: MappedWorkbook, today: date) -> tuple[pd.DataFrame, Word]:
    """Typed values beside the text as written, and the office's own word on the file.

    Raises FileWaits for an unreadable sidecar, a file without data rows, or titles that name only other regencies.
    """
    from tasks.intake.standardise import standardise

    word = word_of(parcel.sidecar)
    if mapped.frame.empty:
        raise FileWaits(
            "NO_ROWS", "Tidak ada baris data di bawah judul kolom.", mend="Kirim ulang berkas yang berisi data."
        )
    _check_sender(parcel, mapped)
    _check_titles(parcel, mapped, word)
    return standardise(mapped.frame, mapped.kind, parcel.regency_code, mapped.hints, today), word


@step()
def check_rows(
    parcel: Parcel, mapped: MappedWorkbook, frame: pd.DataFrame, word: Word, today: date, checks: Checks = HERE
) -> Understood:
    """The suite's findings by cell, and with them everything that loading needs."""
    from tasks.intake.returnedmapping import restricted

    if mapped.kind == "verification":
        frame = mark_not_asked(frame)
    found = checks.validate(frame, mapped.kind, today=today)
    rows = mapped.rows[["sheet_no", "row", "data_row", "cells"]]
    typed = [column for field in fields().values() if mapped.kind in field.kinds for column in field.columns]
    if mapped.correction is not None:
        period, source = mapped.correction.period, None
        values, findings = restricted(frame, found.rows, mapped.correction)
        rows = rows.merge(mapped.correction.places[_CORRECTS], on=["sheet_no", "row"], how="left")
    else:
        stopping = _stopping(found, word)
        if stopping is not None:
            raise _Checked(stopping, mapped.kind, today, found.checks)
        told = (find_period(name, mapped.titles, {"period": word.period}) for name in parcel.names)
        period, source = next((each for each in told if each[0]), (None, "none"))
        values, findings = frame, _placed(found, frame, mapped.sheets)
    return Understood(
        submission_id=parcel.submission_id,
        regency_code=parcel.regency_code,
        kind=mapped.kind,
        period=period,
        period_source=None if period is None else source,
        layout=mapped.layout,
        word=word,
        sheets=sheet_facts(mapped.sheets),
        rows=rows,
        values=values[["sheet_no", "row", "content_hash", "match_hash", *typed]],
        findings=_in_columns(findings, mapped.sheets),
        checks=found.checks,
        today=today,
        corrects=None if mapped.correction is None else mapped.correction.submission_id,
    )


def load_words() -> None:
    """Read the words and places with which every list is understood before there is one; takes a second, once a process."""
    from schemas.regions import villages
    from tasks.intake import mapping, standardise  # noqa: F401 with the libraries that they need
    from tasks.intake.headings import vocabulary

    vocabulary()
    villages()


@step()
def set_aside(parcel: Parcel, run_id: int, error: FileRefused, mapped: MappedWorkbook | None) -> None:
    """Write that a file waits or is refused; the rows of a waiting one go into the ledger, as far as they are known."""
    known = getattr(error, "rows", None), getattr(error, "proposal", ())
    rows, sheets = known if known[0] is not None or mapped is None else (mapped.rows, mapped.sheets)
    keep_unloaded(parcel.submission_id, parcel.regency_code, run_id, error, sheet_facts(sheets), rows)
    if isinstance(error, _Checked):
        keep_checks(parcel.submission_id, parcel.regency_code, error.kind, error.today, error.checks)
    else:
        keep_reason(parcel.submission_id, parcel.regency_code, error.code)


def sheet_facts(sheets: Sequence[MappedSheet]) -> tuple[SheetFacts, ...]:
    """The mapper's account of each sheet, as the warehouse keeps it."""
    return tuple(
        SheetFacts(
            sheet.sheet_no,
            sheet.name,
            sheet.is_hidden,
            sheet.heading_row,
            sheet.headings,
            sheet.mapping,
            sheet.ignored,
            sheet.why_not,
        )
        for sheet in sheets
    )


def _check_sender(parcel: Parcel, mapped: MappedWorkbook) -> None:
    """A province's own office passes on what registers answered; lists come from the offices of its regencies."""
    if parcel.regency_code in provinces() and mapped.kind != "verification":
        raise FileWaits(
            "LIST_OF_NO_REGENCY",
            "Folder provinsi hanya untuk jawaban instansi (verifikasi NIK); daftar ini tidak menyebut kabupaten/kota pengirimnya.",
            mend="Pindahkan berkas ke folder kabupaten/kota yang mengirimnya.",
        )


def _check_titles(parcel: Parcel, mapped: MappedWorkbook, word: Word) -> None:
    """A title that names only other regencies is one of: the wrong folder, the wrong file."""
    if parcel.regency_code in provinces():
        return
    named = title_regency(mapped.titles)
    if not named or parcel.regency_code in named or "WRONG_REGENCY_TITLE" in word.accept:
        return
    raise FileWaits(
        "WRONG_REGENCY_TITLE",
        f"Judul berkas menyebut {' atau '.join(sorted(map(regency_name, named)))}, padahal dikirim sebagai "
        f"{regency_name(parcel.regency_code)}.",
        mend="Periksa apakah berkas ini milik kabupaten/kota lain; kirim ulang yang benar.",
    )


class _Checked(FileWaits):
    """A file that waits for what the checks found in it; carries their counts for its Data Docs."""

    def __init__(self, code: str, kind: Kind, today: date, checks: list[dict[str, Any]]) -> None:
        from expectations.messages import sentence

        self.kind, self.today, self.checks = kind, today, checks
        mend = f"Bila memang benar, tulis `accept: [{code}]` di berkas <nama berkas>.meta.yaml."
        super().__init__(code, sentence(code), mend=mend)


def _stopping(found: Any, word: Word) -> str | None:
    """A check of the whole file that holds is a circuit breaker: the file waits, unless the office says that it is as it should be."""
    for code, severity in zip(found.file["code"], found.file["severity"], strict=True):
        if severity in ("hold", "reject") and code not in word.accept:
            return str(code)
    return None


def _placed(found: Any, frame: pd.DataFrame, sheets: Sequence[MappedSheet]) -> pd.DataFrame:
    """Findings with sheet and row; those of the whole file stand at row 0 of its first list."""
    import pandas as pd

    rows = found.rows
    placed = frame[["sheet_no", "row"]].iloc[rows["position"].to_numpy()].reset_index(drop=True).astype("int64")
    placed = placed.join(rows[["code", "field", "severity"]])
    first = next((sheet.sheet_no for sheet in sheets if not sheet.why_not), 1)
    whole = found.file[["code", "field", "severity"]].assign(sheet_no=first, row=0)
    every: pd.DataFrame = pd.concat([placed, whole[placed.columns]], ignore_index=True)
    return every


def _in_columns(findings: pd.DataFrame, sheets: Sequence[MappedSheet]) -> pd.DataFrame:
    """Findings with the column of their field, where the sheet has one."""
    import pandas as pd

    columns = pd.DataFrame(
        [(sheet.sheet_no, name, column) for sheet in sheets for name, column in sheet.mapping.items()],
        columns=["sheet_no", "field", "column_no"],
    ).astype({"sheet_no": "int64", "column_no": "Int64"})
    in_columns: pd.DataFrame = findings.merge(columns, on=["sheet_no", "field"], how="left")
    return in_columns
