"""The correction workbook: the sender's own sheets with the rows to mend, each with its message first.

Belongs here: building the workbook's bytes from plain frames. Does not belong here: which rows are findings (expectations), where
the file lies (steps).

Every cell is written as text: no live formula, no link, no number that Excel could shorten. A hidden last column holds the row's
token (`row_token`), by which a row that comes back finds its record again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from tasks.intake.correctionrows import CELL_LIMIT, MESSAGE_WIDTH, STYLES, RowFindings, SheetRows, places
from tasks.intake.sheetxml import Body, put_rows

if TYPE_CHECKING:
    import pandas as pd

MESSAGE_HEADING = "Pesan"
ROW_ID_HEADING = "ID baris (jangan diubah)"
GUIDE_SHEET = "PETUNJUK"
#: the guide's one column, no wider than a printed page; as many letters as surely stand in one line of it, and a line's height in points
GUIDE_WIDTH, GUIDE_LETTERS, LINE_HEIGHT = 88, 76, 15
ROW_LIMIT = 1_048_575  # rows under a heading
#: rows of a sheet whose cells carry a comment: beyond some thousands a workbook opens slowly, and the message says the same
COMMENTED_ROWS = 1_000
COMMENT_SIZE = {"width": 320, "height": 120, "font_size": 9, "author": "Sinergi"}
WIDTH_MIN, WIDTH_MAX, WIDTH_SAMPLE = 8, 40, 200
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
    """A sheet as it was sent: its number and name, and its headings as written, by column position.

    `left_out`: columns that are not the sender's, but those of an earlier correction workbook.
    """

    sheet_no: int
    name: str
    headings: Sequence[str]
    left_out: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Correction:
    """What a workbook is made of.

    rows      `sheet_no, row, cells` (joined by U+001F), in sheet and row order; rows without a finding may be among them
    findings  `sheet_no, row, code, field, severity, column_no` (null = the sheet has no such column), and perhaps `suggestion` (null
              where there is none); row 0 is left out
    """

    submission_id: str
    file: str
    issued_on: date
    deadline: date | None
    sheets: Sequence[SheetHead]
    rows: pd.DataFrame
    findings: pd.DataFrame


def build_workbook(correction: Correction, *, every_row: bool = False) -> bytes:
    """The workbook as xlsx bytes; `every_row` adds rows without a finding that asks for something.

    Rows stand in the sender's sheets and order, their cells in the sender's columns behind the message; rows whose only findings
    are `info` are left out. A sheet without such rows is left out.
    """
    import xlsxwriter

    found = RowFindings.of(correction.findings)
    wanted = correction.rows if every_row else correction.rows[np.isin(places(correction.rows), found.asking)]
    sheet_nos = wanted["sheet_no"].to_numpy(dtype=np.int64)
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = _formats(book)
    _write_guide(book, formats, correction, len(wanted))
    names = {GUIDE_SHEET.lower(), "history"}  # Excel keeps the second for itself
    bodies: dict[str, Body] = {}
    for head in correction.sheets:
        sent = wanted[sheet_nos == head.sheet_no].iloc[:ROW_LIMIT]
        if len(sent):
            rows = SheetRows.of(sent, head.headings, correction.submission_id, head.left_out)
            sheet = book.add_worksheet(_free_name(head.name, names))
            _write_head(sheet, formats, rows)
            for row, column, text in rows.comments(found, COMMENTED_ROWS):
                sheet.write_comment(row + 1, column + 1, text, COMMENT_SIZE)
            part = f"xl/worksheets/sheet{len(book.worksheets())}.xml"
            bodies[part] = Body(len(sent), rows.width + 2, partial(rows.columns, found))
    book.close()
    return put_rows(target.getvalue(), bodies)


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
    sheet.set_landscape()  # a column alone is never made smaller to fit
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, GUIDE_WIDTH)
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
            f'2. Kolom "{MESSAGE_HEADING}" menyebut apa yang salah dan apa yang perlu dilakukan; sel yang salah diberi warna dan komentar.',
            "guide",
        ),
        ("3. Nomor baris dan huruf kolom dalam pesan adalah nomor dan huruf pada berkas yang Anda kirim.", "guide"),
        (
            "4. Perbaiki sel yang salah di buku kerja ini, simpan, lalu kirim kembali buku kerja ini seperti berkas lain.",
            "guide",
        ),
        (
            "5. Hanya baris di buku kerja ini yang berubah; baris yang sudah benar tidak perlu dikirim lagi.",
            "guide",
        ),
        (
            f'6. Jangan mengubah kolom tersembunyi "{ROW_ID_HEADING}" dan jangan menggandakan baris: ID itulah yang menunjukkan'
            " baris mana yang diperbaiki.",
            "guide",
        ),
        ("7. NIK, nomor KK, NIB dan nomor HP tetap berformat teks; jangan diubah menjadi angka.", "guide"),
        (
            "8. NIK atau nomor KK yang pernah diketik sebagai angka, tetapi ternyata sama dengan kartunya: ketik ulang dengan spasi"
            " (1901 0155 0390 0001) sebagai tanda sudah dicocokkan.",
            "guide",
        ),
        (
            "9. Saran (bila ada) hanya usul beserta buktinya; cocokkan dengan KTP sebelum mengetiknya. Isi kiriman Anda tidak pernah"
            " diubah oleh sistem.",
            "guide",
        ),
        ("10. Baris baru, atau perubahan di banyak baris, dikirim dengan mengirim ulang seluruh daftar.", "guide"),
        ("", "guide"),
        ("Arti warna:", "guide"),
        *((meaning, severity) for severity, meaning in MEANING.items()),
        ("", "guide"),
        ("Berkas ini memuat data pribadi. Simpan dan kirim hanya melalui saluran dinas.", "guide"),
    ]
    for row, (text, style) in enumerate(lines):
        sheet.write_string(row, 0, text, formats[style])
        if len(text) > GUIDE_LETTERS:  # no program makes room for a wrapped line by itself when it opens a file
            sheet.set_row(row, LINE_HEIGHT * -(-len(text) // GUIDE_LETTERS))


def _write_head(sheet: Any, formats: dict[str, Any], rows: SheetRows) -> None:
    """One of the sender's sheets without its rows: widths, headings, and the pattern of styles that the rows replace."""
    sheet.set_column(0, 0, MESSAGE_WIDTH, formats["message"])
    for column, size in enumerate(_widths(rows)):
        sheet.set_column(column + 1, column + 1, size, formats["text"])
    sheet.set_column(rows.width + 1, rows.width + 1, 12, formats["text"], {"hidden": True})
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for column, text in enumerate((MESSAGE_HEADING, *rows.shown(rows.headings), ROW_ID_HEADING)):
        sheet.write_string(0, column, text[:CELL_LIMIT], formats["heading"])
    for column, style in enumerate(STYLES):
        sheet.write_blank(1, column, None, formats[style])


def _widths(rows: SheetRows) -> list[int]:
    """Column widths from the headings and the first rows, within reason."""
    samples = [column.slice(0, WIDTH_SAMPLE).to_pylist() for column in rows.shown(rows.cells)]
    longest = [
        max(len(heading), *(len(text or "") for text in sample))
        for heading, sample in zip(rows.shown(rows.headings), samples, strict=True)
    ]
    return [min(WIDTH_MAX, max(WIDTH_MIN, length + 2)) for length in longest]


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
