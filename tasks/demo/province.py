"""One demo province put together: rows with faults, the truth beside them, and a summary. Same arguments, same rows.

Belongs here: the order of making. Does not belong here: files (steps).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from schemas.errors import UsageError
from tasks.demo.dirt import Faults, add_dirt, lose_precision, share_officer_phone
from tasks.demo.draw import digits, where
from tasks.demo.listing import build_rows
from tasks.demo.places import Places, places_of

SMALLEST = 200
KINDS = ("umkm", "group", "cooperative")


@dataclass(frozen=True)
class DemoSummary:
    """What was made: counts only."""

    province: str
    province_name: str
    seed: int
    rows: int
    files: int
    persons: int
    businesses: int
    repeated_rows: int
    copied_rows: int
    dirty_rows: int
    inbox: str
    truth: str
    per_regency: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


def build_province(province: str, rows: int, seed: int) -> tuple[pd.DataFrame, Places]:
    """All rows of the province in file order with their truth columns (`true_*`, `kind`, `is_duplicate_row`, `dirt`).

    Raises UsageError for an unknown province or fewer rows than a province can be told with.
    """
    if rows < SMALLEST:
        raise UsageError(f"{rows} rows are too few for a province", mend=f"Ask for {SMALLEST} at least.")
    places = places_of(province)
    rng = np.random.default_rng([seed, int(province), rows])
    frame, faults = build_rows(rng, rows, places)
    frame = share_officer_phone(rng, frame, faults)
    frame = lose_precision(rng, frame, faults, _number_typing_regency(places))
    frame = add_dirt(rng, frame, faults, places)
    return _with_truth(frame, faults), places


def _number_typing_regency(places: Places) -> int:
    """The regency whose workbook holds NIKs typed as numbers: the third when there is one (its office sends xlsx)."""
    return min(2, len(places.regencies) - 1) if len(places.regencies) > 2 else 0


def _with_truth(frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    frame["true_person_id"] = "P" + digits(frame["person"].to_numpy() + 1, 7)
    business = frame["business"].to_numpy()
    frame["true_business_id"] = where(business >= 0, "B" + digits(np.maximum(business, 0) + 1, 7), "")
    frame["true_household_id"] = "H" + digits(frame["household"].to_numpy() + 1, 7)
    elder = frame["elder"].to_numpy()
    frame["kin_person_id"] = where(elder >= 0, "P" + digits(np.maximum(elder, 0) + 1, 7), "")
    frame["is_duplicate_row"] = frame["is_copy"]
    frame["dirt"] = faults.joined()
    frame["is_shifted"] = faults.marks["columns_shifted"]
    return frame
