"""How a list is written: the columns of a style, and a frame of rows turned into cells of text.

Belongs here: headings and the forms of cells. Does not belong here: title rows and sheets (office), files (steps).
The styles themselves are data (data/styles.yaml); the plain style has one column per canonical field, headed by its label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import fields
from tasks.demo.draw import Mask, data_file, number_text, text, where

MONTHS = (
    "Januari", "Pebruari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "Nopember", "Desember",
)  # fmt: skip
#: fields that the demo's lists say nothing about
NOT_TOLD = frozenset({
    "email", "assets", "workers_count", "npwp", "social_media", "is_fostered", "export_commodity", "licence_request",
    "copyright_request", "is_willing",
})  # fmt: skip
ROTATION = ("dinas", "semicolon", "numbered", "snake")


@dataclass(frozen=True)
class Column:
    """One column of a style: its heading, what stands in it, and the form it is written in."""

    heading: str
    source: str
    form: str = ""


@dataclass(frozen=True)
class Style:
    """One file's way of writing. `title`, `guide`: lines above the heading and of the guide sheet."""

    form: str
    file: str
    columns: tuple[Column, ...]
    title: tuple[str, ...] = ()
    guide: tuple[str, ...] = ()
    number_row: bool = False
    total: str = ""
    signature: bool = False


def office_style(kind: str, regency_no: int) -> Style:
    """The style in which the regency's office writes this kind of list; the styles rotate by regency."""
    styles = data_file("styles.yaml")
    entry: dict[str, Any] = (
        styles[ROTATION[regency_no % len(ROTATION)]]["umkm"] if kind == "umkm" else styles["shared"][kind]
    )
    columns = tuple(Column(*column) for column in entry["columns"])
    return Style(
        form=entry["form"],
        file=entry["file"],
        columns=columns,
        title=tuple(entry.get("title", ())),
        guide=tuple(entry.get("guide", ())),
        number_row=entry.get("number_row", False),
        total=entry.get("total", ""),
        signature=entry.get("signature", False),
    )


def plain_style(kind: str) -> Style:
    """A clean CSV: every canonical field of the kind under its label, dates dd/mm/yyyy."""
    own = [field for field in fields().values() if kind in field.kinds and field.columns and field.name not in NOT_TOLD]
    forms = {"date": "date_slash"}
    columns = tuple(Column(field.label, field.name, forms.get(field.type, "")) for field in own)
    names = {"umkm": "umkm", "group": "kelompok", "cooperative": "koperasi"}
    return Style("csv_comma", f"{names[kind]}_2020-04.csv", columns)


def write_cells(frame: pd.DataFrame, columns: tuple[Column, ...]) -> dict[str, pd.Series]:
    """The cells of every column as text, in column order, cells of shifted rows moved; keys are the headings."""
    cells = {column.heading: _cells(frame, column) for column in columns}
    shifted = frame["is_shifted"].to_numpy(bool)
    return shift_cells(cells, shifted) if shifted.any() else cells


def shift_cells(cells: dict[str, pd.Series], rows: Mask, first: int = 3) -> dict[str, pd.Series]:
    """Move the cells of some rows one column to the right from the column `first` on, as an unquoted comma does."""
    headings = list(cells)
    moved = dict(cells)
    for position in range(first, len(headings)):
        left = "" if position == first else cells[headings[position - 1]]
        moved[headings[position]] = where(rows, left, cells[headings[position]])
    return moved


def _cells(frame: pd.DataFrame, column: Column) -> pd.Series:
    if column.source == "serial":
        return number_text(frame["serial"].to_numpy())
    if column.source == "birth_date":
        override = frame["birth_text"]
        return where((override != "").to_numpy(bool), override, write_dates(frame["birth"], column.form))
    if column.source == "verified_on":
        return write_dates(frame["verified"], column.form)
    values = frame[column.source]
    return values.str.upper() if column.form == "upper" else values


def write_dates(days: pd.Series, form: str) -> pd.Series:
    """Days as an office types them; `date_cell` is ISO here and becomes a real date in the workbook."""
    stamps = pa.array(days.to_numpy().astype("datetime64[s]"))
    formats = {"date_slash": "%d/%m/%Y", "date_dash": "%d-%m-%Y", "date_cell": "%Y-%m-%d"}
    if form in formats:
        return text(pc.strftime(stamps, formats[form]))
    index = pd.DatetimeIndex(days)
    month = text(pa.array(list(MONTHS)).take(pa.array(np.asarray(index.month) - 1)))
    return number_text(index.day.to_numpy()) + " " + month + " " + number_text(index.year.to_numpy())
