"""What a night costs, step by step: `python -m benchmarks.run_night INBOX [--today DAY] [--truth truth.csv]` prints Markdown.

Runs `sinergi run --json` over an inbox in a fresh home with the embedded server, then once more with nothing new. Seconds are those of the
progress events; memory and processor time are read from /proc for the command, its children and the server, five times a second (memory
as proportional set size: what processes share is counted once). Beside wall-clock seconds stand processor seconds, since a machine that
does other work as well stretches only the first. With a truth, the scores of `score_identity.py` are told too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")
PERIOD_SECONDS = 0.2


@dataclass
class Night:
    """One run: its events with the moment and the processor seconds at which each came, and the most memory it held."""

    events: list[tuple[float, float, dict[str, Any]]] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0


class Watch(threading.Thread):
    """Follows the processes of one command and of the server under its home."""

    def __init__(self, pid: int, home: Path) -> None:
        super().__init__(daemon=True)
        self.pid, self.home, self.peak_bytes = pid, home, 0
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
        self.peak_bytes = max(self.peak_bytes, held)
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


def run_night(inbox: Path, today: str, home: Path) -> Night:
    """One `sinergi run`; raises CalledProcessError when it stopped (3 and 4 are nights that were done)."""
    command = [sys.executable, "-m", "cli.main", "run", "--inbox", str(inbox), "--today", today, "--json"]
    night, started = Night(), time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, env=_environment(home), stdout=subprocess.PIPE, text=True) as process:
        watch = Watch(process.pid, home)
        watch.start()
        for line in process.stdout or ():
            night.events.append((time.monotonic() - started, watch.look(), json.loads(line)))
        night.seconds = time.monotonic() - started
        watch.stop()
    if process.returncode not in (0, 3, 4):
        raise subprocess.CalledProcessError(process.returncode, command)
    night.cpu_seconds, night.peak_bytes = watch.look(), watch.peak_bytes
    return night


def step_lines(night: Night) -> list[tuple[str, float]]:
    """Seconds by step, in the order of a night; what is between the steps is `other`."""
    totals: dict[str, float] = {"start": night.events[0][0]}
    for _, _, event in night.events:
        seconds = event.get("seconds")
        if isinstance(seconds, dict):
            for name, each in seconds.items():
                totals[name] = totals.get(name, 0.0) + each
        elif seconds is not None:
            totals[event["step"]] = totals.get(event["step"], 0.0) + seconds
    return [*totals.items(), ("other", night.seconds - sum(totals.values()))]


def cpu_lines(night: Night) -> list[tuple[str, float]]:
    """Processor seconds of the parts of a night: all files, then each later step."""
    marks: dict[str, float] = {}
    before = 0.0
    for _, cpu, event in night.events:
        name = "intake" if event["step"] in ("receive", "skip", "submission", "answer") else event["step"]
        marks[name] = marks.get(name, 0.0) + cpu - before
        before = cpu
    return list(marks.items())


def row_count(night: Night) -> int:
    """Rows of data that were taken in: accepted, quarantined, duplicate or waiting."""
    counts = [event["counts"] for _, _, event in night.events if event["step"] == "submission"]
    return sum(number for each in counts for outcome, number in each.items() if outcome != "not_data")


def table(first: Night, again: Night) -> str:
    """The Markdown of a measurement."""
    rows = row_count(first)
    lines = [
        f"{rows:,} rows: **{first.seconds:.0f} s**, {first.cpu_seconds:.0f} processor seconds, peak memory"
        f" {first.peak_bytes / 2**30:.2f} GiB. Nothing new: {again.seconds:.1f} s, of which {again.events[0][0]:.1f} s start.",
        "",
        "| step | seconds | rows/s |",
        "|---|---:|---:|",
        *(f"| {name} | {told:.1f} | {rows / told:,.0f} |" for name, told in step_lines(first) if told >= 0.05),
        "",
        "Processor seconds (command, reader and server): "
        + ", ".join(f"{name} {told:.1f}" for name, told in cpu_lines(first) if told >= 0.05)
        + ".",
    ]
    return "\n".join(lines)


def score(truth: Path, home: Path) -> str:
    """The identity scores of the warehouse under `home` as one line a kind."""
    memberships = home / "memberships.csv"
    subprocess.run(
        [sys.executable, "-m", "cli.main", "export", "memberships", str(memberships)],
        cwd=ROOT, env=_environment(home), check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.score_identity", str(truth), str(memberships), "--json"]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    kinds = [
        f"{kind}: precision {told[kind]['precision']:.4f}, recall {told[kind]['recall']:.4f}, F1 {told[kind]['f1']:.4f}"
        for kind in ("person", "business")
    ]
    kin = ", ".join(f"{name} {count}" for name, count in told["kin"].items())
    return "; ".join([*kinds, f"kin: {kin}"])


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SINERGI_")}
    return {**kept, "SINERGI_HOME": str(home)}


def main() -> None:
    """Measure one inbox and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("inbox", type=Path)
    parser.add_argument("--today", default="2020-05-01")
    parser.add_argument("--truth", type=Path, help="the demo's truth.csv, to score who is who")
    arguments = parser.parse_args()
    inbox = arguments.inbox.resolve()
    truth = arguments.truth.resolve() if arguments.truth else None
    with tempfile.TemporaryDirectory(prefix="sinergi-bench-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs under an account of its own
        home = Path(folder, "home")
        first = run_night(inbox, arguments.today, home)
        again = run_night(inbox, arguments.today, home)
        print(table(first, again))
        if truth is not None:
            print("\nIdentity against the demo's truth: " + score(truth, home) + ".")


if __name__ == "__main__":
    main()
