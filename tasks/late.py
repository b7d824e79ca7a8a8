"""Who has not sent: lists that offices were expected to send (schemas/calendar.py) and that are not in the warehouse.

Belongs here: setting the calendar beside what came, for the command line, the night, the report and the doctor. Does not belong here:
what is expected (schemas/reference/calendar.yaml), reminding anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from schemas.calendar import overdue
from schemas.regions import regencies, regency_name
from schemas.settings import settings
from tasks import store

NOTHING_SENT = "nothing sent"


def late_lists(today: date, connection: sa.Connection | None = None) -> list[dict[str, Any]]:
    """Lists that were expected before `today` and are not in the warehouse, by regency and due day.

    One line each: `regency_code, regency, kind, period, due_on` (ISO), `days_late`, and `state`: `nothing sent`, or what became of the
    file that came (waiting, refused). The regencies are those of the province that is set, else of the provinces whose offices have
    sent anything.
    """
    if connection is None:
        with store.transaction() as own:
            return late_lists(today, own)
    came = [dict(row) for row in connection.execute(sa.text(_CAME)).mappings()]
    codes = [str(row["regency_code"]) for row in came]
    provinces = {settings().province} if settings().province else {code[:2] for code in codes if code in regencies()}
    states = {(row["regency_code"], row["kind"], row["period"]): row["state"] for row in came}
    unread = {row["regency_code"]: row["state"] for row in came if row["kind"] is None}
    found = []
    for late in overdue(today):
        for code in sorted(code for code in regencies() if code[:2] in provinces and late.expected.awaits(code)):
            state = states.get((code, late.expected.kind, late.period), unread.get(code, NOTHING_SENT))
            if state != "taken":
                days = (today - late.due_on).days
                found.append(
                    {
                        "regency_code": code, "regency": regency_name(code), "kind": late.expected.kind, "period": late.period,
                        "due_on": late.due_on.isoformat(), "days_late": days, "state": state,
                    }
                )  # fmt: skip
    return sorted(found, key=lambda line: (line["regency_code"], line["due_on"], line["kind"]))


def count_late(lines: Iterable[dict[str, Any]]) -> dict[str, int]:
    """How many lists are late, and of how many regencies."""
    codes = [line["regency_code"] for line in lines]
    return {"lists": len(codes), "regencies": len(set(codes))}


_CAME = """
SELECT regency_code, kind, period,
       CASE WHEN bool_or(state IN ('loaded', 'answered', 'no_change')) THEN 'taken' ELSE min(state) END AS state
  FROM intake.submission WHERE same_as IS NULL AND state <> 'unpacked' GROUP BY regency_code, kind, period
"""
