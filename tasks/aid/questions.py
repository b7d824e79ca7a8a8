"""What the command line asks about aid: read-only queries, without pandas.

Belongs here: lists, officers, coverage, explanations. Does not belong here: any change, except the record that masked values were shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from schemas.errors import UsageError
from schemas.programmes import parse_programme
from schemas.settings import province_today
from tasks import store
from tasks.aid.explanation import entries_used, explain_decision
from tasks.asking import rows_of
from tasks.quality.labels import current_quality
from tasks.quality.words import warning
from tasks.trail import record_event

LISTS = """
SELECT list_id AS id, programme, round, phase, version, state, in_count AS "in", out_count AS "out", waiting_count AS waiting,
       amount_idr, preparer, (SELECT count(*) FROM aid.approval a WHERE a.list_id = l.list_id) AS approvals, sha256
  FROM aid.list l ORDER BY programme, round, phase, version"""

OFFICERS = "SELECT officer_id, full_name, role, public_key, is_active FROM aid.officer ORDER BY officer_id"

#: golden persons whose NIK another has too
SHARING_A_NIK = """
SELECT coalesce(sum(persons), 0) FROM (
       SELECT count(*) AS persons FROM gold.person WHERE to_run IS NULL AND nik IS NOT NULL GROUP BY nik HAVING count(*) > 1) AS shared"""

#: P14: the sum over all rows is the number of golden persons
COVERAGE = "SELECT coverage, count(*) AS persons FROM aid.coverage GROUP BY coverage ORDER BY coverage"

#: `persons`: whom the awards concern today, joined by |
CONFLICTS = """
SELECT conflict_id, cause, conflict_group, "window", unit_kind, unit_ids, amount_idr, opened_run,
       CASE cause WHEN 'one_person' THEN (
              SELECT string_agg(DISTINCT c.current_id, '|' ORDER BY c.current_id) FROM aid.claim_now c
               WHERE (c.conflict_group, c."window", c.unit_kind) = (k.conflict_group, k."window", k.unit_kind)
                 AND c.unit_id = ANY(string_to_array(k.unit_ids, '|')))
            ELSE (
              SELECT string_agg(DISTINCT m.unit_id, '|' ORDER BY m.unit_id)
                FROM aid.claim_of_two c JOIN identity.membership m ON m.unit_kind = 'person' AND m.record_id IN (c.record_a, c.record_b)
               WHERE (c.conflict_group, c."window", c.unit_kind, c.unit_id) = (k.conflict_group, k."window", k.unit_kind, k.unit_ids)
                 AND m.to_run IS NULL) END AS persons
  FROM aid.conflict k WHERE resolved_at IS NULL ORDER BY conflict_id"""

#: `in_question`: who was parted from the person since, joined by |; `state`: appealed = barred, and a decision is awaited
BLACKLIST = """
SELECT b.blacklist_id, coalesce(f.current_id, b.unit_id) AS person_id,
       (SELECT string_agg(d.unit_id, '|' ORDER BY d.unit_id) FROM aid.blacklist_doubt d
         WHERE d.blacklist_id = b.blacklist_id) AS in_question,
       CASE WHEN told.last_act = 'lift' THEN 'lifted' WHEN b.expires_on <= :today THEN 'expired'
            WHEN told.last_act = 'appeal' THEN 'appealed' ELSE 'in_force' END AS state,
       coalesce(b.counts_from, b.listed_on) AS since, b.expires_on - 1 AS until, b.reason, b.listed_by, b.listed_on,
       coalesce(told.acts, '[]') AS acts
  FROM aid.blacklist b LEFT JOIN aid.forward f ON f.unit_kind = b.unit_kind AND f.unit_id = b.unit_id
  CROSS JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_object('act', act, 'officer', officer_id, 'on', acted_on, 'reason', reason) ORDER BY act_id) AS acts,
              (array_agg(act ORDER BY act_id DESC))[1] AS last_act
         FROM aid.blacklist_act a WHERE a.blacklist_id = b.blacklist_id) AS told
 WHERE CAST(:id AS bigint) IS NULL OR b.blacklist_id = :id ORDER BY b.blacklist_id"""

#: claims on a person's ids that were taken while records of both sides stood together in it
CLAIMS_ON_BOTH = """
SELECT c.list_id, c.unit_id, c.conflict_group, c."window", c.amount_idr FROM aid.claim c
 WHERE c.unit_kind = 'person' AND c.unit_id IN (
       SELECT unit_id FROM identity.membership WHERE unit_kind = 'person' AND record_id = ANY(CAST(:one AS bigint[])))
   AND (SELECT count(DISTINCT m.record_id = ANY(CAST(:one AS bigint[]))) FROM identity.membership m
         WHERE m.unit_kind = 'person' AND m.unit_id = c.unit_id
           AND m.record_id = ANY(CAST(:one AS bigint[]) || CAST(:other AS bigint[]))
           AND c.run_id >= m.from_run AND (m.to_run IS NULL OR c.run_id < m.to_run)) = 2
 ORDER BY c.list_id, c.unit_id"""

REASONS = """
SELECT decision, decisive_reason, count(*) AS persons FROM aid.decision WHERE list_id = :list_id
 GROUP BY decision, decisive_reason ORDER BY decision, persons DESC, decisive_reason"""

_DECISION = """
SELECT d.list_id, d.person_id, d.decision, d.decisive_reason, d.reasons, d.facts, d.rank, d.amount_idr, l.seats, p.body AS programme_body
  FROM aid.list l JOIN aid.programme p USING (programme_sha256)
  LEFT JOIN aid.decision d ON d.list_id = l.list_id AND d.unit_kind = 'person' AND d.unit_id IN (
       WITH now AS (
         SELECT coalesce((SELECT current_id FROM aid.forward WHERE unit_kind = 'person' AND unit_id = :person), :person) AS id)
       SELECT :person UNION SELECT id FROM now
        UNION SELECT f.unit_id FROM aid.forward f JOIN now ON f.current_id = now.id WHERE f.unit_kind = 'person')
 WHERE l.list_id = :list_id ORDER BY d.unit_id = :person DESC, d.unit_id LIMIT 1"""


def lists() -> list[dict[str, Any]]:
    """Every list version: id, programme, round, phase, version, state, in, out, waiting, amount_idr, preparer, approvals, sha256.

    `warning`: what a draft or locked list says while the persons on it are known too badly ({code, id, en}); None for others.
    """
    every = rows_of(LISTS)
    open_ = [row for row in every if row["state"] in ("draft", "locked")]
    told = warning(current_quality()) if open_ else None
    return [{**row, "warning": told if row in open_ else None} for row in every]


def officers() -> list[dict[str, Any]]:
    """Every officer with the public key."""
    return rows_of(OFFICERS)


def coverage() -> dict[str, int]:
    """Golden persons by how they are reached: aided, on_list, held, waiting, uncovered (P14)."""
    return {row["coverage"]: row["persons"] for row in rows_of(COVERAGE)}


def conflicts() -> list[dict[str, Any]]:
    """Open conflicts with the money: `cause` = several awards on one person, or one on two; `persons` = whom they concern today."""
    return rows_of(CONFLICTS)


def blacklist(today: dt.date, blacklist_id: int | None = None) -> list[dict[str, Any]]:
    """Every entry ever made, or one: blacklist_id, person_id (of today), in_question, state (in_force, appealed, expired, lifted), since
    and until (the first and the last reference date it bars on), reason, listed_by, listed_on, acts ({act, officer, on, reason})."""
    return rows_of(BLACKLIST, today=today, id=blacklist_id)


def claims_on_both(one: Iterable[int], other: Iterable[int]) -> list[dict[str, Any]]:
    """Claims taken when records of both stood together in one person: list_id, unit_id, conflict_group, window, amount_idr."""
    return rows_of(CLAIMS_ON_BOTH, one=sorted(one), other=sorted(other))


def reasons(list_id: str) -> list[dict[str, Any]]:
    """How many persons of a list have which decision for which decisive reason."""
    return rows_of(REASONS, list_id=list_id)


def explain(list_id: str, person_id: str, *, reason_to_show: str | None = None, actor: str = "cli") -> dict[str, Any]:
    """Why a person is in, out or waiting on a list; whichever of a person's ids is given, those merged
    before and since are looked for too. `blacklist`: the entries that were used, as they stand today. Raises UsageError for an unknown
    list or person.

    Names and NIKs are masked unless `reason_to_show` says why they are needed; that is recorded in audit.event.
    """
    with store.transaction() as connection:
        row = connection.execute(sa.text(_DECISION), {"list_id": list_id, "person": person_id}).mappings().one_or_none()
        if row is None:
            raise UsageError(f"there is no list {list_id!r}", mend="`sinergi aid lists` shows them.")
        if row["person_id"] is None:
            raise UsageError(f"there is no person {person_id!r} on list {list_id}")
        if reason_to_show is not None:
            subject = f"{list_id}/{row['person_id']}"
            record_event("show_values", subject, actor=actor, reason=reason_to_show, connection=connection)
    programme = parse_programme(row["programme_body"], list_id)
    told = explain_decision(dict(row), programme, show_values=reason_to_show is not None)
    return {
        **told,
        "blacklist": [entry for number in entries_used(told) for entry in blacklist(province_today(), number)],
    }
