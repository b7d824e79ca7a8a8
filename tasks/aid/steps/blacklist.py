"""The blacklist: whom officers bar from aid, since when, until when and why; what was said against it, and what was decided.

An entry is a fact, and so is every act on it: nothing is changed or deleted. It names a person by id, never by a value, and follows that
id through merges. When the person is parted, whoever has the id stays barred, and whoever else has records of it waits, until an officer
lifts the entry and bars the one who was meant.
Belongs here: barring, the appeal, its decision. Does not belong here: who is barred on a reference date (facts.py).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import sqlalchemy as sa

from schemas.errors import Refused, UsageError
from schemas.programmes import outlines
from tasks import store
from tasks.aid.steps.officers import require_officer
from tasks.step import step
from tasks.trail import record_event

Act = Literal["appeal", "uphold", "lift"]

_STANDS = """
SELECT coalesce(f.current_id, r.unit_id) FROM identity.id_register r LEFT JOIN aid.forward f USING (unit_kind, unit_id)
 WHERE r.unit_kind = 'person' AND r.unit_id = :id"""

_BARRED_BY = """
SELECT blacklist_id FROM aid.blacklist_now
 WHERE unit_kind = 'person' AND current_id = :person AND (expires_on IS NULL OR expires_on > :today) ORDER BY 1 LIMIT 1"""

_BAR = """
INSERT INTO aid.blacklist (unit_kind, unit_id, reason, listed_by, listed_on, counts_from, expires_on, record_ids)
SELECT 'person', :person, :reason, :officer, :today, :since, :expires_on, coalesce(array_agg(record_id ORDER BY record_id), '{}')
  FROM identity.membership WHERE unit_kind = 'person' AND unit_id = :person AND to_run IS NULL
RETURNING blacklist_id"""

_ENTRY = """
SELECT unit_id, listed_by,
       (SELECT act FROM aid.blacklist_act a WHERE a.blacklist_id = b.blacklist_id ORDER BY act_id DESC LIMIT 1) AS last_act
  FROM aid.blacklist b WHERE blacklist_id = :id"""

_ACT = """
INSERT INTO aid.blacklist_act (blacklist_id, act, officer_id, reason, acted_on)
VALUES (:id, :act, :officer, :reason, :today)"""


@step()
def bar(
    person_id: str,
    officer: str,
    reason: str,
    today: dt.date,
    *,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> dict[str, Any]:
    """Put a person on the blacklist, under the id that stands for any id it ever had: barred on reference dates from `since`, by default
    those of every open round, to `until`, both included. Returns {blacklist_id, person_id, since, until, officer}.

    Raises UsageError (no such person, no reason, an end that is past or before the beginning) and Refused (barred already, no approver).
    """
    begins = since or _reach_of_open_rounds(today)
    if until is not None and until < max(today, begins):
        raise UsageError(f"until {until}: that is over before it begins to count", mend="Name a later day, or none.")
    with store.transaction(lock=True) as connection:
        require_officer(connection, officer, "approver")
        person = connection.scalar(sa.text(_STANDS), {"id": person_id})
        if person is None:
            raise UsageError("there is no such person", mend="`sinergi person find` finds one by NIK or name.")
        values = {
            "person": person,
            "reason": _required(reason),
            "officer": officer,
            "today": today,
            "since": begins,
            "expires_on": until and until + dt.timedelta(days=1),
        }
        standing = connection.scalar(sa.text(_BARRED_BY), values)
        if standing is not None:
            raise Refused(
                f"person {person} is barred by entry {standing} already",
                mend="To bar otherwise, lift that one: `sinergi aid blacklist lift`.",
            )
        blacklist_id = int(connection.execute(sa.text(_BAR), values).scalar_one())
        record_event("aid.blacklist.add", f"{blacklist_id}/{person}", actor=officer, connection=connection)
    return {
        "blacklist_id": blacklist_id,
        "person_id": person,
        "since": begins.isoformat(),
        "until": until and until.isoformat(),
        "officer": officer,
    }


def _reach_of_open_rounds(today: dt.date) -> dt.date:
    """The earliest reference date of the open rounds when it is past: who is barred today is on no list that is made from today on."""
    open_ = [entry.reference_date for programme in outlines().values() for entry in programme.rounds if entry.is_open]
    return min([today, *open_])


@step()
def act_on_entry(blacklist_id: int, act: Act, officer: str, reason: str, today: dt.date) -> dict[str, Any]:
    """Keep what the person says against an entry (`appeal`: it goes on barring), or an approver's decision: `uphold` by another officer
    than the one who listed, `lift` at any time. Returns {blacklist_id, person_id, act, officer}.

    Raises UsageError (no such entry, no reason) and Refused (lifted already, no open appeal or one already, the officer may not).
    """
    values = {"id": blacklist_id, "act": act, "officer": officer, "reason": _required(reason), "today": today}
    with store.transaction(lock=True) as connection:
        require_officer(connection, officer, None if act == "appeal" else "approver")
        entry = connection.execute(sa.text(_ENTRY), values).one_or_none()
        if entry is None:
            raise UsageError(
                f"there is no entry {blacklist_id} on the blacklist", mend="`sinergi aid blacklist list` shows them."
            )
        refusal = _why_not(act, entry.last_act, is_own=officer == entry.listed_by)
        if refusal is not None:
            raise Refused(f"entry {blacklist_id}: {refusal}")
        connection.execute(sa.text(_ACT), values)
        record_event(f"aid.blacklist.{act}", f"{blacklist_id}/{entry.unit_id}", actor=officer, connection=connection)
    return {"blacklist_id": blacklist_id, "person_id": entry.unit_id, "act": act, "officer": officer}


def _why_not(act: Act, last_act: Act | None, *, is_own: bool) -> str | None:
    """Why an act cannot follow the last one on an entry; None when it can. `is_own`: by the officer who listed."""
    if last_act == "lift":
        return "it was lifted already"
    if act == "appeal" and last_act == "appeal":
        return "an appeal is open already; it is upheld or lifted first"
    if act == "uphold" and last_act != "appeal":
        return "no appeal is open"
    if act == "uphold" and is_own:
        return "who listed it does not decide the appeal; another approver does"
    return None


def _required(reason: str) -> str:
    if not reason.strip():
        raise UsageError("a reason is needed", mend="Say it with --reason, without names and numbers; it is kept.")
    return reason.strip()
