"""How well the warehouse knows who is who: pairwise precision, recall and F1 against a demo's truth.

    python benchmarks/score_identity.py DIR/truth/truth.csv memberships.csv [--json]

A pair is two rows; it is true when the truth gives both the same unit, found when the memberships do. Pairs are counted from the sizes
of groups, never listed, so a million rows take seconds. Rows are joined by file and data row (sheet and row when there is none). Scored
are the rows that have a unit in both files; how many rows the warehouse gave no unit is told beside.
Wrongly merged twins and spouses: kin of the truth, two people, that stand under one id.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd

KINDS = {"person": "true_person_id", "business": "true_business_id"}


def read(path: Path) -> pd.DataFrame:
    """A CSV or Parquet file with every column as text; empty stays empty."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).astype("string[pyarrow]").fillna("")
    return pd.read_csv(path, dtype="string[pyarrow]", keep_default_na=False, engine="pyarrow")


def join(truth: pd.DataFrame, memberships: pd.DataFrame) -> pd.DataFrame:
    """The rows of the truth with the ids that the warehouse gave them (empty = none)."""
    if "is_current" in memberships:
        memberships = memberships[memberships["is_current"].str.lower().isin(["true", "t", "1"])]
    keys = ["file", "data_row"] if "data_row" in memberships else ["file", "sheet", "row"]
    found = memberships[[*keys, "person_id", "business_id"]].drop_duplicates(keys)
    return truth.merge(found, on=keys, how="left").fillna({"person_id": "", "business_id": ""})


def score(rows: pd.DataFrame, kind: str) -> dict[str, Any]:
    """Pair counts and their ratios for `person` or `business`, over rows with both ids."""
    true, found = KINDS[kind], f"{kind}_id"
    told = rows[rows[true] != ""]
    both = told[told[found] != ""]
    right = _pairs(both.groupby([true, found], sort=False).size())
    real = _pairs(both.groupby(true, sort=False).size())
    said = _pairs(both.groupby(found, sort=False).size())
    real_of_all = _pairs(told.groupby(true, sort=False).size())
    precision, recall = _ratio(right, said), _ratio(right, real)
    return {
        "rows": len(both),
        "rows_without_id": len(told) - len(both),
        "true_units": int(both[true].nunique()),
        "found_units": int(both[found].nunique()),
        "true_pairs": real,
        "found_pairs": said,
        "false_pairs": said - right,
        "missed_pairs": real - right,
        "precision": precision,
        "recall": recall,
        "f1": _ratio(2 * precision * recall, precision + recall),
        "recall_of_all_rows": _ratio(right, real_of_all),
    }


def wrongly_merged_kin(rows: pd.DataFrame) -> dict[str, int]:
    """Per tie (twin, spouse, sibling): how many of the truth's pairs of kin stand under one person id, and how many there are."""
    if "kin_person_id" not in rows:
        return {}
    known = rows[rows["person_id"] != ""]
    distinct = known[["person_id", "true_person_id"]].drop_duplicates()
    kin = known.loc[known["tie"] != "", ["person_id", "true_person_id", "kin_person_id", "tie"]].drop_duplicates()
    listed = set(known["true_person_id"])
    kin = kin[kin["kin_person_id"].isin(listed)]
    together = kin.merge(
        distinct.rename(columns={"true_person_id": "kin_person_id"}), on=["person_id", "kin_person_id"], how="inner"
    )
    counts: dict[str, int] = {}
    for tie in ("twin", "spouse", "sibling"):
        counts[f"{tie}_pairs"] = int(kin.loc[kin["tie"] == tie, "true_person_id"].nunique())
        counts[f"{tie}_pairs_merged"] = int(together.loc[together["tie"] == tie, "true_person_id"].nunique())
    return counts


def _pairs(sizes: pd.Series) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _ratio(part: float, whole: float) -> float:
    return round(part / whole, 6) if whole else 1.0


def main() -> None:
    """Print the scores as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("truth", type=Path)
    parser.add_argument("memberships", type=Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = join(read(arguments.truth), read(arguments.memberships))
    result = {**{kind: score(rows, kind) for kind in KINDS}, "kin": wrongly_merged_kin(rows)}
    if arguments.json:
        print(json.dumps(result))
        return
    for name, values in result.items():
        print(name)
        for key, value in values.items():
            print(f"  {key:<24}{value:>14,.4f}" if isinstance(value, float) else f"  {key:<24}{value:>14,}")


if __name__ == "__main__":
    main()
