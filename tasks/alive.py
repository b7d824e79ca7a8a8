"""Which runs of the orchestrator live: each holds an advisory lock in PostgreSQL that dies with its connection.

Belongs here: taking that lock and asking for it. Does not belong here: what is done about the dead (flows/sweep.py). Why a lock and
not a heartbeat: a killed process leaves its lock at once, a busy one never loses it, and it holds across machines.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tasks import store

#: the space of advisory locks of orchestrated runs (the second key is a checksum of the run's id)
_SPACE = 7_193


@contextmanager
def alive(run_key: str) -> Iterator[None]:
    """Hold the lock that says this run lives, for as long as the block runs. Raises Unreachable when the server does not answer."""
    try:
        with store.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            key = {"space": _SPACE, "key": _number(run_key)}
            connection.execute(sa.text("SELECT pg_advisory_lock_shared(:space, :key)"), key)
            try:
                yield
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock_shared(:space, :key)"), key)
    except OperationalError as error:
        raise store.unreachable(error) from error


def is_alive(run_key: str) -> bool:
    """Whether a process holds the lock of this run."""
    with store.transaction() as connection:
        return not connection.scalar(
            sa.text("SELECT pg_try_advisory_xact_lock(:space, :key)"), {"space": _SPACE, "key": _number(run_key)}
        )


def _number(run_key: str) -> int:
    """The key as a signed 32-bit number, as PostgreSQL's locks want it."""
    return zlib.crc32(run_key.encode()) - (1 << 31)
