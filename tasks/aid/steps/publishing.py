"""Publication: one transaction that claims, fixes the bytes, signs and queues what is to be sent; then files derived from it.

Belongs here: publish, the standing approval, the published folder. Does not belong here: sending (tasks/delivery). The unique constraint
on aid.claim and aid.claim_nik is the judge of double aid (P7): when a person or a NIK is claimed, nothing is published and the list must
be built again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from schemas.errors import InvariantBroken, Refused
from schemas.messages import ListHead, build_messages, line_table, message_table
from schemas.programmes import Programme, outlines, programmes
from tasks import store
from tasks.aid.canonical import body_sql, publication_statement, standing_statement
from tasks.aid.signing import is_signed
from tasks.aid.steps.facts import BARRED, PAID_NIKS, UNPAID_NIKS
from tasks.aid.steps.files import write_published
from tasks.aid.steps.lists import fix, frozen_programme, list_row, require_unchanged, valid_approvals
from tasks.aid.steps.marks import gold_mark, rules_mark
from tasks.aid.steps.officers import NIGHTLY, add_officer_row, require_officer, sign_as
from tasks.backup import is_unreconciled
from tasks.quality.labels import current_quality
from tasks.quality.words import warning
from tasks.runs import take_turn
from tasks.step import step
from tasks.trail import record_event

NAMED_UNITS = 10  # how many unit ids a refusal names
BUILD_AGAIN = "Nothing was published. Withdraw the list and build it again."

_LINES = """
SELECT list_id || '/' || unit_id AS line_id, unit_kind, unit_id, facts -> 'nik' ->> 0 AS nik, facts -> 'full_name' ->> 0 AS full_name,
       amount_idr
  FROM aid.decision WHERE list_id = :list_id AND decision = 'in' ORDER BY unit_id COLLATE "C\""""

#: the awards of this list with the NIKs that are sent, and the ids that their units have now
_AWARDS = """
SELECT d.unit_kind, d.unit_id, d.amount_idr, d.facts -> 'nik' ->> 0 AS nik, (d.facts -> 'is_blacklisted' ->> 0)::boolean AS was_barred,
       coalesce(f.current_id, d.unit_id) AS current_id
  FROM aid.decision d LEFT JOIN aid.forward f ON f.unit_kind = d.unit_kind AND f.unit_id = d.unit_id
 WHERE d.list_id = :list_id AND d.decision = 'in'"""

_TAKEN = f"""
WITH award AS ({_AWARDS})
SELECT award.unit_id FROM award JOIN aid.claim_now c USING (unit_kind, current_id)
 WHERE c.conflict_group = :conflict_group AND c."window" = :window
UNION
SELECT award.unit_id FROM award JOIN ({PAID_NIKS}) AS paid USING (nik)
UNION
SELECT unit_id FROM (SELECT unit_id, count(*) OVER (PARTITION BY unit_kind, current_id) AS units,
                            count(nik) OVER (PARTITION BY nik) AS niks FROM award) AS twice WHERE units > 1 OR niks > 1
ORDER BY 1"""

#: awards whose unit has another NIK by now, or stands for nobody: the money would go to a number that the warehouse no longer believes
_CORRECTED = f"""
WITH award AS ({_AWARDS})
SELECT award.unit_id FROM award LEFT JOIN gold.person p ON p.person_id = award.current_id AND p.to_run IS NULL
 WHERE award.nik IS DISTINCT FROM p.nik ORDER BY 1"""

#: awards whose unit is on the blacklist by now and was not when it was judged
_BARRED_SINCE = f"""
WITH award AS ({_AWARDS})
SELECT award.unit_id FROM award JOIN ({BARRED}) AS barred ON barred.unit_id = award.current_id WHERE NOT award.was_barred ORDER BY 1"""

#: the slot is the first, or the next for every time that this NIK was claimed and a receiver refused it
_CLAIM = f"""
INSERT INTO aid.claim (conflict_group, unit_kind, unit_id, "window", slot, list_id, person_id, amount_idr, run_id)
SELECT :conflict_group, unit_kind, current_id, :window, 1 + coalesce(unpaid.times, 0), :list_id, unit_id, amount_idr, :run
  FROM ({_AWARDS}) AS award LEFT JOIN (SELECT nik, count(*) AS times FROM ({UNPAID_NIKS}) AS c GROUP BY nik) AS unpaid USING (nik)
ON CONFLICT DO NOTHING"""

_CLAIM_NIKS = f"""
INSERT INTO aid.claim_nik (conflict_group, nik, "window", slot, unit_kind, unit_id)
SELECT c.conflict_group, award.nik, c."window", c.slot, c.unit_kind, c.unit_id
  FROM ({_AWARDS}) AS award JOIN aid.claim c ON c.list_id = :list_id AND c.person_id = award.unit_id WHERE award.nik IS NOT NULL"""


@step()
def publish(list_id: str, officer: str, run_id: int | None = None, today: dt.date | None = None) -> dict[str, Any]:
    """Publish a locked and approved list, in one transaction under the consolidation lock. Published already: only its files are healed.

    Returns {list_id, state, sha256, count, total_idr, messages, folder}. Raises Refused (too few valid approvals, a person or a NIK on
    it is aided already or twice on it, a NIK is another or a person barred by now, unknown officer) and InvariantBroken (the decisions
    are not what was locked).
    """
    with store.transaction(lock=True) as connection:
        row = list_row(connection, list_id)
        if row["state"] != "published":
            if row["state"] != "locked":
                raise Refused(f"list {list_id} is {row['state']}, only a locked list can be published")
            require_officer(connection, officer)
            programme = frozen_programme(row)
            approvals = valid_approvals(connection, row)
            if len(approvals) < programme.approvals:
                told = f"list {list_id} has {len(approvals)} valid approvals of {programme.approvals}"
                raise Refused(told, mend="`sinergi aid approve` adds one.")
            told_head = require_unchanged(connection, row)
            _publish(connection, row, told_head, programme, officer, run_id, today)
        told_row = _told(connection, list_id)
    return {**told_row, "folder": str(write_published(list_id))}


@step()
def publish_standing(run_id: int, today: dt.date) -> dict[str, Any]:
    """Publish every fresh draft whose round has a standing approval in force today; without one nothing publishes by itself.

    Returns {"published": [list ids], "refused": {list_id: why}}. A draft that cannot be published is left as it is and named; so is
    every one while the precision of merged persons is estimated under its bound: then a person must approve it, knowing that; and every
    one after a restore that nobody has reconciled with the receivers.
    """
    published, refused = [], {}
    with store.transaction() as connection:
        sql = "SELECT list_id FROM aid.list WHERE state = 'draft' AND in_count > 0 ORDER BY list_id"
        drafts = list(connection.scalars(sa.text(sql)))
    for list_id in drafts:
        try:
            if _publish_under_standing(list_id, run_id, today):
                published.append(list_id)
        except Refused as error:
            refused[list_id] = str(error)
    for list_id in published:
        write_published(list_id)
    return {"published": published, "refused": refused}


def _publish_under_standing(list_id: str, run_id: int, today: dt.date) -> bool:
    with store.transaction(lock=True) as connection:
        row = list_row(connection, list_id)
        programme = outlines().get(row["programme"])
        if row["state"] != "draft" or programme is None or programme.sha256 != row["programme_sha256"]:
            return False
        officers = standing_officers(connection, row["programme"], row["round"], programme.sha256, today)
        if len(officers) < programme.approvals:
            return False
        if is_unreconciled(connection):
            raise Refused(
                f"list {list_id} is held back: its round may have been published after the backup that was restored",
                mend="Ask the receivers, then `sinergi db reconcile --by WHO --reason WHY`.",
            )
        warned = warning(current_quality(connection))
        if warned is not None:
            raise Refused(f"list {list_id} is held back: {warned['en']}")
        entry = programme.round_named(row["round"])
        marks = rules_mark(connection, programme, entry), gold_mark(connection).mark
        if marks != (row["rules_mark"], row["gold_mark"]):
            raise Refused(f"list {list_id} is older than the data")
        add_officer_row(connection, NIGHTLY, "Sinergi (proses malam)", "preparer")
        told_head = fix(connection, row, NIGHTLY)
        _publish(connection, list_row(connection, list_id), told_head, programme, NIGHTLY, run_id, today)
    return True


def _publish(
    connection: sa.Connection,
    row: dict[str, Any],
    told_head: str,
    programme: Programme,
    officer: str,
    run_id: int | None,
    today: dt.date | None,
) -> None:
    """Claims, bytes, signature, outbox and the audit line; the caller holds the lock and has checked the approvals.

    `told_head`: the head line of the canonical bytes, made in this transaction.
    """
    list_id = row["list_id"]
    run = _own_run(connection, today) if run_id is None else take_turn(connection, run_id, "aid")
    _claim(connection, row, programme, run)
    signature = sign_as(connection, officer, publication_statement(list_id, row["sha256"]))
    found = connection.scalar(
        sa.text(
            f"UPDATE aid.list SET state = 'published', body = {body_sql(programme)}, signature = :signature, signed_by = :officer,"
            " published_at = now(), published_run = :run, published_on = (SELECT today FROM audit.run WHERE run_id = :run)"
            " WHERE list_id = :list_id RETURNING encode(sha256(body), 'hex')"
        ),
        {"list_id": list_id, "head": told_head, "signature": signature, "officer": officer, "run": run},
    )
    if found != row["sha256"]:
        raise InvariantBroken("the published bytes are not the locked ones", where=list_id)
    message_count = _queue(connection, row, programme)
    connection.execute(  # a draft beside it was made before these claims
        sa.text(
            "WITH stale AS (SELECT list_id FROM aid.list WHERE programme = :programme AND round = :round AND state = 'draft')"
            " DELETE FROM aid.decision USING stale WHERE decision.list_id = stale.list_id"
        ),
        row,
    )
    connection.execute(
        sa.text("DELETE FROM aid.list WHERE programme = :programme AND round = :round AND state = 'draft'"), row
    )
    counts = {"in": row["in_count"], "messages": message_count}
    record_event("aid.publish", list_id, actor=officer, counts=counts, run=run, connection=connection)


def _own_run(connection: sa.Connection, today: dt.date | None) -> int:
    """A run of its own for a publication by hand."""
    sql = (
        "INSERT INTO audit.run (kind, today, state, finished_at)"
        " VALUES ('aid', coalesce(:today, current_date), 'done', now()) RETURNING run_id"
    )
    return int(connection.execute(sa.text(sql), {"today": today}).scalar_one())


def _claim(connection: sa.Connection, row: dict[str, Any], programme: Programme, run: int) -> None:
    """One claim per award, on the id that the unit has now, and beside it the NIK that is sent.

    Raises Refused naming the units that are aided already, whose NIK is not the locked one any more, or who are barred by now.
    """
    values = {
        "list_id": row["list_id"],
        "reference_date": programme.round_named(row["round"]).reference_date,
        "conflict_group": programme.conflict_group,
        "window": programme.window,
        "run": run,
    }
    taken = list(connection.scalars(sa.text(_TAKEN), values))
    claimed = 0 if taken else connection.execute(sa.text(_CLAIM), values).rowcount
    if claimed != row["in_count"]:
        named = ", ".join(taken[:NAMED_UNITS])
        raise Refused(
            f"{len(taken) or row['in_count'] - claimed} on list {row['list_id']} are aided already, or twice on it: {named}",
            mend=BUILD_AGAIN,
        )
    for changed, what in (
        (_CORRECTED, "have another NIK than when it was locked"),
        (_BARRED_SINCE, "were put on the blacklist since it was built"),
    ):
        units = list(connection.scalars(sa.text(changed), values))
        if units:
            named = ", ".join(units[:NAMED_UNITS])
            raise Refused(f"{len(units)} on list {row['list_id']} {what}: {named}", mend=BUILD_AGAIN)
    connection.execute(sa.text(_CLAIM_NIKS), values)


def _queue(connection: sa.Connection, row: dict[str, Any], programme: Programme) -> int:
    """The outbox messages and lines for every receiver of the programme; returns the number of messages."""
    sent = ListHead(
        row["list_id"],
        row["programme"],
        row["round"],
        row["phase"],
        row["version"],
        row["sha256"],
        row["in_count"],
        row["amount_idr"],
    )
    lines = store.query(_LINES, connection, list_id=row["list_id"])
    messages = [message for receiver in programme.receivers for message in build_messages(receiver, sent, lines)]
    store.copy_in(connection, "outbox.message", message_table(messages))
    store.copy_in(connection, "outbox.line", line_table(messages))
    connection.execute(
        sa.text("ANALYZE outbox.line")
    )  # filled in bulk a moment ago; the sender asks it message by message
    return len(messages)


def _told(connection: sa.Connection, list_id: str) -> dict[str, Any]:
    row = list_row(connection, list_id)
    count = connection.scalar(
        sa.text("SELECT count(*) FROM outbox.message WHERE list_id = :list_id"), {"list_id": list_id}
    )
    return {
        "list_id": list_id,
        "state": row["state"],
        "sha256": row["sha256"],
        "count": row["in_count"],
        "total_idr": row["amount_idr"],
        "messages": count,
    }


@step()
def stand(programme_code: str, round_name: str, officer: str, valid_until: dt.date) -> dict[str, Any]:
    """One officer's standing approval: the nightly may publish this round until that day, under the rules as they are now.

    Returns {programme, round, valid_until, officers, needed}. Raises Refused (unknown programme or round, not an approver).
    """
    programme = programmes().get(programme_code)
    if programme is None or round_name not in {entry.round for entry in programme.rounds}:
        raise Refused(f"there is no round {programme_code}.{round_name}")
    statement = standing_statement(programme_code, round_name, programme.sha256, valid_until.isoformat())
    with store.transaction() as connection:
        require_officer(connection, officer, "approver")
        added = connection.execute(
            sa.text(
                "INSERT INTO aid.standing_approval (programme, round, officer_id, programme_sha256, valid_until, signature)"
                " VALUES (:programme, :round, :officer, :sha, :until, :signature) ON CONFLICT DO NOTHING"
            ),
            {
                "programme": programme_code,
                "round": round_name,
                "officer": officer,
                "sha": programme.sha256,
                "until": valid_until,
                "signature": sign_as(connection, officer, statement),
            },
        ).rowcount
        if added:
            record_event("aid.stand", f"{programme_code}.{round_name}", actor=officer, connection=connection)
        officers = standing_officers(connection, programme_code, round_name, programme.sha256, valid_until)
    return {
        "programme": programme_code,
        "round": round_name,
        "valid_until": valid_until.isoformat(),
        "officers": officers,
        "needed": programme.approvals,
    }


def standing_officers(
    connection: sa.Connection, programme: str, round_name: str, programme_sha256: str, today: dt.date
) -> list[str]:
    """Active officers whose standing approval of this round under these rules is in force today and bears their signature; sorted."""
    found = connection.execute(
        sa.text(
            "SELECT s.officer_id, s.valid_until, s.signature, o.public_key FROM aid.standing_approval s"
            " JOIN aid.officer o USING (officer_id) WHERE s.programme = :programme AND s.round = :round AND o.is_active"
            " AND s.programme_sha256 = :sha AND s.valid_until >= :today"
        ),
        {"programme": programme, "round": round_name, "sha": programme_sha256, "today": today},
    ).all()
    return sorted(
        {
            entry.officer_id
            for entry in found
            if is_signed(
                entry.public_key,
                entry.signature,
                standing_statement(programme, round_name, programme_sha256, entry.valid_until.isoformat()),
            )
        }
    )
