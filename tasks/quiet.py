"""Whether anything was written since the last night looked: what lets a night with nothing new do no row work (P4).

Belongs here: that one question, and what the last night leaves behind to answer it. Does not belong here: what is skipped (the callers).

PostgreSQL counts the rows written into every table; a night keeps a fingerprint of these counts with its run when nobody else was at work
beside it. The next one is quiet when the counts are the same and no run and no person's act was registered since. The counts of a process
that still lives may come some seconds late, and after a crash of the server they begin anew: hence both questions, and every doubt means
that the night is not quiet.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tasks import runs, store

#: what a night works from and writes; audit is left out, since every run writes there
_SCHEMAS = ["intake", "source", "identity", "gold", "verification", "aid", "outbox"]

_WRITES = """
SELECT encode(sha256(convert_to(concat_ws('|', max(d.stats_reset)::text,
         string_agg(concat_ws('/', relid, n_tup_ins, n_tup_upd, n_tup_del), '|' ORDER BY relid)), 'UTF8')), 'hex')
  FROM pg_stat_user_tables t LEFT JOIN pg_stat_database d ON d.datname = current_database() WHERE t.schemaname = ANY(:schemas)"""

#: whether anybody but runs :since and :run was at work since :since began
_OTHERS = """
SELECT EXISTS (SELECT FROM audit.run r WHERE r.run_id NOT IN (:since, :run)
                  AND (r.run_id > :since OR r.state = 'running' OR r.finished_at >= s.started_at))
    OR EXISTS (SELECT FROM audit.event e WHERE e.run_id IS DISTINCT FROM s.run_id AND e.at >= s.started_at)
  FROM audit.run s WHERE s.run_id = :since"""

_LAST = """
SELECT run_id, counts ->> 'seen' AS seen FROM audit.run WHERE kind = 'nightly' AND state = 'done'
 ORDER BY run_id DESC LIMIT 1"""


def quiet_since(run_id: int) -> int | None:
    """The last night's run when nothing was written since it looked; None when something was, or may have been."""
    with store.transaction() as connection:
        last = connection.execute(sa.text(_LAST)).one_or_none()
        if last is None or last.seen is None or _others(connection, last.run_id, run_id):
            return None
        return int(last.run_id) if _writes(connection) == last.seen else None


def keep_seen(run: runs.Run) -> None:
    """Leave behind with a nightly run that ends now what its warehouse looked like, unless somebody else was at work meanwhile."""
    store.engine().dispose()  # a connection tells its counts at the latest when it ends
    with store.transaction() as connection:
        if not _others(connection, run.run_id, run.run_id):
            run.counts["seen"] = _writes(connection)


def _writes(connection: sa.Connection) -> str:
    return str(connection.scalar(sa.text(_WRITES), {"schemas": _SCHEMAS}))


def _others(connection: sa.Connection, since: int, run_id: int) -> bool:
    values: dict[str, Any] = {"since": since, "run": run_id}
    return bool(connection.scalar(sa.text(_OTHERS), values))
