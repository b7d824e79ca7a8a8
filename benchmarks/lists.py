"""Clean lists of a generated province, cell by cell, and the files they are saved as: the paper that faults are seeded into.

Belongs here: lines, sheets, files. Does not belong here: what goes wrong with them (faultkinds.py), measuring.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from random import Random

import pandas as pd
import xlsxwriter

from tasks.demo.province import build_province
from tasks.demo.styles import Column, Style, office_style, plain_style, write_cells

#: a cell as it is typed: text, a number, a date, or nothing ('')
Cell = str | float | date
#: fields that the demo says nothing of, and what stands in them
ADDED = {"email": "E-mail", "npwp": "NPWP", "assets": "Aset", "workers_count": "Tenaga Kerja"}
STYLES = ("dinas", "semicolon", "numbered", "snake", "wide")


@dataclass
class Line:
    """One line of a list: its cells by field, what is true of its owner, or a line that is no data (`text`)."""

    cells: dict[str, Cell]
    born: date
    is_female: bool
    regency: str
    district: str
    text: list[str] | None = None


@dataclass(frozen=True)
class Listed:
    """A list as one regency's office keeps it: how it is written, its sheets (name -> lines)."""

    regency: str
    style: Style
    sheets: dict[str, list[Line]]
    above: Sequence[str] = ()
    below: Sequence[Sequence[str]] = ()

    @property
    def is_workbook(self) -> bool:
        """Whether cells can be numbers and dates."""
        return self.style.form.startswith("xlsx")

    @property
    def fields(self) -> list[str]:
        """The field of each column, in order."""
        return [column.source for column in self.style.columns]

    @property
    def first_row(self) -> int:
        """The row of the first line, as a spreadsheet numbers it."""
        return len(self.above) + 2 + self.style.number_row

    def lines(self) -> Iterator[tuple[str, int, Line]]:
        """Every line with its sheet and row."""
        for name, lines in self.sheets.items():
            for number, line in enumerate(lines, self.first_row):
                yield name, number, line


def clean_lists(province: str, seed: int, rows: int, *, kind: str = "umkm", size: int = 6_000) -> Iterator[Listed]:
    """A list of every regency of a province, without a fault, of at most `rows` lines; the way of writing changes from one to the next."""
    frame, places = build_province(province, size, seed)
    frame = frame[(frame["dirt"] == "") & (frame["kind"] == kind)].drop_duplicates("person")
    if kind == "umkm":  # faultless is more than undamaged: nothing blank that is asked for, nobody deceased
        frame = frame[(frame["business_name"] != "") & (frame["activity_status"] == "Aktif")]
    rng = Random(f"{province} {seed}")
    for number, own in frame.groupby("regency_no", sort=True):
        own = own.drop_duplicates("nik").sample(min(rows, len(own)), random_state=rng.randrange(2**31)).sort_index()
        regency = places.regencies.iloc[int(number)]
        way = STYLES[(int(number) + seed) % len(STYLES)] if kind == "umkm" else kind
        yield _listed(own.reset_index(drop=True), regency["code"], regency["name"], way, rng)


def _listed(rows: pd.DataFrame, code: str, regency: str, way: str, rng: Random) -> Listed:
    style = _style(way)
    own = tuple(column for column in style.columns if column.source not in ADDED)
    told = rows.assign(serial=range(1, len(rows) + 1), is_shifted=False)
    columns = {column: write_cells(told, (column,))[column.heading].to_list() for column in own}
    lines = []
    for number in range(len(rows)):
        cells = {column.source: _typed(column, texts[number]) for column, texts in columns.items()}
        if way == "wide":
            cells |= _added(number, rng)
        born, is_female = rows["birth"][number].date(), rows["sex"][number] == "P"
        lines.append(Line(cells, born, is_female, code, rows["district_true"][number]))
    sheets = {"Data": lines}
    if style.form == "xlsx_by_district":
        districts = sorted({line.district for line in lines})
        sheets = {name[:31]: [line for line in lines if line.district == name] for name in districts}
    above = [line.replace("{REGENCY}", regency.upper()).replace("{Regency}", regency) for line in style.title]
    below = [[style.total, f"{len(lines)} pelaku usaha"]] if style.total else []
    return Listed(code, style, sheets, above, below)


def _style(way: str) -> Style:
    if way == "wide":
        plain = plain_style("umkm")
        return replace(plain, columns=(*plain.columns, *(Column(heading, name) for name, heading in ADDED.items())))
    return office_style("umkm", STYLES.index(way)) if way in STYLES else office_style(way, 0)


def _typed(column: Column, text: str) -> Cell:
    if column.form == "number" and text.isdigit():
        return float(text)
    return date.fromisoformat(text) if column.form == "date_cell" and text else text


def _added(number: int, rng: Random) -> dict[str, Cell]:
    return {
        "email": f"usaha{number}@contoh.id",
        "npwp": f"{rng.randint(10, 99)}.{rng.randint(100, 999)}.{rng.randint(100, 999)}.{rng.randint(1, 9)}-304.000",
        "assets": f"{rng.randint(1, 90)}.000.000",
        "workers_count": str(rng.randint(1, 9)),
    }


def save(listed: Listed, folder: Path, name: str) -> Path:
    """The list as a file in a folder; its suffix follows from how it is written."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{'.xlsx' if listed.is_workbook else '.csv'}"
    path.write_bytes(_workbook(listed) if listed.is_workbook else _text_file(listed))
    return path


def _table(listed: Listed, lines: Sequence[Line]) -> Iterator[list[Cell]]:
    """Everything of one sheet, line by line, under the lines above the heading."""
    yield [column.heading for column in listed.style.columns]
    if listed.style.number_row:
        yield [str(number) for number in range(1, len(listed.fields) + 1)]
    for line in lines:
        yield list(line.text) if line.text is not None else [line.cells.get(name, "") for name in listed.fields]


def _text_file(listed: Listed) -> bytes:
    (lines,) = listed.sheets.values()
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=";" if listed.style.form == "csv_semicolon" else ",").writerows(_table(listed, lines))
    return target.getvalue().encode("cp1252" if listed.style.form == "csv_semicolon" else "utf-8", errors="replace")


def _workbook(listed: Listed) -> bytes:
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(target, options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, lines in listed.sheets.items():
            paper = book.add_worksheet(name)
            above: list[list[Cell]] = [[text] for text in listed.above]
            below: list[list[Cell]] = [list(texts) for texts in listed.below]
            for row, cells in enumerate([*above, *_table(listed, lines), *below]):
                for column, cell in enumerate(cells):
                    if isinstance(cell, date):
                        paper.write_datetime(row, column, cell, day)
                    elif cell != "":
                        paper.write(row, column, cell)
    return target.getvalue()
