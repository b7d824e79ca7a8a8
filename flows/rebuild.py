"""The rebuild: all that is derived of who is who, and the drafts, made again from records, judgements and the id register.

Belongs here: the order. Does not belong here: any work (tasks), reading files again (flows/rerun.py). Nothing is taken in, published or
sent. Killed anywhere, the same command or the next night ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flows.consolidation import WAITING
from flows.distribution import award
from schemas.errors import InvariantBroken
from tasks import runs, store
from tasks.aid.steps import forget_drafts
from tasks.identity.steps.rebuild import rebuild
from tasks.runs import take_turn
from tasks.upgrade import upgrade_warehouse

Progress = Callable[[dict[str, Any]], None]


def rebuild_all(today: date, reason: str | None, progress: Progress) -> dict[str, Any]:
    """Drop and remake features, edges, memberships, golden rows and the decisions of drafts; the counts of every step by name."""
    upgrade_warehouse()
    with runs.run("consolidation", today) as run:
        progress({"step": "start", "run": run.run_id})
        try:
            with store.consolidation_lock(on_wait=lambda: progress({"step": "lock", "note": WAITING})):
                forget_drafts()
                with store.transaction() as connection:
                    turn = take_turn(connection, run.run_id, "consolidation")
                run.counts["identity"] = rebuild(turn, reason, progress)
        except InvariantBroken:  # as by the brake on mass merges: what stood stands, and its drafts with it
            award(run.run_id, today, progress)
            raise
        run.counts["aid"] = award(run.run_id, today, progress)
        return {"run_id": run.run_id, **run.counts}
