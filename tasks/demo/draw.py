"""Vectorised drawing and joining of text: the small tools that the demo's modules share.

Belongs here: pure functions over whole columns (pandas Series of Arrow text). Does not belong here: anything about people.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import yaml

TEXT = pd.ArrowDtype(pa.string())
Ints = np.ndarray[Any, np.dtype[np.integer[Any]]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


@lru_cache(maxsize=4)
def data_file(name: str) -> Any:
    """A data file of the demo (`names.yaml`, `business.yaml`) as written."""
    return yaml.safe_load((Path(__file__).parent / "data" / name).read_text("utf-8"))


def text(values: Sequence[str] | pa.Array, count: int | None = None) -> pd.Series:
    """A text column from values, or one value repeated `count` times."""
    column = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    if count is not None:
        column = column.take(pa.array(np.zeros(count, np.int64)))
    return pd.Series(pd.arrays.ArrowExtensionArray(column))


def blank(count: int) -> pd.Series:
    """A column of empty cells."""
    return text([""], count)


def pick(
    rng: np.random.Generator, words: Sequence[str], count: int, shares: Sequence[float] | None = None
) -> pd.Series:
    """`count` words drawn with their shares (equal when none are given)."""
    return of(words, pick_number(rng, len(words), count, shares))


def pick_ranked(rng: np.random.Generator, words: Sequence[str], count: int) -> pd.Series:
    """`count` words drawn so that the first ones are the most frequent, as names are (share ~ 1 / (rank + 4))."""
    weights = 1.0 / (np.arange(len(words)) + 5.0)
    return of(words, pick_number(rng, len(words), count, list(weights / weights.sum())))


def pick_number(rng: np.random.Generator, size: int, count: int, shares: Sequence[float] | None = None) -> Ints:
    """`count` positions below `size`, drawn with shares (they are scaled to one)."""
    if shares is None:
        return rng.integers(0, size, count)
    edges = np.cumsum(np.asarray(shares, float))
    return np.minimum(np.searchsorted(edges / edges[-1], rng.random(count), side="right"), size - 1)


def of(words: Sequence[str], positions: Ints) -> pd.Series:
    """The words at the positions, as a text column."""
    return text(pa.array(list(words), pa.string()).take(pa.array(positions)))


def take(column: pd.Series, positions: Ints) -> pd.Series:
    """A column's values at the positions, numbered anew."""
    return column.take(positions).reset_index(drop=True)


def digits(numbers: Ints | pd.Series, width: int) -> pd.Series:
    """Numbers as text of a fixed width with leading zeros."""
    return text(pc.utf8_lpad(pa.array(np.asarray(numbers, np.int64)).cast(pa.string()), width, "0"))


def number_text(numbers: Ints) -> pd.Series:
    """Numbers as plain decimal text."""
    return text(pa.array(np.asarray(numbers, np.int64)).cast(pa.string()))


def rupiah_text(numbers: Ints) -> pd.Series:
    """Numbers with a dot after every third digit, as Indonesians write them."""
    plain = pa.array(np.asarray(numbers, np.int64)).cast(pa.string())
    reverse = pc.utf8_reverse(plain)
    dotted = pc.utf8_reverse(pc.replace_substring_regex(reverse, r"(\d{3})", r"\1."))
    return text(pc.utf8_ltrim(dotted, "."))


def spaced(*parts: pd.Series) -> pd.Series:
    """Parts joined by one space; empty parts leave no trace."""
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + " " + part
    squeezed = joined.str.replace(" +", " ", regex=True)
    return squeezed.str.strip()


def where(mask: Mask, yes: pd.Series | str, no: pd.Series | str) -> pd.Series:
    """`yes` where the mask holds, else `no`, row by row."""
    both = [pa.scalar(v, pa.string()) if isinstance(v, str) else _arrow(v) for v in (yes, no)]
    return text(pc.if_else(pa.array(mask), both[0], both[1]))


def chance(rng: np.random.Generator, share: float, count: int) -> Mask:
    """A mask that holds for about this share."""
    return rng.random(count) < share


def put(column: pd.Series, positions: Ints, values: pd.Series) -> pd.Series:
    """The column with other values at the positions."""
    place = np.full(len(column), -1, np.int64)
    place[positions] = np.arange(len(positions))
    if not len(positions):
        return column
    return where(place >= 0, take(values.reset_index(drop=True), np.maximum(place, 0)), column)


def _arrow(column: pd.Series) -> pa.Array:
    array = pa.array(column)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
