"""Kinds of checks on one row: pure vectorised masks over the standardised frame, registered by name.

Belongs here: a mask that looks at the cells of one row (True = the row fails), and what every mask is given (`Rows`). Does not
belong here: comparing rows with each other (cross_masks), which field is checked with which parameters (suites/*.yaml).

A frame holds, per canonical field of its kind, the typed column(s) (`schemas.fields.Field.columns`), `<field>__raw` (as
written) and `<field>__problem` (why it could not be read). A null never fails a check of values: absence is its own check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import fields
from schemas.words import placeholders, word_key

Failing = npt.NDArray[np.bool_]
LONG_NUMBER = r"^\W*([0-9]\W?){10,}$"
WORDS_ONLY = r"^[^0-9]*[A-Za-z][^0-9]*[A-Za-z][^0-9]*$"
MASKS: dict[str, Callable[..., Failing]] = {}


def mask(function: Callable[..., Failing]) -> Callable[..., Failing]:
    """Register a mask under its own name; raises ValueError when the name is taken."""
    name: str = function.__name__
    if name in MASKS:
        raise ValueError(f"two masks are called {name}")
    MASKS[name] = function
    return function


def truth(series: pd.Series[Any]) -> Failing:
    """A column of booleans with nulls as numpy booleans; null is False."""
    return series.to_numpy(dtype=bool, na_value=False)


def as_failing(array: Any) -> Failing:
    """Booleans without nulls, of Arrow or numpy, as numpy booleans."""
    return np.asarray(array, dtype=np.bool_)


def contains(text: pd.Series[Any], pattern: str) -> Failing:
    """Where a pattern (RE2) is found; null is False. Arrow's own: pandas falls back to a loop for half of its patterns."""
    found = pc.match_substring_regex(pa.array(text, pa.large_string(), from_pandas=True), pattern)
    return as_failing(pc.fill_null(found, False))


@dataclass(frozen=True)
class Rows:
    """What a mask sees: the frame, the field its check is about, and the day on which the rules are read."""

    frame: pd.DataFrame
    field: str
    today: date

    def about(self, field: str) -> Rows:
        """The same rows, asked about another field."""
        return replace(self, field=field)

    @property
    def raw(self) -> pd.Series[Any]:
        """The cell as written; null = blank."""
        return self.frame[f"{self.field}__raw"]

    @property
    def problem(self) -> pd.Series[Any]:
        """The word for what is wrong with the cell; null = nothing."""
        return self.frame[f"{self.field}__problem"]

    @property
    def value(self) -> pd.Series[Any]:
        """The typed value (of money: the exact amount)."""
        return self.frame[fields()[self.field].columns[0]]

    @property
    def number(self) -> npt.NDArray[np.float64]:
        """The typed value as a float, null as nan; whole rupiah below 2^53 are exact."""
        return self.value.to_numpy(dtype=np.float64, na_value=np.nan)

    @property
    def day(self) -> pa.Array:
        """The typed date as Arrow days."""
        return pa.array(self.value, pa.date32(), from_pandas=True)

    @property
    def is_understood(self) -> Failing:
        """Where at least one typed column has a value."""
        return as_failing(
            np.any([truth(self.frame[column].notna()) for column in fields()[self.field].columns], axis=0)
        )

    @property
    def is_absent(self) -> Failing:
        """Where nothing was written, or a placeholder."""
        return ~self.is_understood & truth(self.problem.isna() | (self.problem == "missing"))


@mask
def problem_is(rows: Rows, *, words: Sequence[str]) -> Failing:
    """The cell could not be read, for one of these reasons."""
    return truth(rows.problem.isin(list(words)))


@mask
def missing(rows: Rows, *, while_present: Sequence[str] = (), if_sheet_has_it: bool = False) -> Failing:
    """Nothing was written.

    while_present     only where one of these other fields was understood
    if_sheet_has_it   only in sheets in which some row has the field: a column an office does not keep is no fault of a row
    """
    failing = rows.is_absent
    if while_present:
        failing &= np.any([rows.about(field).is_understood for field in while_present], axis=0)
    if if_sheet_has_it:
        failing &= truth(rows.raw.notna().groupby(rows.frame["sheet_no"]).transform("any"))
    return failing


@mask
def none_understood(rows: Rows, *, others: Sequence[str]) -> Failing:
    """Neither the field nor any of the others has a value."""
    return as_failing(~np.any([rows.about(field).is_understood for field in (rows.field, *others)], axis=0))


@mask
def flagged(rows: Rows, *, flag: str) -> Failing:
    """A flag that standardising set: the column `<field>__<flag>`."""
    return truth(rows.frame[f"{rows.field}__{flag}"])


@mask
def out_of_range(rows: Rows, *, low: float | None = None, high: float | None = None) -> Failing:
    """A number below `low` or above `high`."""
    with np.errstate(invalid="ignore"):
        below = rows.number < (-np.inf if low is None else low)
        above = rows.number > (np.inf if high is None else high)
    return as_failing(below | above)


@mask
def later_than_this_year(rows: Rows) -> Failing:
    """A year that has not come yet."""
    return out_of_range(rows, high=rows.today.year)


@mask
def in_future(rows: Rows) -> Failing:
    """A date that has not come yet."""
    return as_failing(pc.fill_null(pc.greater(rows.day, rows.today), False))


@mask
def younger_than(rows: Rows, *, years: int) -> Failing:
    """A date less than this many years ago, and not in the future."""
    born, today = rows.day, rows.today
    since = _years_before(today, years)
    return as_failing(pc.fill_null(pc.and_(pc.greater(born, since), pc.less_equal(born, today)), False))


@mask
def older_than(rows: Rows, *, years: int) -> Failing:
    """A date more than this many years ago."""
    return as_failing(pc.fill_null(pc.less(rows.day, _years_before(rows.today, years)), False))


def _years_before(today: date, years: int) -> date:
    """The same day that many years earlier; 29 February becomes 28."""
    day = 28 if (today.month, today.day) == (2, 29) else today.day
    return date(today.year - years, today.month, day)


@mask
def value_is(rows: Rows, *, values: Sequence[str]) -> Failing:
    """One of these values."""
    return truth(rows.value.isin(list(values)))


@mask
def matches(rows: Rows, *, pattern: str) -> Failing:
    """Text in which the pattern is found."""
    return contains(rows.value, pattern)


@mask
def does_not_match(rows: Rows, *, pattern: str) -> Failing:
    """Text in which the pattern is not found."""
    return truth(rows.value.notna()) & ~contains(rows.value, pattern)


@mask
def equals_other(rows: Rows, *, other: str) -> Failing:
    """The same value as another field of the row."""
    return truth(rows.value == rows.about(other).value)


@mask
def differs_from_other(rows: Rows, *, other: str) -> Failing:
    """Another value than another field of the row; both have one."""
    return truth(rows.value != rows.about(other).value)


@mask
def greater_than_other(rows: Rows, *, other: str, factor: float = 1) -> Failing:
    """A number greater than `factor` times another field of the row."""
    with np.errstate(invalid="ignore"):
        return as_failing(rows.number > factor * rows.about(other).number)


@mask
def above_limit_of(rows: Rows, *, other: str, limits: dict[str, int]) -> Failing:
    """A number above the limit that another field's category sets."""
    limit = rows.about(other).value.map(limits).to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        return as_failing(rows.number > limit)


@mask
def shifted(
    rows: Rows,
    *,
    numbers: Sequence[str],
    words: Sequence[str],
    typed: Sequence[str] = (),
    amounts: Sequence[str] = (),
    unreadable: int = 5,
) -> Failing:
    """The cells stand under the wrong headings: a long number under a heading of words *and* a word under one of numbers; or one of the
    two (the word under `amounts` too) beside at least so many of the `typed` fields that could not be read.

    One wrong cell alone is a mistake in that cell, many unknown words alone are a poor speller's, and a placeholder is no word: none of
    them may send a whole person back. Fields that the kind of list does not have say nothing.
    """
    number_in_words = _any_cell(rows, words, _holds_long_number)
    word_in_numbers = _any_cell(rows, numbers, _holds_words)
    wrong = np.zeros(len(rows.frame), dtype=np.int64)
    for told in _known(rows, typed):
        wrong += ~told.is_understood & ~told.is_absent
    misplaced = number_in_words | word_in_numbers | _any_cell(rows, amounts, _holds_words)
    return (number_in_words & word_in_numbers) | (misplaced & (wrong >= unreadable))


def _any_cell(rows: Rows, names: Sequence[str], fails: Callable[[Rows], Failing]) -> Failing:
    """Where one of these fields of the row fails."""
    failing = np.zeros(len(rows.frame), dtype=np.bool_)
    for told in _known(rows, names):
        failing |= fails(told)
    return failing


def _holds_long_number(told: Rows) -> Failing:
    """Where nothing but a number as long as a phone's is written."""
    return contains(told.raw, LONG_NUMBER)


def _holds_words(told: Rows) -> Failing:
    """Where words that mean something are written, and none of them was understood."""
    return ~told.is_understood & ~_is_placeholder(told.raw) & contains(told.raw, WORDS_ONLY)


def _known(rows: Rows, names: Sequence[str]) -> list[Rows]:
    """The rows asked about each of these fields that their kind of list has."""
    return [rows.about(name) for name in names if f"{name}__raw" in rows.frame]


def _is_placeholder(text: pd.Series[Any]) -> Failing:
    """Where nothing is meant by what is written; each distinct text is looked up once."""
    known = placeholders()
    return truth(text.isin([word for word in text.dropna().unique() if word_key(word) in known]))
