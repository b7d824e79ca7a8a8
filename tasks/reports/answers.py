"""The warehouse's answers to the report's questions as a file, so that a night in which nothing was written need not ask again.

Belongs here: answers -> JSON and back, with dates and sums as they were. Does not belong here: asking, or deciding whether they still hold
(steps, tasks/quiet). Counts, codes and names of files only, as in the report itself.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

Answers = dict[str, list[dict[str, Any]]]


def question(sql: str, values: dict[str, Any]) -> str:
    """What names one question: its text and its values."""
    return json.dumps([sql, values], sort_keys=True)


def written(run_id: int, answers: Answers) -> bytes:
    """The answers as a run got them."""
    return json.dumps({"run": run_id, "answers": answers}, default=_as_json).encode()


def read(content: bytes, run_id: int) -> Answers:
    """The answers of that run; none when the file is another run's or is not whole."""
    try:
        told = json.loads(content, object_hook=_from_json)
    except ValueError:
        return {}
    return told["answers"] if isinstance(told, dict) and told.get("run") == run_id else {}


def _as_json(value: Any) -> dict[str, str]:
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _from_json(value: dict[str, Any]) -> Any:
    if value.keys() == {"$date"}:
        return date.fromisoformat(value["$date"])
    if value.keys() == {"$decimal"}:
        return Decimal(value["$decimal"])
    return value
