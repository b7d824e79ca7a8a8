"""Amounts of money as offices write them -> rupiah, a band [low, high), or the word for what is wrong; and counts.

A dot groups thousands and a comma starts the decimals, as in Indonesian; `M` is miliar (10^9), `jt`/`juta` 10^6, `rb`/`ribu` 10^3.
Problems of money: `ambiguous` (1,200 and 5000.000: thousands or decimals), `negative`, `unclear_period` (a daily amount; a period on
what is no flow), `scientific` (digits are lost), `unreadable`. Problems of counts: `negative`, `ambiguous`, `unreadable`.
Does not belong here: whether an amount is plausible (the checks).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tasks.intake.texts import Distinct

UNITS = {
    "triliun": 10**12, "trilyun": 10**12, "t": 10**12,
    "miliar": 10**9, "milyar": 10**9, "miliyar": 10**9, "milyard": 10**9, "m": 10**9,
    "juta": 10**6, "jt": 10**6, "jta": 10**6, "jutaan": 10**6,
    "ribu": 10**3, "rb": 10**3, "rbu": 10**3, "ribuan": 10**3, "k": 10**3,
}  # fmt: skip
#: how often in a year; a day is left out, since nobody says how many days a business opens
PERIODS = {"monthly": 12, "weekly": 52, "yearly": 1}
#: units and periods a heading may state for its whole column: `Omzet (juta Rp) per bulan`
HINT_UNITS = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
LARGEST_IDR = 10**16

_PERIOD_WORDS = [
    ("monthly", r"(?:/|\bper|\bse|@)\s*(?:bulan|bln|bl)\b|\bbulanan\b|\bperbulan\b|\bperbln\b"),
    ("weekly", r"(?:/|\bper|\bse)\s*(?:minggu|mgg|mg)\b|\bperminggu\b|\bmingguan\b"),
    ("daily", r"(?:/|\bper|\bse)\s*(?:hari|hr)\b|\bperhari\b|\bharian\b"),
    ("yearly", r"(?:/|\bper|\bse)\s*(?:tahun|thn|th)\b|\bpertahun\b|\bperthn\b|\btahunan\b|\bp\.?a\.?$"),
]
_UNTIL = r"s[/.]?d\.?|sampai(?: dengan)?|hingga"
_LESS = rf"<=?|≤|(?:kurang|lebih kecil|dibawah|di bawah|bawah)(?: dari)?|maks(?:imal)?\.?|{_UNTIL}"
_MORE = r">=?|≥|(?:lebih|lebih besar|diatas|di atas|atas)(?: dari)?|min(?:imal)?\.?"
_AMOUNT = rf"(?:rp\.?\s*)?([0-9][0-9.,]*)\s*({'|'.join(sorted(UNITS, key=len, reverse=True))})?(?![a-z0-9])\.?"
_ONE = re.compile(_AMOUNT)
_BAND = re.compile(rf"{_AMOUNT}\s*(?:-|–|—|{_UNTIL})\s*{_AMOUNT}")
_BELOW = re.compile(rf"({_LESS})\s*{_AMOUNT}")
_ABOVE = re.compile(rf"({_MORE})\s*{_AMOUNT}")
#: amounts that need no thought: digits, or digits in groups of three after dots, with the usual signs before and after
_PLAIN = r"(?i)^(?:rp\.? ?)?(?:[0-9]{1,12}|[0-9]{1,3}(?:\.[0-9]{3}){1,3})(?:,-|,00)?$"
_INCLUSIVE = re.compile(rf"<=|≤|>=|≥|maks|min|{_UNTIL}")


class Money(NamedTuple):
    """Rupiah (per year, for a flow): either exact, or from `low` (inclusive) to below `high`; an open end is null."""

    exact: int | None = None
    low: int | None = None
    high: int | None = None
    problem: str | None = None


class _Unclear(Exception):
    """An amount that has no single reading; the argument is the problem's word."""


def read_money(values: pa.Array, *, is_flow: bool = False, hints: frozenset[str] = frozenset()) -> tuple[pa.Array, ...]:
    """Exact amount, low, high and problem of every value of cleaned text: what `parse_money` says of it.

    Plain and dotted amounts (`5000000`, `Rp 5.000.000,-`) are answered in one go over the column.
    """
    is_plain = pc.fill_null(pc.match_substring_regex(values, _PLAIN), False)
    if hints & HINT_UNITS.keys():
        is_plain = pa.nulls(len(values), pa.bool_()).fill_null(False)
    times = PERIODS[_hinted_period(hints) or "yearly"] if is_flow else 1
    digits = pc.utf8_ltrim(pc.if_else(is_plain, values, pa.scalar(None, values.type)), "RrPp. ")
    for sign in (",-", ",00", "."):
        digits = pc.replace_substring(digits, sign, "")
    plain = pc.multiply(digits.cast(pa.int64()), times)
    exact, low, high, problem = Distinct.of(pc.if_else(is_plain, pa.scalar(None, values.type), values)).each(
        lambda text: parse_money(text, is_flow=is_flow, hints=hints),
        pa.int64(),
        pa.int64(),
        pa.int64(),
        pa.large_string(),
    )
    return pc.coalesce(plain, exact), low, high, problem


def parse_money(text: str, *, is_flow: bool = False, hints: frozenset[str] = frozenset()) -> Money:
    """Read one amount. `is_flow` = it is earned over a period and is returned per year; `hints` = what the heading says of it.

    A period in the cell goes before that of the heading; so does a unit. `> 5 juta` starts one rupiah above, `≥` at it.
    """
    value = " ".join(text.lower().replace("\u2212", "-").split())
    if re.fullmatch(r"[0-9](?:[.,][0-9]*)?e\+?[0-9]+", value):
        return Money(problem="scientific")
    value, period = _take_period(value)
    period = period or (_hinted_period(hints) if is_flow else None)
    if period == "daily" or (period and not is_flow):
        return Money(problem="unclear_period")
    times = PERIODS[period] if period else 1
    unit = next((HINT_UNITS[hint] for hint in HINT_UNITS if hint in hints), 1)
    value = re.sub(
        r"(?<=[0-9])\s*,\s*[-–=]+(?![0-9])|(?<=[0-9])\.-", "", value
    )  # the dash that closes an amount: 5.000.000,-
    value = re.sub(
        r"\bkira(?:-| )kira\b|\b(?:sekitar|rupiah|idr|lebih kurang|kurang lebih)\b|[±~]|^\W*rp\W*$", " ", value
    )
    value = " ".join(value.split()).strip(" .;:")
    try:
        return _read(value, unit, times)
    except _Unclear as unclear:
        return Money(problem=str(unclear))


def parse_count(text: str) -> tuple[int | None, str | None]:
    """Read a number of people or things (`3 orang`, `3.0`, `1.200`)."""
    match = re.fullmatch(
        r"([-–−]?)\s*([0-9][0-9.,]*)\s*(?:orang|org|or|jiwa|pekerja|karyawan|anggota|buah|unit)?\.?",
        text.strip().lower(),
    )
    if match is None:
        return None, "unreadable"
    if match[1]:
        return None, "negative"
    try:
        amount = _number(match[2])
    except _Unclear as unclear:
        return None, str(unclear)
    return (int(amount), None) if amount == int(amount) and amount < 2**31 else (None, "unreadable")


def _hinted_period(hints: frozenset[str]) -> str | None:
    return next((hint for hint in PERIODS if hint in hints), None)


def _read(value: str, unit: int, times: int) -> Money:
    if re.match(r"(?:rp\.?\s*)?-\s*(?:rp\.?\s*)?[0-9]|\((?:rp\.?\s*)?[0-9.,]+\)$", value):
        raise _Unclear("negative")
    if match := _ONE.fullmatch(value):
        return Money(exact=_rupiah(match[1], match[2], unit) * times)
    if match := _BAND.fullmatch(value):
        low, high = _rupiah(match[1], match[2] or match[4], unit), _rupiah(match[3], match[4], unit)
        if low >= high:
            raise _Unclear("unreadable")
        return Money(low=low * times, high=high * times)
    if match := _BELOW.fullmatch(value):
        return Money(low=0, high=_rupiah(match[2], match[3], unit) * times + bool(_INCLUSIVE.match(match[1])))
    if match := _ABOVE.fullmatch(value):
        return Money(low=_rupiah(match[2], match[3], unit) * times + (not _INCLUSIVE.match(match[1])))
    raise _Unclear("unreadable")


def _rupiah(number: str, word: str | None, unit: int) -> int:
    amount = _number(number) * (UNITS[word] if word else unit)
    if amount >= LARGEST_IDR:
        raise _Unclear("unreadable")
    return int(amount.to_integral_value())


def _number(text: str) -> Decimal:
    """A number as written in Indonesian (1.234.567,89), or in English when its signs leave no doubt (1,234,567.89)."""
    text = text.rstrip(".,")
    dots, commas = text.count("."), text.count(",")
    groups = r"[0-9]{1,3}(?:\%s[0-9]{3})+"
    if not dots and not commas:
        return Decimal(text)
    if re.fullmatch(groups % "." + r"(?:,[0-9]+)?", text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if commas + (dots > 0) > 1 and re.fullmatch(groups % "," + r"(?:\.[0-9]+)?", text):
        return Decimal(text.replace(",", ""))
    if commas == 1 and re.fullmatch(groups % ",", text):
        raise _Unclear("ambiguous")
    # 5000.000: decimals, or 5.000.000 with its first dot forgotten; before seven digits nobody forgets two
    if re.fullmatch(r"[0-9]{4,6}[.,][0-9]{3}", text):
        raise _Unclear("ambiguous")
    if dots + commas == 1:  # one sign, and not before exactly three digits: decimals
        return Decimal(text.replace(",", "."))
    raise _Unclear("unreadable")


def _take_period(value: str) -> tuple[str, str | None]:
    """The text without its words of period, and the period; `unclear` is not needed: the first one named counts."""
    for period, pattern in _PERIOD_WORDS:
        if re.search(pattern, value):
            return re.sub(pattern, " ", value).strip(), period
    return value, None
