"""What the command line asks the outbox. Read-only; ids, states and counts, never a name or a NIK (P12)."""

from __future__ import annotations

from typing import Any, get_args

from schemas.errors import UsageError
from tasks.asking import rows_of
from tasks.delivery.reconcile import State

MESSAGES = """
SELECT m.idempotency_key, m.receiver, m.list_id, m.operation, m.part, m.part_count, m.state, m.attempt_count,
       m.last_error_code, m.line_count, l.accepted, l.refused, l.amount_idr, m.queued_at, m.sent_at, m.settled_at
  FROM outbox.message m,
       LATERAL (SELECT count(*) FILTER (WHERE answer = 'accepted') AS accepted,
                       count(*) FILTER (WHERE answer = 'refused') AS refused, sum(amount_idr)::bigint AS amount_idr
                  FROM outbox.line WHERE idempotency_key = m.idempotency_key) l
 WHERE (CAST(:state AS text) IS NULL OR m.state = :state) AND (CAST(:list_id AS text) IS NULL OR m.list_id = :list_id)
   AND (CAST(:key AS text) IS NULL OR m.idempotency_key = :key)
 ORDER BY m.queued_at, m.list_id, m.operation, m.part
"""

ANSWERS = """
SELECT answer, answer_code, count(*) AS lines, sum(amount_idr)::bigint AS amount_idr FROM outbox.line
 WHERE idempotency_key = :key GROUP BY answer, answer_code ORDER BY answer, answer_code
"""

REFUSED = """
SELECT line_id, unit_kind, unit_id, amount_idr, answer_code FROM outbox.line
 WHERE idempotency_key = :key AND answer = 'refused' ORDER BY line_id
"""

RECEIPTS = """
SELECT received_at, http_status, body_sha256 FROM outbox.receipt WHERE idempotency_key = :key ORDER BY receipt_id
"""

#: by which word a person says that a refusal was looked into
LOOKED_INTO = "refusal_looked_into"
_NOT_LOOKED_INTO = f"""
  FROM outbox.message m
 WHERE NOT EXISTS (SELECT FROM audit.event WHERE action = '{LOOKED_INTO}' AND subject = m.idempotency_key)
"""
#: what a receiver refused and nobody has looked into: whole messages, and lines of messages that it took
REFUSED_MESSAGES = f"SELECT count(*) {_NOT_LOOKED_INTO} AND m.state = 'refused'"
REFUSED_LINES = f"""
SELECT count(*) FROM outbox.line l
 WHERE l.answer = 'refused' AND l.idempotency_key IN (SELECT m.idempotency_key {_NOT_LOOKED_INTO})
"""

EVENTS = "SELECT at, action, reason FROM audit.event WHERE subject = :key ORDER BY event_id"


def list_messages(state: str | None = None, list_id: str | None = None) -> list[dict[str, Any]]:
    """Every message with its state and how its lines were answered, oldest first. Raises UsageError for a state that there is not."""
    if state is not None and state not in get_args(State):
        raise UsageError(f"--state {state}: no such state", mend=f"One of {', '.join(get_args(State))}.")
    return rows_of(MESSAGES, state=state, list_id=list_id, key=None)


def show_message(key: str) -> dict[str, Any]:
    """One message with its answers, refused lines, receipts and alarms. Raises UsageError when there is none with this key."""
    found = rows_of(MESSAGES, state=None, list_id=None, key=key)
    if not found:
        raise UsageError("the outbox has no message with this key", mend="`sinergi outbox list` shows the keys.")
    parts = {"answers": ANSWERS, "refused_lines": REFUSED, "receipts": RECEIPTS, "events": EVENTS}
    return {**found[0], **{name: rows_of(sql, key=key) for name, sql in parts.items()}}
