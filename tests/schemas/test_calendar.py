"""What offices are expected to send, and from which day on it is overdue."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.calendar import Expected, calendar, overdue

MONTHLY = Expected(kind="umkm", every="month", since="2020-04", due_days=10, look_back=3, regencies="all")
YEARLY = Expected(kind="cooperative", every="year", since="2020-01", due_days=31, look_back=1, regencies=("19.01",))


@pytest.mark.parametrize(
    ("today", "periods"),
    [
        (date(2020, 5, 1), []),
        (date(2020, 5, 10), []),  # the last day is still in time
        (date(2020, 5, 11), ["2020-04"]),
        (date(2020, 8, 11), ["2020-05", "2020-06", "2020-07"]),  # no further back than three
        (date(2021, 1, 11), ["2020-10", "2020-11", "2020-12"]),
    ],
)
def test_a_month_is_overdue_after_the_tenth_of_the_next(today: date, periods: list[str]) -> None:
    assert [each.period for each in overdue(today, (MONTHLY,))] == periods


def test_a_year_is_overdue_after_january() -> None:
    assert overdue(date(2021, 1, 31), (YEARLY,)) == []
    (late,) = overdue(date(2021, 2, 1), (YEARLY,))
    assert (late.period, late.due_on) == ("2020", date(2021, 1, 31))


def test_an_expectation_may_be_of_some_regencies_only() -> None:
    assert MONTHLY.awaits("19.02")
    assert YEARLY.awaits("19.01")
    assert not YEARLY.awaits("19.02")


def test_the_calendar_of_the_project_is_sound() -> None:
    assert {each.kind for each in calendar()} >= {"umkm"}
