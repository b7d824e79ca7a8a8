"""Parting a person that is two: the judgements, then the conflicts of awards that were made on both.

Belongs here: the order. Does not belong here: any work (tasks/identity, tasks/aid). Killed between the two, the same command or the next
night opens the conflicts. The next consolidation makes the two persons; nothing is sent, and no claim is touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from tasks import runs
from tasks.aid.questions import claims_on_both
from tasks.aid.steps import open_conflicts
from tasks.identity.steps.unmerge import plan_unmerge, unmerge


def plan(person_id: str, *, records: Iterable[int], cores: tuple[int, int] | None) -> dict[str, Any]:
    """What parting a person would do: the persons that come of it, how many pairs are judged, the claims that were taken on both."""
    return _told(plan_unmerge(person_id, records=records, cores=cores))


def part(
    person_id: str, today: date, *, records: Iterable[int], cores: tuple[int, int] | None, reason: str, judged_by: str
) -> dict[str, Any]:
    """Part a person: as `plan`, and `judgements` as written and `conflicts` opened."""
    planned = plan_unmerge(person_id, records=records, cores=cores)
    told = _told(planned)
    with runs.run("aid", today) as run:
        told["judgements"] = unmerge(planned, reason=reason, judged_by=judged_by)
        told["conflicts"] = open_conflicts(run.run_id)
        run.counts["unmerge"] = {**told["judgements"], "conflicts": told["conflicts"]}
    return told


def _told(planned: Any) -> dict[str, Any]:
    cut = planned.cut
    return {
        "person_id": planned.person_id,
        "persons": planned.persons,
        "bridges": sorted(cut.bridges),
        "judgements": {"different": len(cut.different), "unsure": len(cut.unsure)},
        "claims": claims_on_both(cut.one, cut.other),
        "conflicts": None,
    }
