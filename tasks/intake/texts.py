"""Working on columns of text by their distinct values, and the cleaning that every text value gets.

Belongs here: Arrow mechanics shared by the parsers of this room. Does not belong here: the meaning of any field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.words import placeholders

#: characters that nobody sees or that only look like a blank: zero width signs and joiners, byte order mark, soft hyphen
INVISIBLE = "[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]"
BLANKS = "[\\s\u00a0\u2000-\u200a\u202f\u3000\u0085]+"
#: what makes a value worth a closer look: a blank too many, a control sign, or anything that is not ASCII
_UNCLEAN = "^ | $|  |[^\\x20-\\x7e]"


@dataclass(frozen=True)
class Distinct:
    """A column taken apart: its distinct values, and for every row the position of its value (null for a null row).

    After cleaning, values may repeat and be null.
    """

    values: pa.Array
    positions: pa.Array

    @classmethod
    def of(cls, column: pa.Array) -> Distinct:
        """Take a column apart."""
        encoded = column.dictionary_encode()
        return cls(encoded.dictionary, encoded.indices)

    def map(self, change: Callable[[pa.Array], pa.Array]) -> Distinct:
        """The same rows with changed values."""
        return Distinct(change(self.values), self.positions)

    def rows(self) -> pa.Array:
        """The column itself."""
        return pc.take(self.values, self.positions)

    def each(self, function: Callable[[str], tuple[Any, ...]], *types: pa.DataType) -> tuple[pa.Array, ...]:
        """Apply a function to every distinct value; it returns as many values as there are types. Null gives nulls."""
        nothing = (None,) * len(types)
        results = [nothing if value is None else function(value) for value in self.values.to_pylist()]
        parts = zip(*results, strict=True) if results else [()] * len(types)
        return tuple(pc.take(pa.array(part, kind), self.positions) for part, kind in zip(parts, types, strict=True))


def to_arrow(series: pd.Series) -> pa.Array:
    """A text column of a frame as one Arrow array (no copy when it is Arrow-backed in one piece)."""
    result = pa.array(series, type=pa.large_string(), from_pandas=True)
    return result.combine_chunks() if isinstance(result, pa.ChunkedArray) else result


def to_series(column: pa.Array, index: pd.Index) -> pd.Series:
    """An Arrow array as a column of a frame: text as `string[pyarrow]`, everything else as the Arrow type it has."""
    if pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
        return pd.Series(pd.array(column, dtype=pd.StringDtype("pyarrow")), index=index)
    return pd.Series(pd.arrays.ArrowExtensionArray(column), index=index)


def clean_text(values: pa.Array) -> pa.Array:
    """Trim, turn every kind of blank into a space, fold inner blanks, remove invisible signs, compose accents (NFC).

    Nothing that can be seen is changed. A value of which nothing remains becomes null.
    """
    unclean = pc.fill_null(pc.match_substring_regex(values, _UNCLEAN), False)
    if pc.any(unclean).as_py():
        found = pc.utf8_normalize(pc.filter(values, unclean), "NFC")
        found = pc.replace_substring_regex(found, INVISIBLE, "")
        found = pc.utf8_trim(pc.replace_substring_regex(found, BLANKS, " "), " ")
        values = pc.replace_with_mask(values, unclean, found)
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values)


def is_placeholder(values: pa.Array) -> pa.Array:
    """Which values stand for absence: a known placeholder, or no letter and digit at all. Null stays null."""
    return pc.match_substring_regex(values, _placeholder_pattern())


@lru_cache(maxsize=1)
def _placeholder_pattern() -> str:
    """The placeholders of the reference file as one pattern, whatever signs stand around and between their words.

    The signs are listed and not `anything but a letter`: that class is fifteen times slower to search with.
    """
    sign = "[\\x00-/:-;?-@\\[-`{-~–—…]"
    known = sorted(f"{sign}+".join(re.escape(part) for part in word.split()) for word in placeholders() if word)
    return f"(?i)^{sign}*(?:{'|'.join(known)})?{sign}*$"


def without(values: pa.Array, mask: pa.Array) -> pa.Array:
    """The values, null where the mask is true."""
    return pc.if_else(pc.fill_null(mask, False), pa.scalar(None, values.type), values)


def decide(*cases: tuple[str, pa.Array], length: int) -> pa.Array:
    """The word of the first case that is true for a row, null where none is. A null condition counts as false."""
    if not length:
        return pa.array([], pa.large_string())
    conditions = [pc.fill_null(mask, False) for _, mask in cases]
    words = [pa.scalar(word, pa.large_string()) for word, _ in cases]
    result = pc.case_when(pc.make_struct(*conditions), *words)
    return result.combine_chunks() if isinstance(result, pa.ChunkedArray) else result
