"""A decision in words (P8): the decisive reason, all others, the values used with their sources, the rank against the cut-off.

Belongs here: putting a decision and its frozen programme together. Does not belong here: reading them (questions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.programmes import Programme
from schemas.programmes.facts import FACTS

MASK = "***"
#: how a source begins that is an entry of the blacklist; its number follows
BLACKLIST = "aid.blacklist"
WORDS = {"in": "Diusulkan", "out": "Ditolak", "waiting": "Menunggu"}


def explain_decision(row: Mapping[str, Any], programme: Programme, *, show_values: bool) -> dict[str, Any]:
    """One decision as plain JSON. `row` = the aid.decision row with `seats` of its list. Masked facts show their values only when asked.

    `reasons` has every code with its messages; codes of a hold that the programme does not give itself have none.
    """
    return {
        "list_id": row["list_id"],
        "person_id": row["person_id"],
        "decision": row["decision"],
        "decision_id": WORDS[row["decision"]],
        "decisive_reason": _reason(programme, row["decisive_reason"]),
        "reasons": [_reason(programme, code) for code in row["reasons"].split("|")],
        "facts": [
            {"fact": name, "label": FACTS[name].label, "value": _shown(name, value, show_values), "source": source}
            for name in programme.facts
            for value, source in (row["facts"][name],)
        ],
        "rank": row["rank"],
        "seats": row["seats"],
        "amount_idr": row["amount_idr"],
    }


def entries_used(told: Mapping[str, Any]) -> list[int]:
    """The entries of the blacklist that an explained decision names as a source."""
    sources = (str(fact["source"]).split(" ") for fact in told["facts"])
    return sorted({int(source[1]) for source in sources if source[0] == BLACKLIST})


def _reason(programme: Programme, code: str) -> dict[str, Any]:
    try:
        messages = programme.reason(code)
    except KeyError:
        messages = {}
    return {"code": code, "id": messages.get("id"), "en": messages.get("en")}


def _shown(name: str, value: Any, show_values: bool) -> Any:
    if value is None or show_values or not FACTS[name].is_masked:
        return value
    text = str(value)
    return f"{text[:4]}********{text[-4:]}" if name == "nik" else text[:1] + MASK
