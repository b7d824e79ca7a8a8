"""Files that are not loaded: refused ones (counted in files), and waiting ones (every row of them is in the ledger).

Belongs here: writing that standing in one transaction. Does not belong here: why a file waits (mapping.py, series.py), its answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from schemas.errors import FileRefused, FileWaits
from tasks import store
from tasks.intake.steps.load import claim_submission
from tasks.intake.steps.sheets import SheetFacts, write_sheets
from tasks.step import step

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


@step()
def keep_unloaded(
    submission_id: str,
    regency_code: str,
    run_id: int,
    error: FileRefused,
    sheets: Iterable[SheetFacts] = (),
    rows: pd.DataFrame | None = None,
) -> None:
    """Write that a file waits or is refused, and why.

    `rows`: `sheet_no, row, data_row, cells` of a readable file; rows with a data_row wait with their file, the others are no data.
    """
    is_waiting = isinstance(error, FileWaits)
    with store.transaction() as connection:
        if not claim_submission(connection, submission_id, regency_code):
            return
        waiting = total = 0
        if is_waiting and rows is not None:
            written = rows[["sheet_no", "row", "data_row", "cells"]].copy()
            is_data = written["data_row"].notna()
            written["outcome"] = is_data.map({True: "waiting_with_file", False: "not_data"})
            written["submission_id"] = submission_id
            waiting, total = int(is_data.sum()), len(written)
            write_sheets(connection, submission_id, sheets)
            store.copy_in(connection, "intake.source_row", written)
        connection.execute(
            sa.text(
                "UPDATE intake.submission SET state = :state, reason_code = :code, reason = :reason, run_id = :run, row_count = :total,"
                " waiting_with_file_count = :waiting, not_data_count = :rest WHERE submission_id = :id"
            ),
            {
                "state": "waiting" if is_waiting else "refused",
                "code": error.code,
                "reason": " ".join(part for part in (error.what, error.mend) if part),
                "run": run_id,
                "total": total,
                "waiting": waiting,
                "rest": total - waiting,
                "id": submission_id,
            },
        )
