"""The numbers by which it is told what stood when: memberships, golden rows and claims bear that of the run that wrote them.

Belongs here: drawing them. Does not belong here: the lock under which they are drawn, or the runs themselves (tasks/store).

A run is numbered as it begins and writes when it gets the consolidation lock, perhaps after runs that began later. Whoever then read
"before" out of a smaller number would find a claim on persons as they never were. So the numbers are drawn under the lock, in its order.
"""

from __future__ import annotations

import sqlalchemy as sa

#: of its own for a run that others have begun after; nothing for the youngest
_CONTINUE = """
INSERT INTO audit.run (kind, today, state, finished_at, counts)
SELECT :kind, today, 'done', now(), jsonb_build_object('continues', run_id) FROM audit.run
 WHERE run_id = :run AND EXISTS (SELECT FROM audit.run WHERE run_id > :run)
RETURNING run_id"""


def take_turn(connection: sa.Connection, run_id: int, kind: str) -> int:
    """The number under which a run that holds the consolidation lock writes: its own, or while there is a younger one that of a new run of
    `kind` which says that it continues it."""
    drawn = connection.scalar(sa.text(_CONTINUE), {"run": run_id, "kind": kind})
    return run_id if drawn is None else int(drawn)
