"""A receiver to send to, patient enough for tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.receivers import Receiver, receivers
from tests.delivery.servers import receiving


@pytest.fixture
def penyalur() -> Receiver:
    """The receiver's file with short waits; nothing here is so slow that it passes a deadline."""
    times = {"connect_seconds": 30.0, "total_seconds": 60.0, "read_back_wait_seconds": 0.8, "retry_wait_seconds": 0.05}
    return receivers()["penyalur"].model_copy(update={**times, "response_max_bytes": 50_000})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The receiver's folder."""
    return tmp_path / "received"


@pytest.fixture
def receiver_url(data: Path) -> Iterator[str]:
    """A running reference receiver."""
    with receiving(data) as url:
        yield url
