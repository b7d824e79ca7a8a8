"""NIK forensics on columns: which NIKs are usable, what is wrong with the others, what speaks against those that are.

A problem makes a NIK unusable for matching (the value is null, the text as written stays); a flag is a warning beside a usable one.
Does not belong here: what a NIK is (schemas/identifiers.py), numbers in general (digits.py), what follows for the row (the checks),
what a damaged one may have been (suggestions.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.identifiers import WOMEN_DAY_OFFSET
from schemas.regions import nik_areas
from tasks.intake.texts import decide, without

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: from so many rows on, consecutive serials under the same twelve digits are a dragged fill handle and not twins
SERIES_ROWS_MIN = 3

_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Parts:
    """Numbers of 16 digits taken apart, row by row; `is_given` is false where there is none and the parts mean nothing."""

    is_given: Bools
    first_twelve: Ints
    day: Ints
    month: Ints
    year: Ints
    serial: Ints

    @classmethod
    def of(cls, digits: pa.Array) -> Parts:
        """Take a column of 16 digits or null apart."""
        given = pc.is_valid(digits).to_numpy(zero_copy_only=False)
        number = pc.fill_null(digits, "0" * 16).cast(pa.int64()).to_numpy()
        rest = number // 10_000
        return cls(given, rest, rest // 10_000 % 100, rest // 100 % 100, rest % 100, number % 10_000)

    @property
    def is_woman(self) -> Bools:
        """Whether 40 was added to the day."""
        return np.asarray(self.day > WOMEN_DAY_OFFSET)

    @property
    def birth_code(self) -> Ints:
        """Year (two digits), month and day as one number, 40 taken off the day of women."""
        return self.year * 10_000 + self.month * 100 + self.day - np.where(self.is_woman, WOMEN_DAY_OFFSET, 0)

    def has_date(self) -> Bools:
        """Whether day and month exist in that year. 29 February of '00 does, in 2000."""
        day = self.birth_code % 100
        month = np.where(self.month <= 12, self.month, 0)
        return np.asarray((day >= 1) & (day <= _DAYS[month]) & ~((month == 2) & (day == 29) & (self.year % 4 != 0)))


def read_niks(
    digits: pa.Array, problem: pa.Array, *, kk_digits: pa.Array, birth_date: pa.Array, sex: pa.Array, sheet_no: Ints
) -> dict[str, pa.Array]:
    """The columns `nik`, `nik__problem` and the flags for what `read_digits` found in a column of NIKs.

    `kk_digits` are the usable digits of the KK column or null. Problems: `missing`, those of `read_digits`, `bad_date`,
    `bad_serial` (0000), `looks_like_kk`. Flags are false where there is no usable NIK:
    `area_unknown` (its first six digits are no district of today: it may be older than the last split), `birth_date_differs`,
    `sex_differs`, `series` (dragged down).
    """
    missing = pc.and_(pc.is_null(digits), pc.is_null(problem))
    nik, born = Parts.of(digits), birth_codes(birth_date)
    swapped = looks_like_kk(
        nik, Parts.of(kk_digits), pc.fill_null(pc.equal(digits, kk_digits), False).to_numpy(False), born
    )
    problem = pc.coalesce(
        problem,
        decide(
            ("missing", missing),
            ("bad_date", pa.array(nik.is_given & ~nik.has_date())),
            ("bad_serial", pa.array(nik.is_given & (nik.serial == 0))),
            ("looks_like_kk", pa.array(swapped)),
            length=len(digits),
        ),
    )
    usable = pc.is_null(problem).to_numpy(zero_copy_only=False)
    value = without(digits, pa.array(~usable))
    known = pc.is_in(pc.utf8_slice_codeunits(value, 0, 6), pa.array(sorted(nik_areas()), value.type)).to_numpy(False)
    is_woman = pc.fill_null(pc.equal(sex, "female"), False).to_numpy(zero_copy_only=False)
    sex_given = pc.is_valid(sex).to_numpy(zero_copy_only=False)
    return {
        "nik": value,
        "nik__problem": problem,
        "nik__area_unknown": pa.array(usable & ~known),
        "nik__birth_date_differs": pa.array(usable & (born >= 0) & (nik.birth_code != born)),
        "nik__sex_differs": pa.array(usable & sex_given & (nik.is_woman != is_woman)),
        "nik__series": pa.array(is_series(nik, usable, sheet_no)),
    }


def read_kks(digits: pa.Array, problem: pa.Array, *, nik_digits: pa.Array, birth_date: pa.Array) -> dict[str, pa.Array]:
    """The columns `kk_number` and `kk_number__problem`: those of `read_digits`, `equals_nik`, `bad_date`, `looks_like_nik`.

    A KK number is area 6, date of issue 6, serial 4; nobody adds 40 to its day, so a day of 41-71 shows a woman's NIK.
    """
    kk, nik = Parts.of(digits), Parts.of(nik_digits)
    same = pc.fill_null(pc.equal(digits, nik_digits), False).to_numpy(zero_copy_only=False)
    born = birth_codes(birth_date)
    is_nik = kk.is_given & kk.has_date() & (kk.is_woman | looks_like_kk(nik, kk, np.zeros(len(digits), bool), born))
    equals = same & ~looks_like_kk(nik, kk, same, born)
    problem = pc.coalesce(
        problem,
        decide(
            ("equals_nik", pa.array(equals)),
            ("looks_like_nik", pa.array(is_nik)),
            ("bad_date", pa.array(kk.is_given & ~kk.has_date())),
            length=len(digits),
        ),
    )
    return {"kk_number": without(digits, pc.is_valid(problem)), "kk_number__problem": problem}


def looks_like_kk(nik: Parts, kk: Parts, same: Bools, born: Ints) -> Bools:
    """Rows whose NIK cell holds a KK number.

    Either both cells hold the same number, which neither a woman's day nor the row's date of birth shows to be a NIK; or the
    date of birth stands in the KK cell's number and not in the NIK cell's: the two were swapped.
    """
    both = nik.is_given & kk.is_given
    is_own = nik.is_woman | ((born >= 0) & (nik.birth_code == born))
    swapped = (born >= 0) & ~is_own & kk.has_date() & (kk.birth_code == born)
    return np.asarray(both & ((same & ~is_own) | (~same & swapped)))


def is_series(nik: Parts, usable: Bools, sheet_no: Ints) -> Bools:
    """Rows of a run of at least SERIES_ROWS_MIN rows whose serial counts up by one under the same twelve digits."""
    if not len(usable):
        return usable
    step = np.zeros(len(usable), bool)
    step[1:] = (
        usable[1:]
        & usable[:-1]
        & (np.diff(nik.first_twelve) == 0)
        & (np.diff(nik.serial) == 1)
        & (np.diff(sheet_no) == 0)
    )
    run = np.cumsum(~step)
    return np.asarray(np.bincount(run)[run] >= SERIES_ROWS_MIN)


def birth_codes(birth_date: pa.Array) -> Ints:
    """Dates as the six digits a NIK holds (yymmdd as a number), -1 where there is none."""
    year, month, day = (part(birth_date) for part in (pc.year, pc.month, pc.day))
    code = pc.add(
        pc.add(pc.multiply(pc.subtract(year, pc.multiply(pc.divide(year, 100), 100)), 10_000), pc.multiply(month, 100)),
        day,
    )
    return np.asarray(pc.fill_null(code, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
