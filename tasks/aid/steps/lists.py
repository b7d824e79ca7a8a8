"""A list's way from draft to publication: lock, approve, withdraw; and what these acts share.

Belongs here: acts of officers on a draft or locked list, and the canonical bytes of a list in the warehouse. Does not belong here:
building drafts (drafts.py), claims and publication (publishing.py).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from schemas.errors import InvariantBroken, Refused, UsageError
from schemas.programmes import Programme, body_sha256, parse_programme, programmes
from tasks import store
from tasks.aid.canonical import DIGEST_SQL, approval_statement, body_sql, head_line
from tasks.aid.signing import is_signed
from tasks.aid.steps.marks import gold_mark, rules_mark
from tasks.aid.steps.officers import require_officer, sign_as
from tasks.quality.labels import current_quality
from tasks.quality.words import warning
from tasks.step import step
from tasks.trail import record_event


@step()
def lock(list_id: str, officer: str) -> dict[str, Any]:
    """Fix a draft: its canonical bytes get their SHA-256 and the officer becomes its preparer. Again by the same officer: no change.

    Returns {list_id, state, sha256, count, total_idr}. Raises Refused when it is no draft, has nobody in, another list of the round is
    locked, or what it was built from has changed since.
    """
    with store.transaction(lock=True) as connection:
        require_officer(connection, officer)
        row = list_row(connection, list_id)
        if row["state"] in ("locked", "published") and row["preparer"] == officer:
            return _told(row)
        if row["state"] != "draft":
            raise Refused(f"list {list_id} is {row['state']}, only a draft can be locked")
        _require_fresh(connection, row)
        fix(connection, row, officer)
        record_event("aid.lock", list_id, actor=officer, counts={"in": row["in_count"]}, connection=connection)
        return _told(list_row(connection, list_id))


def _require_fresh(connection: sa.Connection, row: dict[str, Any]) -> None:
    """A draft is locked only while it says what the warehouse says, and one list of a round at a time."""
    other = connection.scalar(
        sa.text("SELECT list_id FROM aid.list WHERE programme = :programme AND round = :round AND state = 'locked'"),
        row,
    )
    if other is not None:
        raise Refused(f"list {other} of the same round is locked", mend="Publish it or withdraw it first.")
    programme = programmes().get(row["programme"])
    entry = next((entry for entry in programme.rounds if entry.round == row["round"]), None) if programme else None
    if programme is None or entry is None or not entry.is_open:
        raise Refused(f"the round of list {row['list_id']} is not open")
    marks = rules_mark(connection, programme, entry), gold_mark(connection).mark
    if marks != (row["rules_mark"], row["gold_mark"]):
        raise Refused(
            f"list {row['list_id']} is older than the data", mend="Run `sinergi aid build` and look at it again."
        )


def fix(connection: sa.Connection, row: dict[str, Any], preparer: str) -> str:
    """Turn a draft into a locked list within the caller's transaction; returns the head line of its canonical bytes."""
    if row["in_count"] == 0:
        raise Refused(f"list {row['list_id']} has nobody on it")
    told = head(connection, row)
    sha256 = list_sha256(connection, row, told)
    connection.execute(
        sa.text(
            "UPDATE aid.list SET state = 'locked', sha256 = :sha, preparer = :preparer, locked_at = now() WHERE list_id = :list_id"
        ),
        {"sha": sha256, "preparer": preparer, "list_id": row["list_id"]},
    )
    return told


@step()
def approve(list_id: str, officer: str) -> dict[str, Any]:
    """Sign a locked list's SHA-256 as an approver; the bytes are made again and compared first. Twice by one officer: no change.

    A warning that the list carries is kept with the act. Returns {list_id, sha256, approvals, needed}. Raises Refused (not locked, not
    an approver, the preparer) and InvariantBroken (the decisions are not what was locked).
    """
    with store.transaction(lock=True) as connection:
        require_officer(connection, officer, "approver")
        row = list_row(connection, list_id)
        if row["state"] != "locked":
            raise Refused(f"list {list_id} is {row['state']}, only a locked list can be approved")
        if row["preparer"] == officer:
            raise Refused(f"officer {officer} prepared list {list_id} and cannot approve it")
        require_unchanged(connection, row)
        added = connection.execute(
            sa.text(
                "INSERT INTO aid.approval (list_id, officer_id, preparer, sha256, signature)"
                " VALUES (:list_id, :officer, :preparer, :sha256, :signature) ON CONFLICT DO NOTHING"
            ),
            {
                **row,
                "officer": officer,
                "signature": sign_as(connection, officer, approval_statement(list_id, row["sha256"])),
            },
        ).rowcount
        if added:
            warned = warning(current_quality(connection))
            record_event(
                "aid.approve", list_id, actor=officer, reason=warned["en"] if warned else None, connection=connection
            )
        approvals = valid_approvals(connection, row)
    return {
        "list_id": list_id,
        "sha256": row["sha256"],
        "approvals": len(approvals),
        "needed": frozen_programme(row).approvals,
    }


@step()
def withdraw(list_id: str, officer: str, reason: str) -> dict[str, Any]:
    """Take a locked list back so that the round can be built again; its approvals stay on record. Raises Refused unless locked."""
    with store.transaction(lock=True) as connection:
        require_officer(connection, officer)
        row = list_row(connection, list_id)
        if row["state"] != "withdrawn":
            if row["state"] != "locked":
                raise Refused(f"list {list_id} is {row['state']}, only a locked list can be withdrawn")
            connection.execute(sa.text("UPDATE aid.list SET state = 'withdrawn' WHERE list_id = :list_id"), row)
            record_event("aid.withdraw", list_id, actor=officer, reason=reason, connection=connection)
    return {"list_id": list_id, "state": "withdrawn"}


def list_row(connection: sa.Connection, list_id: str) -> dict[str, Any]:
    """The list's row (without its bytes) with its frozen programme body as `programme_body`, locked for this transaction.

    Raises UsageError when there is none.
    """
    row = connection.execute(
        sa.text(
            "SELECT l.list_id, l.programme, l.round, l.phase, l.version, l.programme_sha256, l.state, l.preparer, l.in_count,"
            " l.out_count, l.waiting_count, l.amount_idr, l.seats, l.rules_mark, l.gold_mark, l.sha256, l.signature, l.signed_by,"
            " l.published_on, p.body AS programme_body"
            " FROM aid.list l JOIN aid.programme p USING (programme_sha256) WHERE l.list_id = :list_id FOR UPDATE OF l"
        ),
        {"list_id": list_id},
    ).one_or_none()
    if row is None:
        raise UsageError(f"there is no list {list_id!r}", mend="`sinergi aid lists` shows them.")
    return dict(row._mapping)


def frozen_programme(row: dict[str, Any]) -> Programme:
    """The programme body that a list was built under; raises InvariantBroken when it is not what its hash says."""
    body = row["programme_body"]
    if body_sha256(body) != row["programme_sha256"]:
        raise InvariantBroken("the programme body is not the one of its hash", where=row["list_id"])
    # it was checked when the list was built; what a programme must name since does not unmake it
    return parse_programme(body, row["list_id"], trusted=True)


def head(connection: sa.Connection, row: dict[str, Any]) -> str:
    """The head line of a list as its row and decisions are now."""
    digest = connection.scalar(sa.text(DIGEST_SQL), {"list_id": row["list_id"]})
    reference_date = frozen_programme(row).round_named(row["round"]).reference_date
    return head_line(row, reference_date.isoformat(), str(digest))


def list_sha256(connection: sa.Connection, row: dict[str, Any], head_text: str) -> str:
    """SHA-256 of the canonical bytes under their head line, as the decisions are now; the bytes do not leave the database."""
    sql = f"SELECT encode(sha256({body_sql(frozen_programme(row))}), 'hex')"
    return str(connection.scalar(sa.text(sql), {"list_id": row["list_id"], "head": head_text}))


def require_unchanged(connection: sa.Connection, row: dict[str, Any]) -> str:
    """The decisions still make the bytes that were locked; returns their head line. Raises InvariantBroken."""
    told = head(connection, row)
    if list_sha256(connection, row, told) != row["sha256"]:
        raise InvariantBroken(
            "the decisions are not what was locked", where=row["list_id"], mend="Withdraw it and build it again."
        )
    return told


def valid_approvals(connection: sa.Connection, row: dict[str, Any]) -> list[str]:
    """Officers whose approval of exactly this list and SHA-256 bears their signature, preparer excluded; sorted."""
    found = connection.execute(
        sa.text(
            "SELECT a.officer_id, a.sha256, a.signature, o.public_key FROM aid.approval a JOIN aid.officer o USING (officer_id)"
            " WHERE a.list_id = :list_id ORDER BY a.officer_id"
        ),
        {"list_id": row["list_id"]},
    ).all()
    return [
        entry.officer_id
        for entry in found
        if entry.sha256 == row["sha256"]
        and entry.officer_id != row["preparer"]
        and is_signed(entry.public_key, entry.signature, approval_statement(row["list_id"], row["sha256"]))
    ]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "list_id": row["list_id"],
        "state": row["state"],
        "sha256": row["sha256"],
        "count": row["in_count"],
        "total_idr": row["amount_idr"],
    }
