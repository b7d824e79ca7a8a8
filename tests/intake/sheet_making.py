"""Sheets and workbooks made for tests. All NIKs are invented."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa
import xlsxwriter

from tasks.intake.sheets import NUMBER, TEXT, Limits, Sheet, batch_of, join_batches

LIMITS = Limits(max_rows=5000, max_columns=100, max_file_mb=20, max_unpacked_mb=30, seconds=60)


def sheet_of(
    rows: Sequence[Sequence[object]], name: str = "Sheet1", sheet_no: int = 1, is_hidden: bool = False
) -> Sheet:
    """A sheet from rows of cells; numbers have the kind NUMBER."""
    columns = list(zip_longest(*rows, fillvalue="")) or [("",) * len(rows)]
    texts = [pa.array([str(cell) for cell in column], pa.string()) for column in columns]
    kinds = [
        pa.array([NUMBER if isinstance(cell, int | float) else TEXT for cell in column], pa.uint8())
        for column in columns
    ]
    return Sheet(sheet_no, name, is_hidden, join_batches([batch_of(range(1, len(rows) + 1), texts, kinds)]))


def write_workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]], hidden: Sequence[str] = ()) -> Path:
    """An .xlsx with these cells."""
    workbook = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        worksheet = workbook.add_worksheet(name)
        for number, row in enumerate(rows):
            worksheet.write_row(number, 0, row)
        if name in hidden:
            worksheet.hide()
    workbook.close()
    return path
