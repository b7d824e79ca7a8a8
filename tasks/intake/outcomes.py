"""From findings to the one outcome of each row (the row ledger, P1) and to its hold from aid.

Belongs here: that decision, pure. Does not belong here: what is a finding (expectations), which rows are data (headings).

A `reject` finding quarantines a row. Of rows with equal content, the first that is not quarantined is taken and the others are its
duplicates. `warn` and `hold` make a row accepted with findings; `info` is for the reader's information, asks nothing of the office,
and leaves a row accepted. A hold is not an outcome: it is a flag with its codes on an accepted row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from schemas.records import OUTCOMES


def decide_outcomes(rows: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """The outcome of every row of a submission that is loaded.

    `rows`: `sheet_no, row, data_row` (null = not data), `content_hash`, in sheet and row order; of a correction also `keeps_record`:
    such a row is the record that it was, and no duplicate of another. `findings`: `sheet_no, row, code,
    severity`; row 0 speaks of a sheet or file and touches no row.
    Returns, on the index of `rows`: `outcome`, `duplicate_of_sheet_no`, `duplicate_of_row` (int64[pyarrow]), `aid_hold` (codes in
    alphabetical order joined by |, null = not held; for a quarantined or duplicate row null).
    """
    place = _places(rows)
    is_data = rows["data_row"].notna().to_numpy(dtype=bool)
    rejected = _has(place, findings, ("reject",)) & is_data
    taken = pd.Series(rows["content_hash"].to_numpy(dtype=np.int64))[is_data & ~rejected]
    keeps = rows["keeps_record"].to_numpy(dtype=bool) if "keeps_record" in rows else np.zeros(len(rows), dtype=bool)
    taken = taken.iloc[np.argsort(~keeps[taken.index], kind="stable")]
    first = pd.Series(taken.index, index=taken.index).groupby(taken.to_numpy()).transform("first")
    duplicates = first[(first.to_numpy() != first.index.to_numpy()) & ~keeps[first.index]]
    is_duplicate = np.zeros(len(rows), dtype=bool)
    is_duplicate[duplicates.index] = True
    outcome = np.select(
        [~is_data, rejected, is_duplicate, _has(place, findings, ("warn", "hold"))],
        ["not_data", "quarantined", "duplicate", "accepted_with_findings"],
        default="accepted",
    )
    result = pd.DataFrame({"outcome": pd.array(outcome, dtype="string[pyarrow]")}, index=rows.index)
    for name in ("sheet_no", "row"):
        pointer = np.zeros(len(rows), dtype=np.int64)
        pointer[duplicates.index] = rows[name].to_numpy(dtype=np.int64)[duplicates.to_numpy()]
        result[f"duplicate_of_{name}"] = (
            pd.Series(pointer, index=rows.index).astype("int64[pyarrow]").where(is_duplicate)
        )
    is_taken = is_data & ~rejected & ~is_duplicate
    result["aid_hold"] = pd.Series(_hold_codes(place, findings), index=rows.index, dtype="string[pyarrow]").where(
        is_taken
    )
    return result


def count_outcomes(outcome: pd.Series[Any]) -> dict[str, int]:
    """How many rows have each outcome, every outcome named."""
    counts = outcome.value_counts()
    return {name: int(counts.get(name, 0)) for name in OUTCOMES}


def _places(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Sheet and row as one number (rows are below 2^31)."""
    return np.asarray((frame["sheet_no"].to_numpy(dtype=np.int64) << 32) | frame["row"].to_numpy(dtype=np.int64))


def _has(place: Any, findings: pd.DataFrame, severities: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows have a finding of one of these severities."""
    return np.isin(place, _places(findings[findings["severity"].isin(severities)]))


def _hold_codes(place: Any, findings: pd.DataFrame) -> Any:
    """The codes that hold each row from aid as text, null where none does: one pass per code, then per combination that occurs."""
    holds = findings[findings["severity"] == "hold"]
    codes = sorted(holds["code"].unique())
    held = np.column_stack(
        [np.isin(place, _places(holds[holds["code"] == code])) for code in codes] or [np.zeros(len(place), bool)]
    )
    combinations, which = np.unique(held, axis=0, return_inverse=True)
    texts = ["|".join(code for code, has in zip(codes, row, strict=False) if has) or None for row in combinations]
    return np.array(texts, dtype=object)[which.reshape(-1)] if len(place) else np.array([], dtype=object)
