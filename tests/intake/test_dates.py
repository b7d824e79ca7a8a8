"""Dates as offices write them; the day comes first, always."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.words import entries
from tasks.intake.dates import SERIAL_DAY_ZERO, parse_date, parse_year

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "written",
    [
        "05/03/1990", "5/3/1990", "05-03-1990", "05.03.1990", "5 Maret 1990", "5 maret 1990", "05 Mar 1990", "05-Mrt-1990", "5-Mar-90",
        "05-03-90", "1990-03-05", "1990-03-05 00:00:00", "1990/03/05", "Ternate, 05-03-1990", "Sungai Liat 5 Maret 1990", "05031990",
        "19900305", "32937", "05 - 03 - 1990", "05--03--1990", "'05-03-1990", "5Maret1990",
        "Kab. Kupang / 1990-03-05",
    ],
)  # fmt: skip
def test_every_way_of_writing_a_day_gives_that_day(written: str) -> None:
    assert parse_date(written, TODAY, is_birth=True) == (date(1990, 3, 5), None)


@pytest.mark.parametrize(
    "written",
    [
        "2021-03-05 14:22:11", "2021-03-05T14:22:11", "2021-03-05T14:22:11.123+07:00", "2021-03-05 00:00:00.000",
        "05/03/2021 14:22", "05/03/2021 00:00", "05-03-2021 14.22", "5 Maret 2021 14:22", "5 Maret 2021, 14:22 WIB",
        "05/03/2021 pukul 14.22", "Ternate, 05-03-2021 14:22", "20210305 14:22", "05 03.2021",
    ],
)  # fmt: skip
def test_a_time_of_day_behind_a_date_is_passed_over(written: str) -> None:
    assert parse_date(written, TODAY) == (date(2021, 3, 5), None)


def test_a_day_month_and_year_are_no_time() -> None:
    assert parse_date("17 08.45", TODAY, is_birth=True) == (date(1945, 8, 17), None)


@pytest.mark.parametrize("written", ["14:22", "2021 14:22:11", "05/03 14:22"])
def test_a_time_makes_no_date_of_what_is_none(written: str) -> None:
    assert parse_date(written, TODAY)[0] is None


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("1 Pebruari 1990", 2),
        ("1 Nopember 1990", 11),
        ("1 Agt 1990", 8),
        ("1 Agustus 1990", 8),
        ("1 Okt 1990", 10),
        ("1 Des 1990", 12),
    ],
)
def test_old_spellings_of_months_are_known(written: str, month: int) -> None:
    assert parse_date(written, TODAY) == (date(1990, month, 1), None)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("31-02-1990", "impossible"), ("99-99--9999", "impossible"), ("03/25/1990", "impossible"), ("00-00-0000", "impossible"),
        ("29-02-1989", "impossible"), ("05-03-0190", "impossible"), ("1990", "year_only"), ("Maret 1990", "year_only"),
        ("5 Foo 1990", "unreadable"), ("1990-03-04T17:00:00.000Z", "unreadable"), ("1990-03-04 17:00:00+00:00", "unreadable"),
        ("3/5/1990 12:00:00 AM", "unreadable"), ("3/5/1990 2:22 PM", "unreadable"), ("3/5/90 14:22", "unreadable"),
        ("kapan-kapan", "unreadable"), ("123", "unreadable"), ("99999999", "impossible"),
    ],
)  # fmt: skip
def test_what_is_no_single_day_is_a_problem_and_never_a_guess(written: str, problem: str) -> None:
    assert parse_date(written, TODAY) == (None, problem)


@pytest.mark.parametrize(
    ("written", "is_birth", "year"),
    [("05-03-05", True, 2005), ("05-03-24", True, 1924), ("05-03-24", False, 2024), ("05-03-60", False, 1960)],
)
def test_two_digits_of_a_year_are_read_by_what_the_date_is(written: str, is_birth: bool, year: int) -> None:
    assert parse_date(written, TODAY, is_birth=is_birth) == (date(year, 3, 5), None)


@given(st.dates(date(1900, 3, 1), date(2100, 1, 1)), st.sampled_from(["/", "-", ".", " "]))
def test_a_written_date_is_read_back(day: date, sign: str) -> None:
    assert parse_date(day.strftime(f"%d{sign}%m{sign}%Y"), TODAY) == (day, None)
    assert parse_date(day.isoformat(), TODAY) == (day, None)
    for name in entries("months")[str(day.month)]:
        assert parse_date(f"{day.day} {name} {day.year}", TODAY) == (day, None)


@given(st.dates(date(1927, 5, 18), date(2100, 1, 1)))
def test_a_serial_number_is_read_back(day: date) -> None:
    assert parse_date(str((day - SERIAL_DAY_ZERO).days), TODAY) == (day, None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2015", (2015, None)), ("2015.0", (2015, None)), ("Tahun 2015", (2015, None)), ("12/03/2015", (2015, None)),
        ("15", (None, "unreadable")), ("abc", (None, "unreadable")), ("9999", (None, "unreadable")),
        ("20015", (None, "unreadable")), ("12015", (None, "unreadable")), ("02015", (None, "unreadable")),
        ("20015.0", (None, "unreadable")),
    ],
)  # fmt: skip
def test_years_stand_alone_or_in_dates(written: str, expected: tuple[int | None, str | None]) -> None:
    assert parse_year(written, TODAY) == expected
