"""The nightly: take in all that is new, consolidate once, rebuild drafts, publish only under a standing approval, push, report.

Belongs here: the order. Does not belong here: any work (tasks) or how Prefect calls it (flows/deployed.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from flows.consolidation import consolidate
from flows.distribution import award, publish_standing, push
from flows.report import report
from flows.submission import take_in_all
from tasks import store
from tasks.halves import sweep_halves
from tasks.late import count_late, late_lists

WAITING = "another run consolidates or publishes; waiting for it"

Progress = Callable[[dict[str, Any]], None]


def run_nightly(inbox: Path, today: date, progress: Progress) -> dict[str, Any]:
    """One night over an inbox; the counts of every step by name. A second night with nothing new does no row work.

    Raises SinergiError when the run cannot go on; a bad file never does that (P13).
    """
    store.upgrade_warehouse()
    sweep_halves()
    with store.run("nightly", today) as run:
        run.counts["intake"] = take_in_all(inbox, run.run_id, today, progress)
        with store.consolidation_lock(on_wait=lambda: progress({"step": "lock", "note": WAITING})):
            run.counts["identity"] = consolidate(run.run_id, progress)
        run.counts["aid"] = award(run.run_id, today, progress)
        run.counts["published"] = publish_standing(run.run_id, today, progress)
        run.counts["outbox"] = push(run.run_id, progress)
        run.counts["report"] = report(run.run_id, today, progress)
        run.counts["late"] = late = count_late(late_lists(today))
        if late["lists"]:
            progress({"step": "late", **late, "see": "sinergi submission missing"})
        return {"run_id": run.run_id, **run.counts}
