"""Which value survives when several records speak of one thing, and where it came from (P6). The rules are data:
schemas/survivorship.yaml.

Belongs here: applying a rule to all units at once. Does not belong here: which records are one unit, what is computed from
survivors (golden.py).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from tasks.identity.arrays import as_objects, as_text
from tasks.identity.survivors import Survivor, survivors

TEXT = pd.ArrowDtype(pa.string())


#: what says which of two records is newer
RECENCY = ("verified_on", "period", "record_id")


def by_recency(records: pd.DataFrame) -> pd.DataFrame:
    """Records with the newest first: verified_on, then period, then the smallest record id (never the order of arrival)."""
    return records.sort_values(list(RECENCY), ascending=[False, False, True], na_position="last", ignore_index=True)


def survive(kind: str, records: pd.DataFrame) -> pd.DataFrame:
    """Golden values of every unit in `records` (column `unit_id`, the records' typed columns), by the rules of `kind`.

    Returns one row per unit, index unit_id: the golden columns, record_count, `sources` and `disagreements` as JSON text. A unit
    of one record has `sources` {"*": [record_id, "only"]}: every value is that record's.
    """
    lines = survivors()[kind]
    unknown = {line.rule for line in lines} - RULES.keys()
    if unknown:
        raise ValueError(f"survivorship.yaml: {kind}: unknown rule {sorted(unknown)}")
    told = {column for line in lines for column in line.sources}
    records = by_recency(records[[c for c in records.columns if c in told or c in ("unit_id", *RECENCY)]])
    several = records["unit_id"].duplicated(keep=False).to_numpy()
    single, many = records[~several].set_index("unit_id"), records[several].reset_index(drop=True)
    golden = pd.DataFrame(
        {target: single[source] for line in lines for source, target in zip(line.sources, line.targets, strict=True)}
    )
    golden["record_count"] = 1
    golden["sources"] = as_text('{"*": [' + single["record_id"].astype(str) + ', "only"]}', single.index)
    golden["disagreements"] = as_text(["{}"] * len(golden), golden.index)
    if len(many):
        golden = pd.concat([golden, _survive_many(lines, many)])
    return golden.sort_index()


def _survive_many(lines: tuple[Survivor, ...], records: pd.DataFrame) -> pd.DataFrame:
    """The units of several records. `records` are newest first; a line of the file is one pass over its filled records."""
    units = pd.Index(sorted(records["unit_id"].unique()))
    code = units.get_indexer(records["unit_id"])
    columns: dict[str, pd.Series] = {}
    told = np.full(len(units), "", dtype=object)
    differ = np.full(len(units), "", dtype=object)
    ids = records["record_id"].to_numpy(dtype=np.int64)
    for line in lines:
        filled = np.flatnonzero(records[list(line.sources)].notna().any(axis=1).to_numpy())
        rows = filled[RULES[line.rule](records.iloc[filled], code[filled], line)]
        rows = rows[np.sort(np.unique(code[rows], return_index=True)[1])]
        place = np.full(len(units), -1, dtype=np.int64)
        place[code[rows]] = rows
        for source, target in zip(line.sources, line.targets, strict=True):
            columns[target] = records[source].take(np.maximum(place, 0)).where(place >= 0).set_axis(units)
            present = np.flatnonzero(columns[target].notna().to_numpy())
            told[present] += np.array(
                [f', "{target}": [{ids[row]}, "{line.rule}"]' for row in place[present]], dtype=object
            )
            counts = _distinct(records[source].iloc[filled], code[filled], len(units))
            unequal = np.flatnonzero(counts > 1)
            differ[unequal] += np.array([f', "{target}": {n}' for n in counts[unequal]], dtype=object)
    golden = pd.DataFrame(columns, index=units)
    golden["record_count"] = np.bincount(code, minlength=len(units))
    golden["sources"] = as_text(("{" + text[2:] + "}" for text in told), units)
    golden["disagreements"] = as_text(("{" + text[2:] + "}" for text in differ), units)
    return golden


def _distinct(values: pd.Series, code: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """How many different values each unit is told."""
    pairs = pd.DataFrame({"unit": code, "value": as_objects(values)}).dropna().drop_duplicates()
    return np.bincount(pairs["unit"].to_numpy(), minlength=count)


Order = npt.NDArray[np.int64]
Code = npt.NDArray[np.int64]


def newest(records: pd.DataFrame, code: Code, line: Survivor) -> Order:
    """The order in which records of a unit are preferred: as given, newest first."""
    return np.arange(len(records))


def newest_told(records: pd.DataFrame, code: Code, line: Survivor) -> Order:
    """Records that tell the first of the columns come first, each as given."""
    return np.argsort(records[line.sources[0]].isna().to_numpy(), kind="stable")


def most_frequent(records: pd.DataFrame, code: Code, line: Survivor) -> Order:
    """The value most records tell comes first."""
    value = pd.factorize(records[line.sources[0]])[0]
    count = pd.DataFrame({"unit": code, "value": value}).groupby(["unit", "value"])["value"].transform("size")
    return np.argsort(-count.to_numpy(), kind="stable")


def longest(records: pd.DataFrame, code: Code, line: Survivor) -> Order:
    """The longest text comes first."""
    return np.argsort(-records[line.sources[0]].str.len().to_numpy(dtype=np.int64), kind="stable")


def fullest(records: pd.DataFrame, code: Code, line: Survivor) -> Order:
    """The record with most of the columns filled comes first."""
    return np.argsort(-records[list(line.sources)].notna().sum(axis=1).to_numpy(), kind="stable")


def any_yes(records: pd.DataFrame, code: Code, line: Survivor) -> Order:
    """A yes comes first."""
    return np.argsort(~records[line.sources[0]].to_numpy(dtype=bool), kind="stable")


RULES: dict[str, Callable[[pd.DataFrame, Code, Survivor], Order]] = {
    "newest": newest, "newest_told": newest_told, "most_frequent": most_frequent, "longest": longest, "fullest": fullest,
    "any_yes": any_yes,
}  # fmt: skip
