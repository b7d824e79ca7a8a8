"""What differs between two decisions about the same file: rows and findings side by side.

Belongs here: pure, columnar comparison of ledger rows and findings. Does not belong here: deciding (outcomes.py), reading or writing
(steps/rerun.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

PLACE = ("sheet_no", "row")
FINDING = (*PLACE, "code", "field", "severity", "column_no")
_WORDS = ("code", "field", "severity")


def places(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Sheet and row as one number (rows are below 2^31)."""
    return np.asarray((frame["sheet_no"].to_numpy(dtype=np.int64) << 32) | frame["row"].to_numpy(dtype=np.int64))


def differs(pairs: pd.DataFrame, name: str) -> npt.NDArray[np.bool_]:
    """Where a column and its old self (`<name>_old`) differ; null equals null."""
    old, new = (pairs[column].astype(object).where(pairs[column].notna(), None) for column in (f"{name}_old", name))
    return np.asarray((old != new) & ~(old.isna() & new.isna()), dtype=bool)


def only_in(these: pd.DataFrame, those: pd.DataFrame) -> pd.DataFrame:
    """The findings of `these` that `those` has not, equal in every column of FINDING."""
    mine, others = _comparable(these), _comparable(those).drop_duplicates()
    merged = mine.merge(others, on=list(FINDING), how="left", indicator=True)
    return these[(merged["_merge"] == "left_only").to_numpy(dtype=bool)]


def vanished(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The rows of `before` whose place is not in `now`."""
    return before[~np.isin(places(before), places(now))]


def count_codes(findings: pd.DataFrame) -> dict[str, int]:
    """How many findings each code has, in order of the codes."""
    return {str(code): int(count) for code, count in findings["code"].value_counts().sort_index().items()}


def compare_codes(
    old: pd.DataFrame, new: pd.DataFrame, opened: pd.DataFrame, closed: pd.DataFrame
) -> dict[str, dict[str, int]]:
    """Of each code with opened or closed findings: how many there were, are, opened and closed. A finding that became graver or
    moved to another column is closed and opened."""
    counts = {"before": old, "after": new, "opened": opened, "closed": closed}
    by_code = {name: count_codes(findings) for name, findings in counts.items()}
    codes = sorted(by_code["opened"].keys() | by_code["closed"].keys())
    return {code: {name: by_code[name].get(code, 0) for name in counts} for code in codes}


def compare_headings(
    headings: Sequence[str], before: Mapping[str, int], after: Mapping[str, int]
) -> list[dict[str, str | None]]:
    """The columns of a sheet that stood for another field; mappings are field -> position, a heading is as written."""
    old, new = ({position: name for name, position in mapping.items()} for mapping in (before, after))
    return [
        {"heading": heading, "before": old.get(position), "after": new.get(position)}
        for position, heading in enumerate(headings)
        if old.get(position) != new.get(position)
    ]


def count_moves(pairs: pd.DataFrame) -> dict[str, int]:
    """How many rows went from which outcome to which: `quarantined -> accepted`; `-` = not in the ledger."""
    moved = pairs.loc[differs(pairs, "outcome"), ["outcome_old", "outcome"]].astype(object)
    texts: pd.Series[Any] = moved["outcome_old"].fillna("-") + " -> " + moved["outcome"].fillna("-")
    return {str(text): int(count) for text, count in texts.value_counts().sort_index().items()}


def _comparable(findings: pd.DataFrame) -> pd.DataFrame:
    """The columns of FINDING in one type each, null as -1."""
    words = {name: findings[name].astype(object) for name in _WORDS}
    numbers = {name: findings[name].astype("Int64").fillna(-1).to_numpy(np.int64) for name in (*PLACE, "column_no")}
    return pd.DataFrame({**numbers, **words})[list(FINDING)].reset_index(drop=True)
