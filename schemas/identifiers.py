"""The identity numbers of people as parsed values: NIK, and how a number is shown without being shown.

Belongs here: what a NIK says of its owner. Does not belong here: what offices write into NIK columns (tasks/intake/nik.py).

A NIK has 16 digits: province 2, regency 2, district 2 (of the first registration, for life), day, month, year of birth with 40
added to the day for women, serial 0001-9999 (Permendagri on civil registration). It has no check digit. The century is not
written: see `birth_year`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

Sex = Literal["male", "female"]
NikProblem = Literal["not_16_digits", "placeholder_number", "bad_date", "bad_serial"]

#: Lists hold owners of businesses: grown up (a KTP is issued at 17) and alive. Between two centuries the younger reading that is
#: at least this old wins ...
OWNER_AGE_MIN = 17
#: ... unless the older reading would be older than anybody.
OWNER_AGE_MAX = 110

WOMEN_DAY_OFFSET = 40

_SIXTEEN_DIGITS = re.compile(r"[0-9]{16}")


@dataclass(frozen=True)
class Nik:
    """A NIK taken apart. `area` = six digits, `serial` = 1-9999; the date of birth is the one of the registration."""

    text: str
    area: str
    birth_date: date
    sex: Sex
    serial: int

    def __str__(self) -> str:
        return mask_nik(self.text)


def parse_nik(text: str, today: date) -> Nik | NikProblem:
    """Read 16 digits as a NIK as of `today`; anything else gives the word for what is wrong."""
    if not _SIXTEEN_DIGITS.fullmatch(text):
        return "not_16_digits"
    if is_placeholder_number(text):
        return "placeholder_number"
    day, month, year = int(text[6:8]), int(text[8:10]), int(text[10:12])
    sex: Sex = "female" if day > WOMEN_DAY_OFFSET else "male"
    born = birth_date(day - WOMEN_DAY_OFFSET if sex == "female" else day, month, year, today)
    if born is None:
        return "bad_date"
    serial = int(text[12:])
    return Nik(text, text[:6], born, sex, serial) if serial else "bad_serial"


def birth_date(day: int, month: int, year_of_century: int, today: date) -> date | None:
    """The date of birth of an owner written with two digits of the year; None when no century has such a day.

    The rule is `OWNER_AGE_MIN` and `OWNER_AGE_MAX`: of 1905 and 2005 it takes 2005 in the year 2026, of 1912 and 2012 it takes
    2012 (nobody is 114), of 1920 and 2020 it takes 1920.
    """
    century = today.year // 100 * 100
    readings = [_date_or_none(base + year_of_century, month, day) for base in (century, century - 100)]
    possible = [born for born in readings if born is not None and born <= today]
    grown = [born for born in possible if OWNER_AGE_MIN <= age(born, today) <= OWNER_AGE_MAX]
    return next(iter(grown or possible), None)


def age(born: date, today: date) -> int:
    """Full years of life on `today`; somebody born on 29 February is a year older on 1 March of common years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_placeholder_number(digits: str) -> bool:
    """Whether digits were typed to fill a cell: all equal, or counting up or down (1234567890123456)."""
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return len(digits) > 1 and len(steps) == 1 and steps <= {0, 1, 9}


def mask_nik(text: str) -> str:
    """`1901********0001`: the area's regency and the serial stay, birth date and district are hidden (P12).

    Anything that is not 16 digits keeps its length and at most its first two and last two signs.
    """
    if _SIXTEEN_DIGITS.fullmatch(text):
        return f"{text[:4]}********{text[12:]}"
    return mask_text(text)


def mask_text(text: str) -> str:
    """Any other personal value: its first two and last two signs when it is longer than eight, else only its length."""
    return f"{text[:2]}{'*' * (len(text) - 4)}{text[-2:]}" if len(text) > 8 else "*" * len(text)


def _date_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
