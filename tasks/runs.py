"""Runs: the time axis of the warehouse. A run's life, whether its process still lives, and the numbers by which it writes.

Belongs here: that. Does not belong here: what a run does (flows), or the lock under which it writes (store).

Memberships, golden rows and claims bear the number of the run that wrote them: by it is told what stood when. A run is numbered as it
begins and writes when it gets the consolidation lock, perhaps after runs that began later. Whoever then read "before" out of a smaller
number would find a claim on persons as they never were. So a run takes its turn under the lock, and the numbers go in its order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from tasks.store import autocommit


@dataclass
class Run:
    """One run on the time axis. `counts` is what it will be closed with (never values)."""

    run_id: int
    today: date
    counts: dict[str, Any] = field(default_factory=dict)


@contextmanager
def run(kind: str, today: date) -> Iterator[Run]:
    """A run from its first to its last moment: registered, and closed as `done`, or as `stopped` when an error leaves the block.

    While it lives it holds an advisory lock of its own, which dies with its connection; runs whose process is gone are closed as
    `stopped` by the next start (the start-up sweep).
    """
    with autocommit() as alive:
        alive.execute(sa.text(_SWEEP))
        opened = alive.execute(sa.text(_OPEN_RUN), {"space": _RUN_LOCKS, "kind": kind, "today": today}).scalar_one()
        this = Run(int(opened), today)
        try:
            yield this
        except BaseException:
            alive.execute(
                sa.text(_CLOSE_RUN), {"state": "stopped", "counts": json.dumps(this.counts), "run": this.run_id}
            )
            raise
        alive.execute(sa.text(_CLOSE_RUN), {"state": "done", "counts": json.dumps(this.counts), "run": this.run_id})
        alive.execute(sa.text("SELECT pg_advisory_unlock(:space, :run)"), {"space": _RUN_LOCKS, "run": this.run_id})


#: the space of advisory locks that say which runs are alive (the second key is the run)
_RUN_LOCKS = 7_190

_IS_DEAD = f"""
state = 'running'
   AND NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.classid = {_RUN_LOCKS} AND l.objid = r.run_id
                      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
_SWEEP = f"UPDATE audit.run r SET state = 'stopped', finished_at = now() WHERE {_IS_DEAD}"
#: how many runs are still called running whose process is gone
DEAD_RUNS = f"SELECT count(*) FROM audit.run r WHERE {_IS_DEAD}"
_OPEN_RUN = """
WITH opened AS (INSERT INTO audit.run (kind, today) VALUES (:kind, :today) RETURNING run_id)
SELECT run_id FROM opened, LATERAL (SELECT pg_advisory_lock(:space, run_id::int)) AS held
"""
_CLOSE_RUN = """
UPDATE audit.run SET state = :state, finished_at = now(), counts = CAST(:counts AS jsonb) WHERE run_id = :run
"""

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
