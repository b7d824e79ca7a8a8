"""What a consolidation wrote is brought to disk beside the work that follows, so that the embedded server, which stops with the command,
has little left to write then.

Belongs here: that. Does not belong here: starting and stopping the server (embedded.py). A server of one's own has a schedule for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import sqlalchemy as sa

from schemas.settings import settings
from tasks import store


@contextmanager
def settling() -> Iterator[None]:
    """Inside the block the embedded server makes a checkpoint, which is done when the block is left.

    Raises Unreachable when the server went away meanwhile.
    """
    if settings().database_url is not None:
        yield
        return
    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(_checkpoint)
        yield
    done.result()


def _checkpoint() -> None:
    with store.autocommit() as connection:
        connection.execute(sa.text("CHECKPOINT"))
