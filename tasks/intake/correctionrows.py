"""The rows of a correction workbook as columns: message, the sender's cells with their fills, token; a block of rows at a time.

Belongs here: pure, columnar work from plain frames to `sheetxml.Column`. Does not belong here: the workbook around the rows
(workbook.py), their XML (sheetxml.py), the words of a message (expectations/messages.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations.catalogue import SEVERITIES
from expectations.messages import message, quotes_the_cell, sentence
from tasks.intake.sheets import SEPARATOR
from tasks.intake.sheetxml import TEXT, Column

if TYPE_CHECKING:
    import pandas as pd

CELL_LIMIT = 32_767  # characters an Excel cell can hold
MESSAGE_WIDTH = 70  # characters
LINE_HEIGHT, HEIGHT_MAX = 15.0, 408.75  # points; the default of Excel, and its limit in whole pixels
#: the styles of the cells of a row: the severities from the gravest, then the others
STYLES = (*SEVERITIES, "text", "message")
_INFO, _TEXT, _MESSAGE = (STYLES.index(name) for name in ("info", "text", "message"))
_ROW_BITS = 32  # rows are below 2^31

Numbers = npt.NDArray[np.int64]


def row_token(submission_id: str, sheet_no: int, row: int) -> str:
    """`<submission>:<sheet>:<row>:<check>`; the check is 8 hex digits of BLAKE2b over the three, against damage in typing.

    It proves nothing about who made it and holds nothing of a person; whoever reads it back must look the row up.
    """
    name = f"{submission_id}:{sheet_no}:{row}"
    return f"{name}:{blake2b(name.encode(), digest_size=4).hexdigest()}"


def places(frame: pd.DataFrame) -> Numbers:
    """Sheet and row as one number."""
    sheet_no, row = (frame[name].to_numpy(dtype=np.int64) for name in ("sheet_no", "row"))
    return np.asarray((sheet_no << _ROW_BITS) | row)


@dataclass(frozen=True)
class RowFindings:
    """The findings of rows in the order of the rows, those of one row in the order given.

    `gravity` counts from the gravest severity; `column` = position in the sender's sheet, -1 = none. `asking` = the places of rows
    with a finding that asks something of the office. `suggestion`: what a cell may have been meant as, null where nobody knows.
    """

    place: Numbers
    code: pa.DictionaryArray
    gravity: npt.NDArray[np.int8]
    column: Numbers
    asking: Numbers
    suggestion: pa.Array

    @classmethod
    def of(cls, findings: pd.DataFrame) -> RowFindings:
        """From a frame `sheet_no, row, code, severity, column_no` and perhaps `suggestion`; findings of a whole sheet (row 0) are left
        out."""
        findings = findings[findings["row"].to_numpy(dtype=np.int64) > 0]
        place = places(findings)
        order = np.argsort(place, kind="stable")
        ranks = {word: number for number, word in enumerate(SEVERITIES)}
        gravity = np.asarray(findings["severity"].map(ranks), dtype=np.int8)
        column = np.asarray(findings["column_no"].astype("Float64").fillna(-1), dtype=np.int64)
        code = pa.array(findings["code"].to_numpy(dtype=object)[order], TEXT).dictionary_encode()
        suggestion = pa.nulls(len(findings), TEXT)
        if "suggestion" in findings:
            suggestion = pa.array(findings["suggestion"].to_numpy(dtype=object)[order], TEXT, from_pandas=True)
        return cls(place[order], code, gravity[order], column[order], np.unique(place[gravity < _INFO]), suggestion)


@dataclass(frozen=True)
class SheetRows:
    """The rows of one sheet: their places, their cells by column (null = the row ends before), the headings, and the columns that are
    not shown because they are not the sender's."""

    place: Numbers
    cells: Sequence[pa.Array]
    headings: Sequence[str]
    submission_id: str
    left_out: frozenset[int] = frozenset()

    @property
    def width(self) -> int:
        """How many columns of the sender's there are."""
        return len(self.shown(self.cells))

    def shown(self, columns: Sequence[Any]) -> list[Any]:
        """What belongs to the sender's columns, of something that is given for every column."""
        return [each for number, each in enumerate(columns) if number not in self.left_out]

    @classmethod
    def of(
        cls, rows: pd.DataFrame, headings: Sequence[str], submission_id: str, left_out: frozenset[int] = frozenset()
    ) -> SheetRows:
        """From a frame `sheet_no, row, cells` of one sheet."""
        joined = pa.array(rows["cells"].to_numpy(dtype=object), TEXT)
        split = pc.split_pattern(joined, SEPARATOR)
        lengths = pc.list_value_length(split).to_numpy()
        starts = split.offsets.to_numpy()[:-1]
        width = max(len(headings), int(lengths.max()))
        cells = [split.values.take(pa.array(starts + number, mask=lengths <= number)) for number in range(width)]
        return cls(places(rows), cells, [*headings, *[""] * (width - len(headings))], submission_id, left_out)

    def columns(self, found: RowFindings, start: int, stop: int) -> tuple[list[Column], npt.NDArray[np.float64]]:
        """The columns of some of the rows as the workbook shows them (message, cells, token), and the rows' heights in points."""
        place = self.place[start:stop]
        first = np.searchsorted(found.place, place, "left")
        count = np.searchsorted(found.place, place, "right") - first
        line = np.repeat(np.arange(len(place)), count)  # of each finding: its row here
        ends = np.cumsum(count)
        which = np.arange(len(line)) + np.repeat(first - (ends - count), count)
        cells = [column.slice(start, stop - start) for column in self.cells]
        column = found.column[which]
        messages = _messages(self.headings, cells, found.code.take(pa.array(which)), column, line, place)
        messages = pc.binary_join_element_wise(
            messages, found.suggestion.take(pa.array(which)), _text(" "), null_handling="skip"
        )
        lists = pa.LargeListArray.from_arrays(pa.array(np.concatenate([[0], ends])), messages)
        told = pc.utf8_slice_codeunits(pc.binary_join(lists, pa.scalar("\n", TEXT)), 0, CELL_LIMIT)
        fills = _fills(found.gravity[which], column, line, len(place))
        sent = self.shown([_sent(text, fills.get(number)) for number, text in enumerate(cells)])
        mask = (1 << _ROW_BITS) - 1
        tokens = [row_token(self.submission_id, number >> _ROW_BITS, number & mask) for number in place.tolist()]
        return [Column(told, _MESSAGE), *sent, Column(pa.array(tokens, TEXT), _TEXT)], _heights(told)

    def comments(self, found: RowFindings, limit: int) -> list[tuple[int, int, str]]:
        """What is said at single cells: row (counted from 0), column as shown, text; in the order of the rows, `limit` rows at most and
        every row with a suggestion."""
        place = found.place
        line = np.searchsorted(self.place, place)
        here = (
            (line < len(self.place))
            & (self.place[np.minimum(line, len(self.place) - 1)] == place)
            & (found.column >= 0)
        )
        is_wanted = here & ((line < limit) | found.suggestion.is_valid().to_numpy(zero_copy_only=False))
        shown = {column: number for number, column in enumerate(self.shown(range(len(self.cells))))}
        told: dict[tuple[int, int], list[str]] = {}
        for each in np.flatnonzero(is_wanted & (found.gravity < _INFO)).tolist():
            row, column = int(line[each]), int(found.column[each])
            if column in shown:
                written = self.cells[column][row].as_py() or ""
                said = [sentence(found.code[each].as_py(), written), found.suggestion[each].as_py()]
                told.setdefault((row, shown[column]), []).extend(text for text in said if text)
        return [(*at, "\n".join(texts)) for at, texts in told.items()]


def _messages(
    headings: Sequence[str],
    cells: Sequence[pa.Array],
    code: pa.DictionaryArray,
    column: Numbers,
    line: Numbers,
    place: Numbers,
) -> pa.Array:
    """The message of each finding; a sentence is made once for each check, column and distinct cell."""
    if not len(column):
        return pa.array([], TEXT)
    width = int(column.max()) + 2
    kinds = code.indices.to_numpy() * width + column + 1
    order = np.argsort(kinds, kind="stable")
    parts = []
    for at in np.split(order, np.flatnonzero(np.diff(kinds[order])) + 1):
        check, number = code.dictionary[int(kinds[at[0]] // width)].as_py(), int(column[at[0]])
        is_there = 0 <= number < len(cells)
        heading = headings[number] if is_there else ""
        written = cells[number].take(pa.array(line[at])) if is_there else pa.nulls(len(at), TEXT)
        say = partial(message, check, None if number < 0 else number, heading)
        told = _each_distinct(say, written) if quotes_the_cell(check) else _text(say(""))
        numbers = pa.array(place[line[at]] & ((1 << _ROW_BITS) - 1)).cast(TEXT)
        parts.append(pc.binary_join_element_wise(_text("Baris "), numbers, told, _text("")))
    return pa.concat_arrays(parts).take(pa.array(np.argsort(order, kind="stable")))


def _each_distinct(say: Callable[[str], str], written: pa.Array) -> pa.Array:
    """What is said of each of some cells as written."""
    distinct = pc.fill_null(written, "").dictionary_encode()
    return pa.array([say(text) for text in distinct.dictionary.to_pylist()], TEXT).take(distinct.indices)


def _fills(
    gravity: npt.NDArray[np.int8], column: Numbers, line: Numbers, length: int
) -> dict[int, npt.NDArray[np.int8]]:
    """Column position -> the style of its cells: the gravest severity found there, else plain text."""
    fills: dict[int, npt.NDArray[np.int8]] = {}
    for number in np.unique(column[column >= 0]).tolist():
        at = column == number
        fills[number] = np.full(length, _TEXT, dtype=np.int8)
        np.minimum.at(fills[number], line[at], gravity[at])
    return fills


def _sent(text: pa.Array, fill: npt.NDArray[np.int8] | None) -> Column:
    """A column as it was sent: no cell where nothing was sent, unless it is filled."""
    text = pc.fill_null(pc.utf8_slice_codeunits(text, 0, CELL_LIMIT), "")
    is_left_out = pc.equal(text, "")
    if fill is not None:
        is_left_out = pc.and_(is_left_out, pa.array(fill == _TEXT))
    return Column(pc.if_else(is_left_out, pa.scalar(None, TEXT), text), _TEXT if fill is None else fill)


def _heights(told: pa.Array) -> npt.NDArray[np.float64]:
    """Row heights in points in which a wrapped message is seen whole; not every program fits them by itself."""
    lines = pc.split_pattern(told, "\n")
    needed = 1 + pc.utf8_length(lines.values).to_numpy() // MESSAGE_WIDTH
    return np.asarray(np.minimum(HEIGHT_MAX, LINE_HEIGHT * np.add.reduceat(needed, lines.offsets.to_numpy()[:-1])))


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, TEXT)
