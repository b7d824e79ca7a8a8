"""Distribution: draft lists, publication under a standing approval, what is sent.

Belongs here: the order. Does not belong here: any work (tasks/aid, tasks/delivery). These steps take the consolidation lock themselves,
one transaction each: a caller must not hold it on a connection of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date
from time import perf_counter
from typing import Any

from flows.consolidation import WAITING
from tasks.aid import steps as aid
from tasks.alive import lock_holding
from tasks.delivery.steps import send_outbox
from tasks.settling import settling

Progress = Callable[[dict[str, Any]], None]


def award(run_id: int, today: date, progress: Progress, *, is_quiet: bool = False) -> dict[str, Any]:
    """Open conflicts of merged awards, then bring the draft of every open round up to date as of `today`'s run; the counts.

    `is_quiet`: nothing was written into the warehouse since the last night (tasks/quiet), so only programmes that changed are worked.
    """
    started = perf_counter()
    if lock_holding() is not None:
        progress({"step": "lock", "note": WAITING})
    with nullcontext() if is_quiet else settling():
        conflicts = 0 if is_quiet else aid.open_conflicts(run_id)
        built = aid.build_drafts(run_id, is_gold_same=is_quiet)
    lists = built["lists"]
    totals = {word: sum(counts[word] for counts in lists.values()) for word in ("in", "out", "waiting", "written")}
    counts = {"lists": len(lists), "unchanged": built["unchanged"], **totals, "conflicts": conflicts}
    for list_id, told in lists.items():
        progress({"step": "draft", "list": list_id, "today": today.isoformat(), **told})
    progress({"step": "award", "seconds": round(perf_counter() - started, 2), **counts})
    return counts


def publish_standing(run_id: int, today: date, progress: Progress) -> dict[str, Any]:
    """Publish what a standing approval in force today lets the nightly publish, and write published folders that are missing."""
    started = perf_counter()
    result = aid.publish_standing(run_id, today)
    healed = aid.write_all_published()
    counts = {"published": len(result["published"]), "refused": len(result["refused"]), "folders": healed}
    for list_id, why in result["refused"].items():
        progress({"step": "publish", "list": list_id, "refused": why})
    progress({"step": "publish", "seconds": round(perf_counter() - started, 2), **counts, "lists": result["published"]})
    return counts


def push(run_id: int, progress: Progress) -> dict[str, Any]:
    """Send what is published and not settled; the counts of the outbox."""
    started = perf_counter()
    counts = send_outbox(run_id)
    progress({"step": "push", "seconds": round(perf_counter() - started, 2), **counts})
    return dict(counts)
