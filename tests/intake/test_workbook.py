"""The correction workbook as an office opens it: read back with a reader of its own, and its raw XML looked at."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date

import openpyxl
import pandas as pd
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.intake.correctionrows import row_token
from tasks.intake.sheets import SEPARATOR
from tasks.intake.workbook import COMMENTED_ROWS, GUIDE_SHEET, Correction, SheetHead, build_workbook

HEADINGS = ["No", "NAMA", "NIK", "KECAMATAN"]
ROWS = [
    (1, 5, ["1", "Siti Aminah", "190101550390001", "Belinju"]),
    (1, 6, ["2", "Budi Hartono", "9202120101800001", "Belinyu"]),
    (1, 9, ["3", '=HYPERLINK("http://contoh.id")', "-1901011207850002", "@jalan"]),
    (2, 4, ["1", "+62 Rina", "1901015503900001", ""]),
]
FINDINGS = [
    (1, 5, "NIK_NOT_16_DIGITS", "nik", "hold", 2),
    (1, 5, "DISTRICT_UNKNOWN", "district_code", "warn", 3),
    (1, 6, "CAPITAL_ABOVE_TURNOVER", "capital", "info", None),
    (1, 9, "ROW_UNIDENTIFIABLE", "owner_name", "reject", 1),
    (2, 4, "DISTRICT_MISSING", "district_code", "warn", 3),
    (2, 0, "FILE_MANY_WITHOUT_NIK", "nik", "warn", None),
]


def correction(
    rows: Sequence[tuple[int, int, list[str]]] = ROWS,
    findings: Sequence[tuple[int, int, str, str, str, int | None]] = FINDINGS,
    names: Sequence[str] = ("Belinyu", "Sungailiat"),
) -> Correction:
    return Correction(
        submission_id="0123456789abcdef",
        file="umkm.xlsx",
        issued_on=date(2020, 4, 1),
        deadline=date(2020, 4, 15),
        sheets=[SheetHead(number, name, HEADINGS) for number, name in enumerate(names, 1)],
        rows=pd.DataFrame([(s, r, SEPARATOR.join(c)) for s, r, c in rows], columns=["sheet_no", "row", "cells"]),
        findings=pd.DataFrame(findings, columns=["sheet_no", "row", "code", "field", "severity", "column_no"]),
    )


def read(content: bytes) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


def test_the_guide_comes_first_then_the_senders_sheets_in_their_order() -> None:
    book = read(build_workbook(correction()))
    assert list(book) == ["PETUNJUK", "Belinyu", "Sungailiat"]
    guide = "\n".join(str(line[0]) for line in book["PETUNJUK"])
    assert "Diterbitkan: 01/04/2020. Baris yang perlu diperiksa: 3." in guide
    assert "paling lambat 15/04/2020" in guide


def test_a_long_line_of_the_guide_has_the_room_that_it_takes() -> None:
    guide = openpyxl.load_workbook(io.BytesIO(build_workbook(correction())))[GUIDE_SHEET]
    for row, (text,) in enumerate(guide.iter_rows(max_col=1, values_only=True), start=1):
        lines = len(str(text or "")) / guide.column_dimensions["A"].width
        assert (guide.row_dimensions[row].height or 15) >= 15 * lines, text


def test_the_guide_prints_on_one_page() -> None:
    guide = openpyxl.load_workbook(io.BytesIO(build_workbook(correction())))[GUIDE_SHEET]
    letters_on_a_landscape_page = 100  # a column alone is cut off, not made smaller
    assert guide.page_setup.orientation == "landscape"
    assert guide.sheet_properties.pageSetUpPr.fitToPage
    assert guide.page_setup.fitToHeight in (None, 1), "what is not said is one page high"
    assert guide.column_dimensions["A"].width <= letters_on_a_landscape_page


def test_a_row_stands_as_sent_behind_its_message_and_before_its_token() -> None:
    sheet = read(build_workbook(correction()))["Belinyu"]
    assert sheet[0] == ["Pesan", *HEADINGS, "ID baris (jangan diubah)"]
    assert sheet[1][1:5] == ROWS[0][2]
    assert sheet[1][5] == row_token("0123456789abcdef", 1, 5)


def test_the_message_tells_all_findings_of_the_row_with_place_and_remedy() -> None:
    told = str(read(build_workbook(correction()))["Belinyu"][1][0]).split("\n")
    assert told == [
        'Baris 5, kolom C "NIK": NIK harus 16 digit, tertulis 15 digit. Periksa KTP; ketik sebagai teks (awali dengan tanda \').',
        'Baris 5, kolom D "KECAMATAN": Kecamatan "Belinju" tidak ada di kabupaten/kota ini. '
        "Tulis nama kecamatan seperti pada daftar wilayah Kemendagri.",
    ]


def comments(content: bytes, sheet: str) -> dict[str, str]:
    """Cell -> its comment."""
    paper = openpyxl.load_workbook(io.BytesIO(content))[sheet]
    return {cell.coordinate: cell.comment.text for row in paper.iter_rows() for cell in row if cell.comment}


def test_a_wrong_cell_says_in_a_comment_what_is_wrong_what_to_do_and_what_is_suggested() -> None:
    suggestion = "Saran: 1901015503900001 (bukti: tanggal lahir pada baris ini)."
    one = correction()
    one.findings["suggestion"] = [suggestion, *[None] * (len(FINDINGS) - 1)]
    content = build_workbook(one)
    assert comments(content, "Belinyu") == {
        "D2": f"NIK harus 16 digit, tertulis 15 digit. Periksa KTP; ketik sebagai teks (awali dengan tanda ').\n{suggestion}",
        "E2": 'Kecamatan "Belinju" tidak ada di kabupaten/kota ini. Tulis nama kecamatan seperti pada daftar wilayah Kemendagri.',
        "C3": "Baris ini tidak menyebut siapa: nama kosong dan NIK tidak dapat dipakai. Isi nama dan NIK sesuai KTP.",
    }
    assert list(comments(content, "Sungailiat")) == ["E2"]
    told = read(content)["Belinyu"][1]
    assert str(told[0]).split("\n")[0].endswith(suggestion)
    assert told[3] == "190101550390001"  # as it was written


def test_a_large_sheet_has_comments_on_its_first_rows_and_where_something_is_suggested() -> None:
    rows = [(1, row, ["1", "Siti", "190101550390001", "Belinyu"]) for row in range(5, COMMENTED_ROWS + 15)]
    findings = [(1, row, "NIK_NOT_16_DIGITS", "nik", "hold", 2) for _, row, _ in rows]
    one = correction(rows, findings)
    one.findings["suggestion"] = [*[None] * (len(rows) - 1), "Saran: 1901015503900001 (bukti: tanggal lahir)."]
    told = comments(build_workbook(one), "Belinyu")
    assert len(told) == COMMENTED_ROWS + 1
    assert f"D{len(rows) + 1}" in told


def test_only_rows_that_ask_for_something_are_in_it_unless_every_row_is_wanted() -> None:
    assert len(read(build_workbook(correction()))["Belinyu"]) == 3
    assert len(read(build_workbook(correction(), every_row=True))["Belinyu"]) == 4


def test_a_sheet_without_such_rows_is_left_out() -> None:
    assert list(read(build_workbook(correction(ROWS[:3])))) == ["PETUNJUK", "Belinyu"]


def test_nothing_in_it_is_a_formula_a_link_or_a_number() -> None:
    for name, xml in parts(build_workbook(correction(), every_row=True)).items():
        assert "<f>" not in xml
        assert "<hyperlink" not in xml
        if name.startswith("xl/worksheets/"):
            assert xml.count("<c ") == xml.count('t="s"') + xml.count('t="inlineStr"')


def test_a_nik_of_papua_keeps_its_last_digit() -> None:
    assert read(build_workbook(correction(), every_row=True))["Belinyu"][2][3] == "9202120101800001"


def test_the_bad_cell_is_filled_with_the_colour_of_its_gravest_finding() -> None:
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(build_workbook(correction())))["Belinyu"]
    fills = {cell.coordinate: cell.fill.fgColor.rgb for row in sheet["B2:E3"] for cell in row if cell.fill.fill_type}
    assert fills == {"D2": "FFF9D5A7", "E2": "FFFFF2B3", "C3": "FFF4B6B6"}


def test_the_heading_is_frozen_and_the_token_hidden() -> None:
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(build_workbook(correction())))["Belinyu"]
    assert sheet.freeze_panes == "B2"
    assert sheet.column_dimensions["F"].hidden


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        (["petunjuk", "A/B:C?"], ["petunjuk 2", "A B C"]),
        (
            ["Kecamatan Sungailiat dan sekitarnya", "kecamatan sungailiat dan sekitar"],
            ["Kecamatan Sungailiat dan sekita", "kecamatan sungailiat dan seki 2"],
        ),
        (["", "'kutip'"], ["Lembar", "kutip"]),
        (["History", "history"], ["History 2", "history 3"]),
    ],
)
def test_sheet_names_that_excel_refuses_are_made_acceptable(sent: list[str], written: list[str]) -> None:
    assert list(read(build_workbook(correction(names=sent))))[1:] == written


def test_a_token_shows_a_digit_that_was_changed() -> None:
    assert row_token("0123456789abcdef", 1, 5) == "0123456789abcdef:1:5:" + row_token("0123456789abcdef", 1, 5)[-8:]
    assert row_token("0123456789abcdef", 1, 5)[-8:] != row_token("0123456789abcdef", 1, 6)[-8:]


def test_many_rows_are_written_in_blocks_with_the_same_content(monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(build_workbook(correction()))
    monkeypatch.setattr("tasks.intake.sheetxml.BLOCK_ROWS", 1)
    assert read(build_workbook(correction())) == before


CELL = st.text(st.characters(codec="utf-8", exclude_characters=f"\r{SEPARATOR}\x00"), max_size=12)


@settings(max_examples=30)
@given(cells=st.lists(CELL, min_size=4, max_size=6))
def test_any_text_comes_back_as_it_was_sent(cells: list[str]) -> None:
    import openpyxl

    content = build_workbook(correction([(1, 5, cells)], FINDINGS[:1]))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Belinyu"]
    kept = [sheet.cell(2, column + 2) for column in range(len(cells))]
    assert all(cell.data_type in {"s", "n"} for cell in kept)
    if all(character.isprintable() for text in cells for character in text):
        assert [cell.value or "" for cell in kept] == cells


@pytest.mark.deep
def test_twelve_thousand_rows_with_two_findings_each_fit_in_one_workbook() -> None:
    rows = [(1, number, [str(number), "Siti Aminah", "190101550390001", "Belinju"]) for number in range(2, 12_002)]
    findings = [
        (1, number, code, field, "warn", column)
        for number in range(2, 12_002)
        for _, _, code, field, _, column in FINDINGS[:2]
    ]
    assert len(read(build_workbook(correction(rows, findings)))["Belinyu"]) == 12_001
