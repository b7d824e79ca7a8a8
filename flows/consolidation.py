"""Consolidation: who is who, for what changed since the last time.

Belongs here: the order. Does not belong here: the lock - the caller holds store.consolidation_lock for all that must not run
beside it (P7) - or any work (tasks/identity).
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from tasks import store
from tasks.identity.steps import link, merge
from tasks.runs import take_turn

WAITING = "another run consolidates or publishes; waiting for it"

Progress = Callable[[dict[str, Any]], None]


def consolidate(run_id: int, progress: Progress) -> dict[str, Any]:
    """Link, then merge, under the caller's consolidation lock; the counts of both. Without changes neither does row work.

    What they write bears the number of this run's turn (tasks/turns), which is the run itself unless another began meanwhile.
    """
    counts: dict[str, Any] = {}
    with store.transaction() as connection:
        turn = take_turn(connection, run_id, "consolidation")
    for name, work in (("link", link), ("merge", merge)):
        started = perf_counter()
        counts[name] = work(turn)
        progress({"step": name, "seconds": round(perf_counter() - started, 2), **counts[name]})
    return counts
