"""A returned workbook as a mapped workbook: its own sheets and rows for the ledger, and the frame of the list it corrects.

Belongs here: carrying places between the workbook and the list, pure. Does not belong here: tokens and the overlay (returned.py), what
headings mean (mapping.py).

The frame holds the whole corrected list under the list's own sheet and row numbers, so that rows are judged beside each other, and
behind it the rows of the workbook that could not be placed, under the negative number of their sheet, with nothing but their problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.intake.correctionrows import places
from tasks.intake.frames import row_frame
from tasks.intake.mapping import Correction, MappedSheet, MappedWorkbook
from tasks.intake.returned import ReturnedSheet, matched_columns
from tasks.intake.rows import BLANK, DATA, HEADING, HIDDEN_SHEET, OTHER_SHEET, TITLE, Classes

ROW_NAME_FIELD = "row_token"
_PLACED = ["sheet_no", "row", "frame_sheet_no", "frame_row", "corrects_sheet_no", "corrects_row"]


def unplaced(returned: Sequence[ReturnedSheet]) -> tuple[tuple[MappedSheet, ...], pd.DataFrame]:
    """The workbook's sheets and rows before anything is known of the list, for one that waits: every filled row waits with it."""
    return tuple(map(_sheet, returned)), _rows(returned, [each.is_filled() for each in returned])


def as_mapped(
    mapped: MappedWorkbook,
    headings: Mapping[int, Sequence[str]],
    returned: Sequence[ReturnedSheet],
    placed: pd.DataFrame,
    submission_id: str,
    period: str | None,
) -> MappedWorkbook:
    """The workbook's own account around the frame of the corrected list.

    `mapped`, `headings`: the corrected list with the workbook's rows in it; `placed` as of returned.place_rows. A row that is no data
    in the list by now (its cells were emptied) is no data here.
    """
    has_problem = placed["problem"].notna().to_numpy(dtype=bool)
    there = pd.DataFrame({"sheet_no": placed["corrects_sheet_no"], "row": placed["corrects_row"]})
    is_data = has_problem | np.isin(places(there), places(mapped.frame))
    rows = placed[is_data].reset_index(drop=True)
    sheet_no, has_problem = rows["sheet_no"].to_numpy(), has_problem[is_data]
    rows["frame_sheet_no"] = np.where(has_problem, -sheet_no, rows["corrects_sheet_no"])
    rows["frame_row"] = np.where(has_problem, rows["row"], rows["corrects_row"])
    data = [np.isin(_row_numbers(each), rows["row"][sheet_no == each.sheet.sheet_no]) for each in returned]
    sheets = tuple(_mapped_sheet(each, mapped, headings, placed) for each in returned)
    return replace(
        mapped,
        sheets=sheets,
        frame=_with_problems(mapped.frame, rows[has_problem]),
        rows=_rows(returned, data, [_columns_of(sheet, "sensitive") for sheet in sheets]),
        titles=(),
        correction=Correction(submission_id, period, rows[_PLACED]),
    )


def _with_problems(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The frame, and behind it a line for each row with a problem, without a cell."""
    problem = f"{ROW_NAME_FIELD}__told"
    text = frame["cells"].dtype
    frame = frame.assign(**{problem: pd.Series(None, index=frame.index, dtype=text)})
    if rows.empty:
        return frame
    empty = frame.iloc[np.zeros(len(rows), dtype=np.int64)].reset_index(drop=True)
    for name in map(str, empty.columns):
        if name.endswith("__raw"):
            empty[name] = pd.Series(None, index=empty.index, dtype=empty[name].dtype)
        elif name.endswith("__is_number"):
            empty[name] = False
    for name, column in (("sheet_no", "frame_sheet_no"), ("row", "frame_row")):
        empty[name] = pd.Series(rows[column].to_numpy()).astype(empty[name].dtype)
    empty[problem] = pd.Series(rows["problem"].to_numpy(dtype=object), dtype=text)
    return pd.concat([frame, empty], ignore_index=True)


def _row_numbers(one: ReturnedSheet) -> npt.NDArray[np.int64]:
    return np.asarray(one.sheet.cells["row"].to_numpy(), dtype=np.int64)


def _rows(
    returned: Sequence[ReturnedSheet], data: Sequence[npt.NDArray[np.bool_]], dropped: Sequence[frozenset[int]] = ()
) -> pd.DataFrame:
    """Every row of the workbook with its class, as MappedWorkbook.rows."""
    classes = [_classes(each, is_data) for each, is_data in zip(returned, data, strict=True)]
    return row_frame([each.sheet for each in returned], classes, dropped or [frozenset()] * len(classes))


def _classes(one: ReturnedSheet, is_data: npt.NDArray[np.bool_]) -> Classes:
    if one.heading is None:
        return np.full(one.sheet.height, HIDDEN_SHEET if one.sheet.is_hidden else OTHER_SHEET, dtype=np.uint8)
    classes = np.where(is_data, DATA, BLANK).astype(np.uint8)
    classes[: one.heading] = TITLE
    classes[one.heading] = HEADING
    return classes


def _sheet(one: ReturnedSheet) -> MappedSheet:
    """A sheet of the workbook before its columns are known."""
    sheet = one.sheet
    why_not = sheet.why_not or (
        "hidden_sheet" if sheet.is_hidden else "" if one.heading is not None else "instructions"
    )
    heading_row = None if one.heading is None else int(sheet.cells["row"][one.heading].as_py())
    ignored = {column: "returned" for column in sorted(one.added) if column >= 0}
    return MappedSheet(
        sheet.sheet_no, sheet.name, sheet.is_hidden, why_not, heading_row, one.headings, {}, ignored, {}, (), {}
    )  # fmt: skip


def _mapped_sheet(
    one: ReturnedSheet, mapped: MappedWorkbook, headings: Mapping[int, Sequence[str]], placed: pd.DataFrame
) -> MappedSheet:
    """A sheet of the workbook with its columns as the list's sheet has them that it brings most rows of."""
    sheet = _sheet(one)
    if one.heading is None:
        return sheet
    mine = placed.loc[(placed["sheet_no"] == sheet.sheet_no) & placed["problem"].isna(), "corrects_sheet_no"].mode()
    number = int(mine.iloc[0]) if len(mine) else next(each.sheet_no for each in mapped.sheets if not each.why_not)
    told = next(each for each in mapped.sheets if each.sheet_no == number)
    column_of = matched_columns(headings.get(number, ()), one)
    mapping = {name: column_of[column] for name, column in told.mapping.items() if column in column_of}
    ignored = {column_of[column]: why for column, why in told.ignored.items() if column in column_of}
    known = {*mapping.values(), *ignored, *sheet.ignored}
    rest = {column: "unknown" for column, text in enumerate(one.headings) if column not in known and text.strip()}
    return replace(
        sheet,
        mapping={**mapping, ROW_NAME_FIELD: one.token},
        ignored=dict(sorted({**rest, **sheet.ignored, **ignored}.items())),
    )


def _columns_of(sheet: MappedSheet, why: str) -> frozenset[int]:
    return frozenset(column for column, reason in sheet.ignored.items() if reason == why)


def restricted(frame: pd.DataFrame, found: pd.DataFrame, correction: Correction) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The workbook's part of what was understood and found of the whole list: its data rows in its order, and their findings.

    `found`: `position` in the frame and what was found there. Both come back under the workbook's `sheet_no` and `row`. A row that
    could not be placed is told that, and nothing of cells that nobody looked at.
    """
    lines = correction.places
    there = pd.DataFrame({"sheet_no": lines["frame_sheet_no"], "row": lines["frame_row"]})
    position = pd.Index(places(frame)).get_indexer(pd.Index(places(there)))
    values = frame.iloc[position].reset_index(drop=True)
    values[["sheet_no", "row"]] = lines[["sheet_no", "row"]].to_numpy()
    line_of = np.full(len(frame), -1, dtype=np.int64)
    line_of[position] = np.arange(len(lines))
    line = line_of[found["position"].to_numpy(dtype=np.int64)]
    is_placed = (lines["frame_sheet_no"] > 0).to_numpy()
    is_told = (line >= 0) & (is_placed[line] | (found["field"] == ROW_NAME_FIELD).to_numpy(dtype=bool))
    findings = lines[["sheet_no", "row"]].iloc[line[is_told]].reset_index(drop=True)
    return values, findings.join(found[is_told].drop(columns="position").reset_index(drop=True))
