"""The size class of a business by law, from its yearly sales or its means (schemas/reference/size_criteria.yaml).

Belongs here: the class from amounts. Does not belong here: which amount survives (survivorship.py), aid rules.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

import schemas

CLASSES = ("micro", "small", "medium", "large")
Codes = npt.NDArray[np.int64]


@lru_cache(maxsize=1)
def criteria() -> list[dict[str, Any]]:
    """The laws, oldest first."""
    path = Path(schemas.__file__).with_name("reference") / "size_criteria.yaml"
    return sorted(yaml.safe_load(path.read_text("utf-8")), key=lambda law: str(law["since"]))


def classify(businesses: pd.DataFrame, period: pd.Series) -> pd.DataFrame:
    """Size class and criteria version of businesses with `<amount>_idr`, `_low_idr`, `_high_idr` for turnover, capital, assets.

    `period` (year-month or absent) chooses the law, absent = the newest. A band counts when both its ends fall into one class. No
    usable amount = unknown (absent).
    """
    result = pd.DataFrame(
        {"size_class": None, "criteria_version": criteria()[-1]["version"]}, index=businesses.index, dtype=object
    )
    for number, law in enumerate(criteria()):
        last = number == len(criteria()) - 1
        under = (period >= law["since"]).fillna(last)
        if not last:
            under &= period < criteria()[number + 1]["since"]
        rows = under.fillna(False).to_numpy(dtype=bool)
        chosen = businesses[rows]
        sales = _class_of(chosen, "annual_turnover", [law["bounds"][name]["sales"] for name in CLASSES[:3]])
        means = _class_of(chosen, law["means"], [law["bounds"][name]["means"] for name in CLASSES[:3]])
        code = np.where(sales >= 0, sales, means)
        result.loc[rows, "size_class"] = np.array([*CLASSES, None], dtype=object)[code]
        result.loc[rows, "criteria_version"] = law["version"]
    return result


def _class_of(businesses: pd.DataFrame, amount: str, bounds: list[int]) -> Codes:
    """Position in CLASSES, -1 = unknown."""
    exact = businesses[f"{amount}_idr"]
    low, high = exact.fillna(businesses[f"{amount}_low_idr"]), exact.fillna(businesses[f"{amount}_high_idr"] - 1)
    lower = np.searchsorted(bounds, low.to_numpy(dtype=float, na_value=np.nan), side="left")
    upper = np.searchsorted(bounds, high.to_numpy(dtype=float, na_value=np.nan), side="left")
    known = low.notna().to_numpy() & high.notna().to_numpy() & (lower == upper)
    return np.where(known, lower, -1)
