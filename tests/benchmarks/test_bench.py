"""The bench says what it means: steps from events, a floor or a dash beside each, sections in their place. Nothing here is timed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.floors import WRITERS
from benchmarks.nights import intake_seconds, row_count, start_seconds, steps_of
from benchmarks.results import table, write_section
from benchmarks.watch import ROOT, Event, Watched
from schemas.warehouse import metadata

TOLD = Watched(
    [
        Event(2.0, 1.0, {"step": "start", "run": 1}),
        Event(3.0, 2.0, {"step": "receive", "files": 1}),
        Event(7.0, 5.0, {"step": "submission", "counts": {"accepted": 8, "not_data": 2}, "seconds": {"read": 1.0, "load": 3.0}}),
        Event(9.0, 6.0, {"step": "link", "seconds": 2.0}),
        Event(9.5, 6.0, {"step": "done"}),
    ],
    seconds=10.0,
    held=[(1.0, 5), (3.5, 7), (5.0, 20), (8.0, 9)],
)  # fmt: skip


def test_each_step_has_its_seconds_and_the_most_memory_of_its_time() -> None:
    found = {step.name: (step.seconds, step.peak_bytes) for step in steps_of(TOLD)}
    assert found == {"start": (2.0, 5), "read": (1.0, 7), "load": (3.0, 20), "link": (2.0, 9), "other": (1.0, 0)}
    assert (start_seconds(TOLD), intake_seconds(TOLD), row_count(TOLD)) == (2.0, 5.0, 8)


def test_every_table_but_the_audit_belongs_to_the_step_that_writes_it() -> None:
    begins = tuple(begin for begin, _ in WRITERS)
    strange = {name for name in metadata.tables if not name.startswith(begins)}
    assert all(name.startswith(("audit.", "verification.")) for name in strange)


def test_a_section_replaces_the_one_of_its_name_and_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "RESULTS.md"
    path.write_text("# What was measured\n\nBy hand.\n", "utf-8")
    for name, body in (("one", "old"), ("two", "other"), ("one", "new")):
        write_section(name, name.title(), body, path)
    text = path.read_text("utf-8")
    assert "By hand." in text
    assert "old" not in text
    assert text.index("new") < text.index("other")


@pytest.mark.deep
@pytest.mark.more
def test_a_small_bench_tells_every_step_with_a_floor_or_a_dash(tmp_path: Path) -> None:
    results, folder = tmp_path / "RESULTS.md", tmp_path / "bench"
    tmp_path.chmod(0o755)
    options = [
        "--rows",
        "300",
        "--delta",
        "--complete-rows",
        "0",
        "--folder",
        str(folder),
        "--write",
        "--results",
        str(results),
    ]
    subprocess.run([sys.executable, "-m", "benchmarks.bench", *options], cwd=ROOT, check=True, capture_output=True)
    text = results.read_text("utf-8")
    rows = [
        [cell.strip(" *") for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    assert table(["step", "seconds", "rows/s", "peak GiB", "floor s", "ratio"], []).splitlines()[0] in text
    floor = {cells[0]: cells[4] for cells in rows if len(cells) == 6}
    for name in ("read", "validate", "load", "link", "merge", "award"):
        assert re.match(r"\d", floor[name]), name
    for name in ("map", "standardise", "answer", "report"):
        assert floor[name] == "–", name
    assert "One submission into a full warehouse" in text
    assert not list(folder.glob("home-*"))
