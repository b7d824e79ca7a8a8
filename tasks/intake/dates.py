"""Dates as offices write them -> a date, or the word for what is wrong. The day comes first, always.

Problems: `impossible` (31-02-1990, 03/25/1990), `year_only`, `unreadable`.
Does not belong here: whether a date makes sense for its field (the checks).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import dropwhile

from schemas import identifiers
from schemas.words import codes_by_word, word_key

DateReading = tuple[date | None, str | None]

#: day 0 of spreadsheets' serial numbers (their 1900 had a 29 February, so that serials from March 1900 on count from here)
SERIAL_DAY_ZERO = date(1899, 12, 30)
YEAR_MIN = 1850

_NUMBERS = re.compile(r"(\d{1,2})[^\w]+(\d{1,2})[^\w]+(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
#: a date with its whole year, and the time of day in Indonesia that a form or a cell of a spreadsheet writes behind it; with AM or PM
#: the month may stand first, and with another zone it may be the next day here
_WITH_TIME = re.compile(
    rf"(?P<day>.*(?:\d{{4}}|{_ISO.pattern}))(?:T|,?\s+(?:pukul\s+|jam\s+)?)(?:[01]?\d|2[0-3])[:.][0-5]\d(?:[:.][0-5]\d(?:[.,]\d+)?)?"
    r"\s*(?:WIB|WITA|WIT|\+0[789]:?00)?",
    re.IGNORECASE,
)
_WORDS = re.compile(r"(\d{1,2})[^\w]*([^\W\d_]+)[^\w]*(\d{4}|\d{2})")
_PLACE_BEFORE = re.compile(r"^[^\d]*?[^\W\d_][^\d]*?[,;/.: \-]+(?=\d)")
#: words around the place before a date; what is left may still be none (places.is_place)
_NO_PLACE = frozenset({
    "ttl", "tempat", "tmpt", "tpt", "tanggal", "tgl", "tggl", "lahir", "lhr", "bln", "bulan", "thn", "tahun", "hari", "pada", "di",
    "senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu",
})  # fmt: skip


def parse_date(text: str, today: date, *, is_birth: bool = False) -> DateReading:
    """Read one date. A place before it and a time behind it are passed over (`Ternate, 05-03-1990`, `2021-03-05 14:22`); five digits are
    a spreadsheet's serial number.

    A year of two digits is of the century that `schemas.identifiers.birth_date` gives for births; for other dates of the last
    hundred years up to next year.
    """
    value = text.strip().strip("'`’.,;()").strip()
    if with_time := _WITH_TIME.fullmatch(value):
        value = with_time["day"]
    if not any(form.fullmatch(value) for form in (_ISO, _NUMBERS, _WORDS)):
        value = _PLACE_BEFORE.sub("", value)
    if match := _ISO.fullmatch(value):
        year, month, day = (int(part) for part in match.groups()[:3])
        return _made(day, month, year)
    if match := _NUMBERS.fullmatch(value):
        return _with_year(int(match[1]), int(match[2]), match[3], today, is_birth)
    if match := _WORDS.fullmatch(value):
        months = codes_by_word("months").get(word_key(match[2]))
        return (
            (None, "unreadable")
            if months is None
            else _with_year(int(match[1]), int(months), match[3], today, is_birth)
        )
    return _from_digits(value)


def place_before(text: str) -> str | None:
    """What stands before a date in one cell (`Ternate, 05-03-1990` -> Ternate) without words of introduction."""
    value = text.strip().strip("'`’.,;()").strip()
    if _NUMBERS.fullmatch(value) or _WORDS.fullmatch(value) or not (match := _PLACE_BEFORE.match(value)):
        return None
    words = list(dropwhile(_introduces, re.findall(r"[^\s,;/.:()]+", match[0])))
    place = " ".join(reversed(list(dropwhile(_introduces, reversed(words)))))
    return place or None


def _introduces(word: str) -> bool:
    return word.lower() in _NO_PLACE


def parse_year(text: str, today: date, *, is_birth: bool = False) -> tuple[int | None, str | None]:
    """Read a year: four digits, alone or in a date (`2015`, `12/03/2015`, `Tahun 2015`); anything else is `unreadable`.

    Five digits are a year mistyped (20015) and no serial number.
    """
    if re.fullmatch(r"\d{5}(?:\.0)?", text.strip()):
        return None, "unreadable"
    match = re.fullmatch(r"(?:\D*\s)?(\d{4})(?:\.0)?", text.strip())
    if match and YEAR_MIN <= int(match[1]) <= today.year + 100:
        return int(match[1]), None
    read, problem = parse_date(text, today, is_birth=is_birth)
    return (read.year, None) if read is not None else (None, "unreadable" if problem == "year_only" else problem)


def _from_digits(value: str) -> DateReading:
    """Dates without any separator: 05031990, 19900305, 32937 (serial), 1990 (only a year).

    Eight digits have one reading at most: the years that are accepted start with no number of a month.
    """
    digits = value.removesuffix(".0")
    if not digits.isascii() or not digits.isdigit():
        return None, "unreadable"
    if len(digits) == 8:
        reading = _made(int(digits[:2]), int(digits[2:4]), int(digits[4:]))
        return reading if reading[0] else _made(int(digits[6:]), int(digits[4:6]), int(digits[:4]))
    if len(digits) == 5:
        return SERIAL_DAY_ZERO + timedelta(days=int(digits)), None
    return None, "year_only" if len(digits) == 4 and YEAR_MIN <= int(digits) <= 2200 else "unreadable"


def _with_year(day: int, month: int, year: str, today: date, is_birth: bool) -> DateReading:
    if len(year) == 4:
        return _made(day, month, int(year))
    if is_birth:
        born = identifiers.birth_date(day, month, int(year), today)
        return (born, None) if born is not None else (None, "impossible")
    century = today.year // 100 * 100
    return _made(day, month, int(year) + (century if century + int(year) <= today.year + 1 else century - 100))


def _made(day: int, month: int, year: int) -> DateReading:
    """A date, or `impossible`; a year before YEAR_MIN is a typing error as well."""
    if year < YEAR_MIN:
        return None, "impossible"
    try:
        return date(year, month, day), None
    except ValueError:
        return None, "impossible"
