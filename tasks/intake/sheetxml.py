"""Rows of a worksheet as the XML of the xlsx format, whole columns at a time.

Belongs here: cells of text with a style each as `<row>` elements, and putting them into a workbook that xlsxwriter has made. Does not
belong here: what the cells say (workbook.py). A cell-by-cell writer takes some 20 microseconds a cell; a province has millions.

The format: ISO/IEC 29500-1, 18.3.1 (`row`, `c`, `is`); text that XML cannot hold is escaped as Excel does it, `_xHHHH_` (ST_Xstring).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations.messages import column_letter

TEXT = pa.large_string()
DEFAULT_HEIGHT = 15.0  # points; a row of this height says nothing of it
#: rows that are written at once, so that a large sheet needs no second copy of itself
BLOCK_ROWS = 10_000
#: of zlib: a level that writes more quickly than the text is made
COMPRESSION = 1
#: what XML must not hold as it is; a blank at either end would be dropped without being asked for
_MARKUP = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_UNSAFE = "[\\x00-\\x08\\x0b-\\x1f\ufffe\uffff]"
_ESCAPE_LIKE = "_x([0-9a-fA-F]{4}_)"
_ROW = re.compile(rb'<row r="2".*?</row>', re.DOTALL)
_STYLE = re.compile(rb'<c r="[A-Z]+2" s="(\d+)"')
_CLOSED = "</t></is></c>"
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"')


@dataclass(frozen=True)
class Column:
    """One column of a sheet: a text a row (null = no cell) and the number of its style in `styles`, one for all or one a row."""

    text: pa.Array
    style: npt.NDArray[np.int8] | int


#: the columns of the rows `start` up to `stop`, and the heights of these rows
Block = Callable[[int, int], tuple[Sequence[Column], npt.NDArray[np.float64]]]


@dataclass(frozen=True)
class Body:
    """The rows below the heading of one sheet, made in blocks."""

    row_count: int
    column_count: int
    block: Block


def put_rows(book: bytes, bodies: Mapping[str, Body]) -> bytes:
    """The workbook with rows put into its sheets, by the sheet's name in the file (`xl/worksheets/sheet2.xml`).

    The second row of such a sheet is a pattern: its cells show, in order, the styles that the columns speak of. It is replaced.
    """
    target = BytesIO()
    with ZipFile(BytesIO(book)) as source, ZipFile(target, "w", ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        for entry in source.infolist():
            content = source.read(entry)
            with archive.open(entry, "w", force_zip64=True) as part:
                for piece in _with_rows(content, bodies[entry.filename]) if entry.filename in bodies else (content,):
                    part.write(piece)
    return target.getvalue()


def _with_rows(sheet: bytes, body: Body) -> Iterator[bytes | pa.Buffer]:
    """A sheet's XML in pieces, its pattern row replaced by the rows."""
    pattern = _ROW.search(sheet)
    if pattern is None:
        raise ValueError("the sheet has no pattern row")
    styles = [number.decode() for number in _STYLE.findall(pattern.group())]
    last = f"{column_letter(body.column_count - 1)}{body.row_count + 1}"
    yield _DIMENSION.sub(f'<dimension ref="A1:{last}"'.encode(), sheet[: pattern.start()])
    for start in range(0, body.row_count, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, body.row_count)
        columns, heights = body.block(start, stop)
        yield _rows_xml(start + 2, columns, heights, styles)
    yield sheet[pattern.end() :]


def _rows_xml(first: int, columns: Sequence[Column], heights: npt.NDArray[np.float64], styles: list[str]) -> pa.Buffer:
    """The rows from line `first` (as Excel numbers it) on."""
    lines = pa.array(np.arange(first, first + len(heights))).cast(TEXT)
    cells = [_cells_xml(column_letter(number), lines, column, styles) for number, column in enumerate(columns)]
    rows = pc.binary_join_element_wise(
        _text('<row r="'), lines, _height_xml(heights), *cells, _text("</row>"), _text("")
    )
    return _bytes_of(rows)


def _cells_xml(letter: str, lines: pa.Array, column: Column, styles: list[str]) -> pa.Array:
    """One cell a row, '' where there is none; one without text keeps its style."""
    known = pa.array(styles, TEXT)
    style = known[column.style] if isinstance(column.style, int) else known.take(pa.array(column.style))
    text = pc.fill_null(escaped(column.text), "")
    opened, typed, closed = (
        _text(part) for part in (f'<c r="{letter}', '" t="inlineStr"><is><t xml:space="preserve">', _CLOSED)
    )
    xml = pc.binary_join_element_wise(opened, lines, _text('" s="'), style, typed, text, closed, _text(""))
    return pc.if_else(pc.is_valid(column.text), xml, _text(""))


def _height_xml(heights: npt.NDArray[np.float64]) -> pa.Array:
    """The end of a row's opening tag."""
    told = {float(height): f'" ht="{height:g}" customHeight="1">' for height in np.unique(heights)}
    told[DEFAULT_HEIGHT] = '">'
    known = np.array(sorted(told))
    return pa.array([told[height] for height in known], TEXT).take(pa.array(np.searchsorted(known, heights)))


def escaped(text: pa.Array) -> pa.Array:
    """Text as XML may hold it; a cell of any text comes back as it was."""
    for sign, name in _MARKUP:
        text = pc.replace_substring(text, sign, name)
    if pc.any(pc.match_substring_regex(text, _ESCAPE_LIKE)).as_py():
        text = pc.replace_substring_regex(text, _ESCAPE_LIKE, r"_x005F_x\1")
    unsafe = pc.match_substring_regex(text, _UNSAFE)
    if pc.any(unsafe).as_py():
        found = "".join(pc.unique(pc.filter(text, pc.fill_null(unsafe, False))).to_pylist())
        for sign in sorted(set(re.findall(_UNSAFE, found))):
            text = pc.replace_substring(text, sign, f"_x{ord(sign):04X}_")
    return text


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, TEXT)


def _bytes_of(texts: pa.Array) -> pa.Buffer:
    """All texts one after another, without a copy."""
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    offsets = np.frombuffer(whole.buffers()[1], dtype=np.int64)[whole.offset : whole.offset + len(whole) + 1]
    return whole.buffers()[2].slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
