"""The nightly: take in all that is new, consolidate once, rebuild drafts, publish only under a standing approval, push, report.

Belongs here: the order. Does not belong here: any work (tasks) or how Prefect calls it (flows/deployed.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from flows.consolidation import WAITING, consolidate
from flows.distribution import award, publish_standing, push
from flows.report import report
from flows.submission import take_in_all
from tasks import runs, store
from tasks.halves import sweep_halves
from tasks.late import count_late, late_lists
from tasks.quiet import keep_seen, quiet_since
from tasks.upgrade import upgrade_warehouse

#: what a night did at the outbox, in the words of its counts
SENT = ("acknowledged", "refused", "held", "out_of_reach")

Progress = Callable[[dict[str, Any]], None]


def run_nightly(inbox: Path, today: date, progress: Progress) -> dict[str, Any]:
    """One night over an inbox; the counts of every step by name. A second night with nothing new does no row work.

    Raises SinergiError when the run cannot go on; a bad file never does that (P13).
    """
    upgrade_warehouse()
    sweep_halves()
    with runs.run("nightly", today) as run:
        progress({"step": "start", "run": run.run_id})
        taken: list[str] = []

        def note(event: dict[str, Any]) -> None:
            taken.extend([event["submission_id"]] if event["step"] in ("submission", "answer") else [])
            progress(event)

        run.counts["intake"] = take_in_all(inbox, run.run_id, today, note)
        with store.consolidation_lock(on_wait=lambda: progress({"step": "lock", "note": WAITING})):
            run.counts["identity"] = consolidate(run.run_id, progress)
        quiet = None if taken or not _is_idle(run.counts) else quiet_since(run.run_id)
        run.counts["aid"] = award(run.run_id, today, progress, is_quiet=quiet is not None)
        run.counts["published"] = publish_standing(run.run_id, today, progress)
        run.counts["outbox"] = push(run.run_id, progress)
        has_acted = run.counts["published"]["published"] or any(run.counts["outbox"][word] for word in SENT)
        run.counts["report"] = report(run.run_id, today, progress, quiet_since=None if has_acted else quiet)
        run.counts["late"] = late = count_late(late_lists(today))
        if late["lists"]:
            progress({"step": "late", **late, "see": "sinergi submission missing"})
        result = {"run_id": run.run_id, **run.counts}
        keep_seen(run)
        return result


def _is_idle(counts: dict[str, Any]) -> bool:
    """Whether this night itself has neither taken anything in nor linked or merged anything."""
    identity = counts["identity"]
    return not (counts["intake"]["new"] or identity["link"]["records"] or identity["merge"]["records"])
