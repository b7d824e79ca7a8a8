"""Which runs of the orchestrator live, and how the lock of consolidation and publishing is held.

Each run holds an advisory lock in PostgreSQL that dies with its connection. Belongs here: taking that lock and asking for locks. Does
not belong here: what is done about the dead (flows/sweep.py), taking the other lock (store.py). Why a lock and not a heartbeat: a killed
process leaves its lock at once, a busy one never loses it, and it holds across machines.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from tasks import store

#: the space of advisory locks of orchestrated runs (the second key is a checksum of the run's id)
_SPACE = 7_193


@contextmanager
def alive(run_key: str) -> Iterator[None]:
    """Hold the lock that says this run lives, for as long as the block runs. Raises Unreachable when the server does not answer."""
    with store.autocommit() as connection:
        key = {"space": _SPACE, "key": _number(run_key)}
        connection.execute(sa.text("SELECT pg_advisory_lock_shared(:space, :key)"), key)
        try:
            yield
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock_shared(:space, :key)"), key)


def is_alive(run_key: str) -> bool:
    """Whether a process holds the lock of this run."""
    with store.transaction() as connection:
        return not connection.scalar(
            sa.text("SELECT pg_try_advisory_xact_lock(:space, :key)"), {"space": _SPACE, "key": _number(run_key)}
        )


@dataclass(frozen=True)
class Holding:
    """The lock of consolidation and publishing: held for how many whole minutes, and how many wait for it."""

    minutes: int
    waiting: int


def lock_holding() -> Holding | None:
    """How the lock of consolidation and publishing is held now; None when nobody has it."""
    with store.transaction() as connection:
        row = connection.execute(sa.text(_HOLDING), {"key": store.CONSOLIDATION_LOCK}).one()
    return None if row.minutes is None else Holding(int(row.minutes), int(row.waiting))


#: a lock of a session is as old as its connection's last word, one of a transaction as old as the transaction
_HOLDING = """
SELECT floor(extract(epoch FROM max(now() - coalesce(a.xact_start, a.state_change)) FILTER (WHERE l.granted)) / 60) AS minutes,
       count(*) FILTER (WHERE NOT l.granted) AS waiting
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = :key AND l.objsubid = 1
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def _number(run_key: str) -> int:
    """The key as a signed 32-bit number, as PostgreSQL's locks want it."""
    return zlib.crc32(run_key.encode()) - (1 << 31)
