"""A workbook's sheets -> one mapped frame, with an account of every sheet, column and row.

Belongs here: which kind of list a workbook is, which sheets are data, the frame. Does not belong here: single columns (columns.py),
row classes (rows.py), typed values (standardise). A file whose headings only a person can settle waits, with a proposal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from expectations.messages import column_letter
from schemas.errors import FileWaits
from schemas.fields import fields
from schemas.layouts import KINDS, family, heading_keys
from schemas.records import Kind
from tasks.intake.columns import Columns, Remembered, map_columns
from tasks.intake.frames import mapped_frame, row_frame
from tasks.intake.headings import Heading, find_heading
from tasks.intake.kinds import kind_of
from tasks.intake.rows import BLANK, HIDDEN_SHEET, OTHER_SHEET, Classes, classify_rows, filled_matrix, moved_heading
from tasks.intake.sheets import Sheet

_NOT_A_LIST = re.compile(
    r"^\W*(petunjuk|instruksi|referensi|panduan|cara pengisian|contoh pengisian|daftar pilihan|readme|cover)\b",
    re.IGNORECASE,
)
#: a sheet that names none of these lists nobody (a summary per district, a list of villages)
_NAMING = {"owner_name", "nik", "business_name", "cooperative_name", "cooperative_nik", "group_name"}
VALUES_LOOKED_AT = 500
#: the heading over the row tokens of a correction workbook (tasks/intake/workbook.py)
_TOKENS = re.compile(r"^\W*id baris\W+jangan diubah\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class MappedSheet:
    """One sheet's account. `why_not` (receipt.UNREAD) is '' when it holds data; `heading_row` as Excel numbers it."""

    sheet_no: int
    name: str
    is_hidden: bool
    why_not: str
    heading_row: int | None
    headings: tuple[str, ...]
    mapping: dict[str, int]
    ignored: dict[int, str]
    hints: dict[str, str]
    titles: tuple[str, ...]
    dropped: dict[str, int]


@dataclass(frozen=True)
class Correction:
    """What a correction workbook that came back corrects: the list (its submission) and that list's period.

    `places`: its data rows in order, `sheet_no, row` in the workbook, `frame_sheet_no, frame_row` in the mapped frame,
    `corrects_sheet_no, corrects_row` in the list (0 for a row that could not be placed).
    """

    submission_id: str
    period: str | None
    places: pd.DataFrame


@dataclass(frozen=True)
class MappedWorkbook:
    """A workbook understood: its kind, the mapped frame (one line per data row), and every row with its class.

    `frame`: the mapped frame; `rows`: sheet_no, row, data_row (NA unless data), is_data, row_class, cells. `hints`: money field ->
    `monthly`, `yearly`, `band`, `million`, `thousand`, joined with `|`. With a `correction`, `sheets` and `rows` are the workbook's that
    came back, and the frame is the whole list with its rows (returnedmapping.py).
    """

    kind: Kind
    layout: str
    sheets: tuple[MappedSheet, ...]
    frame: pd.DataFrame
    rows: pd.DataFrame
    titles: tuple[str, ...]
    hints: dict[str, str]
    correction: Correction | None = None

    @property
    def dropped(self) -> dict[str, int]:
        """Sensitive columns left out: heading -> cells that held something."""
        result: dict[str, int] = {}
        for sheet in self.sheets:
            for heading, count in sheet.dropped.items():
                result[heading] = result.get(heading, 0) + count
        return result


class MappingWaits(FileWaits):
    """A file whose headings a person must settle. `proposal`: per sheet what was understood; `rows` as in MappedWorkbook, every
    row that is not blank counted as data, for the ledger."""

    def __init__(
        self, code: str, what: str, *, mend: str, proposal: Sequence[MappedSheet], rows: pd.DataFrame, kind: Kind | None
    ) -> None:
        self.proposal, self.rows, self.kind = tuple(proposal), rows, kind
        super().__init__(code, what, mend=mend)


@dataclass(frozen=True)
class _Found:
    """A sheet under way."""

    sheet: Sheet
    why_not: str
    heading: Heading | None = None
    columns: Columns | None = None

    @property
    def fields(self) -> set[str]:
        return set(self.columns.mapping) if self.columns else set()


def map_workbook(sheets: Sequence[Sheet], regency_code: str, remembered: Remembered) -> MappedWorkbook:
    """Map every sheet. `remembered`: what people of this office said of their headings, per heading set.

    Raises MappingWaits: NO_HEADING, HEADING_CLAIMED_TWICE, REQUIRED_FIELD_UNMAPPED, KINDS_MIXED, HINTS_DIFFER,
    COLUMNS_MOVED, CORRECTION_RETURNED.
    """
    also_known = frozenset(heading_keys(heading)[1] for said in remembered.values() for heading in said)
    headings = {sheet.sheet_no: _heading_of(sheet, also_known) for sheet in sheets}
    kinds = {no: kind_of(heading.texts) for no, (_, heading) in headings.items() if heading}
    found: list[_Found] = []
    for sheet in sheets:
        why_not, heading = headings[sheet.sheet_no]
        if heading is None:
            found.append(_Found(sheet, why_not))
            continue
        columns = _columns(sheet, heading, kinds[sheet.sheet_no], regency_code, remembered)
        why_not = "" if _NAMING & set(columns.mapping) else "names_nobody"
        found.append(_Found(sheet, why_not, heading, columns))
    lists = [item for item in found if not item.why_not]
    if not lists:
        raise _waits("NO_HEADING", found, None)
    kinds_seen = {kinds[item.sheet.sheet_no] for item in lists}
    kind = next(kind for kind in KINDS if kind in kinds_seen)
    if len(kinds_seen) > 1:
        raise _waits("KINDS_MIXED", found, None, names=_names(lists))
    _check(lists, found, kind)
    if any(_TOKENS.match(text) for item in lists if item.heading for text in item.heading.texts):
        raise _waits("CORRECTION_RETURNED", found, kind)
    return _assemble(found, kind)


def _heading_of(sheet: Sheet, also_known: frozenset[str]) -> tuple[str, Heading | None]:
    """(why the sheet is not data, its heading)."""
    if sheet.why_not:
        return sheet.why_not, None
    if sheet.is_hidden:
        return "hidden_sheet", None
    if not sheet.height:
        return "blank", None
    if _NOT_A_LIST.match(sheet.name):
        return "instructions", None
    heading = find_heading(sheet, also_known)
    return ("", heading) if heading else ("no_heading", None)


def _columns(sheet: Sheet, heading: Heading, kind: Kind, regency_code: str, remembered: Remembered) -> Columns:
    filled = filled_matrix(sheet)[heading.last + 1 :].sum(axis=0).tolist()

    def values(column: int) -> list[str]:
        texts: list[str] = sheet.text(column).slice(heading.last + 1, VALUES_LOOKED_AT).to_pylist()
        return texts

    return map_columns(heading.texts, family(kind), remembered, regency_code=regency_code, filled=filled, values=values)


def _check(lists: Sequence[_Found], found: Sequence[_Found], kind: Kind) -> None:
    """Raises MappingWaits when a field is claimed twice, a required one is missing, or sheets state money differently."""
    for item in lists:
        columns, heading = item.columns, item.heading
        if columns is None or heading is None:
            continue
        for name, rivals in columns.rivals.items():
            texts = " dan ".join(f'"{heading.texts[column]}" (kolom {column_letter(column)})' for column in rivals)
            raise _waits(
                "HEADING_CLAIMED_TWICE", found, kind, sheet=item.sheet.name, names=texts, field=_labels({name})
            )
        missing = [choice for choice in family(kind).required if not choice & item.fields]
        if missing:
            names = ", ".join(map(_labels, missing))
            raise _waits("REQUIRED_FIELD_UNMAPPED", found, kind, sheet=item.sheet.name, names=names)
    hints = [{**item.columns.hints} for item in lists if item.columns]
    for name in {name for hint in hints for name in hint}:
        stated = {item.columns.hints.get(name, "") for item in lists if item.columns and name in item.columns.mapping}
        if len(stated) > 1:
            raise _waits("HINTS_DIFFER", found, kind, names=_labels({name}))


_WAITS = {
    "NO_HEADING": (
        "Tidak ada lembar dengan baris judul kolom yang dikenali.",
        "Beri judul pada setiap kolom (misalnya NAMA PEMILIK, NIK, NAMA USAHA) pada satu baris di atas data, lalu kirim ulang.",
    ),
    "CORRECTION_RETURNED": (
        "Berkas ini buku kerja perbaikan, tetapi tidak satu pun ID barisnya dapat dibaca; tidak diketahui baris mana yang diperbaiki.",
        "Isikan perbaikannya di buku kerja perbaikan yang asli tanpa mengubah kolom ID baris, atau kirim ulang daftar lengkap.",
    ),
    "KINDS_MIXED": (
        "Berkas memuat lebih dari satu jenis daftar: {names}.",
        "Kirim setiap jenis daftar (UMKM, kelompok, koperasi, sensus ulang, jawaban instansi) sebagai berkas terpisah.",
    ),
    "HEADING_CLAIMED_TWICE": (
        'Lembar "{sheet}": dua kolom berhak atas isian {field}: {names}.',
        "Beri tahu kolom mana yang benar, atau ubah judul salah satunya, lalu kirim ulang.",
    ),
    "REQUIRED_FIELD_UNMAPPED": (
        'Lembar "{sheet}": kolom wajib tidak ditemukan: {names}.',
        "Tambahkan kolomnya atau perjelas judulnya, lalu kirim ulang.",
    ),
    "COLUMNS_MOVED": (
        'Lembar "{sheet}": judul kolom di baris {names} berurutan lain dari judul di atasnya.',
        "Samakan urutan kolomnya, atau pindahkan tabel itu ke lembar tersendiri, lalu kirim ulang.",
    ),
    "HINTS_DIFFER": (
        "Lembar-lembar menyatakan {names} dengan satuan atau jangka waktu yang berbeda.",
        "Samakan satuannya (per bulan atau per tahun) di semua lembar, lalu kirim ulang.",
    ),
}


def _waits(code: str, found: Sequence[_Found], kind: Kind | None, **names: str) -> MappingWaits:
    what, mend = _WAITS[code]
    classes = [_waiting_classes(item) for item in found]
    rows = row_frame([item.sheet for item in found], classes, [_sensitive(item) for item in found])
    proposal = [_describe(item) for item in found]
    return MappingWaits(code, what.format(**names), mend=mend, proposal=proposal, rows=rows, kind=kind)


def _waiting_classes(item: _Found) -> Classes:
    """Every row that is not blank waits with its file; what is above a known heading, and hidden sheets, are no data."""
    classes = _classes(item)
    if item.why_not in ("no_heading", "names_nobody"):
        blank = ~filled_matrix(item.sheet).any(axis=1)
        classes = np.where(blank, BLANK, 0).astype(np.uint8)
    return classes


def _classes(item: _Found) -> Classes:
    if item.columns is None or item.heading is None or item.why_not:
        as_class = HIDDEN_SHEET if item.why_not == "hidden_sheet" else OTHER_SHEET
        return np.full(item.sheet.height, as_class, dtype=np.uint8)
    known = family(kind_of(item.heading.texts)).claims
    return classify_rows(item.sheet, item.heading, item.columns.mapping, item.columns.row_number, known)


def _assemble(found: Sequence[_Found], kind: Kind) -> MappedWorkbook:
    classes = [_classes(item) for item in found]
    _check_order(found, classes, kind)
    sensitive = [_sensitive(item) for item in found]
    mappings = [item.columns.mapping if item.columns and not item.why_not else {} for item in found]
    rows = row_frame([item.sheet for item in found], classes, sensitive)
    frame = mapped_frame([item.sheet for item in found], classes, mappings, rows)
    described = tuple(_describe(item) for item in found)
    titles = tuple(dict.fromkeys(title for sheet in described if not sheet.why_not for title in sheet.titles))
    hints = {name: hint for sheet in described if not sheet.why_not for name, hint in sheet.hints.items()}
    layout = next(item.columns.layout for item in found if item.columns and not item.why_not)
    return MappedWorkbook(kind, layout, described, frame, rows, titles, hints)


def _check_order(found: Sequence[_Found], classes: Sequence[Classes], kind: Kind) -> None:
    """Raises MappingWaits when a heading further down has the columns in another order."""
    for item, codes in zip(found, classes, strict=True):
        if item.why_not or item.columns is None or item.heading is None:
            continue
        moved = moved_heading(item.sheet, item.heading, item.columns.mapping, codes, family(kind).claims)
        if moved is not None:
            row = str(item.sheet.cells["row"][moved].as_py())
            raise _waits("COLUMNS_MOVED", found, kind, sheet=item.sheet.name, names=row)


def _sensitive(item: _Found) -> frozenset[int]:
    """Columns whose text is dropped."""
    return frozenset(
        column for column, reason in (item.columns.ignored if item.columns else {}).items() if reason == "sensitive"
    )


def _describe(item: _Found) -> MappedSheet:
    sheet = MappedSheet(
        item.sheet.sheet_no, item.sheet.name, item.sheet.is_hidden, item.why_not, None, (), {}, {}, {}, (), {}
    )
    if item.heading is None or item.columns is None:
        return sheet
    dropped = {
        item.heading.texts[column]: int(filled_matrix(item.sheet)[item.heading.last + 1 :, column].sum())
        for column in _sensitive(item)
    }
    titles = [
        text.strip() for position in range(min(item.heading.first, 30)) for text in item.sheet.row_texts(position)
    ]
    return replace(
        sheet,
        heading_row=int(item.sheet.cells["row"][item.heading.last].as_py()),
        headings=item.heading.texts,
        mapping=item.columns.mapping,
        ignored=item.columns.ignored,
        hints=item.columns.hints,
        titles=tuple(title for title in titles if title),
        dropped=dropped,
    )


def _names(lists: Sequence[_Found]) -> str:
    return ", ".join(f'"{item.sheet.name}"' for item in lists)


def _labels(names: Collection[str]) -> str:
    """What offices call these fields, in the order of the fields: "Nama pemilik atau NIK"."""
    return " atau ".join(f'"{entry.label}"' for name, entry in fields().items() if name in names)
