"""What a read file is made of: sheets of text cells with the row numbers that Excel (or an editor, for text files) shows.

Belongs here: the shape of a sheet and how columns of cells become one. Does not belong here: opening files (workbooks.py,
textfiles.py), meaning of the cells (headings.py, mapping.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

EMPTY, TEXT, NUMBER, DATE, BOOL, ERROR = range(6)
#: joins the cells of a row into one text (`cells`); removed from every cell when reading, so the join is reversible
SEPARATOR = "\x1f"
_UNWANTED = r"[\x00\x1f]"


@dataclass(frozen=True)
class Limits:
    """How much one file may hold before it is refused; the defaults of `schemas.settings`."""

    max_rows: int = 1_050_000
    max_columns: int = 512
    max_file_mb: int = 512
    max_unpacked_mb: int = 4096
    max_swelling: int = 400
    max_members: int = 2000
    memory_mb: int = 4096
    seconds: int = 120


@dataclass(frozen=True)
class Sheet:
    """One sheet. `cells`: `row` int32, then per column `c<i>` string (never null, '' = empty) and `k<i>` uint8 (cell kind).

    `merged`: cells merged over several rows, as (column, first position, last position), 0-based; only the first holds the value.
    `why_not` is a word of receipt.UNREAD for a part of the file that is no list of cells and was not read (macros); '' else.
    """

    sheet_no: int
    name: str
    is_hidden: bool
    cells: pa.Table
    why_not: str = ""
    merged: tuple[tuple[int, int, int], ...] = ()

    @property
    def width(self) -> int:
        """How many columns the sheet has."""
        return int(self.cells.num_columns - 1) // 2

    @property
    def height(self) -> int:
        """How many rows the sheet has, blank ones between others included."""
        return int(self.cells.num_rows)

    def text(self, column: int) -> pa.ChunkedArray:
        """The text of one column (0-based)."""
        return self.cells.column(f"c{column}")

    def kind(self, column: int) -> pa.ChunkedArray:
        """The cell kinds of one column (0-based)."""
        return self.cells.column(f"k{column}")

    def row_texts(self, position: int) -> list[str]:
        """The cells of the row at a position (0-based, not the row number)."""
        return [self.text(column)[position].as_py() for column in range(self.width)]

    def row_kinds(self, position: int) -> list[int]:
        """The cell kinds of the row at a position (0-based)."""
        return [self.kind(column)[position].as_py() for column in range(self.width)]


def unread_part(sheet_no: int, name: str, why_not: str) -> Sheet:
    """A part of a file that stays unread, so that the office can be told of it."""
    return Sheet(sheet_no, name, is_hidden=True, cells=join_batches([]), why_not=why_not)


def clean_text(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Text without NUL and U+001F; null becomes ''."""
    column = pc.fill_null(column, "")
    if pc.any(pc.match_substring_regex(column, _UNWANTED)).as_py():
        return pc.replace_substring_regex(column, _UNWANTED, "")
    return column


def blank(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """True where nothing but white space is written."""
    return pc.equal(pc.utf8_trim_whitespace(column), "")


def batch_of(rows: Sequence[int], texts: Sequence[pa.Array], kinds: Sequence[pa.Array]) -> pa.Table:
    """A piece of a sheet from its row numbers and, per column, cleaned texts and kinds (blank texts get kind EMPTY)."""
    columns: dict[str, pa.Array] = {"row": pa.array(rows, pa.int32())}
    for index, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        columns[f"c{index}"] = text
        columns[f"k{index}"] = pc.if_else(blank(text), pa.scalar(EMPTY, pa.uint8()), kind)
    return pa.table(columns)


def widen(table: pa.Table, width: int) -> pa.Table:
    """The same rows with empty columns added up to `width`."""
    have = (table.num_columns - 1) // 2
    for index in range(have, width):
        table = table.append_column(f"c{index}", pa.repeat(pa.scalar(""), table.num_rows))
        table = table.append_column(f"k{index}", pa.repeat(pa.scalar(EMPTY, pa.uint8()), table.num_rows))
    return table


def join_batches(batches: Sequence[pa.Table]) -> pa.Table:
    """One table of all pieces, as wide as the widest, without trailing blank rows and columns."""
    width = max(((batch.num_columns - 1) // 2 for batch in batches), default=0)
    if not batches:
        return pa.table({"row": pa.array([], pa.int32())})
    table = pa.concat_tables([widen(batch, width) for batch in batches])
    used = [bool(pc.max(table.column(f"k{index}")).as_py()) for index in range(width)]
    width = max((index + 1 for index, is_used in enumerate(used) if is_used), default=0)
    table = table.select(["row", *(f"{letter}{index}" for index in range(width) for letter in "ck")])
    return table.slice(0, _last_used(table, width) + 1)


def _last_used(table: pa.Table, width: int) -> int:
    """Position of the last row with anything in it; -1 when there is none."""
    if not width or not table.num_rows:
        return -1
    any_kind = table.column("k0")
    for index in range(1, width):
        any_kind = pc.max_element_wise(any_kind, table.column(f"k{index}"))
    positions = pc.indices_nonzero(any_kind)
    return int(positions[-1].as_py()) if len(positions) else -1
