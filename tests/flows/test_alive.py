"""Who lives: a run's lock holds while its block runs, and dies with its connection."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from schemas.errors import Unreachable
from tasks.alive import alive, is_alive

RUN = "0197a1b2-0000-7000-8000-00000000000a"
OTHER = "0197a1b2-0000-7000-8000-00000000000b"


def test_a_run_lives_while_its_block_runs(warehouse: sa.Engine) -> None:
    assert not is_alive(RUN)
    with alive(RUN):
        assert is_alive(RUN)
        assert not is_alive(OTHER)
    assert not is_alive(RUN)


def test_asking_twice_does_not_keep_anybody_alive(warehouse: sa.Engine) -> None:
    assert [is_alive(RUN), is_alive(RUN)] == [False, False]


def test_a_run_that_lost_its_connection_is_dead(warehouse: sa.Engine) -> None:
    ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7193"
    with pytest.raises(Unreachable), alive(RUN):
        with warehouse.connect() as connection:
            connection.execute(sa.text(ended))
        assert not is_alive(RUN)
