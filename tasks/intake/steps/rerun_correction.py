"""A correction again, after the list that it corrects: which ones stand, and which record each of their rows is.

Belongs here: what reading again asks of corrections only. Does not belong here: comparing and writing (rerun.py), loading one for the
first time (load_correction.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tasks import store
from tasks.intake.steps.load import Understood
from tasks.intake.steps.load_correction import ABOUT, TAKEN, list_ledger
from tasks.intake.steps.take import Parcel
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd


@step()
def corrections_of(submission_id: str) -> list[tuple[Parcel, str]]:
    """The corrections of a list that stand, oldest first, each with its state."""
    with store.transaction() as connection:
        rows = list(connection.execute(sa.text(_CORRECTIONS), {"id": submission_id}).mappings())
    names = ("submission_id", "regency_code", "file", "sha256", "sidecar")
    return [(Parcel(**{name: row[name] for name in names}), str(row["state"])) for row in rows]


def beside_list(connection: sa.Connection, understood: Understood) -> Understood:
    """A correction whose rows know which of them keep the record that they were in the list; any other submission as it is."""
    from tasks.intake.corrected import keeps_record

    if understood.corrects is None:
        return understood
    kept = keeps_record(understood.rows, list_ledger(connection, understood))
    return replace(understood, rows=understood.rows.assign(keeps_record=kept))


def corrected_records(
    connection: sa.Connection, understood: Understood, rows: pd.DataFrame, taken: pd.DataFrame
) -> pd.Series[Any]:
    """The record that each accepted row of a correction is, on the index of `taken`."""
    from tasks.intake.corrected import own_ids

    about = rows.loc[rows["outcome"].isin(TAKEN), ABOUT].astype("int64").set_axis(taken.index)
    return own_ids(taken.join(about), list_ledger(connection, understood), str(understood.corrects))


_CORRECTIONS = """
SELECT submission_id, regency_code, file, sha256, sidecar, state FROM intake.submission
 WHERE corrects = :id AND is_current ORDER BY version, received_at, submission_id
"""
