"""Which value survives when several records speak of one thing, and where it came from (P6). The rules are data:
schemas/survivorship.yaml.

Belongs here: applying a rule to all units at once. Does not belong here: which records are one unit, what is computed from
survivors (golden.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from tasks.identity.arrays import as_text
from tasks.identity.survivors import Survivor, survivors

TEXT = pd.ArrowDtype(pa.string())
Order = npt.NDArray[np.int64]
Code = npt.NDArray[np.int64]

#: what says which of two records is newer
RECENCY = ("verified_on", "period", "record_id")


def by_recency(records: pd.DataFrame) -> pd.DataFrame:
    """Records with the newest first: verified_on, then period, then the smallest record id (never the order of arrival)."""
    return records.sort_values(list(RECENCY), ascending=[False, False, True], na_position="last", ignore_index=True)


def oldest_first(records: pd.DataFrame) -> pd.DataFrame:
    """Records with that of the earliest period first, then the smallest record id; their index is kept.

    A value's source is the first record that told it: a list that says again what was said changes no golden row.
    """
    return records.sort_values(["period", "record_id"], na_position="last")


def survive(kind: str, records: pd.DataFrame) -> pd.DataFrame:
    """Golden values of every unit in `records` (column `unit_id`, the records' typed columns), by the rules of `kind`.

    Returns one row per unit, index unit_id: the golden columns, `sources` and `disagreements` as JSON text. The source of a value is the
    first record that told it, with the rule that chose it, or "only" where no record tells another. {"*": [record_id, "only"]} is
    the source of all values: that of a unit of one record, and of one whose other records tell nothing new.
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
    golden["sources"] = as_text('{"*": [' + single["record_id"].astype(str) + ', "only"]}', single.index)
    golden["disagreements"] = as_text(["{}"] * len(golden), golden.index)
    if len(many):
        golden = pd.concat([golden, _survive_many(lines, many)])
    return golden.sort_index()


class Choice(NamedTuple):
    """What one line of the file came to, per unit: positions of records, -1 where none tells anything.

    `place`: whose values survive; `teller`: the first that told the same; `told_count`: how many different things the unit is told.
    """

    line: Survivor
    place: Order
    teller: Order
    told_count: npt.NDArray[np.int64]


def _survive_many(lines: tuple[Survivor, ...], records: pd.DataFrame) -> pd.DataFrame:
    """The units of several records. `records` are newest first; a line of the file is one pass over its filled records."""
    units = pd.Index(sorted(records["unit_id"].unique()))
    code = units.get_indexer(records["unit_id"])
    by_age = oldest_first(records[["period", "record_id"]]).index.to_numpy()
    choices = [_choose(line, records, code, by_age, len(units)) for line in lines]
    golden = pd.DataFrame(
        {target: records[source].take(np.maximum(each.place, 0)).where(each.place >= 0).set_axis(units)
         for each in choices for source, target in zip(each.line.sources, each.line.targets, strict=True)},
        index=units,
    )  # fmt: skip
    ids = records["record_id"].to_numpy(dtype=np.int64)
    golden["sources"] = as_text(_sources(choices, golden, ids, _firsts(code, by_age, len(units))), units)
    golden["disagreements"] = as_text(_disagreements(choices, records, code, len(units)), units)
    return golden


def _choose(line: Survivor, records: pd.DataFrame, code: Code, by_age: Order, count: int) -> Choice:
    """Apply one line to all units. `by_age`: the positions of the records, the oldest first."""
    filled = np.flatnonzero(records[list(line.sources)].notna().any(axis=1).to_numpy())
    rows = filled[RULES[line.rule](records.iloc[filled], code[filled], line)]
    rows = rows[np.unique(code[rows], return_index=True)[1]]
    saying = _sayings(records, line.sources, code, filled)
    first = _firsts(saying, by_age[saying[by_age] >= 0], saying.max(initial=-1) + 1)
    place, teller = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    place[code[rows]], teller[code[rows]] = rows, first[saying[rows]]
    return Choice(line, place, teller, np.bincount(code[first], minlength=count))


def _firsts(group: npt.NDArray[np.int64], ordered: Order, count: int) -> Order:
    """The first position of each group (numbered from 0) in an order of positions."""
    first = np.empty(count, dtype=np.int64)
    first[group[ordered[::-1]]] = ordered[::-1]  # of several written to one place the last stays
    return first


def _sources(
    choices: list[Choice], golden: pd.DataFrame, ids: npt.NDArray[np.int64], first_of_unit: Order
) -> list[str]:
    """The column `sources`. A unit whose values are all the only ones and of one record needs to say that once."""
    told = np.full(len(golden), "", dtype=object)
    is_one = np.ones(len(golden), dtype=bool)
    of_all = np.full(len(golden), -1, dtype=np.int64)
    for line, place, teller, told_count in choices:
        is_only = told_count == 1
        rule = np.where(is_only, "only", line.rule)
        for target in line.targets:
            present = np.flatnonzero(golden[target].notna().to_numpy())
            told[present] += np.array(
                [f', "{target}": [{ids[teller[unit]]}, "{rule[unit]}"]' for unit in present], dtype=object
            )
        is_one &= (place < 0) | is_only & ((of_all < 0) | (of_all == teller))
        of_all = np.where(of_all < 0, teller, of_all)
    record = ids[np.where(of_all < 0, first_of_unit, of_all)]
    return [
        f'{{"*": [{record[unit]}, "only"]}}' if is_one[unit] else "{" + told[unit][2:] + "}"
        for unit in range(len(told))
    ]


def _disagreements(choices: list[Choice], records: pd.DataFrame, code: Code, count: int) -> list[str]:
    """The column `disagreements`: of how many different values each unit is told, where it is more than one."""
    differ = np.full(count, "", dtype=object)
    for line, _, _, told_count in choices:
        for source, target in zip(line.sources, line.targets, strict=True):
            counts = told_count if len(line.sources) == 1 else _distinct(records, source, code, count)
            unequal = np.flatnonzero(counts > 1)
            differ[unequal] += np.array([f', "{target}": {n}' for n in counts[unequal]], dtype=object)
    return ["{" + text[2:] + "}" for text in differ]


def _sayings(records: pd.DataFrame, columns: tuple[str, ...], code: Code, filled: Order) -> npt.NDArray[np.int64]:
    """Which of the filled records of one unit tell the same in all columns: a number per record, -1 for one that is not filled."""
    number = code[filled]
    for column in columns:
        value, known = pd.factorize(records[column].iloc[filled])
        number = pd.factorize(number * (len(known) + 1) + value + 1)[0]
    saying = np.full(len(records), -1, dtype=np.int64)
    saying[filled] = number
    return saying


def _distinct(records: pd.DataFrame, column: str, code: Code, count: int) -> npt.NDArray[np.int64]:
    """How many different values each unit is told in a column."""
    filled = np.flatnonzero(records[column].notna().to_numpy())
    told = _sayings(records, (column,), code, filled)[filled]
    return np.bincount(code[filled[np.unique(told, return_index=True)[1]]], minlength=count)


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
