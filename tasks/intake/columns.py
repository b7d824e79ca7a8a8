"""Working on columns of text by their distinct values, and the cleaning that every text value gets.

Belongs here: Arrow mechanics shared by the parsers of this room. Does not belong here: the meaning of any field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.words import placeholders, word_key

#: characters that nobody sees or that only look like a blank: zero width signs and joiners, byte order mark, soft hyphen
INVISIBLE = "[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]"
BLANKS = "[\\s\u00a0\u2000-\u200a\u202f\u3000\u0085]+"
#: a value that is clean already: printable ASCII or letters, single spaces, none at the ends
_UNCLEAN = f"^ | $|  |[\\x00-\\x1f\\x7f]|{INVISIBLE}|[\u00a0\u2000-\u200a\u202f\u3000\u0085]"


@dataclass(frozen=True)
class Distinct:
    """A column taken apart: its distinct values (no null among them) and, for every row, the position of its value."""

    values: pa.Array
    positions: pa.Array

    @classmethod
    def of(cls, column: pa.Array) -> Distinct:
        """Take a column apart; a null row has a null position."""
        encoded = column.dictionary_encode()
        return cls(encoded.dictionary, encoded.indices)

    def spread(self, results: pa.Array) -> pa.Array:
        """Results per distinct value -> results per row; null where the row is null."""
        return pc.take(results, self.positions)

    def each(self, function: Callable[[str], Any], *types: pa.DataType) -> tuple[pa.Array, ...]:
        """Apply a function to every distinct value; it returns one value, or a tuple of as many values as there are types."""
        results = [function(value) for value in self.values.to_pylist()]
        if len(types) == 1:
            return (self.spread(pa.array(results, types[0])),)
        parts = zip(*results, strict=True) if results else [()] * len(types)
        return tuple(self.spread(pa.array(part, kind)) for part, kind in zip(parts, types, strict=True))


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
    unclean = pc.match_substring_regex(values, _UNCLEAN)
    if not pc.all(pc.string_is_ascii(values)).as_py():
        values = pc.utf8_normalize(values, "NFC")
    if pc.any(unclean).as_py():
        found = pc.filter(values, pc.fill_null(unclean, False))
        found = pc.replace_substring_regex(found, INVISIBLE, "")
        found = pc.utf8_trim(pc.replace_substring_regex(found, BLANKS, " "), " ")
        values = pc.replace_with_mask(values, pc.fill_null(unclean, False), found)
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, values.type), values)


def is_placeholder(values: pa.Array, words: Iterable[str] | None = None) -> pa.Array:
    """Which values stand for absence: a known placeholder, or no letter and digit at all. Null stays null.

    Only short values are looked at, since every placeholder is short.
    """
    known = frozenset(words) if words is not None else placeholders()
    longest = max(len(word) for word in known) + 4
    short = pc.less_equal(pc.utf8_length(values), longest)
    candidates = pc.filter(values, pc.fill_null(short, False))
    found = Distinct.of(candidates).each(lambda value: word_key(value) in known, pa.bool_())[0]
    return pc.replace_with_mask(
        pc.if_else(pc.is_null(values), pa.scalar(None, pa.bool_()), False), pc.fill_null(short, False), found
    )


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
