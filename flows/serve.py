"""Everything that runs by itself, in one process group: Prefect's server, the deployments, the inbox watcher.

Belongs here: starting, watching over and stopping them. Does not belong here: what is deployed (prefect.yaml), what a run does.

    sinergi serve (this process)      registers the deployments, starts due runs as children, watches the inbox
    ├── flows.prefect_server          Prefect's server and pages, on loopback; ends when this process does, however it ends
    └── one child per flow run
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.pages import PREFIX, make_docs
from flows.prefect_server import HOST, STOP_SECONDS
from schemas.errors import SinergiError, Unreachable, UsageError
from schemas.settings import settings
from tasks.halves import replace_file
from tasks.intake.steps.kept import unwritten_docs
from tasks.intake.steps.watch import Landed, Watcher
from tasks.orchestrator import serving_note
from tasks.upgrade import upgrade_warehouse

if TYPE_CHECKING:
    from prefect.runner import Runner

Progress = Callable[[dict[str, Any]], None]

#: a first start makes Prefect's own database: 10-20 s on two cores, more on a busy machine
START_SECONDS = 180
WATCH_SECONDS = 2.0
DOCS_SECONDS = 5.0
DOCS_AGAIN_SECONDS = 600.0
#: runs at once; more wait as Late and start when a place is free. Consolidation is one at a time by PostgreSQL's lock anyway.
RUNS_AT_ONCE = 2
LANDED = "sinergi.file.landed"


def serve(port: int, inbox: Path, every: timedelta | None, quiet_seconds: float, progress: Progress) -> None:
    """Run until SIGTERM or SIGINT. Raises UsageError for a port in use, Unreachable when a server does not start or dies."""
    inbox.mkdir(parents=True, exist_ok=True)
    _set_environment(port, inbox)
    upgrade_warehouse()
    with _server(port) as server, _noted():
        asyncio.run(_serve(server, Watcher(inbox, quiet_seconds), every, progress))


def _set_environment(port: int, inbox: Path) -> None:
    """What this process and its children take for granted; set before Prefect is imported for the first time."""
    address = f"http://{HOST}:{port}/api"
    os.environ |= {
        "SINERGI_HOME": str(settings().home.resolve()),
        "SINERGI_INBOX": str(inbox.resolve()),
        "SINERGI_PAGES_URL": f"http://{HOST}:{port}{PREFIX}",
        "PREFECT_HOME": str(settings().home.resolve() / "prefect"),
        "PREFECT_API_URL": address,
        "PREFECT_UI_API_URL": address,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_RUNNER_POLL_FREQUENCY": "3",
        "PREFECT_CLI_PROMPT": "false",
    }
    settings.cache_clear()


@contextmanager
def _server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Prefect's server as a child for as long as the block runs; it answers when the block starts."""
    _refuse_used(port)
    (settings().home / "prefect").mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen([sys.executable, "-m", "flows.prefect_server", str(port)], stdin=subprocess.PIPE)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS + 5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def _noted() -> Iterator[None]:
    """A note under the home that says who serves and where, for the doctor; gone when this ends in order."""
    note = serving_note()
    replace_file(note, json.dumps({"pid": os.getpid(), "api": os.environ["PREFECT_API_URL"]}).encode())
    yield
    note.unlink(missing_ok=True)


def _refuse_used(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"port {port} on {HOST} is in use",
                mend="Is `sinergi serve` running already? Else choose another --port.",
            ) from error


async def _serve(
    server: subprocess.Popen[bytes], watcher: Watcher, every: timedelta | None, progress: Progress
) -> None:
    await _wait_for(server)
    runner = await _prepare(every, progress)
    running = asyncio.create_task(runner.start(), name="runner")
    while not (runner.started or running.done()):
        await asyncio.sleep(0.05)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):  # after the start of the runner, which sets a handler of its own
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    progress({"step": "serve", "open": f"{_address()}/runs", "inbox": str(watcher.inbox)})
    stopped = asyncio.create_task(stop.wait(), name="stop")
    works = (_watch(watcher, progress), _make_docs(progress), _outlive(server))
    others = [running, *map(asyncio.create_task, works)]
    try:
        done, _ = await asyncio.wait([stopped, *others], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()  # a part that ended by itself: its error is the reason
    finally:
        progress({"step": "stop"})
        await runner.astop()
        for task in (stopped, *others):
            task.cancel()
        await asyncio.gather(stopped, *others, return_exceptions=True)


async def _prepare(every: timedelta | None, progress: Progress) -> Runner:
    """Sweep what died, register the deployments and the automation; the runner that will start due runs."""
    from prefect.client.orchestration import get_client
    from prefect.runner import Runner

    from flows.deployments import read_deployments
    from flows.sweep import end_silent_runs, sweep_runs

    runner = Runner(name="sinergi", pause_on_shutdown=False, limit=RUNS_AT_ONCE)
    async with get_client() as client:
        progress({"step": "sweep", **await sweep_runs(client)})
        await end_silent_runs(client)
    for deployment in await asyncio.to_thread(read_deployments, settings().time_zone, every):
        await runner.aadd_deployment(deployment)
        progress({"step": "deploy", "deployment": deployment.name})
    return runner


async def _watch(watcher: Watcher, progress: Progress) -> None:
    """Tell Prefect of every file that lands. What cannot be told now is told at the next look."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            landed = await asyncio.to_thread(watcher.landed)
        except SinergiError as error:
            progress({"step": "watch", "error": error.what})
            continue
        for file in landed:
            try:
                await _emit(file)
            except (OSError, TimeoutError) as error:
                progress({"step": "watch", "error": f"the event was not taken: {type(error).__name__}"})
                break
            watcher.tell(file)
            progress({"step": "landed", "file": file.file, "regency": file.regency})


async def _make_docs(progress: Progress) -> None:
    """Make the Data Docs pages of what was taken in, a while after; one that cannot be made is said and tried again later."""
    while True:
        await asyncio.sleep(DOCS_SECONDS)
        waiting = await asyncio.to_thread(unwritten_docs)
        if waiting and not await make_docs():
            progress({"step": "docs", "error": "a page could not be made; it is tried again"})
            await asyncio.sleep(DOCS_AGAIN_SECONDS)
        elif waiting:
            progress({"step": "docs", "pages": len(waiting)})


async def _emit(file: Landed) -> None:
    """One event: the file's name within the inbox and the regency, nothing of its content."""
    from prefect.events import Event, Resource
    from prefect.events.clients import get_events_client

    resource = Resource({"prefect.resource.id": f"sinergi.inbox.{file.key}", "prefect.resource.name": file.file})
    event = Event(event=LANDED, resource=resource, payload={"file": file.file, "regency": file.regency})
    async with get_events_client(checkpoint_every=1) as client:
        await client.emit(event)


async def _wait_for(server: subprocess.Popen[bytes]) -> None:
    """Until the server answers. Raises Unreachable when it ends or takes too long."""
    for _ in range(START_SECONDS * 5):
        if server.poll() is not None:
            break
        if await asyncio.to_thread(_answers):
            return
        await asyncio.sleep(0.2)
    raise Unreachable("Prefect's server does not start", mend="See what it says above; is its folder writable?")


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{_address()}/api/health", timeout=5) as answer:  # noqa: S310 our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


async def _outlive(server: subprocess.Popen[bytes]) -> None:
    """Raises Unreachable when the server ends before this process."""
    while server.poll() is None:
        await asyncio.sleep(1)
    raise Unreachable(
        f"Prefect's server ended (code {server.returncode})", mend="Start `sinergi serve` again; nothing is lost."
    )


def _address() -> str:
    return os.environ["PREFECT_API_URL"].removesuffix("/api")
