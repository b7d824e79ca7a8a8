"""The correction workbook: the sender's own sheets with the rows to mend, each with its message first.

Belongs here: building the workbook's bytes from plain frames. Does not belong here: which rows are findings (expectations), where
the file lies (steps).

Every cell is written as text: no live formula, no link, no number that Excel could shorten. A hidden last column holds the row's
token (`row_token`), by which a row that comes back finds its record again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from expectations.catalogue import gravest
from expectations.messages import message
from tasks.intake.sheets import SEPARATOR

if TYPE_CHECKING:
    import pandas as pd

MESSAGE_HEADING = "Pesan"
ROW_ID_HEADING = "ID baris (jangan diubah)"
GUIDE_SHEET = "PETUNJUK"
CELL_LIMIT = 32_767  # characters an Excel cell can hold
ROW_LIMIT = 1_048_575  # rows under a heading
WIDTH_MIN, WIDTH_MAX, MESSAGE_WIDTH = 8, 40, 70
LINE_HEIGHT, HEIGHT_MAX = 15.0, 409.0  # points; Excel's default and its limit
#: from here on rows are streamed through a temporary file instead of being kept in memory
STREAMED_ROWS = 50_000
FILL = {"reject": "#F4B6B6", "hold": "#F9D5A7", "warn": "#FFF2B3", "info": "#DCE9F7"}
MEANING = {
    "reject": "merah: baris belum dapat diterima sebelum diperbaiki",
    "hold": "jingga: baris diterima, tetapi ditahan dari bantuan sampai diperbaiki",
    "warn": "kuning: mohon diperiksa dan diperbaiki",
    "info": "biru: sekadar catatan",
}
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True)
class SheetHead:
    """A sheet as it was sent: its number and name, and its headings as written, by column position."""

    sheet_no: int
    name: str
    headings: Sequence[str]


@dataclass(frozen=True)
class Correction:
    """What a workbook is made of.

    rows      `sheet_no, row, cells` (joined by U+001F), in sheet and row order; rows without a finding may be among them
    findings  `sheet_no, row, code, field, severity, column_no` (null = the sheet has no such column); row 0 is left out
    """

    submission_id: str
    file: str
    issued_on: date
    deadline: date | None
    sheets: Sequence[SheetHead]
    rows: pd.DataFrame
    findings: pd.DataFrame


class _Cell(NamedTuple):
    """A finding of one row, as the workbook needs it."""

    code: str
    severity: Any
    column_no: int | None


def row_token(submission_id: str, sheet_no: int, row: int) -> str:
    """`<submission>:<sheet>:<row>:<check>`; the check is 8 hex digits of BLAKE2b over the three, against damage in typing.

    It proves nothing about who made it and holds nothing of a person; whoever reads it back must look the row up.
    """
    name = f"{submission_id}:{sheet_no}:{row}"
    return f"{name}:{blake2b(name.encode(), digest_size=4).hexdigest()}"


def build_workbook(correction: Correction, *, every_row: bool = False) -> bytes:
    """The workbook as xlsx bytes; `every_row` adds rows without a finding that asks for something.

    Rows stand in the sender's sheets and order, their cells in the sender's columns behind the message; rows whose only findings
    are `info` are left out. A sheet without such rows is left out.
    """
    import xlsxwriter

    found = _findings_by_row(correction.findings)
    wanted = [each for each in _rows(correction.rows) if every_row or _asks(found.get(each[:2], ()))]
    target = BytesIO()
    options = {"constant_memory": True} if len(wanted) > STREAMED_ROWS else {"in_memory": True}
    book = xlsxwriter.Workbook(
        target, {**options, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    formats = _formats(book)
    _write_guide(book, formats, correction, len(wanted))
    names = {GUIDE_SHEET.lower(), "history"}  # Excel keeps the second for itself
    for head in correction.sheets:
        rows = [each for each in wanted if each[0] == head.sheet_no][:ROW_LIMIT]
        if rows:
            sheet = book.add_worksheet(_free_name(head.name, names))
            _write_sheet(sheet, formats, head, rows, found, correction.submission_id)
    book.close()
    return target.getvalue()


def _findings_by_row(findings: pd.DataFrame) -> dict[tuple[int, int], list[_Cell]]:
    """The findings of each row, in the order given."""
    found: dict[tuple[int, int], list[_Cell]] = {}
    columns = ("sheet_no", "row", "code", "severity", "column_no")
    for sheet_no, row, code, severity, column_no in zip(*(findings[name].tolist() for name in columns), strict=True):
        if row:
            place = int(column_no) if isinstance(column_no, int | float) and column_no == column_no else None
            found.setdefault((int(sheet_no), int(row)), []).append(_Cell(code, severity, place))
    return found


def _rows(rows: pd.DataFrame) -> Iterator[tuple[int, int, str]]:
    """Sheet number, row number and joined cells of every row."""
    return zip(rows["sheet_no"].tolist(), rows["row"].tolist(), rows["cells"].tolist(), strict=True)


def _asks(cells: Sequence[_Cell]) -> bool:
    """Whether a row has a finding that asks something of the office."""
    return any(cell.severity != "info" for cell in cells)


def _formats(book: Any) -> dict[str, Any]:
    """The formats of the workbook: headings, plain text, and one fill a severity."""
    text = {"num_format": "@", "valign": "top"}
    formats = {
        severity: book.add_format({**text, "bg_color": colour, "border": 1}) for severity, colour in FILL.items()
    }
    formats["text"] = book.add_format(text)
    formats["message"] = book.add_format({**text, "text_wrap": True})
    formats["heading"] = book.add_format(
        {**text, "bold": True, "text_wrap": True, "bg_color": "#D9E1E8", "border": 1, "valign": "vcenter"}
    )
    formats["title"] = book.add_format({"bold": True, "font_size": 14})
    formats["guide"] = book.add_format({"text_wrap": True, "valign": "top"})
    return formats


def _write_guide(book: Any, formats: dict[str, Any], correction: Correction, row_count: int) -> None:
    """The first sheet: what this workbook is and what to do with it."""
    sheet = book.add_worksheet(GUIDE_SHEET)
    sheet.hide_gridlines(2)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, 0, 110)
    deadline = f"paling lambat {_day(correction.deadline)}" if correction.deadline else "secepatnya"
    lines = [
        ("Perbaikan data yang dikirim", "title"),
        (f"Berkas: {correction.file}", "guide"),
        (f"Diterbitkan: {_day(correction.issued_on)}. Baris yang perlu diperiksa: {thousands(row_count)}.", "guide"),
        (f"Mohon berkas yang sudah diperbaiki dikirim ulang {deadline}.", "guide"),
        ("", "guide"),
        (
            "1. Tiap lembar berikut memuat baris kiriman Anda yang perlu diperiksa, dengan kolom dan urutan yang sama.",
            "guide",
        ),
        (
            f'2. Kolom "{MESSAGE_HEADING}" menyebut apa yang salah dan apa yang perlu dilakukan; sel yang salah diberi warna.',
            "guide",
        ),
        ("3. Nomor baris dan huruf kolom dalam pesan adalah nomor dan huruf pada berkas yang Anda kirim.", "guide"),
        (
            "4. Perbaiki sel yang sama di berkas Anda sendiri, lalu kirim ulang seluruh berkas itu (bukan buku kerja ini).",
            "guide",
        ),
        ("5. NIK, nomor KK, NIB dan nomor HP tetap berformat teks; jangan diubah menjadi angka.", "guide"),
        (
            "6. Baris yang tidak berubah tidak dihitung dua kali; yang sudah diperbaiki menggantikan isi lamanya.",
            "guide",
        ),
        ("", "guide"),
        ("Arti warna:", "guide"),
        *((meaning, severity) for severity, meaning in MEANING.items()),
        ("", "guide"),
        ("Berkas ini memuat data pribadi. Simpan dan kirim hanya melalui saluran dinas.", "guide"),
    ]
    for row, (text, style) in enumerate(lines):
        sheet.write_string(row, 0, text, formats[style])


def _write_sheet(
    sheet: Any,
    formats: dict[str, Any],
    head: SheetHead,
    rows: Sequence[tuple[int, int, str]],
    found: dict[tuple[int, int], list[_Cell]],
    submission_id: str,
) -> None:
    """One of the sender's sheets: the message, the sender's columns, the hidden token."""
    split = [cells.split(SEPARATOR) for _, _, cells in rows]
    width = max([len(head.headings), *map(len, split)])
    headings = [*head.headings, *[""] * (width - len(head.headings))]
    sheet.set_column(0, 0, MESSAGE_WIDTH, formats["message"])
    for column, size in enumerate(_widths(headings, split)):
        sheet.set_column(column + 1, column + 1, size, formats["text"])
    sheet.set_column(width + 1, width + 1, 12, formats["text"], {"hidden": True})
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for column, text in enumerate((MESSAGE_HEADING, *headings, ROW_ID_HEADING)):
        sheet.write_string(0, column, text[:CELL_LIMIT], formats["heading"])
    for line, ((sheet_no, row, _), cells) in enumerate(zip(rows, split, strict=True), start=1):
        findings = found.get((sheet_no, row), [])
        fills = _fills(findings)
        told = _message(row, findings, headings, cells)[:CELL_LIMIT]
        sheet.set_row(line, _height(told))
        sheet.write_string(line, 0, told, formats["message"])
        for column, text in enumerate(cells):
            if text or column in fills:
                sheet.write_string(line, column + 1, text[:CELL_LIMIT], formats[fills.get(column, "text")])
        for column in fills.keys() - range(len(cells)):
            sheet.write_string(line, column + 1, "", formats[fills[column]])
        sheet.write_string(line, width + 1, row_token(submission_id, sheet_no, row), formats["text"])


def _height(told: str) -> float:
    """Row height in points in which a wrapped message is seen whole; not every program fits it by itself."""
    lines = sum(1 + len(line) // MESSAGE_WIDTH for line in told.split("\n"))
    return min(HEIGHT_MAX, LINE_HEIGHT * max(1, lines))


def _widths(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Column widths from the headings and the first rows, within reason."""
    sample = rows[:200]
    longest = [
        max([len(heading), *(len(row[column]) for row in sample if column < len(row))])
        for column, heading in enumerate(headings)
    ]
    return [min(WIDTH_MAX, max(WIDTH_MIN, length + 2)) for length in longest]


def _fills(findings: Sequence[_Cell]) -> dict[int, str]:
    """Column position -> the gravest severity found there."""
    places: dict[int, list[Any]] = {}
    for cell in findings:
        if cell.column_no is not None:
            places.setdefault(cell.column_no, []).append(cell.severity)
    return {column: gravest(severities) for column, severities in places.items()}


def _message(row: int, findings: Sequence[_Cell], headings: Sequence[str], cells: Sequence[str]) -> str:
    """All findings of a row, one line each, with place and remedy."""
    return "\n".join(
        message(cell.code, row, cell.column_no, _at(headings, cell.column_no), _at(cells, cell.column_no))
        for cell in findings
    )


def _at(texts: Sequence[str], column_no: int | None) -> str:
    """The text at a column position; '' when there is none."""
    return texts[column_no] if column_no is not None and column_no < len(texts) else ""


def _free_name(name: str, taken: set[str]) -> str:
    """A sheet name that Excel accepts and that is not taken yet (regardless of case); it is added to `taken`."""
    plain = _NOT_IN_SHEET_NAMES.sub(" ", name).strip().strip("'")[:31] or "Lembar"
    free, number = plain, 2
    while free.lower() in taken:
        free = f"{plain[: 31 - len(str(number)) - 1]} {number}"
        number += 1
    taken.add(free.lower())
    return free


def thousands(number: int) -> str:
    """1234567 -> 1.234.567"""
    return f"{number:,}".replace(",", ".")


def _day(day: date) -> str:
    """dd/mm/yyyy"""
    return f"{day:%d/%m/%Y}"
