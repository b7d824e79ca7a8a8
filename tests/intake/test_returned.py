"""The rows of a returned workbook and the list they belong to: tokens, columns found by heading, merged cells, kinds of cells."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.intake.corrected import doubled_ids, keeps_record, own_ids
from tasks.intake.correctionrows import row_token
from tasks.intake.frames import joined_cells
from tasks.intake.logical import record_ids
from tasks.intake.returned import find_returned, named_submission, overlay, place_rows, read_rows
from tasks.intake.sheets import NUMBER, TEXT, Sheet
from tasks.intake.workbook import Correction, SheetHead, build_workbook
from tests.intake.sheet_making import sheet_of

LIST, OTHER = "0123456789abcdef", "fedcba9876543210"
HEADINGS = ["NAMA", "NIK", "ALAMAT"]
ID = "ID baris (jangan diubah)"
BASE = sheet_of([HEADINGS, ["SITI", 9202120101800001, "Jl. A"], ["BUDI", "12", "Jl. B"], ["RINA", "34", "Jl. C"]])


def token(row: int, submission: str = LIST) -> str:
    return row_token(submission, 1, row)


def origins(rows: Sequence[int] = (2, 3, 4)) -> pd.DataFrame:
    """The tokens of the list's own rows."""
    return pd.DataFrame(
        [(LIST, 1, row, 1, row) for row in rows],
        columns=["token_submission", "token_sheet_no", "token_row", "corrects_sheet_no", "corrects_row"],
    )


def laid_over(workbook: Sheet, base: Sheet = BASE) -> Sheet:
    """The list with the rows of a returned workbook in it."""
    returned = find_returned([workbook])
    assert returned is not None
    (sheet,) = overlay([base], {1: HEADINGS}, returned, place_rows(read_rows(returned), origins()))
    return sheet


def texts(sheet: Sheet) -> list[list[str]]:
    return [sheet.row_texts(position) for position in range(1, sheet.height)]


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (token(2), None),
        (f"  {token(2)} ", None),
        ("", "unnamed"),
        (token(2)[:-1], "edited"),
        (token(2).replace(":2:", ":3:"), "edited"),
        (token(2).upper(), "edited"),
        ("2", "edited"),
        (token(9), "foreign"),
        (token(2, OTHER), "foreign"),
        (token(4), "repeated"),
    ],
)
def test_what_is_wrong_with_a_row_id(written: str, problem: str | None) -> None:
    workbook = sheet_of([["Pesan", *HEADINGS, ID], ["", "SITI", "1", "", written], ["", "RINA", "2", "", token(4)]])
    returned = find_returned([workbook])
    assert returned is not None
    placed = place_rows(read_rows(returned), origins())
    assert placed["problem"].where(placed["problem"].notna(), None)[0] == problem
    assert (placed["corrects_row"][0] == 2) == (problem is None)


def test_the_list_is_the_one_that_most_rows_name() -> None:
    rows = [["", "X", "1", "", token(2, OTHER)], ["", "Y", "1", "", token(3)], ["", "Z", "1", "", token(4)]]
    returned = find_returned([sheet_of([["Pesan", *HEADINGS, ID], *rows])])
    assert returned is not None
    assert named_submission(read_rows(returned)) == LIST


@pytest.mark.parametrize(
    "rows",
    [
        [HEADINGS, ["SITI", "1", "Jl. A"]],
        [["Pesan", *HEADINGS, ID], ["", "SITI", "1", "", ""]],
        [["Pesan", *HEADINGS, "ID Baris"], ["", "SITI", "1", "", "17"]],
        [HEADINGS, [token(2), "", ""]],
    ],
)
def test_a_list_without_a_sound_row_id_under_its_heading_is_no_returned_workbook(rows: list[list[object]]) -> None:
    assert find_returned([sheet_of(rows)]) is None


def test_a_changed_cell_is_taken_and_an_unchanged_one_keeps_its_kind() -> None:
    sheet = laid_over(sheet_of([["Pesan", *HEADINGS, ID], ["", "SITI", "9202120101800001", "Jl. Baru", token(2)]]))
    assert texts(sheet) == [["SITI", "9202120101800001", "Jl. Baru"], *texts(BASE)[1:]]
    assert sheet.row_kinds(1) == [TEXT, NUMBER, TEXT]


@pytest.mark.parametrize(
    "workbook",
    [
        [["Pesan", "NAMA", "ALAMAT", ID], ["", "SITI", "Jl. Baru", token(2)]],
        [[ID, "ALAMAT", "CATATAN", "NAMA"], [token(2), "Jl. Baru", "sudah dicek", "SITI"]],
        [["DINAS KOPERASI"], [], ["Pesan", "nama", " Alamat ", ID], ["", "SITI", "Jl. Baru", token(2)]],
    ],
)
def test_columns_are_found_by_heading_wherever_they_stand(workbook: list[list[object]]) -> None:
    assert texts(laid_over(sheet_of(workbook))) == [["SITI", "9202120101800001", "Jl. Baru"], *texts(BASE)[1:]]


def test_rows_in_another_order_find_their_own() -> None:
    rows = [["", "TIGA", "34", "Jl. C", token(4)], ["", "SATU", "1", "Jl. A", token(2)]]
    sheet = laid_over(sheet_of([["Pesan", *HEADINGS, ID], *rows]))
    assert [row[0] for row in texts(sheet)] == ["SATU", "BUDI", "TIGA"]


def test_a_row_whose_cells_were_emptied_says_nothing() -> None:
    sheet = laid_over(
        sheet_of([["Pesan", *HEADINGS, ID], ["", "", "", "", token(2)], ["", "BUDI", "13", "", token(3)]])
    )
    assert texts(sheet) == [texts(BASE)[0], ["BUDI", "13", ""], texts(BASE)[2]]


def test_a_cell_filled_below_a_merged_one_leaves_the_others_what_they_had() -> None:
    blank = sheet_of([HEADINGS, ["SITI", "1", "Jl. A"], ["BUDI", "2", ""], ["RINA", "3", ""]])
    base = replace(blank, merged=((2, 1, 3),))
    sheet = laid_over(sheet_of([["Pesan", *HEADINGS, ID], ["", "BUDI", "2", "Jl. Z", token(3)]]), base)
    assert ([row[2] for row in texts(sheet)], sheet.merged) == (["Jl. A", "Jl. Z", "Jl. A"], ())


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@settings(max_examples=25)
@given(rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6))
def test_a_workbook_that_nobody_touched_leaves_the_list_as_it_is(rows: list[list[str]]) -> None:
    base = sheet_of([HEADINGS, *rows])
    cells = joined_cells(base, frozenset()).to_pylist()[1:]
    frame = pd.DataFrame({"sheet_no": 1, "row": range(2, len(rows) + 2), "cells": cells})
    found = frame[["sheet_no", "row"]].assign(code="NIK_MISSING", field="nik", severity="hold", column_no=1)
    heads = [SheetHead(1, "Data", HEADINGS)]
    content = build_workbook(Correction(LIST, "x.xlsx", date(2020, 4, 1), None, heads, frame, found))
    written = openpyxl.load_workbook(io.BytesIO(content))["Data"].iter_rows(values_only=True)
    returned = find_returned([sheet_of([[cell or "" for cell in line] for line in written])])
    assert returned is not None
    placed = place_rows(read_rows(returned), origins(range(2, len(rows) + 2)))
    assert placed["problem"].isna().all()
    (sheet,) = overlay([base], {1: HEADINGS}, returned, placed)
    assert sheet.cells.equals(base.cells)


LEDGER = pd.DataFrame(
    [(1, 2, "accepted", 11), (1, 3, "quarantined", None), (1, 4, "duplicate", 11), (1, 5, "duplicate", 12)],
    columns=["sheet_no", "row", "outcome", "record_id"],
).astype({"record_id": "Int64"})
ABOUT = pd.DataFrame({"corrects_sheet_no": 1, "corrects_row": [2, 3, 4, 5], "content_hash": [7, 8, 9, 10]})


def test_a_row_is_the_record_it_was_and_else_the_one_it_would_have_become() -> None:
    made = record_ids(LIST, pd.DataFrame({"sheet_no": [1, 1, 1], "row": [3, 4, 5]})).tolist()
    assert keeps_record(ABOUT, LEDGER).tolist() == [True, False, False, False]
    assert own_ids(ABOUT, LEDGER, LIST).tolist() == [11, *made]


def test_a_duplicate_left_alone_is_what_it_doubles_while_that_says_the_same() -> None:
    current = pd.DataFrame({"record_id": [11, 12], "content_hash": [99, 10]})
    assert doubled_ids(ABOUT, LEDGER, current).tolist() == [0, 0, 0, 12]
