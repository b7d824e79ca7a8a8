"""Amounts as offices write them; a dot groups thousands, M is miliar, a month is a twelfth of a year."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.intake.money import Money, parse_count, parse_money, read_money


@pytest.mark.parametrize(
    ("written", "rupiah"),
    [
        ("5000000", 5_000_000), ("5.000.000", 5_000_000), ("Rp. 5.000.000,-", 5_000_000), ("Rp5.000.000,00", 5_000_000),
        ("Rp 5.000.000", 5_000_000), ("5,000,000", 5_000_000), ("5,000,000.00", 5_000_000), ("5 juta", 5_000_000), ("5jt", 5_000_000),
        ("Rp 2,5 jt", 2_500_000), ("1.5 juta", 1_500_000), ("500rb", 500_000), ("750 ribu", 750_000), ("1,2 M", 1_200_000_000),
        ("2 Milyar", 2_000_000_000), ("1.200", 1200), ("1200000.0", 1_200_000), ("0", 0), ("± 5 juta", 5_000_000),
        ("sekitar Rp 5 jt", 5_000_000),
        ("5000.50", 5000), ("2500,5", 2500), ("5.000.000,--", 5_000_000), ("5 juta rupiah", 5_000_000),
        ("5000000.000", 5_000_000), ("1250000,000", 1_250_000),
    ],
)  # fmt: skip
def test_amounts_are_understood(written: str, rupiah: int) -> None:
    assert parse_money(written) == Money(exact=rupiah)


@pytest.mark.parametrize(
    ("written", "rupiah"),
    [
        ("5 juta/bln", 60_000_000), ("5jt per bulan", 60_000_000), ("Rp. 5.000.000,-/bulan", 60_000_000), ("5 juta perbulan", 60_000_000),
        ("1 juta/minggu", 52_000_000), ("60 juta/tahun", 60_000_000), ("60jt per thn", 60_000_000),
    ],
)  # fmt: skip
def test_a_turnover_is_kept_per_year(written: str, rupiah: int) -> None:
    assert parse_money(written, is_flow=True) == Money(exact=rupiah)


def test_the_heading_says_the_period_and_the_unit_unless_the_cell_does() -> None:
    monthly = frozenset({"monthly"})
    assert parse_money("5.000.000", is_flow=True, hints=monthly).exact == 60_000_000
    assert parse_money("60 juta/tahun", is_flow=True, hints=monthly).exact == 60_000_000
    assert parse_money("5", is_flow=True, hints=frozenset({"million"})).exact == 5_000_000
    assert parse_money("5 rb", is_flow=True, hints=frozenset({"million"})).exact == 5_000


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("< 1M", 0, 10**9), ("<1 miliar", 0, 10**9), ("kurang dari 300 juta", 0, 300_000_000), ("dibawah 300jt", 0, 300_000_000),
        ("<= 300 juta", 0, 300_000_001), ("maks 300 juta", 0, 300_000_001), ("1M-5M", 10**9, 5 * 10**9), ("1 - 5 M", 10**9, 5 * 10**9),
        ("1 juta s/d 5 juta", 10**6, 5 * 10**6), ("Rp 1.000.000 – Rp 5.000.000", 10**6, 5 * 10**6), ("0-300 juta", 0, 300_000_000),
        ("Rp 1.000.000 s.d. Rp 5.000.000", 10**6, 5 * 10**6), ("5 juta s.d 10 juta", 5 * 10**6, 10**7), ("5jt sd 10jt", 5 * 10**6, 10**7),
        ("s.d. 5 juta", 0, 5_000_001), ("s/d 5 juta", 0, 5_000_001), ("maks. 300 juta", 0, 300_000_001), ("min. 5 juta", 5 * 10**6, None),
        ("> 5M", 5 * 10**9 + 1, None), ("≥ 5M", 5 * 10**9, None), ("di atas 5 juta", 5_000_001, None),
    ],
)  # fmt: skip
def test_bands_reach_from_low_to_below_high(written: str, low: int, high: int | None) -> None:
    assert parse_money(written) == Money(low=low, high=high)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("1,200", "ambiguous"), ("Rp 5000.000", "ambiguous"), ("10000.000", "ambiguous"), ("2500,000", "ambiguous"),
        ("5000.000 - 10000.000", "ambiguous"), ("1200.500 juta", "ambiguous"), ("500000.000", "ambiguous"),
        ("-5000", "negative"), ("Rp -5.000", "negative"), ("(5.000.000)", "negative"), ("1,2E+09", "scientific"),
        ("100rb/hari", "unclear_period"), ("banyak", "unreadable"), ("5.00.000", "unreadable"), ("5M-1M", "unreadable"),
        ("99999999999999999999", "unreadable"), ("1.2.3", "unreadable"),
    ],
)  # fmt: skip
def test_what_has_no_single_reading_is_a_problem(written: str, problem: str) -> None:
    assert parse_money(written, is_flow=True) == Money(problem=problem)


def test_capital_has_no_period() -> None:
    assert parse_money("5 juta/bln").problem == "unclear_period"
    assert parse_money("5 juta", hints=frozenset({"monthly"})).exact == 5_000_000


@given(st.integers(0, 10**12 - 1), st.sampled_from(["{}", "Rp {}", "Rp. {},-", "Rp{},00", "rp.{}"]), st.booleans())
def test_a_written_amount_is_read_back(amount: int, form: str, dotted: bool) -> None:
    text = form.format(f"{amount:,}".replace(",", ".") if dotted else str(amount))
    assert parse_money(text).exact == amount


@given(
    st.lists(st.from_regex(r"(Rp\.? ?)?([0-9]{1,13}|[0-9]{1,3}([.,][0-9]{3}){1,4})(,-|,00| juta|/bln)?",
    fullmatch=True), min_size=1, max_size=5),
    st.sampled_from([frozenset(), frozenset({"monthly"}), frozenset({"thousand"})]), st.booleans(),
)  # fmt: skip
def test_a_column_is_read_as_its_single_values_are(values: list[str], hints: frozenset[str], is_flow: bool) -> None:
    columns = read_money(pa.array(values, pa.large_string()), is_flow=is_flow, hints=hints)
    expected = [parse_money(value, is_flow=is_flow, hints=hints) for value in values]
    assert list(zip(*(column.to_pylist() for column in columns), strict=True)) == [tuple(money) for money in expected]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("3", (3, None)), ("3.0", (3, None)), ("3 orang", (3, None)), ("0", (0, None)), ("1.200", (1200, None)), ("-9", (None, "negative")),
        ("dua", (None, "unreadable")), ("2,5", (None, "unreadable")), ("1200.000", (None, "ambiguous")), ("1200.0", (1200, None)),
    ],
)  # fmt: skip
def test_workers_are_counted(written: str, expected: tuple[int | None, str | None]) -> None:
    assert parse_count(written) == expected
