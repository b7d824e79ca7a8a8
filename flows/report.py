"""The report: the figures of the warehouse as one page, after everything else.

Belongs here: when it is made. Does not belong here: its figures or its looks (tasks/reports).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from time import perf_counter
from typing import Any

from tasks.reports.steps import build_report

Progress = Callable[[dict[str, Any]], None]


def report(run_id: int, today: date, progress: Progress, *, quiet_since: int | None = None) -> dict[str, Any]:
    """Write the report of a run; returns `{"path": ...}`.

    `quiet_since`: the run since which nothing was written into the warehouse (tasks/quiet); its figures are told again.
    """
    started = perf_counter()
    path = build_report(run_id, today, quiet_since=quiet_since)
    progress({"step": "report", "seconds": round(perf_counter() - started, 2), "report": str(path)})
    return {"path": str(path)}
