"""A correction workbook that came back: its rows and their tokens, and the list it corrects with these rows in it.

Belongs here: pure, columnar work on sheets. Does not belong here: looking rows up (steps/correct.py), what headings mean (mapping.py),
which record a row is (corrected.py).

Why the corrected list is put together again and not read from the workbook alone: titles, sub-headings of districts, merged cells and
what rows say of each other need the whole list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tasks.intake.correctionrows import CELL_LIMIT, row_token
from tasks.intake.sheets import Sheet, blank
from tasks.intake.workbook import MESSAGE_HEADING, ROW_ID_HEADING

#: `<submission>:<sheet>:<row>:<check>`, as correctionrows.row_token writes it; no number is longer than one of a sheet or row
_ROW_NAME = r"^(?P<submission_id>[0-9a-f]{16}):(?P<sheet_no>[0-9]{1,5}):(?P<row>[0-9]{1,8}):[0-9a-f]{8}$"
#: a heading that an office moved down by titles of its own still stands this near the top
_ROWS_LOOKED_AT = 30
_ID_WORDS = "id baris"

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ReturnedSheet:
    """A sheet of the workbook. `heading`: position of its heading row, None for a sheet without tokens; `headings` as written there;
    `token` and `message` are the columns that the workbook added (`message` None when the office took it out)."""

    sheet: Sheet
    heading: int | None = None
    headings: tuple[str, ...] = ()
    token: int = -1
    message: int | None = None

    @property
    def added(self) -> frozenset[int]:
        """The columns that are not the sender's."""
        return frozenset({self.token} | ({self.message} if self.message is not None else set()))

    def is_filled(self) -> npt.NDArray[np.bool_]:
        """Which rows hold something of the sender's: below the heading, in a column of the sender's."""
        found = np.zeros(self.sheet.height, dtype=np.bool_)
        if self.heading is None:
            return found
        for column in set(range(self.sheet.width)) - self.added:
            found |= ~blank(self.sheet.text(column)).to_numpy()
        found[: self.heading + 1] = False
        return found


def find_returned(sheets: Sequence[Sheet]) -> tuple[ReturnedSheet, ...] | None:
    """The sheets of a correction workbook that came back; None for any other file, and for one without a single sound token."""
    found = tuple(_find_tokens(sheet) for sheet in sheets)
    if all(each.heading is None for each in found):
        return None
    return found if read_rows(found)["problem"].isna().any() else None


def _find_tokens(sheet: Sheet) -> ReturnedSheet:
    """A sheet with the row that heads its column of tokens, when it has one."""
    if sheet.is_hidden or sheet.why_not:
        return ReturnedSheet(sheet)
    for column in reversed(range(sheet.width)):
        top = sheet.text(column).slice(0, _ROWS_LOOKED_AT).to_pylist()
        at = next((position for position, text in enumerate(top) if _plain(text).startswith(_ID_WORDS)), None)
        if at is not None:
            headings = tuple(sheet.row_texts(at))
            messages = [number for number, text in enumerate(headings) if _plain(text) == _plain(MESSAGE_HEADING)]
            return ReturnedSheet(sheet, at, headings, column, messages[0] if messages else None)
    return ReturnedSheet(sheet)


def read_rows(returned: Sequence[ReturnedSheet]) -> pd.DataFrame:
    """The filled rows of the workbook: `sheet_no, row, position` in it, and what the token names: `token_submission, token_sheet_no,
    token_row`, with `problem` (`unnamed`, `edited`, else null)."""
    pieces = [_rows_of(each) for each in returned if each.heading is not None]
    return pd.concat(pieces, ignore_index=True)


def _rows_of(one: ReturnedSheet) -> pd.DataFrame:
    position = np.flatnonzero(one.is_filled())
    texts = pc.utf8_trim_whitespace(one.sheet.text(one.token).take(pa.array(position))).to_pylist()
    named = [_named(text) for text in texts]
    columns = ["token_submission", "token_sheet_no", "token_row", "problem"]
    rows = pd.DataFrame(named, columns=columns).astype({"token_sheet_no": "int64", "token_row": "int64"})
    rows[["token_submission", "problem"]] = rows[["token_submission", "problem"]].astype(object)
    row = one.sheet.cells["row"].take(pa.array(position)).to_numpy().astype(np.int64)
    return pd.DataFrame({"sheet_no": one.sheet.sheet_no, "row": row, "position": position}).join(rows)


def _named(text: str) -> tuple[str | None, int, int, str | None]:
    """What a token names, or why it names nothing."""
    if not text:
        return None, 0, 0, "unnamed"
    found = re.match(_ROW_NAME, text)
    if not found:
        return None, 0, 0, "edited"
    submission_id, sheet_no, row = found["submission_id"], int(found["sheet_no"]), int(found["row"])
    return (
        (submission_id, sheet_no, row, None)
        if text == row_token(submission_id, sheet_no, row)
        else (None, 0, 0, "edited")
    )


def named_submission(rows: pd.DataFrame) -> str:
    """The submission that most of the sound tokens name; of equals the lower id."""
    counts = rows.loc[rows["problem"].isna(), "token_submission"].value_counts()
    return str(min(counts[counts == counts.max()].index))


def place_rows(rows: pd.DataFrame, origins: pd.DataFrame) -> pd.DataFrame:
    """The rows with `corrects_sheet_no, corrects_row` (0 where there is a problem), the row of the corrected list each is about.

    `origins`: `token_submission, token_sheet_no, token_row` -> `corrects_sheet_no, corrects_row`, of the tokens that belong to that
    list. A sound token that does not is `foreign`; a row of the list that stands twice is `repeated`, every time.
    """
    names = ["token_submission", "token_sheet_no", "token_row"]
    placed = rows.merge(origins, on=names, how="left")
    is_placed = placed["corrects_row"].notna() & placed["problem"].isna()
    placed.loc[placed["problem"].isna() & ~is_placed, "problem"] = "foreign"
    place = placed[["corrects_sheet_no", "corrects_row"]].where(is_placed)
    is_repeated = is_placed & place.duplicated(keep=False)
    placed.loc[is_repeated, "problem"] = "repeated"
    for name in ("corrects_sheet_no", "corrects_row"):
        placed[name] = place[name].where(~is_repeated).fillna(0).astype("int64")
    return placed


def overlay(
    base: Sequence[Sheet],
    headings: Mapping[int, Sequence[str]],
    returned: Sequence[ReturnedSheet],
    placed: pd.DataFrame,
) -> list[Sheet]:
    """The sheets of the corrected list with the cells of the placed rows as the workbook has them.

    `headings`: of the list, by sheet number. Columns are found by heading and occurrence; a column that the workbook lacks stays. A
    cell that says what it said keeps its kind: that it was written into the workbook as text mends no number whose digits were lost.
    Blanks inside are a change: by them an office says that it compared such a number and found it right.
    """
    by_no = {each.sheet.sheet_no: each for each in returned}
    sheets = {sheet.sheet_no: sheet for sheet in base}
    sound = placed[placed["problem"].isna()]
    pairs = sound[["corrects_sheet_no", "sheet_no"]].drop_duplicates()
    for to, source in zip(pairs["corrects_sheet_no"].tolist(), pairs["sheet_no"].tolist(), strict=True):
        rows = sound[(sound["corrects_sheet_no"] == to) & (sound["sheet_no"] == source)]
        sheets[to] = _overlay_sheet(sheets[to], headings.get(to, ()), by_no[source], rows)
    return list(sheets.values())


def matched_columns(headings: Sequence[str], one: ReturnedSheet) -> dict[int, int]:
    """Column of the list -> column of the workbook's sheet: the same heading, the first for the first, the second for the second."""
    free: dict[str, list[int]] = defaultdict(list)
    for number, text in enumerate(one.headings):
        if number not in _added_beside(headings, one):
            free[_cut(text)].append(number)
    return {number: free[_cut(text)].pop(0) for number, text in enumerate(headings) if free[_cut(text)]}


def _added_beside(headings: Sequence[str], one: ReturnedSheet) -> set[int]:
    """The columns that the workbook added; a column of messages of the sender's own stays when ours was taken out."""
    message = _plain(MESSAGE_HEADING)
    own, there = (sum(_plain(text) == message for text in texts) for texts in (headings, one.headings))
    return {one.token} | ({one.message} if one.message is not None and there > own else set())


def _overlay_sheet(sheet: Sheet, headings: Sequence[str], one: ReturnedSheet, rows: pd.DataFrame) -> Sheet:
    """One sheet of the list with the rows that one sheet of the workbook brings for it."""
    at = pd.Index(sheet.cells["row"].to_numpy()).get_indexer(pd.Index(rows["corrects_row"].to_numpy()))
    order = np.argsort(at)
    order = order[at[order] >= 0]
    to, source = pa.array(at[order]), pa.array(rows["position"].to_numpy()[order])
    cells, merged = sheet.cells, sheet.merged
    for column, other in matched_columns(headings, one).items():
        if column >= sheet.width or other >= one.sheet.width:
            continue
        text, kind = (each.take(source) for each in (one.sheet.text(other), one.sheet.kind(other)))
        is_changed = ~_says_the_same(sheet.text(column).take(to), text)
        changed = at[order][is_changed]
        if not len(changed):
            continue
        spans = [span for span in merged if span[0] == column and _breaks(span, changed)]
        merged = tuple(span for span in merged if span not in spans)
        mask = np.zeros(sheet.height, dtype=np.bool_)
        mask[changed] = True
        for name, value in ((f"c{column}", text), (f"k{column}", kind)):
            before = cells.column(name).take(pa.array(_shared(sheet.height, spans))).combine_chunks()
            new = value.filter(pa.array(is_changed)).combine_chunks()
            after = pc.replace_with_mask(before, pa.array(mask), new)
            cells = cells.set_column(cells.schema.get_field_index(name), name, after)
    return replace(sheet, cells=cells, merged=merged)


def _says_the_same(before: pa.ChunkedArray, now: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Where a cell is as it was written into the workbook: cut at Excel's limit, apart from blanks around it and line ends."""
    cut, same = (
        pc.utf8_trim_whitespace(pc.replace_substring(text, "\r", ""))
        for text in (pc.utf8_slice_codeunits(before, 0, CELL_LIMIT), now)
    )
    return np.asarray(pc.equal(cut, same).to_numpy(), dtype=np.bool_)


def _breaks(span: tuple[int, int, int], changed: Positions) -> bool:
    """Whether a cell that took its value from the one it is merged with now has its own."""
    return bool(((changed > span[1]) & (changed <= span[2])).any())


def _shared(height: int, spans: Sequence[tuple[int, int, int]]) -> Positions:
    """For each position the one whose cell it shows when these cells are no longer merged."""
    sources = np.arange(height)
    for _, first, last in spans:
        sources[first : last + 1] = first
    return sources


def _cut(text: str) -> str:
    """A heading as it can be compared: what Excel and an office's hand leave of it."""
    return _plain(text[:CELL_LIMIT])


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


assert _plain(ROW_ID_HEADING).startswith(_ID_WORDS)  # noqa: S101 - the workbook writes what is looked for here
