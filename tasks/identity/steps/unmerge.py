"""unmerge: one person that is two is parted by judgements; the next consolidation makes them two and gives the old ids back.

Belongs here: reading the person, telling what a cut would do, writing the judgements. Does not belong here: which records are cut
(cuts.py), how a judgement is kept (judge.py), claims that were taken meanwhile (tasks/aid).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from schemas.errors import UsageError
from tasks import store
from tasks.identity.questions.person import find_person
from tasks.identity.steps.clustering import EDGES
from tasks.identity.steps.judge import record_judgements
from tasks.trail import record_event

if TYPE_CHECKING:
    import pandas as pd

    from tasks.identity.cuts import Cut

_RECORDS = """
SELECT m.record_id, f.nik FROM identity.membership m LEFT JOIN identity.features f USING (record_id)
 WHERE m.unit_kind = 'person' AND m.unit_id = :person AND m.to_run IS NULL ORDER BY m.record_id"""

_REGISTER = """
SELECT unit_id, anchor_record, forwarded_to FROM identity.id_register
 WHERE unit_kind = 'person' AND anchor_record = ANY(CAST(:ids AS bigint[]))"""

_JUDGED = """
SELECT record_a, record_b, verdict FROM identity.judgement
 WHERE undone_at IS NULL AND (record_a = ANY(CAST(:ids AS bigint[])) OR record_b = ANY(CAST(:ids AS bigint[])))"""


@dataclass(frozen=True)
class Plan:
    """What a cut will do: `persons` as the next consolidation will make them, each {person_id, was, records, in_question}, where `was`
    tells whether the id stays, comes back from the register or is new."""

    person_id: str
    cut: Cut
    persons: list[dict[str, Any]]


def plan_unmerge(person_id: str, *, records: Iterable[int] = (), cores: tuple[int, int] | None = None) -> Plan:
    """What parting a person would do; nothing is written. `records`: those that are another person; or `cores`: one record of each.

    Raises UsageError for an unknown person, records that are not this person's, and a cut that leaves nobody.
    """
    from tasks.identity.cuts import outcome, part_cores, take_out

    person = find_person(person_id).person_id
    with store.transaction() as connection:
        members = store.query(_RECORDS, connection, person=person)
        ids = [int(record) for record in members["record_id"]]
        with store.staged(connection, "member", "identity.features", members[["record_id"]]) as staged:
            edges = store.query(EDGES.format(among=staged), connection)
        register = store.query(_REGISTER, connection, ids=ids)
    named = set(cores or records)
    _require_members(person, named, ids)
    if cores is not None:
        if len(named) < 2:
            raise UsageError("a record cannot be parted from itself", mend="Name one record of each of the two.")
        cut = part_cores(members, edges, *cores)
    else:
        if not named or len(named) == len(ids):
            raise UsageError(
                "name some of the person's records, not none and not all", mend="The rest stays who it is."
            )
        cut = take_out(members, edges, named)
    return Plan(person, cut, _persons(person, members, register, outcome(members, edges, cut), cut))


def _require_members(person: str, named: set[int], ids: list[int]) -> None:
    if not ids:
        raise UsageError(f"{person} stands for nobody today")
    strange = sorted(named.difference(ids))
    if strange:
        told = ", ".join(map(str, strange))
        raise UsageError(
            f"not records of {person}: {told}", mend=f"`sinergi person explain {person}` shows its records."
        )


def _persons(
    person: str, members: pd.DataFrame, register: pd.DataFrame, label: dict[int, int], cut: Cut
) -> list[dict[str, Any]]:
    """The persons that come of it, with the ids that the register will give them."""
    import pandas as pd

    from tasks.identity.register import assign_ids

    clusters = pd.DataFrame({"record_id": list(label), "label": list(label.values())})
    current = members[["record_id"]].assign(unit_id=person)
    assigned = assign_ids("person", clusters, register, current)
    fresh = set(assigned.created["unit_id"])
    result = []
    for name, group in clusters.groupby("label")["record_id"]:
        unit, records = str(assigned.ids[name]), [int(record) for record in group]
        was = "new" if unit in fresh else "stays" if unit == person else "restored"
        result.append(
            {"person_id": unit, "was": was, "records": records, "in_question": not cut.bridges.isdisjoint(records)}
        )
    return result


def unmerge(plan: Plan, *, reason: str, judged_by: str) -> dict[str, int]:
    """Write the judgements of a plan; how many of each. What is said already is not said again, so that a second try ends the first.

    Raises Refused when a `same` that people said joins the two: it must be undone first.
    """
    ids = sorted(plan.cut.one | plan.cut.other | plan.cut.bridges)
    with store.transaction() as connection:
        said = {(a, b): word for a, b, word in connection.execute(sa.text(_JUDGED), {"ids": ids})}
    counts = {}
    for verdict, pairs in (("different", plan.cut.different), ("unsure", plan.cut.unsure)):
        told = ("different",) if verdict == "different" else ("same", "different", "unsure")
        open_ = [pair for pair in map(_ordered, pairs) if said.get(pair) not in told]
        counts[verdict] = len(record_judgements(open_, verdict, reason=reason, judged_by=judged_by)) if open_ else 0
    record_event("unmerge", plan.person_id, reason=reason, counts=counts)
    return counts


def _ordered(pair: tuple[int, int]) -> tuple[int, int]:
    return min(pair), max(pair)
