"""Loading a verification: what a register answered is kept for ever, and the newest answer about a NIK counts.

Belongs here: that transaction. Does not belong here: who answers what (answers.py), records of people (load.py): an answer is none.

Every verification is a series of its own, and so are its corrections beside it: what another file answered stands. An answer that is
known already is not kept twice, so a file that comes again, or is read again, changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from tasks import store
from tasks.intake.series import Place, check_duplicates
from tasks.intake.steps.correct import outdated
from tasks.intake.steps.load import (
    Understood,
    close_submission,
    decide_rows,
    load_whole,
    open_series,
    taken_rows,
    write_findings,
    write_rows,
)
from tasks.intake.steps.sheets import write_sheets
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd


@step()
def load_answers(understood: Understood, run_id: int) -> dict[str, int]:
    """Load a verification or a correction of one; its counts by outcome, empty when another process was first.

    Raises FileWaits when most rows repeat others, or the corrected file is not there any more; nothing is written then.
    """
    return load_whole(understood, run_id, _load)


def _load(connection: sa.Connection, understood: Understood, run_id: int) -> dict[str, int]:
    """The body of the transaction."""
    from tasks.intake.logical import content_key

    rows, counts = decide_rows(understood)
    if understood.corrects is None:
        check_duplicates(counts["duplicate"], int(rows["data_row"].notna().sum()), understood.word)
    taken = taken_rows(understood, rows)
    key = content_key(taken["content_hash"])
    place = _place(connection, understood, key)
    series_id = place.series_id or open_series(connection, understood, place)
    write_sheets(connection, understood.submission_id, understood.sheets)
    write_rows(connection, understood.submission_id, rows)
    write_findings(connection, understood.submission_id, understood.findings)
    _write_answers(connection, understood.submission_id, taken)
    close_submission(connection, understood, place, series_id, key, counts, len(rows), run_id)
    return counts


def _place(connection: sa.Connection, understood: Understood, key: str) -> Place:
    """A series of its own, the corrected file's next version, or nothing new: just this was said before, or no answer was filled in."""
    wanted = {
        "id": understood.submission_id,
        "corrects": understood.corrects,
        "regency": understood.regency_code,
        "key": key,
    }
    same = connection.execute(sa.text(_SAME), wanted).one_or_none()
    if same is not None:
        return Place("same", same.series_id, "", same.version)
    own = connection.execute(sa.text(_OWN), wanted).one_or_none()
    if understood.corrects is None:
        return Place("new", own.series_id if own else None, understood.submission_id, 1)
    if own is None or not own.is_current:
        raise outdated()
    if not key:
        return Place("same", own.series_id, "", own.last_version)
    return Place("revision", own.series_id, "", own.last_version + 1)


def _write_answers(connection: sa.Connection, submission_id: str, taken: pd.DataFrame) -> None:
    """The answers that are not known yet, in the order of their rows."""
    told = taken[["register", "nik", "register_answer", "verified_on"]].rename(columns={"register_answer": "answer"})
    told = told.dropna().drop_duplicates().reset_index(drop=True)
    with store.staged(connection, "told", "verification.result", told):
        connection.execute(sa.text(_KEEP), {"id": submission_id})


_SAME = """
SELECT series_id, version FROM intake.submission
 WHERE kind = 'verification' AND regency_code = :regency AND content_key = :key AND content_key <> '' AND submission_id <> :id
   AND corrects IS NOT DISTINCT FROM :corrects AND state IN ('loaded', 'answered')
 ORDER BY received_at, submission_id LIMIT 1
"""

#: the series of the corrected file, else the one that this file opened when it was loaded before
_OWN = """
SELECT s.series_id, s.is_current, (SELECT max(e.version) FROM intake.submission e WHERE e.series_id = s.series_id) AS last_version
  FROM intake.submission s
 WHERE s.submission_id = coalesce(CAST(:corrects AS text), :id) AND s.series_id IS NOT NULL
"""

_KEEP = """
INSERT INTO verification.result (register, nik, answer, verified_on, submission_id)
SELECT register, nik, answer, verified_on, :id FROM told ORDER BY ctid ON CONFLICT DO NOTHING
"""
