"""Which record a row of a correction is, and which rows keep a record of their own whatever other rows say.

Belongs here: that decision, pure and columnar. Does not belong here: tokens (returned.py), outcomes (outcomes.py), any I/O.

A row that was accepted in the list is the record that it was there. One that was not (quarantined, or a duplicate of another) becomes
the record that it would have become there: its id comes from the list's submission, sheet and row, so that a correction sent twice
finds it again. A duplicate that the office left alone stays what it doubles, as long as that record still says the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tasks.intake.logical import record_ids

ACCEPTED = ("accepted", "accepted_with_findings")


def keeps_record(rows: pd.DataFrame, ledger: pd.DataFrame) -> Any:
    """Which rows were accepted in the list: bool array. `ledger`: `sheet_no, row, outcome` of the list's rows; `rows` name theirs as
    `corrects_sheet_no, corrects_row`."""
    before = _before(rows, ledger)
    return before["outcome"].isin(ACCEPTED).to_numpy(dtype=bool, na_value=False)


def own_ids(rows: pd.DataFrame, ledger: pd.DataFrame, submission_id: str) -> pd.Series[Any]:
    """The record of each row that is no duplicate of another: int64, index of `rows`."""
    before = _before(rows, ledger)
    made = record_ids(submission_id, pd.DataFrame({"sheet_no": rows["corrects_sheet_no"], "row": rows["corrects_row"]}))
    is_kept = keeps_record(rows, ledger)
    had = before["record_id"].fillna(0).to_numpy(dtype=np.int64)
    return pd.Series(np.where(is_kept, had, made.to_numpy(dtype=np.int64)), index=rows.index)


def doubled_ids(rows: pd.DataFrame, ledger: pd.DataFrame, current: pd.DataFrame) -> pd.Series[Any]:
    """The record that a row doubles which was a duplicate in the list and still says what that record says; 0 for all other rows.

    `current`: `record_id, content_hash` of current versions; `rows` have their `content_hash`.
    """
    before = _before(rows, ledger)
    had = before["record_id"].fillna(0).to_numpy(dtype=np.int64)
    says = current.drop_duplicates("record_id").set_index("record_id")["content_hash"].reindex(had)
    same = says.fillna(0).to_numpy(dtype=np.int64) == rows["content_hash"].to_numpy(dtype=np.int64)
    is_double = (before["outcome"] == "duplicate").to_numpy(dtype=bool, na_value=False) & says.notna().to_numpy(
        dtype=bool
    )
    return pd.Series(np.where(is_double & same, had, 0), index=rows.index)


def _before(rows: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """What the ledger of the list says of the row that each row is about; null where it is about none."""
    keys = ledger.rename(columns={"sheet_no": "corrects_sheet_no", "row": "corrects_row"})
    keys = keys.astype({"corrects_sheet_no": "int64", "corrects_row": "int64"})
    wanted = rows[["corrects_sheet_no", "corrects_row"]].fillna(0).astype("int64")
    found: pd.DataFrame = wanted.merge(keys, on=["corrects_sheet_no", "corrects_row"], how="left")
    return found
