"""Conflicts: awards on what turned out to be somebody else. Opened with the money named, decided by a person (P7).

Two awards on one person: a merge made two aided persons one. One award on two persons: it was made for records that people have said
since are two persons'. A conflict whose ground is gone (parted again, or the word undone) closes by itself, and opens again with it.
Belongs here: finding, opening and closing them. Does not belong here: rewriting claims; neither a merge nor its undoing ever does.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from schemas.errors import Refused, UsageError
from tasks import store
from tasks.aid.steps.officers import require_officer
from tasks.step import step
from tasks.trail import record_event

#: the resolution of a conflict whose ground is gone
GONE = "GONE"

_FOUND = """
found AS (
  SELECT cause, conflict_group, "window", unit_kind, unit_ids, sum(amount_idr)::bigint AS amount_idr
    FROM (SELECT 'one_person' AS cause, conflict_group, "window", unit_kind, sum(amount_idr) AS amount_idr,
                 string_agg(unit_id, '|' ORDER BY unit_id COLLATE "C") AS unit_ids
            FROM aid.claim_now GROUP BY conflict_group, "window", unit_kind, current_id HAVING count(*) > 1
           UNION ALL
          SELECT DISTINCT 'two_persons', conflict_group, "window", unit_kind, amount_idr, unit_id FROM aid.claim_of_two) AS told
   GROUP BY cause, conflict_group, "window", unit_kind, unit_ids
)"""

_CLOSE = f"""
WITH {_FOUND}
UPDATE aid.conflict k SET resolved_at = now(), resolution = :gone
 WHERE resolved_at IS NULL AND NOT EXISTS (
       SELECT FROM found f WHERE (f.cause, f.conflict_group, f."window", f.unit_kind, f.unit_ids)
                               = (k.cause, k.conflict_group, k."window", k.unit_kind, k.unit_ids))"""

_OPEN = f"""
WITH {_FOUND}
INSERT INTO aid.conflict AS k (cause, conflict_group, "window", unit_kind, unit_ids, amount_idr, opened_run)
SELECT cause, conflict_group, "window", unit_kind, unit_ids, amount_idr, :run FROM found
    ON CONFLICT (conflict_group, "window", unit_kind, unit_ids) DO UPDATE
   SET resolved_at = NULL, resolution = NULL, opened_run = excluded.opened_run WHERE k.resolution = :gone"""


@step()
def open_conflicts(run_id: int) -> int:
    """Open a conflict for every unit that holds more than one claim of a group and window by merging, and for every claim that was taken
    on records of two persons; close those that are none any more. Returns how many are open that were not."""
    with store.transaction(lock=True) as connection:
        connection.execute(sa.text(_CLOSE), {"gone": GONE})
        return connection.execute(sa.text(_OPEN), {"run": run_id, "gone": GONE}).rowcount


@step()
def resolve_conflict(conflict_id: int, officer: str, resolution: str) -> dict[str, Any]:
    """Close a conflict with an officer's decision; the claims stand as they are. Returns {conflict_id, resolution, officer}.

    Of one award on two persons this says that the money was the one's who carries the claim, or came back: the other waits no longer.
    Raises UsageError for an unknown conflict or no resolution, Refused when it is closed or the officer may not.
    """
    if not resolution.strip() or resolution.strip() == GONE:
        raise UsageError("a conflict is closed with what was decided", mend="Say it with --resolution; it is kept.")
    values = {"id": conflict_id, "resolution": resolution.strip()}
    with store.transaction(lock=True) as connection:
        require_officer(connection, officer, "approver")
        known = connection.scalar(sa.text("SELECT EXISTS (SELECT FROM aid.conflict WHERE conflict_id = :id)"), values)
        if not known:
            raise UsageError(f"there is no conflict {conflict_id}", mend="`sinergi aid conflicts` shows them.")
        closed = connection.execute(
            sa.text(
                "UPDATE aid.conflict SET resolved_at = now(), resolution = :resolution"
                " WHERE conflict_id = :id AND resolved_at IS NULL"
            ),
            values,
        ).rowcount
        if not closed:
            raise Refused(f"conflict {conflict_id} is closed already")
        record_event("aid.resolve", str(conflict_id), actor=officer, connection=connection)
    return {"conflict_id": conflict_id, "resolution": values["resolution"], "officer": officer}
