"""The whole trip once, for somebody who wants to see it: the nightly, then two demo officers approve, then the push.

Belongs here: the order, and the demo officers' names. Does not belong here: any rule about who may do what - the demo officers go through
the same lock, approvals and publication as real ones, and nothing else publishes by itself.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from flows.distribution import push
from flows.nightly import Progress, run_nightly
from flows.report import report
from tasks import runs
from tasks.aid import questions
from tasks.aid.steps import add_officer, approve, lock, publish

PREPARER = ("demo-sari", "Sari (petugas demo, penyusun)", "preparer")
APPROVERS = (("demo-budi", "Budi (petugas demo)", "approver"), ("demo-rina", "Rina (petugas demo)", "approver"))


def walk_through(inbox: Path, today: date, progress: Progress) -> dict[str, Any]:
    """Nightly, publication by demo officers, push, report; the counts of the night, `published` with what the officers published."""
    result = run_nightly(inbox, today, progress)
    with runs.run("distribution", today) as run:
        published = publish_as_demo_officers(run.run_id, progress)
        if published:
            result["published"] = {"by demo officers": published}
            result["outbox"] = push(run.run_id, progress)
            result["report"] = report(run.run_id, today, progress)
        run.counts["lists"] = len(published)
    return result


def publish_as_demo_officers(run_id: int, progress: Progress) -> list[str]:
    """Lock, approve twice and publish every draft that aids somebody, and finish what an earlier walk-through left locked."""
    for officer in (PREPARER, *APPROVERS):
        add_officer(*officer)
    published = []
    for entry in questions.lists():
        list_id, state = entry["id"], entry["state"]
        if state == "draft" and entry["in"]:
            lock(list_id, PREPARER[0])
            progress({"step": "lock", "list": list_id, "officer": PREPARER[1]})
            state = "locked"
        if state != "locked":
            continue
        for officer_id, name, _ in APPROVERS:
            approve(list_id, officer_id)
            progress({"step": "approve", "list": list_id, "officer": name})
        publish(list_id, APPROVERS[0][0], run_id)
        progress({"step": "publish", "list": list_id, "officer": APPROVERS[0][1]})
        published.append(list_id)
    return published
