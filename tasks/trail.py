"""The audit trail: who did what, on which id, and why. Never values.

Belongs here: writing it. Does not belong here: reading it (the rooms' questions).
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from tasks.store import transaction


def record_event(
    action: str,
    subject: str,
    *,
    actor: str | None = None,
    reason: str | None = None,
    counts: dict[str, int] | None = None,
    run: int | None = None,
    connection: sa.Connection | None = None,
) -> None:
    """Write what a person or a step did to the audit trail: who (`actor`, else the account), what, on which id, why, in which run.

    With `connection` it is part of that transaction: what is told was done, and what was done is told.
    """
    import getpass

    if connection is None:
        with transaction() as own:
            record_event(action, subject, actor=actor, reason=reason, counts=counts, run=run, connection=own)
        return
    sql = sa.text(
        "INSERT INTO audit.event (run_id, actor, action, subject, reason, counts)"
        " VALUES (:run, :actor, :action, :subject, :reason, CAST(:counts AS jsonb))"
    )
    values = {
        "run": run,
        "actor": actor or getpass.getuser(),
        "action": action,
        "subject": subject,
        "reason": reason or None,
    }
    connection.execute(sql, {**values, "counts": json.dumps(counts or {})})
