"""What offices write into NIK columns. Every NIK here is invented."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identifiers import Nik, is_placeholder_number, mask_nik, parse_nik
from schemas.regions import nik_areas
from tasks.intake.standardise import standardise

TODAY = date(2026, 11, 22)
AREAS = sorted(nik_areas())


@st.composite
def niks(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1920, 1, 1), date(2008, 1, 1)))
    day = born.day + draw(st.sampled_from([0, 40]))
    return f"{draw(st.sampled_from(AREAS))}{day:02}{born:%m%y}{draw(st.integers(1, 9999)):04}"


def frame(**columns: list[Any]) -> pd.DataFrame:
    length = len(next(iter(columns.values())))
    mapped = pd.DataFrame({"sheet_no": 1, "row": range(5, 5 + length)}, index=range(length))
    for name, values in columns.items():
        numeric = name.endswith("__is_number")
        mapped[name if numeric else f"{name}__raw"] = pd.Series(values, dtype=bool if numeric else "string[pyarrow]")
    return standardise(mapped, "umkm", "19.01", {}, TODAY)


def read(text: str | None, *, is_number: bool = False) -> tuple[str | None, str | None]:
    row = frame(nik=[text], nik__is_number=[is_number]).iloc[0]
    return tuple(None if pd.isna(row[name]) else row[name] for name in ("nik", "nik__problem"))  # type: ignore[return-value]


@pytest.mark.parametrize(
    "written",
    [
        "1901014503900001", " 1901014503900001 ", "190101.450390.0001", "1901 0145 0390 0001", "190101-450390-0001",
        "'1901014503900001", '="1901014503900001"', "1901014503900001\u00a0",
        "NIK 1901014503900001", "No. KTP: 1901014503900001", "\u200b1901014503900001", "1901014503900001.",
        "1901014503900001,", "1901014503900001;", "1901014503900001 /", "1901014503900001*", "(1901014503900001)", "[1901014503900001].",
        "NIK: (1901014503900001)", "1901014503900001/-", "1901014503900001 :",
    ],
)  # fmt: skip
def test_separators_are_dropped_because_they_lose_nothing(written: str) -> None:
    assert read(written) == ("1901014503900001", None)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (None, "missing"), ("-", "missing"), ("0", "missing"), ("BELUM ADA", "missing"), ("tidak  ada", "missing"), ("", "missing"),
        ("190101450390001", "not_16_digits"), ("19010145039000011", "not_16_digits"), ("19/01", "not_16_digits"),
        ("1901014503900001/1901010503900002", "not_16_digits"), ("1901014503900001, 1", "not_16_digits"),
        ("19O1014503900001", "letters"), ("190l014503900001", "letters"), ("KTP hilang", "letters"),
        ("3.50213E+15", "scientific"), ("3,50213e+15", "scientific"),
        ("0000000000000000", "placeholder_number"), ("1111111111111111", "placeholder_number"),
        ("1234567890123456", "placeholder_number"), ("9876543210987654", "placeholder_number"),
        ("1901013202900001", "bad_date"), ("1901018203900001", "bad_date"), ("1901010013900001", "bad_date"),
        ("1901013002900001", "bad_date"), ("1901012902890001", "bad_date"),
        ("1901014503900000", "bad_serial"),
    ],
)  # fmt: skip
def test_an_unusable_nik_has_no_value_and_a_word_for_why(written: str | None, problem: str) -> None:
    assert read(written) == (None, problem)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "1901014503900001",
            ("1901014503900001", None),
        ),  # a number below 2^53 that does not end in 0 came through whole
        ("1901014503900000", (None, "precision_lost")),
        ("1901014503900010", (None, "precision_lost")),
        ("9202120101800001", (None, "precision_lost")),  # Papua: above 2^53 no number is to be trusted
        ("9202120101800002", (None, "precision_lost")),
    ],
)
def test_a_nik_in_a_numeric_cell_is_only_trusted_where_no_digit_can_be_lost(written: str, expected: Any) -> None:
    assert read(written, is_number=True) == expected


@pytest.mark.parametrize("papua", ["9202120101800001", "9202120101800003", "9271015203770010", "9601054107850007"])
def test_niks_of_papua_in_text_cells_keep_every_digit(papua: str) -> None:
    assert read(papua) == (papua, None)


def test_a_text_that_was_a_float_is_held_to_the_rule_for_numbers() -> None:
    assert read("9202120101800001.0") == (None, "precision_lost")
    assert read("1901014503900001.0") == ("1901014503900001", None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.901.014.503.900.010", (None, "precision_lost")), ("1,901,014,503,900,010", (None, "precision_lost")),
        ("1.901.014.503.900.010,00", (None, "precision_lost")), ("1,901,014,503,900,000.0", (None, "precision_lost")),
        ("9.202.120.101.800.001", (None, "precision_lost")), ("1.901.014.503.900.001", ("1901014503900001", None)),
        ("190101.450390.0010", ("1901014503900010", None)), ("1901 0145 0390 0010", ("1901014503900010", None)),
    ],
)  # fmt: skip
def test_thousands_in_groups_show_that_a_nik_was_a_number(written: str, expected: Any) -> None:
    assert read(written) == expected


@settings(max_examples=40)
@given(st.lists(niks(), min_size=1, max_size=20))
def test_a_valid_nik_survives_unchanged(written: list[str]) -> None:
    usable = [nik for nik in written if not is_placeholder_number(nik)]
    assert frame(nik=usable or ["1901014503900001"])["nik"].to_list() == (usable or ["1901014503900001"])


@settings(max_examples=40)
@given(niks(), st.data())
def test_separators_never_change_digits(nik: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", " ", ".", "-", "'", "\u00a0"]), min_size=16, max_size=16))
    assert read("".join(gap + digit for gap, digit in zip(gaps, nik, strict=True))) in (
        (nik, None),
        (None, "placeholder_number"),
    )


@settings(max_examples=40)
@given(st.text("0123456789", min_size=16, max_size=16))
def test_columns_and_single_values_are_judged_alike(digits: str) -> None:
    alone = parse_nik(digits, TODAY)
    value, problem = read(digits)
    assert (value, problem) == ((digits, None) if isinstance(alone, Nik) else (None, alone))


def test_women_have_forty_added_to_the_day() -> None:
    nik = parse_nik("1901014503900001", TODAY)
    assert isinstance(nik, Nik)
    assert (nik.sex, nik.birth_date, nik.area, nik.serial) == ("female", date(1990, 3, 5), "190101", 1)


@pytest.mark.parametrize(
    ("year", "born"), [("90", 1990), ("05", 2005), ("09", 2009), ("12", 2012), ("20", 1920), ("30", 1930), ("00", 2000)]
)
def test_the_century_is_the_one_in_which_an_owner_is_grown_up_and_alive(year: str, born: int) -> None:
    nik = parse_nik(f"1901010503{year}0001", TODAY)
    assert isinstance(nik, Nik)
    assert nik.birth_date.year == born


def test_warnings_stand_beside_a_usable_nik() -> None:
    rows = frame(
        nik=["1901014503900001", "1901014503900001", "1901014503900001", "9999014503900001"],
        birth_date=["05-03-1990", "06-03-1990", None, None],
        sex=["P", "P", "L", None],
    )
    assert rows["nik"].notna().all()
    assert rows["nik__birth_date_differs"].to_list() == [False, True, False, False]
    assert rows["nik__sex_differs"].to_list() == [False, False, True, False]
    assert rows["nik__area_unknown"].to_list() == [False, False, False, True]


def test_a_dragged_fill_handle_is_seen_and_twins_are_not() -> None:
    dragged = [f"190101450390{serial:04}" for serial in (7, 8, 9, 10)]
    twins = ["1901010101800001", "1901010101800002"]
    assert frame(nik=[*dragged, *twins])["nik__series"].to_list() == [True] * 4 + [False] * 2


def test_a_kk_number_in_the_nik_column_is_seen() -> None:
    rows = frame(
        nik=["1901010506150003", "1901010506150003", "1901014503900001", "1901014503900001"],
        kk_number=["1901010506150003", "1901014503900001", "1901014503900001", "1901010506150003"],
        birth_date=[None, "05-03-1990", "05-03-1990", "05-03-1990"],
    )
    assert rows["nik__problem"].to_list() == ["looks_like_kk", "looks_like_kk", pd.NA, pd.NA]
    assert rows["kk_number__problem"].to_list() == [pd.NA, "looks_like_nik", "equals_nik", pd.NA]


def test_a_nik_is_shown_without_district_and_date_of_birth() -> None:
    assert mask_nik("1901014503900001") == "1901********0001"
    assert mask_nik("19O1014503900001") == "19************01"
    assert mask_nik("123") == "***"


@pytest.mark.parametrize(
    ("field", "written", "is_number", "value", "problem"),
    [
        ("nib", "9120.0012.34567", False, "9120001234567", None),
        ("nib", "0220001234567", False, "0220001234567", None),
        ("nib", "220001234567", True, None, "not_13_digits"),
        ("nib", "-", False, None, None),
        ("nib", None, False, None, None),
        ("npwp", "01.234.567.8-901.000", False, "012345678901000", None),
        ("npwp", "1901014503900001", False, "1901014503900001", None),
        ("npwp", "(01.234.567.8-901.000);", False, "012345678901000", None),
        ("npwp", "12345678901000", True, None, "not_15_or_16_digits"),
        ("kk_number", "1901010506150003", False, "1901010506150003", None),
        ("kk_number", "1901014506900003", False, None, "looks_like_nik"),
        ("kk_number", "1901013513150003", False, None, "bad_date"),
        ("kk_number", "belum ada", False, None, None),
    ],
)
def test_other_numbers_are_read_the_same_way(
    field: str, written: str | None, is_number: bool, value: str | None, problem: str | None
) -> None:
    row = frame(**{field: [written], f"{field}__is_number": [is_number]}).iloc[0]
    assert (None if pd.isna(row[field]) else row[field]) == value
    assert (None if pd.isna(row[f"{field}__problem"]) else row[f"{field}__problem"]) == problem
