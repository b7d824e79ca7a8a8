"""What the database itself refuses about messages that were made and answers that came (P10)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from schemas.receivers import Receiver
from tasks import runs, store
from tasks.delivery.steps import send_to
from tests.delivery.published import TODAY, publish, states

CHANGES = {
    "another body": "UPDATE outbox.message SET body = 'x'",
    "another hash of the body": "UPDATE outbox.message SET body_sha256 = 'x'",
    "another key": "UPDATE outbox.message SET idempotency_key = 'x' WHERE part = 1",
    "another receiver": "UPDATE outbox.message SET receiver = 'x'",
    "a message that was acknowledged is open again": "UPDATE outbox.message SET state = 'queued'",
    "a message is gone": "DELETE FROM outbox.message",
    "another amount on a line": "UPDATE outbox.line SET amount_idr = amount_idr + 1",
    "a line for somebody else": "UPDATE outbox.line SET unit_id = 'P-x'",
    "a line is gone": "DELETE FROM outbox.line",
    "another answer in a receipt": "UPDATE outbox.receipt SET body = '{}'",
    "a receipt is gone": "DELETE FROM outbox.receipt",
}


@pytest.fixture
def acknowledged(warehouse: sa.Engine, data: Path, penyalur: Receiver, receiver_url: str) -> Iterator[None]:
    """Two messages that were sent and answered."""
    publish(4, part_size=2)
    with runs.run("distribution", TODAY) as run:
        send_to(penyalur, receiver_url, run.run_id)
    assert states() == ["acknowledged"] * 2
    yield


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses(change: str, acknowledged: None) -> None:
    with pytest.raises(DBAPIError, match="cannot be changed"), store.transaction() as connection:
        connection.execute(sa.text(CHANGES[change]))
