"""What the command line asks about aid: read-only queries, without pandas.

Belongs here: lists, officers, coverage, explanations. Does not belong here: any change, except the record that masked values were shown.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from schemas.errors import UsageError
from schemas.programmes import parse_programme
from tasks import store
from tasks.aid.explanation import explain_decision
from tasks.quality.labels import current_quality
from tasks.quality.words import warning

LISTS = """
SELECT list_id AS id, programme, round, phase, version, state, in_count AS "in", out_count AS "out", waiting_count AS waiting,
       amount_idr, preparer, (SELECT count(*) FROM aid.approval a WHERE a.list_id = l.list_id) AS approvals, sha256
  FROM aid.list l ORDER BY programme, round, phase, version"""

OFFICERS = "SELECT officer_id, full_name, role, public_key, is_active FROM aid.officer ORDER BY officer_id"

#: P14: the sum over all rows is the number of golden persons
COVERAGE = "SELECT coverage, count(*) AS persons FROM aid.coverage GROUP BY coverage ORDER BY coverage"

CONFLICTS = """
SELECT conflict_id, conflict_group, "window", unit_kind, unit_ids, amount_idr, opened_run
  FROM aid.conflict WHERE resolved_at IS NULL ORDER BY conflict_id"""

REASONS = """
SELECT decision, decisive_reason, count(*) AS persons FROM aid.decision WHERE list_id = :list_id
 GROUP BY decision, decisive_reason ORDER BY decision, persons DESC, decisive_reason"""

_DECISION = """
SELECT d.list_id, d.person_id, d.decision, d.decisive_reason, d.reasons, d.facts, d.rank, d.amount_idr, l.seats, p.body AS programme_body
  FROM aid.list l JOIN aid.programme p USING (programme_sha256)
  LEFT JOIN aid.decision d ON d.list_id = l.list_id AND d.unit_kind = 'person'
   AND d.unit_id IN (SELECT :person UNION SELECT current_id FROM aid.forward WHERE unit_kind = 'person' AND unit_id = :person)
 WHERE l.list_id = :list_id ORDER BY d.unit_id = :person DESC LIMIT 1"""


def lists() -> list[dict[str, Any]]:
    """Every list version: id, programme, round, phase, version, state, in, out, waiting, amount_idr, preparer, approvals, sha256.

    `warning`: what a draft or locked list says while the persons on it are known too badly ({code, id, en}); None for others.
    """
    every = _rows(LISTS)
    open_ = [row for row in every if row["state"] in ("draft", "locked")]
    told = warning(current_quality()) if open_ else None
    return [{**row, "warning": told if row in open_ else None} for row in every]


def officers() -> list[dict[str, Any]]:
    """Every officer with the public key."""
    return _rows(OFFICERS)


def coverage() -> dict[str, int]:
    """Golden persons by how they are reached: aided, on_list, held, waiting, uncovered (P14)."""
    return {row["coverage"]: row["persons"] for row in _rows(COVERAGE)}


def conflicts() -> list[dict[str, Any]]:
    """Open conflicts: two awards on one person, with the money."""
    return _rows(CONFLICTS)


def reasons(list_id: str) -> list[dict[str, Any]]:
    """How many persons of a list have which decision for which decisive reason."""
    return _rows(REASONS, list_id=list_id)


def explain(list_id: str, person_id: str, *, reason_to_show: str | None = None, actor: str = "cli") -> dict[str, Any]:
    """Why a person is in, out or waiting on a list; a merged id is followed. Raises UsageError for an unknown list or person.

    Names and NIKs are masked unless `reason_to_show` says why they are needed; that is recorded in audit.event.
    """
    with store.transaction() as connection:
        row = connection.execute(sa.text(_DECISION), {"list_id": list_id, "person": person_id}).mappings().one_or_none()
        if row is None:
            raise UsageError(f"there is no list {list_id!r}", mend="`sinergi aid lists` shows them.")
        if row["person_id"] is None:
            raise UsageError(f"there is no person {person_id!r} on list {list_id}")
        if reason_to_show is not None:
            sql = "INSERT INTO audit.event (actor, action, subject, reason) VALUES (:actor, 'show_values', :subject, :reason)"
            values = {"actor": actor, "subject": f"{list_id}/{row['person_id']}", "reason": reason_to_show}
            connection.execute(sa.text(sql), values)
    programme = parse_programme(row["programme_body"], list_id)
    return explain_decision(dict(row), programme, show_values=reason_to_show is not None)


def _rows(sql: str, **values: Any) -> list[dict[str, Any]]:
    with store.transaction() as connection:
        return [dict(row) for row in connection.execute(sa.text(sql), values).mappings()]
