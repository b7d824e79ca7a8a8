"""Reading: cells and row numbers as the office sees them, poisoned files refused by name, the child fit again after each."""

from __future__ import annotations

import io
import os
import random
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import DiskFull, FileRefused
from schemas.settings import settings
from tasks.intake.mapping import map_workbook
from tasks.intake.refusals import REFUSALS, Unreadable, refusal_text
from tasks.intake.sheets import DATE, NUMBER, TEXT, Limits, Sheet
from tasks.intake.standardise import standardise
from tasks.intake.steps.reader import FileReader
from tasks.intake.textfiles import decode, find_delimiter, read_text
from tasks.intake.workbooks import number_text
from tasks.intake.zipchecks import check_zip
from tests.intake.sheet_making import LIMITS
from tests.intake.spoiled import changed_workbook, far_cell, simple_workbook


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileReader]:
    monkeypatch.setenv("SINERGI_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    with FileReader(LIMITS) as made:
        yield made
    settings.cache_clear()


def rows_of(sheet: Sheet) -> list[tuple[int, list[str]]]:
    numbers = sheet.cells["row"].to_pylist()
    return [(number, sheet.row_texts(position)) for position, number in enumerate(numbers)]


def of_text(data: bytes) -> list[tuple[int, list[str]]]:
    return rows_of(read_text(data, "x", LIMITS)[0])


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"No;Nama\n1;SITI\n", [(1, ["No", "Nama"]), (2, ["1", "SITI"])]),
        (b"No,Nama\r\n1,SITI", [(1, ["No", "Nama"]), (2, ["1", "SITI"])]),
        (b"No\tNama\r\r\n1\tSITI\r\r\n", [(1, ["No", "Nama"]), (2, ["1", "SITI"])]),
        (b"No|Nama\r1|SITI\r", [(1, ["No", "Nama"]), (2, ["1", "SITI"])]),
        (b'No;Nama\n1;"SITI\nAMINAH"\n2;BUDI\n', [(1, ["No", "Nama"]), (2, ["1", "SITI\nAMINAH"]), (4, ["2", "BUDI"])]),
        (b"No;Nama;NIK\n1;SITI\n2;BUDI;x;y\n", [(1, ["No", "Nama", "NIK", ""]), (2, ["1", "SITI", "", ""]), (3, ["2", "BUDI", "x", "y"])]),
        (b"A;B\n\n1;2\n\n\n", [(1, ["A", "B"]), (2, ["", ""]), (3, ["1", "2"])]),
        (b'A;B\n1;12" pipa\n2;x\n', [(1, ["A", "B"]), (2, ["1", '12" pipa']), (3, ["2", "x"])]),
        (b"A;B\n\x001;x\x1fy\n", [(1, ["A", "B"]), (2, ["1", "xy"])]),
        (b"sep=;\nA;B\n1;2\n", [(1, ["sep=", ""]), (2, ["A", "B"]), (3, ["1", "2"])]),
        ("A;B\n1;é\n".encode("utf-16"), [(1, ["A", "B"]), (2, ["1", "é"])]),
        ("A;B\n1;é\n".encode("utf-16-le"), [(1, ["A", "B"]), (2, ["1", "é"])]),
        ("\ufeffA;B\n1;é\n".encode(), [(1, ["A", "B"]), (2, ["1", "é"])]),
        ("A;B\n1;é–\n".encode("cp1252"), [(1, ["A", "B"]), (2, ["1", "é–"])]),
        (b"9202120101800001;'0812\n", [(1, ["9202120101800001", "'0812"])]),
    ],
)  # fmt: skip
def test_text_files_are_read_as_written(data: bytes, rows: list[tuple[int, list[str]]]) -> None:
    assert of_text(data) == rows


def test_an_open_quote_does_not_swallow_the_rows_below() -> None:
    rows = of_text(b'A;B\n1;"open\n' + b"2;x\n" * 300)
    assert len(rows) == 302
    assert rows[-1] == (302, ["2", "x"])


def test_the_whole_file_decides_about_the_encoding() -> None:
    assert decode(b"a" * 300_000 + "é".encode("cp1252")).endswith("é")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_beside_commas_in_money(delimiter: str) -> None:
    quoted = '"1.000,5"' if delimiter == "," else "1.000,5"
    assert find_delimiter(f"A{delimiter}B{delimiter}C\n" + f"1{delimiter}{quoted}{delimiter}x\n" * 5) == delimiter


def numeric_cells(cells: list[str]) -> list[bool]:
    """Which cells of a second column of a text file are read as numbers."""
    sheet = read_text(("No;NIK\n" + "".join(f"1;{cell}\n" for cell in cells)).encode(), "x", LIMITS)[0]
    return [kind == NUMBER for kind in sheet.kind(1).to_pylist()[1:]]


def invented_niks(count: int, last: str) -> list[str]:
    return [f"190101{1 + at % 28:02}03{60 + at % 40}{at // 40:03}{last}" for at in range(count)]


ROUNDED, WHOLE = invented_niks(30, "0"), invented_niks(30, "7")


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (ROUNDED, 30), (ROUNDED[:20], 20), ([*ROUNDED[:18], "-", "", *WHOLE[:6]], 18),
        (ROUNDED[:19], 0), ([*ROUNDED[:18], *WHOLE[:7]], 0), (WHOLE, 0), (ROUNDED[:1] * 30, 0),
        ([f"0{nik[1:]}" for nik in ROUNDED], 0), ([f"{nik[:6]} {nik[6:]}" for nik in ROUNDED], 0), ([nik[:15] for nik in ROUNDED], 0),
    ],
    ids=["all rounded", "just enough", "some text", "too few", "many whole", "whole", "copied down", "npwp", "spaces", "short"],
)  # fmt: skip
def test_numbers_that_a_spreadsheet_rounded_are_known_in_a_text_file(cells: list[str], numbers: int) -> None:
    found = numeric_cells(cells)
    assert sum(found) == numbers
    assert all(cell.endswith("0") for cell, is_number in zip(cells, found, strict=True) if is_number)


@given(st.integers(), st.integers(20, 200))
def test_numbers_typed_as_text_are_never_taken_for_rounded_ones(seed: int, rows: int) -> None:
    chance = random.Random(seed)
    assert not any(
        numeric_cells([f"1901014503{chance.randrange(60, 99)}{chance.randrange(1, 9999):04}" for _ in range(rows)])
    )


def test_a_rounded_nik_of_a_text_file_is_told_as_in_a_workbook() -> None:
    lines = [f"{at};ORANG {at};{nik};Warung" for at, nik in enumerate([*ROUNDED, WHOLE[0]])]
    sheets = read_text("\n".join(["No;Nama Pemilik;NIK;Nama Usaha", *lines]).encode(), "umkm", LIMITS)
    mapped = map_workbook(sheets, "19.01", {})
    found = standardise(mapped.frame, mapped.kind, "19.01", mapped.hints, date(2026, 11, 22))
    assert found["nik__problem"].tolist() == ["precision_lost"] * 30 + [pd.NA]


SIGNS = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\x1f")
RECORDS = st.lists(st.lists(st.text(SIGNS, max_size=6), min_size=2, max_size=4), min_size=1, max_size=12)


@given(RECORDS)
def test_every_record_of_a_written_csv_comes_back_once(records: list[list[str]]) -> None:
    import csv

    file = io.StringIO()
    csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(records)
    sheet = read_text(file.getvalue().encode(), "x", LIMITS)[0]
    used = max((index + 1 for index, record in enumerate(records) if any(cell.strip() for cell in record)), default=0)
    if find_delimiter(file.getvalue()) == "," and not any("\r" in cell for record in records for cell in record):
        assert sheet.height == used


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"), (1234567890123456.0, "1234567890123456"), (1e22, "10000000000000000000000"), (3e-7, "0.0000003"), (0.5, "0.5"),
        (-9.0, "-9"), (9202120101800001.0, "9202120101800000"), (2500000.75, "2500000.75"), (0.0, "0"),
    ],
)  # fmt: skip
def test_numbers_are_plain_decimal_text(value: float, text: str) -> None:
    assert number_text(value) == text


def test_a_workbook_keeps_row_numbers_kinds_and_hidden_sheets(tmp_path: Path, reader: FileReader) -> None:
    import datetime as dt

    path = tmp_path / "a.xlsx"
    workbook = xlsxwriter.Workbook(path)
    day = workbook.add_format({"num_format": "dd/mm/yyyy"})
    sheet = workbook.add_worksheet("Data")
    sheet.write(3, 1, "NIK")
    sheet.write_number(5, 1, 1901014101900010)
    sheet.write_datetime(5, 2, dt.datetime(1990, 3, 5), day)  # noqa: DTZ001 - a cell has no zone
    workbook.add_worksheet("Rahasia").hide()
    workbook.close()
    data, hidden = reader.read(path)
    assert rows_of(data) == [
        (1, ["", "", ""]), (2, ["", "", ""]), (3, ["", "", ""]), (4, ["", "NIK", ""]), (5, ["", "", ""]),
        (6, ["", "1901014101900010", "1990-03-05"]),
    ]  # fmt: skip
    assert data.row_kinds(5) == [0, NUMBER, DATE]
    assert data.row_kinds(3)[1] == TEXT
    assert hidden.is_hidden


def test_a_workbook_that_kills_the_library_costs_only_its_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SINERGI_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    careless = Limits(max_rows=2_000_000, max_columns=20_000, memory_mb=2000, seconds=60)
    with FileReader(careless) as reader:
        with pytest.raises(FileRefused) as caught:
            reader.read(far_cell(tmp_path / "bomb.xlsx"))
        assert caught.value.code in {"READER_CRASHED", "TOO_LARGE"}
        assert caught.value.mend
        assert reader.read(simple_workbook(tmp_path / "good.xlsx"))[0].height == 2
    assert not list((tmp_path / "home" / "reading").iterdir())
    settings.cache_clear()


def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read(tmp_path: Path, reader: FileReader) -> None:
    good = simple_workbook(tmp_path / "good.xlsx")
    assert reader.read(good)[0].height == 2
    assert reader._child is not None
    os.kill(reader._child.pid, signal.SIGSTOP)  # it does not answer, however quick the machine is
    reader.limits = Limits(max_rows=5000, max_columns=100, seconds=0)
    with pytest.raises(FileRefused) as caught:
        reader.read(good)
    assert caught.value.code == "READER_TIMEOUT"
    reader.limits = LIMITS
    assert reader.read(good)[0].height == 2


def test_every_refusal_says_what_and_what_to_do() -> None:
    for code in REFUSALS:
        what, mend = refusal_text(code, {})
        assert what.endswith(".")
        assert mend.endswith(".")


def test_delimited_text_under_the_name_of_an_old_workbook_is_read(tmp_path: Path, reader: FileReader) -> None:
    path = tmp_path / "unduhan.xls"
    path.write_bytes("Nama Pemilik\tNIK\nSITI\t1901014101900001\n".encode("cp1252"))
    (sheet,) = reader.read(path)
    assert sheet.row_texts(1) == ["SITI", "1901014101900001"]


@pytest.mark.parametrize("name", ["a.xls", "a.ods", "a.csv", "a.XLSX.bak", "a"])
def test_a_workbook_is_read_whatever_it_is_called(name: str, tmp_path: Path, reader: FileReader) -> None:
    assert reader.read(simple_workbook(tmp_path / "a.xlsx"), name)[0].row_texts(1) == ["SITI", "1901014101900001"]


def test_the_extra_parts_of_other_office_programs_do_not_refuse_a_workbook(tmp_path: Path, reader: FileReader) -> None:
    path = changed_workbook(tmp_path / "wps.xlsx", **{"xl__cellimages.xml": b"<x/>", "[trash]__0000.dat": b"x"})
    assert reader.read(path)


@pytest.mark.parametrize("part", ["xl__vbaProject.bin", "xl__activeX__activeX1.xml", "xl__embeddings__oleObject1.bin"])
def test_macros_are_never_run_and_the_office_is_told_of_them(part: str, tmp_path: Path, reader: FileReader) -> None:
    data, macro = reader.read(changed_workbook(tmp_path / "a.xlsm", **{part: b"Attribute VB_Name"}))
    assert data.row_texts(1) == ["SITI", "1901014101900001"]
    assert (macro.name, macro.height, macro.why_not) == (part.replace("__", "/"), 0, "macro")


def test_cells_merged_over_rows_are_named(tmp_path: Path, reader: FileReader) -> None:
    path = tmp_path / "a.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet()
    sheet.merge_range("B2:B4", "KUBE MELATI")
    sheet.merge_range("C2:D2", "SITI")
    workbook.close()
    assert reader.read(path)[0].merged == ((1, 1, 3),)


def test_a_bomb_is_known_by_how_it_swells_long_before_the_limit(tmp_path: Path) -> None:
    path = changed_workbook(tmp_path / "bom.xlsx", **{"xl__theme__theme1.xml": b" " * (65 << 20)})
    with pytest.raises(Unreadable, match="ZIP_BOMB"):
        check_zip(path, Limits())


def test_a_full_disk_is_never_blamed_on_the_file(tmp_path: Path, reader: FileReader) -> None:
    file = tmp_path / "umkm.csv"
    file.write_text("NAMA,NIK\nSiti,9202124101800001\n", "utf-8")
    (folder,) = (settings().home / "reading").iterdir()
    (folder / "sheet1.arrow").symlink_to("/dev/full")  # every write to it says: no space left
    with pytest.raises(DiskFull):
        reader.read(file)
    (folder / "sheet1.arrow").unlink(missing_ok=True)
    assert len(reader.read(file)) == 1
