"""One command of `sinergi`, watched: what it said and when, its processor seconds, the memory that it and its server held.

Belongs here: starting a command in a home of its own and looking at its processes. Does not belong here: what the events mean
(nights), what is told of them (tables).

Memory and processor time are read from /proc for the command, its children and the embedded server, once a second (memory as
proportional set size: what processes share is counted once; looking at gigabytes more often would cost a sixth of a processor).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
PERIOD_SECONDS = 1.0
#: exit codes of work that was done: all well, some files wait, a receiver out of reach
DONE = (0, 3, 4)


@dataclass(frozen=True)
class Event:
    """What the command said, and seconds and processor seconds since it was started."""

    at: float
    cpu: float
    told: dict[str, Any]


@dataclass
class Watched:
    """One command from start to end. `held` is (seconds since the start, bytes) by sample."""

    events: list[Event] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    held: list[tuple[float, int]] = field(default_factory=list)

    def peak_bytes(self, since: float = 0.0, until: float = float("inf")) -> int:
        """The most memory held within a span of seconds; 0 when no sample fell into it."""
        return max((size for at, size in self.held if since <= at <= until), default=0)


class Watch(threading.Thread):
    """Follows the processes of one command and of the server under its home."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(daemon=True)
        self.pid, self.home, self.started = pid, home, time.monotonic()
        self.held: list[tuple[float, int]] = []
        self._cpu: dict[tuple[int, str], float] = {}
        self._end = threading.Event()

    def run(self) -> None:
        while not self._end.wait(PERIOD_SECONDS):
            self.look()

    def stop(self) -> None:
        self._end.set()
        self.join()

    def look(self) -> float:
        """Take one sample; the processor seconds used so far by every process that was ever seen."""
        held = 0
        for pid in self._family():
            try:
                part = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                self._cpu[pid, part[19]] = (int(part[11]) + int(part[12])) / TICKS
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                held += next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
            except (OSError, StopIteration, IndexError):
                continue  # it has ended in between
        self.held.append((time.monotonic() - self.started, held))
        return sum(self._cpu.values())

    def _family(self) -> list[int]:
        """The command, the server, and all that descends from either."""
        parents: dict[int, list[int]] = {}
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    stat = Path(entry.path, "stat").read_text()
                except OSError:
                    continue
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
        found, waiting = [], [self.pid, *self._server()]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            waiting.extend(parents.get(pid, []))
        return list(dict.fromkeys(found))

    def _server(self) -> list[int]:
        try:
            return [int((self.home / "pg" / "postmaster.pid").read_text().split("\n")[0])]
        except (OSError, ValueError):
            return []


def watched(arguments: list[str], home: Path, *, program: list[str] | None = None) -> Watched:
    """One command of `sinergi` with --json; raises CalledProcessError when it stopped. `program` runs it otherwise (a profiler)."""
    command = [sys.executable, *(program or ["-m", "cli.main"]), *arguments, "--json"]
    os.sync()  # what was made before is not written to disk beside it
    result, started = Watched(), time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, env=environment_of(home), stdout=subprocess.PIPE, text=True) as process:
        watch = Watch(process.pid, home)
        watch.start()
        for line in process.stdout or ():
            told = json.loads(line) if line.startswith("{") else {}
            if "step" in told:
                result.events.append(Event(time.monotonic() - started, watch.look(), told))
        process.wait()
        result.seconds = time.monotonic() - started
        watch.stop()
    if process.returncode not in DONE:
        raise subprocess.CalledProcessError(process.returncode, command)
    result.cpu_seconds, result.held = watch.look(), watch.held
    return result


def measured(module: str, *arguments: str, home: Path | None = None) -> dict[str, Any]:
    """What a measuring module says as one JSON document, run as a process of its own."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    environment = environment_of(home) if home else dict(os.environ)
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def environment_of(home: Path) -> dict[str, str]:
    """This environment with nothing of ours but the home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SINERGI_")}
    return {**kept, "SINERGI_HOME": str(home)}
