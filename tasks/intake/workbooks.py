"""Spreadsheet workbooks (.xlsx, .xlsm without macros, .xls, .ods) -> sheets, by calamine.

Belongs here: turning calamine's values into text with a kind. Does not belong here: what must be checked before calamine may see
the bytes (zipchecks.py), text files (textfiles.py). Measured: python-calamine row by row takes the time of bare fastexcel
(1.7 s against 1.9 s for 50,000 x 25), needs less memory, and alone says which cell was a number; see docs/decisions.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from tasks.intake.refusals import Unreadable
from tasks.intake.sheets import BOOL, DATE, EMPTY, NUMBER, TEXT, Limits, Sheet, batch_of, clean_text, join_batches

ROWS_AT_ONCE = 20_000
#: offices merge the owner of two businesses, the name of a group; more than this is decoration
MERGES_LOOKED_AT = 200_000
#: above this a float no longer tells neighbouring integers apart
EXACT_INTEGERS = 2**53


def read_workbook(path: Path, form: str, limits: Limits) -> list[Sheet]:
    """Every worksheet of a workbook, in workbook order, hidden ones flagged; chart and macro sheets are left out.

    `form` is what its bytes are, whatever it is called: xlsx (with or without macros), xls or ods.
    Raises Unreadable (ENCRYPTED, NOT_A_WORKBOOK, TOO_MANY_ROWS, TOO_MANY_COLUMNS).
    """
    try:
        with _called(path, form) as named:
            workbook = calamine.CalamineWorkbook.from_path(str(named))
        found = list(workbook.sheets_metadata)
        return [
            _read_sheet(workbook.get_sheet_by_index(index), index + 1, meta, limits)
            for index, meta in enumerate(found)
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    except calamine.PasswordError as error:
        raise Unreadable("ENCRYPTED") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise Unreadable("NOT_A_WORKBOOK") from error


@contextmanager
def _called(path: Path, form: str) -> Iterator[Path]:
    """The file under a name by which calamine knows its form: it goes by names."""
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / f"workbook.{form}"
        named.symlink_to(path.resolve())
        yield named


def _read_sheet(sheet: calamine.CalamineSheet, sheet_no: int, meta: calamine.SheetMetadata, limits: Limits) -> Sheet:
    if sheet.end is not None:
        rows, columns = sheet.end[0] + 1, sheet.end[1] + 1
        if rows > limits.max_rows:
            raise Unreadable("TOO_MANY_ROWS", sheet=sheet_no, count=rows, limit=limits.max_rows)
        if columns > limits.max_columns:
            raise Unreadable("TOO_MANY_COLUMNS", sheet=sheet_no, count=columns, limit=limits.max_columns)
    cells = join_batches(list(_batches(sheet)))
    is_hidden = meta.visible != calamine.SheetVisibleEnum.Visible
    return Sheet(sheet_no, meta.name, is_hidden, cells, merged=_merged_rows(sheet))


def _merged_rows(sheet: calamine.CalamineSheet) -> tuple[tuple[int, int, int], ...]:
    """What is merged over several rows, in each of its columns' first; formats that do not tell merge nothing."""
    ranges = sheet.merged_cell_ranges or ()
    return tuple((left, top, bottom) for (top, left), (bottom, _) in ranges[:MERGES_LOOKED_AT] if bottom > top)


def _batches(sheet: calamine.CalamineSheet) -> Iterator[pa.Table]:
    rows = iter(sheet.iter_rows()) if sheet.end is not None else iter(())
    left_out = (
        sheet.start[1] if sheet.start is not None else 0
    )  # calamine begins at the first used column, but at row 1
    start = 1
    while block := list(islice(rows, ROWS_AT_ONCE)):
        columns = [_column(values) for values in zip(*block, strict=True)]
        columns = [([""] * len(block), [EMPTY] * len(block)) for _ in range(left_out)] + columns
        numbers = range(start, start + len(block))
        texts = [clean_text(pa.array(text, pa.string())) for text, _ in columns]
        kinds = [pa.array(kind, pa.uint8()) for _, kind in columns]
        yield batch_of(list(numbers), texts, kinds)
        start += len(block)


def _column(values: tuple[Any, ...]) -> tuple[list[str], list[int]]:
    """Texts and kinds of one column of a block; columns of one type, the usual case, take a short way."""
    types = set(map(type, values))
    if types == {str}:
        return list(values), [TEXT] * len(values)
    if types == {float}:
        return [number_text(value) for value in values], [NUMBER] * len(values)
    pairs = [_WRITERS.get(type(value), _other)(value) for value in values]
    return [text for text, _ in pairs], [kind for _, kind in pairs]


def number_text(value: float) -> str:
    """A number as plain decimal text: an integral one without a point, never in scientific notation.

    Integers above 2^53 are given with the 15 digits Excel keeps and zeros after them: what follows is not known, and a zero in
    the 16th place is what marks a lost digit (DOMAIN, identifiers).
    """
    if value == int(value) if abs(value) < 1e300 else False:
        return str(int(value)) if abs(value) <= EXACT_INTEGERS else format(Decimal(f"{value:.15g}"), "f")
    return format(Decimal(repr(value)), "f") if abs(value) < 1e300 else repr(value)


def _date(value: dt.date) -> tuple[str, int]:
    return value.isoformat(), DATE


def _datetime(value: dt.datetime) -> tuple[str, int]:
    return (value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")), DATE


def _other(value: Any) -> tuple[str, int]:
    return str(value), TEXT


_WRITERS: dict[type, Callable[[Any], tuple[str, int]]] = {
    str: lambda value: (value, TEXT if value else EMPTY),
    float: lambda value: (number_text(value), NUMBER),
    int: lambda value: (str(value), NUMBER),
    bool: lambda value: ("TRUE" if value else "FALSE", BOOL),
    dt.date: _date,
    dt.datetime: _datetime,
}
