"""Draft lists: every open round of every programme, decided set-based, rewritten only where a decision changed.

Belongs here: candidates -> decisions of a draft. Does not belong here: rules (schemas/programmes, tasks/aid/eligibility), locking and
publishing (lists.py, publishing.py). A locked or published list is never touched: what is new goes to the next version, after a
publication to the next phase, where whoever was aided is out.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from schemas.programmes import Programme, Round, outlines, programmes
from tasks import store
from tasks.aid.canonical import key_sql
from tasks.aid.eligibility import verdict_sql
from tasks.aid.steps.facts import candidates_sql
from tasks.aid.steps.marks import GoldMark, gold_mark, round_values, rules_mark
from tasks.step import step

_COLUMNS = (
    "unit_kind", "unit_id", "person_id", "business_id", "household_id", "decision", "decisive_reason", "reasons", "facts", "rank",
    "amount_idr", "key",
)  # fmt: skip

#: persons whose golden rows, or whose businesses', moved since a draft was built, whom merged ids stand for now, and who have a NIK that
#: one of them has or had
_TOUCHED = """
CREATE TEMP TABLE touched ON COMMIT DROP AS
WITH moved AS (
  SELECT person_id FROM gold.person WHERE from_run > :since OR to_run > :since
  UNION
  SELECT person_id FROM gold.business WHERE (from_run > :since OR to_run > :since) AND person_id IS NOT NULL
)
SELECT person_id FROM moved
UNION
SELECT f.current_id FROM moved JOIN aid.forward f ON f.unit_kind = 'person' AND f.unit_id = moved.person_id
UNION
SELECT o.person_id FROM gold.person p JOIN gold.person o ON o.nik = p.nik AND o.to_run IS NULL
 WHERE p.from_run > :since OR p.to_run > :since"""


@step()
def build_drafts(run_id: int, *, is_gold_same: bool = False) -> dict[str, Any]:
    """Bring the draft of every open round up to date, one transaction per round under the consolidation lock.

    `is_gold_same`: nobody wrote golden rows since the last night (tasks/quiet); then they are not read to find that out.
    Returns {"lists": {list_id: {in, out, waiting, written}}, "unchanged": rounds without news}. Must not be called while this process
    holds the consolidation lock on another connection.
    """
    lists: dict[str, dict[str, int]] = {}
    unchanged = 0
    for programme in outlines().values():
        for entry in programme.rounds:
            if not entry.is_open:
                continue
            with store.transaction(lock=True) as connection:
                built = build_round(connection, programme, entry, run_id, is_gold_same)
            if built is None:
                unchanged += 1
            else:
                lists[built.pop("list_id")] = built
    return {"lists": lists, "unchanged": unchanged}


@step()
def forget_drafts() -> None:
    """Let the next `build_drafts` decide every draft anew in full, whatever it was made from; nobody can lock one until then."""
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE aid.list SET rules_mark = '' WHERE state = 'draft'"))


def build_round(
    connection: sa.Connection, programme: Programme, entry: Round, run_id: int, is_gold_same: bool = False
) -> dict[str, Any] | None:
    """Build or refresh one round's draft; None when nothing it is made from has changed, or its phases are used up."""
    rules = rules_mark(connection, programme, entry)
    latest = _latest(connection, programme, entry)
    if is_gold_same and latest is not None and latest.rules_mark == rules:
        return None
    gold = gold_mark(connection)
    if latest is not None and (latest.rules_mark, latest.gold_mark) == (rules, gold.mark):
        return None
    phase = _phase(connection, programme, entry)
    if entry.phases is not None and phase > entry.phases:
        return None
    programme = programmes()[programme.code]
    _register(connection, programme, entry)
    seats = _seats_left(connection, programme, entry)
    is_refresh = latest is not None and latest.state == "draft"
    list_id = latest.list_id if is_refresh else _open_list(connection, programme, entry, phase, run_id)
    since = latest.gold_run if is_refresh and latest.rules_mark == rules and seats is None else None
    _decide(connection, programme, entry, list_id, phase, seats, since)
    is_partial = since is not None
    stood = _count(connection, list_id, is_partial) if is_partial else {}
    written = _write(connection, list_id, is_refresh, is_partial)
    counts = _close(connection, programme, list_id, seats, rules, gold, run_id, stood)
    return {"list_id": list_id, **counts, "written": written}


def _latest(connection: sa.Connection, programme: Programme, entry: Round) -> Any:
    """The newest list of the round that stands, or None."""
    return connection.execute(
        sa.text(
            "SELECT list_id, state, rules_mark, gold_mark, gold_run FROM aid.list WHERE programme = :programme AND round = :round"
            " AND state <> 'withdrawn' ORDER BY phase DESC, version DESC LIMIT 1"
        ),
        {"programme": programme.code, "round": entry.round},
    ).one_or_none()


def _phase(connection: sa.Connection, programme: Programme, entry: Round) -> int:
    """The phase that the next list belongs to: a phase ends with its publication."""
    sql = "SELECT count(*) + 1 FROM aid.list WHERE programme = :programme AND round = :round AND state = 'published'"
    return int(connection.execute(sa.text(sql), {"programme": programme.code, "round": entry.round}).scalar_one())


def _seats_left(connection: sa.Connection, programme: Programme, entry: Round) -> int | None:
    """Seats of the round that no published award took; None = no limit."""
    if entry.seats is None:
        return None
    sql = "SELECT count(*) FROM aid.claim JOIN aid.list l USING (list_id) WHERE l.programme = :programme AND l.round = :round"
    taken = connection.execute(sa.text(sql), {"programme": programme.code, "round": entry.round}).scalar_one()
    return max(entry.seats - int(taken), 0)


def _register(connection: sa.Connection, programme: Programme, entry: Round) -> None:
    """Keep the programme body by its hash, and the round as the file has it now."""
    connection.execute(
        sa.text(
            "INSERT INTO aid.programme (programme_sha256, code, body) VALUES (:sha, :code, CAST(:body AS jsonb))"
            " ON CONFLICT (programme_sha256) DO NOTHING"
        ),
        {"sha": programme.sha256, "code": programme.code, "body": json.dumps(programme.body, ensure_ascii=False)},
    )
    connection.execute(
        sa.text(
            "INSERT INTO aid.round AS r (programme, round, reference_date, seats) VALUES (:programme, :round, :reference_date, :seats)"
            " ON CONFLICT (programme, round) DO UPDATE SET reference_date = excluded.reference_date, seats = excluded.seats"
            " WHERE (r.reference_date, r.seats) IS DISTINCT FROM (excluded.reference_date, excluded.seats)"
        ),
        {**round_values(programme, entry), "seats": entry.seats},
    )


def _open_list(connection: sa.Connection, programme: Programme, entry: Round, phase: int, run_id: int) -> str:
    """Insert an empty draft as the next version of the phase and return its id."""
    values = {"programme": programme.code, "round": entry.round, "phase": phase}
    sql = "SELECT coalesce(max(version), 0) + 1 FROM aid.list WHERE programme = :programme AND round = :round AND phase = :phase"
    version = int(connection.execute(sa.text(sql), values).scalar_one())
    list_id = f"{programme.code}.{entry.round}.{phase}.v{version}"
    connection.execute(
        sa.text(
            "INSERT INTO aid.list (list_id, programme, round, phase, version, programme_sha256, state, in_count, out_count, waiting_count,"
            " amount_idr, rules_mark, gold_mark, gold_run, run_id)"
            " VALUES (:list_id, :programme, :round, :phase, :version, :sha, 'draft', 0, 0, 0, 0, '', '', 0, :run)"
        ),
        {**values, "list_id": list_id, "version": version, "sha": programme.sha256, "run": run_id},
    )
    return list_id


def _decide(
    connection: sa.Connection,
    programme: Programme,
    entry: Round,
    list_id: str,
    phase: int,
    seats: int | None,
    since: int | None,
) -> None:
    """Fill the temporary table `fresh` with the decisions of all candidates, or of those touched since a run."""
    if since is not None:
        connection.execute(sa.text(_TOUCHED), {"since": since})
        connection.execute(sa.text("ANALYZE touched"))
    carry = ("person_id", "business_id", "household_id", "facts")
    candidates = f"({candidates_sql(programme, None if since is None else 'touched')})"
    key = f"CASE WHEN decision = 'in' THEN {key_sql(programme, entry.round, phase)} END"
    connection.execute(
        sa.text(
            f"CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT CAST(:list_id AS text) AS list_id, 'person'::text AS unit_kind, decided.*,"
            f" {key} AS key FROM ({verdict_sql(programme, candidates, seats, carry)}) AS decided"
        ),
        {**round_values(programme, entry), "list_id": list_id},
    )


def _write(connection: sa.Connection, list_id: str, is_refresh: bool, is_partial: bool) -> int:
    """Bring aid.decision to `fresh`: only rows that differ are written. Returns how many."""
    columns = ", ".join(_COLUMNS)
    insert = f"INSERT INTO aid.decision (list_id, {columns}) SELECT list_id, {columns} FROM fresh"
    if not is_refresh:
        written = connection.execute(sa.text(insert)).rowcount
        # the columns that are searched by; looking at the facts would take longer than all else
        connection.execute(
            sa.text("ANALYZE aid.decision (list_id, unit_kind, unit_id, person_id, decision, decisive_reason)")
        )
        return written
    connection.execute(sa.text("ANALYZE fresh"))
    among = " AND unit_id IN (SELECT person_id FROM touched)" if is_partial else ""
    gone = connection.execute(
        sa.text(
            f"DELETE FROM aid.decision d WHERE list_id = :list_id{among} AND NOT EXISTS (SELECT 1 FROM fresh f WHERE f.unit_id = d.unit_id)"
        ),
        {"list_id": list_id},
    ).rowcount
    values = _COLUMNS[2:]
    old, new = (", ".join(f"{table}.{name}" for name in values) for table in ("d", "f"))
    sets = ", ".join(f"{name} = excluded.{name}" for name in values)
    picked = ", ".join(f"f.{name}" for name in _COLUMNS)
    changed = connection.execute(
        sa.text(
            f"INSERT INTO aid.decision (list_id, {columns}) SELECT f.list_id, {picked} FROM fresh f"
            f" LEFT JOIN aid.decision d ON d.list_id = f.list_id AND d.unit_kind = f.unit_kind AND d.unit_id = f.unit_id"
            f" WHERE d.unit_id IS NULL OR ({old}) IS DISTINCT FROM ({new})"
            f" ON CONFLICT (list_id, unit_kind, unit_id) DO UPDATE SET {sets}"
        )
    ).rowcount
    return gone + changed


def _count(connection: sa.Connection, list_id: str, is_partial: bool) -> dict[str, int]:
    """How many decisions of a list are in, out and waiting, and the money of those that are in; of the touched persons, or of all."""
    among = " AND unit_id IN (SELECT person_id FROM touched)" if is_partial else ""
    sql = (
        "SELECT count(*) FILTER (WHERE decision = 'in') AS in_count, count(*) FILTER (WHERE decision = 'out') AS out_count,"
        " count(*) FILTER (WHERE decision = 'waiting') AS waiting_count, coalesce(sum(amount_idr), 0)::bigint AS amount_idr"
        f" FROM aid.decision WHERE list_id = :list_id{among}"
    )
    return {name: int(n) for name, n in connection.execute(sa.text(sql), {"list_id": list_id}).mappings().one().items()}


def _close(
    connection: sa.Connection,
    programme: Programme,
    list_id: str,
    seats: int | None,
    rules: str,
    gold: GoldMark,
    run_id: int,
    stood: dict[str, int],
) -> dict[str, int]:
    """Write the list's counts and fingerprints; returns {in, out, waiting}. `stood`: the counts of the touched persons before they
    were written, when only those were: the list's counts move by the difference."""
    counted = _count(connection, list_id, is_partial=bool(stood))
    moved = {name: number - stood.get(name, 0) for name, number in counted.items()}
    row = connection.execute(
        sa.text(
            "UPDATE aid.list SET programme_sha256 = :sha, seats = :seats, rules_mark = :rules, gold_mark = :gold,"
            " gold_run = least(CAST(:newest AS bigint), alive.before), run_id = :run, built_at = now(),"
            " in_count = :kept * in_count + :in_count, out_count = :kept * out_count + :out_count,"
            " waiting_count = :kept * waiting_count + :waiting_count, amount_idr = :kept * amount_idr + :amount_idr"
            # a run that is under way may still write golden rows older than the newest: what it writes must count as new
            " FROM (SELECT min(run_id) - 1 AS before FROM audit.run WHERE state = 'running' AND run_id <> :run) AS alive"
            " WHERE list_id = :list_id RETURNING list.in_count, list.out_count, list.waiting_count"
        ),
        {
            **moved,
            "kept": int(bool(stood)),
            "sha": programme.sha256,
            "seats": seats,
            "rules": rules,
            "gold": gold.mark,
            "newest": gold.newest_run,
            "run": run_id,
            "list_id": list_id,
        },
    ).one()
    return {"in": row.in_count, "out": row.out_count, "waiting": row.waiting_count}
