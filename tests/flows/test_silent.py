"""A night waits for another run and says so; killed while Prefect's server goes on, it is called crashed, and the next night runs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prefect.client.orchestration import get_client

from flows.sweep import SILENT_RUNS, end_silent_runs
from tasks import store
from tasks.doctor import examine
from tests.intake.offices import OWNERS, send

pytestmark = pytest.mark.deep

PATIENCE = 240
#: a heartbeat comes every 30 s at the least; the shipped automation waits for five minutes
SILENT = timedelta(seconds=45)
NIGHT = "from flows.deployed import nightly; nightly()"


def _until(happened: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := happened():
            return found
        time.sleep(0.5)
    pytest.fail(f"not seen: {what}")


def _states() -> list[tuple[str, str]]:
    """The name and message of every run's state, the oldest run first."""
    with get_client(sync_client=True) as client:
        runs = sorted(client.read_flow_runs(), key=lambda run: str(run.created))
    return [(run.state.name, run.state.message or "") for run in runs if run.state is not None]


@pytest.mark.usefixtures("prefect_home")
def test_a_killed_night_is_called_crashed_by_the_automation_and_the_next_one_runs(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ship() -> None:
        async with get_client() as client:
            await end_silent_runs(client, SILENT)
            (automation,) = await client.read_automations_by_name(SILENT_RUNS)
            assert automation.enabled

    asyncio.run(ship())
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", OWNERS)
    monkeypatch.setenv("SINERGI_INBOX", str(tmp_path / "inbox"))
    monkeypatch.setenv("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")
    with store.consolidation_lock():
        night = subprocess.Popen([sys.executable, "-c", NIGHT])
        try:
            waits = _until(lambda: [told for told in _states() if told[0] == "Waiting"], "the run says that it waits")
            assert waits == [("Waiting", "another run consolidates or publishes; waiting for it")]
            lock = next(line for line in examine() if line.check == "lock")
            assert (lock.level, "1 runs wait" in lock.says) == ("warn", True)
            time.sleep(3)  # the first heartbeat is on its way
        finally:
            os.kill(night.pid, signal.SIGKILL)
            night.wait()
        _until(lambda: _states()[0] == ("Crashed", "no heartbeat: its process is gone"), "the automation fires")
    subprocess.run([sys.executable, "-c", NIGHT], check=True)
    state, message = _states()[-1]
    assert (state, message.endswith("of 1 files")) == ("Completed", True)
    with store.transaction() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM gold.person WHERE to_run IS NULL")) == len(OWNERS)
