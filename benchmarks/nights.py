"""What the events of a night say: seconds, rows and memory of each step.

Belongs here: reading a watched night. Does not belong here: running it (watch), bare tools (floor_*), Markdown (results).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.watch import Event, Watched, watched

TODAY = "2020-05-01"
#: events of taking files in: between `start` and the last of them lies the intake
INTAKE = ("receive", "skip", "submission", "answer")


@dataclass(frozen=True)
class Step:
    """One step of a night: seconds of work (of all processes together, where several take files in), peak memory meanwhile."""

    name: str
    seconds: float
    peak_bytes: int


def night(inbox: Path, home: Path, *, today: str = TODAY) -> Watched:
    """One `sinergi run` over an inbox."""
    return watched(["run", "--inbox", str(inbox), "--today", today], home)


def start_seconds(told: Watched) -> float:
    """Seconds until the run was opened: interpreter, imports, server."""
    return told.events[0].at


def steps_of(told: Watched) -> list[Step]:
    """The steps in the order of a night; `start` before and `other` between them. Steps of files overlap when files do."""
    spans: dict[str, list[tuple[float, float]]] = {"start": [(0.0, start_seconds(told))]}
    for event in told.events:
        for name, since, until in _spans(event):
            spans.setdefault(name, []).append((since, until))
    steps = [
        Step(name, sum(b - a for a, b in each), max(told.peak_bytes(a, b) for a, b in each))
        for name, each in spans.items()
    ]
    known = start_seconds(told) + intake_seconds(told)
    known += sum(b - a for event in told.events if event.told["step"] not in INTAKE for _, a, b in _spans(event))
    return [*steps, Step("other", max(0.0, told.seconds - known), 0)]


def _spans(event: Event) -> list[tuple[str, float, float]]:
    """The steps that an event ends, with their begin and end in seconds since the start of the command."""
    seconds = event.told.get("seconds")
    if seconds is None:
        return []
    if not isinstance(seconds, dict):
        return [(event.told["step"], event.at - seconds, event.at)]
    found, end = [], event.at
    for name, each in reversed(seconds.items()):
        found.append((name, end - each, end))
        end -= each
    return found[::-1]


def intake_seconds(told: Watched) -> float:
    """Wall-clock seconds from the opened run to the last file's answer."""
    ends = [event.at for event in told.events if event.told["step"] in INTAKE]
    return ends[-1] - start_seconds(told) if ends else 0.0


def cpu_lines(told: Watched) -> list[tuple[str, float]]:
    """Processor seconds of the parts of a night: all files, then each later step."""
    marks: dict[str, float] = {}
    before = 0.0
    for event in told.events:
        name = "intake" if event.told["step"] in INTAKE else str(event.told["step"])
        marks[name] = marks.get(name, 0.0) + event.cpu - before
        before = event.cpu
    return list(marks.items())


def row_count(told: Watched) -> int:
    """Rows of data that were taken in: accepted, quarantined, duplicate or waiting."""
    counts = [event.told["counts"] for event in told.events if event.told["step"] == "submission"]
    return sum(number for each in counts for outcome, number in each.items() if outcome != "not_data")
