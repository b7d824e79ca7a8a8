"""The worker processes that take in files at once, killed in the midst of loading: one, both, the run that gave out the work, all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.deep.house import ROOT, House
from tests.deep.promises import Watch
from tests.deep.test_crashes import Faults
from tests.deep.test_together import ended
from tests.intake.offices import send_of_three

pytestmark = pytest.mark.deep

#: even a few rows are worth a crew
PROGRAM = "import flows.submission as flow; flow.CREW_BYTES = 0; from cli.main import main; main()"
COMPARED = (
    "files",
    "rows",
    "findings",
    "versions",
    "units",
    "pairs",
    "gold",
    "lists",
    "decisions",
    "left to do",
    "running",
)


@pytest.fixture(scope="module")
def lists(folder: Path) -> Path:
    """Three regencies' lists; some people are on two of them, one list has two versions."""
    lists = folder / "lists of three"
    send_of_three(lists, "82.01", "82.02", "82.03")
    return lists


@pytest.fixture(scope="module")
def alone(lists: Path, new_house: Callable[..., House]) -> House:
    """A house that took in one file after the other."""
    house = new_house(inbox=lists)
    house.sinergi(*house.inbox_command("run"))
    return house


def start_with_crew(house: House) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, *house.inbox_command("run")]
    environment = {**house.environment, "SINERGI_WORKERS": "2"}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@contextmanager
def held_up_in_load(house: House, run: subprocess.Popen[str]) -> Iterator[list[int]]:
    """While the block runs both workers stand in the midst of their load transactions; their process ids."""
    assert house.url is not None
    engine = sa.create_engine(house.url, poolclass=sa.NullPool)
    with engine.begin() as blocker:
        blocker.execute(sa.text("LOCK TABLE intake.source_row IN SHARE MODE"))
        stand = "SELECT count(*) FROM pg_locks WHERE relation = 'intake.source_row'::regclass AND NOT granted"
        while house.ask(stand) != [(2,)]:
            assert run.poll() is None, ended(run)
            time.sleep(0.1)
        yield workers_of(run.pid)


def workers_of(pid: int) -> list[int]:
    """The workers of a run."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if "flows.worker" in Path(f"/proc/{child}/cmdline").read_text()]


@pytest.mark.parametrize(
    ("struck", "code"),
    [
        pytest.param("one worker", 0, marks=pytest.mark.more),
        ("both workers", 0),
        pytest.param("the run", -signal.SIGKILL, marks=pytest.mark.more),
        ("the run and both workers", -signal.SIGKILL),
    ],
)
def test_whoever_of_a_crew_is_killed_the_next_run_ends_as_if_nothing_had_happened(
    struck: str, code: int, lists: Path, alone: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house(inbox=lists)
    house.sinergi("db", "upgrade")
    watch = Watch(house)
    run = start_with_crew(house)
    with held_up_in_load(house, run) as workers:
        assert len(workers) == 2
        victims = {"one worker": workers[:1], "both workers": workers, "the run": [run.pid]}
        for pid in victims.get(struck, [run.pid, *workers]):
            os.kill(pid, signal.SIGKILL)
        assert watch.broken() == []
    said = ended(run)
    assert said[0] == code, said[1][-3000:]
    faults({"faults": {"crew killed": [struck]}})
    while any(Path(f"/proc/{pid}").exists() for pid in workers):  # none outlives its run
        time.sleep(0.1)
    assert watch.broken() == []
    house.sinergi(*house.inbox_command("run"))
    assert watch.broken(at_rest=True) == []
    facts, wanted = house.facts(), alone.facts()
    for word in COMPARED:
        assert facts[word] == wanted[word], word
