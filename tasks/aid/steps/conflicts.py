"""Conflicts: two awards on what turned out to be one person. Opened with the money named, decided by a person (P7).

Belongs here: finding and opening them. Does not belong here: rewriting claims; a merge never does.
"""

from __future__ import annotations

import sqlalchemy as sa

from tasks import store
from tasks.step import step

_OPEN = """
INSERT INTO aid.conflict (conflict_group, "window", unit_kind, unit_ids, amount_idr, opened_run)
SELECT conflict_group, "window", unit_kind, string_agg(unit_id, '|' ORDER BY unit_id COLLATE "C"), sum(amount_idr)::bigint, :run
  FROM aid.claim_now
 GROUP BY conflict_group, "window", unit_kind, current_id, slot
HAVING count(*) > 1
ON CONFLICT (conflict_group, "window", unit_kind, unit_ids) DO NOTHING"""


@step()
def open_conflicts(run_id: int) -> int:
    """Open a conflict for every unit that holds more than one claim of a group and window by merging; returns how many are new."""
    with store.transaction(lock=True) as connection:
        return connection.execute(sa.text(_OPEN), {"run": run_id}).rowcount
