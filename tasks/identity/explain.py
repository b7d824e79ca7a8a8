"""Why some records are one person: the values with their sources, the edges that join the parts one after the other, what is open.

Belongs here: putting what the warehouse knows of a person into that order, values masked unless they may be shown. Does not belong
here: reading it (questions/person.py), words for people (wording.py), the page (page.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from schemas.identifiers import mask_nik, mask_text
from tasks.identity.bounds import STRENGTH
from tasks.identity.survivors import survivors
from tasks.identity.waterfall import Bar

Row = Mapping[str, Any]
#: the bars of a pair, or none when the model that scored it is not at hand
Bars = Callable[[Row], Sequence[Bar]]

#: golden columns that point at a person, with how they are masked
MASKED: dict[str, Callable[[str], str]] = {
    "nik": mask_nik, "kk_number": mask_nik, "full_name": mask_text, "phone": mask_text, "address": mask_text,
    "birth_place": mask_text, "birth_date": lambda text: "*" * len(text),
}  # fmt: skip
#: golden columns that are made of all records; no single record is their source
COMPUTED = ("regency_code", "claiming_regency_codes", "aid_hold", "is_in_review")
#: what a record says of its person's own work, under the names that survivorship gives it
OWN = {"own_activity_status": "activity_status", "own_verified_on": "verified_on"}


def explain_person(person_id: str, known: Mapping[str, Any], bars: Bars, *, show_values: bool) -> dict[str, Any]:
    """Everything about a person (`known`: as questions.person.read_person gives it) as plain JSON.

    `values`: golden values with record, rule and what other records say; `records`, numbered from 1; `joins`: the edges that hold the
    records together, strongest first, each with the parts it joined; `apart`: the parts left when no edge joins them; `other_pairs`,
    `judgements`, `open`, `forwarded`, `households`, `businesses`.
    """
    records = known["records"]
    number = {record["record_id"]: place for place, record in enumerate(records, start=1)}
    joins, apart, rest = join_parts(list(number), known["edges"], known["judgements"])

    def pair(edge: Row) -> dict[str, Any]:
        return _pair(edge, number, bars)

    return {
        "person_id": person_id,
        "values": golden_values(known["golden"], records, number, show_values=show_values),
        "records": [_record(record, number, show_values=show_values) for record in records],
        "joins": [
            {**pair(edge), "parts": [sorted(number[each] for each in part) for part in parts]} for edge, parts in joins
        ],
        "apart": [sorted(number[each] for each in part) for part in apart],
        "other_pairs": [_pair(edge, number, lambda _: ()) for edge in rest],  # may be thousands: told without their bits
        "judgements": [_judgement(judgement, number) for judgement in known["judgements"]],
        "open": [
            {**pair(edge), "other_person": edge["other_id"], "other_name": shown("full_name", edge["other_name"], show_values)}
            for edge in known["open"]
        ],
        "forwarded": known["forwarded"],
        "households": known["households"],
        "businesses": known["businesses"],
    }  # fmt: skip


def join_parts(
    records: Iterable[int], edges: Iterable[Row], judgements: Iterable[Row]
) -> tuple[list[tuple[Row, list[set[int]]]], list[set[int]], list[Row]]:
    """Join records as clusters.py does, strongest edge first: the edges that joined two parts with those parts, the parts that no edge
    joins in the end (none when all are one), and the edges that were not needed."""
    part = {record: {record} for record in records}
    judged = {(each["record_a"], each["record_b"]): each for each in judgements}
    said_same = [_as_edge(each) for each in judged.values() if each["verdict"] == "same"]
    edges = list(edges)
    joins: list[tuple[Row, list[set[int]]]] = []
    rest: list[Row] = []
    for edge in sorted([*said_same, *edges], key=_order):
        ends = edge["record_a"], edge["record_b"]
        one, other = part.get(ends[0]), part.get(ends[1])
        is_overruled = ends in judged and edge["tier"] != "judged"
        if one is None or other is None:
            continue
        if one is other or edge["verdict"] != "merge" or is_overruled:
            if edge["tier"] != "judged":
                rest.append(edge)
            continue
        joins.append((edge, [set(one), set(other)]))
        one |= other
        for record in other:
            part[record] = one
    left = {id(group): group for group in part.values()}
    return joins, list(left.values()) if len(left) > 1 else [], rest


def _as_edge(judgement: Row) -> dict[str, Any]:
    """A word `same` as an edge of its own, as merge takes it."""
    return {**judgement, "tier": "judged", "verdict": "merge", "clause": "JUDGED_SAME", "weight": None, "evidence": {}}


def _order(edge: Row) -> tuple[int, float, int, int]:
    return -STRENGTH[edge["tier"]], -(edge["weight"] or 0.0), edge["record_a"], edge["record_b"]


def golden_values(
    golden: Row, records: Sequence[Row], number: Mapping[int, int], *, show_values: bool
) -> list[dict[str, Any]]:
    """One line per golden value that is told: field, value, record (its number), record_id, rule, and the values that other records
    tell, where they differ (P6)."""
    sources, lines = golden["sources"], []
    for survivor in survivors()["person"]:
        for source, target in zip(survivor.sources, survivor.targets, strict=True):
            value = golden.get(target)
            if value is None:
                continue
            record_id, rule = sources.get(target) or sources["*"]
            said = _said(records, source, number) if golden["disagreements"].get(target) else {}
            lines.append({
                "field": target, "value": shown(target, value, show_values), "record": number.get(record_id),
                "record_id": record_id, "rule": rule, "differs": [
                    {"value": shown(target, told, show_values), "records": numbers}
                    for told, numbers in said.items() if told != str(value)
                ],
            })  # fmt: skip
    computed = [field for field in COMPUTED if golden.get(field) not in (None, False)]
    of_all: dict[str, Any] = {"record": None, "record_id": None, "rule": "computed", "differs": []}
    return [*lines, *({"field": field, "value": golden[field], **of_all} for field in computed)]


def _said(records: Sequence[Row], source: str, number: Mapping[int, int]) -> dict[str, list[int]]:
    """What records say of one column: value as text -> the numbers of the records that say it."""
    said: dict[str, list[int]] = {}
    for record in records:
        if source in OWN and record["kind"] == "cooperative":
            continue
        value = record["told"].get(OWN.get(source, source))
        if value is not None:
            said.setdefault(str(value), []).append(number[record["record_id"]])
    return said


def _record(record: Row, number: Mapping[int, int], *, show_values: bool) -> dict[str, Any]:
    """Where a record stands, and its name and NIK."""
    kept = ("record_id", "regency_code", "kind", "period", "submission_id", "file", "sheet", "row", "state")
    told = record["told"]
    return {
        "record": number[record["record_id"]],
        **{name: record[name] for name in kept},
        "full_name": shown("full_name", told["owner_name"], show_values),
        "nik": shown("nik", told["nik"], show_values),
        "is_nik_doubted": bool(record["is_nik_doubted"]),
    }


def _pair(edge: Row, number: Mapping[int, int], bars: Bars) -> dict[str, Any]:
    """A pair with its clause and its bits; a record of somebody else has no number."""
    told = [] if edge["tier"] == "judged" else bars(edge)
    return {
        "record_a": edge["record_a"], "record_b": edge["record_b"], "a": number.get(edge["record_a"]), "b": number.get(edge["record_b"]),
        "tier": edge["tier"], "verdict": edge["verdict"], "clause": edge["clause"], "weight": edge["weight"],
        "model_id": edge.get("model_id"), "judged_by": edge.get("judged_by"), "reason": edge.get("reason"),
        "evidence": dict(edge["evidence"]),
        "bits": [{"comparison": bar.comparison, "level": bar.level, "bits": round(bar.total, 4)} for bar in told],
    }  # fmt: skip


def _judgement(judgement: Row, number: Mapping[int, int]) -> dict[str, Any]:
    ends = judgement["record_a"], judgement["record_b"]
    return {**judgement, "a": number.get(ends[0]), "b": number.get(ends[1])}


def shown(field: str, value: Any, show_values: bool) -> Any:
    """A value as it may be seen."""
    if value is None or show_values or field not in MASKED:
        return value
    return MASKED[field](str(value))
