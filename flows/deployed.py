"""The flows as Prefect runs them: names, typed parameters, run names, and one artifact with counts. prefect.yaml deploys these.

Belongs here: what the orchestrator sees - ids and counts only (P12). Does not belong here: the order of steps (the other modules).
Only this module imports Prefect; `sinergi run` calls the same flows without it.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from flows.consolidation import consolidate
from flows.distribution import award, publish_standing, push
from flows.nightly import WAITING, run_nightly
from flows.report import report as build_report
from flows.submission import submit_file
from schemas.settings import province_today
from tasks import store


def _log(event: dict[str, Any]) -> None:
    get_run_logger().info("%s", event)


def _summary(title: str, counts: dict[str, Any]) -> None:
    """One markdown artifact: what was done, in counts."""
    lines = [f"| {name} | {value} |" for name, value in counts.items()]
    create_markdown_artifact(key=title, markdown="\n".join([f"# {title}", "", "| | |", "|---|---|", *lines]))


@flow(name="nightly", flow_run_name="nightly {inbox}")
def nightly(inbox: Path, today: date | None = None) -> dict[str, Any]:
    """Take in all that is new in the inbox, consolidate, rebuild drafts, publish under standing approvals, push, report."""
    counts = run_nightly(inbox, today or province_today(), _log)
    _summary("nightly", counts)
    return counts


@flow(name="submission", flow_run_name="submission {regency} {file}")
def submission(file: Path, regency: str, period: str | None = None, today: date | None = None) -> dict[str, Any]:
    """Take in one file on demand, through its answer, link, merge and drafts; never publishes."""
    answer = submit_file(file, regency, period, today or province_today(), _log)
    _summary("submission", {key: answer[key] for key in ("submission_id", "state", "counts")})
    return answer


@flow(name="consolidation")
def consolidation(today: date | None = None) -> dict[str, Any]:
    """Link and merge whatever changed since the last time."""
    with store.run("consolidation", today or province_today()) as run:
        with store.consolidation_lock(on_wait=lambda: _log({"step": "lock", "note": WAITING})):
            run.counts.update(consolidate(run.run_id, _log))
        _summary("consolidation", run.counts)
        return run.counts


@flow(name="distribution")
def distribution(today: date | None = None) -> dict[str, Any]:
    """Rebuild drafts, publish under standing approvals, push what is published."""
    day = today or province_today()
    with store.run("distribution", day) as run:
        run.counts["aid"] = award(run.run_id, day, _log)
        run.counts["published"] = publish_standing(run.run_id, day, _log)
        run.counts["outbox"] = push(run.run_id, _log)
        _summary("distribution", run.counts)
        return run.counts


@flow(name="report")
def report(today: date | None = None) -> dict[str, Any]:
    """Write the report of what is in the warehouse now."""
    day = today or province_today()
    with store.run("report", day) as run:
        run.counts.update(build_report(run.run_id, day, _log))
        return run.counts
