"""`sinergi serve` as it stands in a province's server room: nights by schedule, answers to files that land, a power cut, a clean stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schemas.settings import settings
from tasks import store

pytestmark = pytest.mark.deep

EVERY_SECONDS = 20
PATIENCE = 300
FILE = """NAMA PEMILIK;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA
PEMILIK AMAT;1901011005800001;10/05/1980;WARUNG A;JALAN A
PEMILIK BASRI;1901011105800002;11/05/1980;WARUNG B;JALAN B
"""


class Served:
    """A running `sinergi serve` and what its pages say."""

    def __init__(self, inbox: Path, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        arguments = ["serve", "--json", "--port", str(self.port), "--inbox", str(inbox), "--every", str(EVERY_SECONDS)]
        self.log = log
        with log.open("w") as output:
            command = [sys.executable, "-m", "cli.main", *arguments, "--quiet", "1"]
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        self.until(lambda: '"step": "serve"' in log.read_text(), "the first page is printed")

    def until(self, happened: Callable[[], Any], what: str) -> Any:
        """Wait for something, and return it; says what did not happen."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            if found := happened():
                return found
            time.sleep(0.2)
        pytest.fail(f"not seen: {what}\n{self.log.read_text()[-4000:]}")

    def runs(self, name: str, state: str) -> list[dict[str, Any]]:
        """The newest flow runs whose name starts so, in that state: of all that are planned ahead, a page shows only some."""
        wanted = {
            "flow_runs": {"name": {"like_": name}, "state": {"type": {"any_": [state]}}},
            "sort": "START_TIME_DESC",
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/flow_runs/filter",
            json.dumps(wanted).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 our own loopback address
            found = json.load(answer)
        return [run for run in found if run["name"].startswith(name)]

    def members(self, command: str = "") -> list[int]:
        """The processes of the group, or those of a command."""
        listed = subprocess.run(
            ["pgrep", "-g", str(self.process.pid), "-f", command], capture_output=True, text=True, check=False
        )
        return [int(line) for line in listed.stdout.split()]

    def is_gone(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health", timeout=60).close()
        except urllib.error.URLError:
            return not self.members()
        return False


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], Served]]:
    """Starts `sinergi serve` on an inbox, as often as it is called; nothing of it outlives the test."""
    started: list[Served] = []

    def start() -> Served:
        served = Served(tmp_path / "inbox", tmp_path / f"serve-{len(started)}.log")
        started.append(served)
        return served

    yield start
    for served in started:
        for pid in served.members():
            os.kill(pid, signal.SIGKILL)
        served.process.wait()


def _persons() -> int:
    with store.transaction() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM gold.person WHERE to_run IS NULL")) or 0)


def test_nights_and_landed_files_run_by_themselves_through_a_power_cut(
    warehouse: sa.Engine, serve: Callable[[], Served], tmp_path: Path
) -> None:
    served = serve()
    (night,) = served.until(lambda: served.runs("nightly", "COMPLETED"), "a scheduled night is completed")[:1]
    assert night["auto_scheduled"]

    folder = tmp_path / "inbox" / "19.01"
    folder.mkdir()
    (folder / "umkm_2020-04.csv").write_text(FILE)
    served.until(lambda: served.runs("submission 19.01 2020-04 v1", "COMPLETED"), "the landed file is answered")
    assert list((settings().home / "answers" / "19.01").glob("*tanda-terima*"))
    assert _persons() == 2

    with store.consolidation_lock():  # it cannot be over before it is struck
        dying = served.until(lambda: served.runs("nightly", "RUNNING"), "another night is under way")[0]
        served.process.kill()  # nobody gets to say goodbye
        served.process.wait()
        for pid in served.members("prefect.engine"):
            os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while not served.is_gone() and time.monotonic() < end:
        time.sleep(0.2)
    assert served.is_gone(), "Prefect's server ends by itself when its parent is gone"

    served = serve()
    (dead,) = [run for run in served.runs("nightly", "CRASHED") if run["id"] == dying["id"]]
    assert "process is gone" in dead["state"]["message"]
    before = {run["id"] for run in served.runs("nightly", "COMPLETED")}
    served.until(
        lambda: [run for run in served.runs("nightly", "COMPLETED") if run["id"] not in before], "the next night"
    )
    assert _persons() == 2

    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE) == 0
    assert served.is_gone()
    with closing(sqlite3.connect(settings().home / "prefect" / "prefect.db")) as kept:
        assert kept.execute("SELECT count(*) FROM deployment WHERE paused").fetchone() == (0,)
        assert kept.execute("SELECT count(*) FROM deployment_schedule WHERE NOT active").fetchone() == (0,)


def test_a_port_in_use_is_said_and_nothing_starts(warehouse: sa.Engine, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "-m", "cli.main", "serve", "--port", str(taken.getsockname()[1])]
        ended = subprocess.run(
            [*command, "--inbox", str(tmp_path / "inbox")], capture_output=True, text=True, check=False
        )
    assert (ended.returncode, "is in use" in ended.stderr) == (2, True)
