"""Kinds of checks that compare the rows of one submission with each other; the same rules as masks.

Belongs here: a mask whose answer for a row depends on other rows. No answer depends on the
order of the rows, except that of `repeated`: the first of its equals passes. Does not belong here: duplicates as an outcome
(tasks/intake), who is who across submissions (tasks/identity).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from expectations.masks import Failing, Rows, mask, truth

#: two names of one NIK are two people below this (0-100): spellings, titles and missing words stay well above it
NAME_SIMILARITY = 65


@mask
def two_names(rows: Rows, *, name: str) -> Failing:
    """One number stands with clearly different names: at least two people use it."""
    pairs = pd.DataFrame({"number": rows.value, "name": _plain(rows.about(name).value)}).dropna().drop_duplicates()
    pairs = pairs[pairs["number"].duplicated(keep=False)]
    if pairs.empty:
        return np.zeros(len(rows.frame), dtype=bool)
    first = pairs.groupby("number")["name"].transform("min")
    differing = pairs.loc[_similarity(first, pairs["name"]) < NAME_SIMILARITY, "number"]
    return truth(rows.value.isin(differing.unique()))


def _plain(names: pd.Series[Any]) -> pd.Series[Any]:
    """Names as they are compared: capitals, letters and single spaces only."""
    text = pc.utf8_upper(pa.array(names, pa.large_string(), from_pandas=True))
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, "[^A-Z]+", " "))
    return pd.Series(plain, index=names.index, dtype="string[pyarrow]")


def _similarity(left: pd.Series[Any], right: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """0-100 per pair: words in any order, or the same letters with the spaces elsewhere, whichever is closer."""
    from rapidfuzz import fuzz, process

    words = process.cpdist(left.tolist(), right.tolist(), scorer=fuzz.token_set_ratio)
    joined = [side.str.replace(" ", "", regex=False).tolist() for side in (left, right)]
    letters = process.cpdist(*joined, scorer=fuzz.ratio)
    return np.asarray(np.maximum(words, letters), dtype=np.float64)


@mask
def shared_by_many(rows: Rows, *, name: str, at_least: int) -> Failing:
    """A value (or one of several phones) that stands with at least so many different names."""
    position, value = _each_value(rows)
    names = _plain(rows.about(name).value).iloc[position].reset_index(drop=True)
    pairs = pd.DataFrame({"value": value, "name": names}).dropna()
    counted = pairs.drop_duplicates()["value"].value_counts()
    failing = np.zeros(len(rows.frame), dtype=bool)
    failing[position[truth(value.isin(counted.index[counted >= at_least]))]] = True
    return failing


def _each_value(rows: Rows) -> tuple[npt.NDArray[np.int64], pd.Series[Any]]:
    """The position of its row and the value, once per value; only phones hold several in a cell."""
    lists = pc.split_pattern(pa.array(rows.value, pa.large_string(), from_pandas=True), "|")
    position = np.asarray(pc.list_parent_indices(lists), dtype=np.int64)
    return position, pd.Series(pc.list_flatten(lists), dtype="string[pyarrow]")


@mask
def same_key_differs(rows: Rows, *, keys: Sequence[str]) -> Failing:
    """Rows that agree in every key field and have different values of this one."""
    told = pd.DataFrame({key: rows.about(key).value for key in keys} | {rows.field: rows.value}).dropna()
    if told.empty:
        return np.zeros(len(rows.frame), dtype=bool)
    differs = told.groupby(list(keys))[rows.field].transform("nunique") > 1
    return truth(differs.reindex(rows.frame.index))


@mask
def repeated(rows: Rows, *, others: Sequence[str], minimum_rows: int) -> Failing:
    """A row that repeats an earlier one in the field and the others; none in a submission of fewer than `minimum_rows` rows."""
    if len(rows.frame) < minimum_rows:
        return np.zeros(len(rows.frame), dtype=bool)
    told = pd.DataFrame({field: rows.about(field).raw for field in (rows.field, *others)})
    return told.duplicated().to_numpy(bool) & ~told.isna().all(axis=1).to_numpy(bool)


@mask
def band_among_amounts(rows: Rows) -> Failing:
    """Money known only as a band, in a sheet where most rows that say anything say an exact amount."""
    is_exact = pd.Series(truth(rows.value.notna()), index=rows.frame.index)
    is_band = pd.Series(rows.is_understood, index=rows.frame.index) & ~is_exact
    counts = (
        pd.DataFrame({"exact": is_exact, "band": is_band}).groupby(rows.frame["sheet_no"].to_numpy()).transform("sum")
    )
    return (is_band & (counts["exact"] > counts["band"])).to_numpy(dtype=bool)
