"""A Prefect server of the test module's own, on loopback, with our pages beside it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

PATIENCE = 300


@pytest.fixture(scope="module")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of its API; this process's clients talk to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    api = f"http://127.0.0.1:{port}/api"
    home = tmp_path_factory.mktemp("prefect")
    environment = {**os.environ, "PREFECT_HOME": str(home), "PREFECT_API_URL": api, "SINERGI_HOME": str(home)}
    command = [sys.executable, "-m", "flows.prefect_server", str(port)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    try:
        _wait_for(api, child)
        with temporary_settings({PREFECT_API_URL: api}):
            yield api
            # what is still to be told goes to this server: later, every message would wait a minute for one that is gone
            APILogWorker.drain_all(timeout=PATIENCE)
            EventsWorker.drain_all(timeout=PATIENCE)
    finally:
        child.terminate()
        child.wait(PATIENCE)


def _wait_for(api: str, child: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and child.poll() is None:
        try:
            urllib.request.urlopen(f"{api}/health", timeout=60).close()  # noqa: S310 our own loopback address
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail("Prefect's server does not start")


@pytest.fixture
def prefect_home(tmp_path: Path, prefect_api: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a process needs that talks to that server, in the environment; its Prefect home."""
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    return tmp_path / "prefect"
