"""A night beside its floors: for each step the bare tool that does the same work, measured on the same inbox and in the same server.

Belongs here: which floor belongs to which step, and the Markdown of both. Does not belong here: the measurements (floor_*).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import nights
from benchmarks.results import table
from benchmarks.watch import Watched, measured

#: which step writes a table, by the begin of its name; the first that fits
WRITERS = (
    ("intake.", "load"), ("source.", "load"), ("identity.features", "link"), ("identity.edge", "link"), ("identity.model", "link"),
    ("identity.blocking", "link"), ("identity.", "merge"), ("gold.", "merge"), ("aid.", "award"), ("outbox.", "publish"),
)  # fmt: skip
NOTES = (
    "Floors, in the same run on the same data: *read* = pyarrow.csv over the same files (workbooks:"
    " python-calamine); *validate* = the same"
    " suite over the same standardised frames under BOOLEAN_ONLY; *load*, *link*, *merge*, *award* = COPY of every"
    " table that the step wrote"
    " into an empty copy of it with its indexes and constraints; *link* also Splink's own blocking and scoring on"
    " the same pairs with the same"
    " model, *merge* its clustering. A step with a dash has no bare tool."
)


@dataclass(frozen=True)
class Floors:
    """What the bare tools said."""

    reading: dict[str, Any]
    validating: dict[str, Any]
    copying: list[dict[str, Any]]
    linking: dict[str, Any]

    def by_step(self) -> dict[str, float]:
        """Seconds of the floor of each step that has one."""
        steps = {"read": self.reading["seconds"], "validate": self.validating["boolean"]}
        for each in self.copying:
            step = next((step for begin, step in WRITERS if each["table"].startswith(begin)), None)
            if step:
                steps[step] = steps.get(step, 0.0) + each["indexed"]
        steps["link"] = steps.get("link", 0.0) + self.linking["block_and_score"]
        steps["merge"] = steps.get("merge", 0.0) + self.linking["cluster"]
        return steps

    @property
    def complete_seconds(self) -> float:
        """The same suite by plain Great Expectations with COMPLETE results, scaled to all rows."""
        seconds, rows = self.validating["complete"], self.validating["complete_rows"]
        return float(seconds * self.validating["rows"] / rows) if rows else 0.0


def measure(inbox: Path, home: Path, complete_rows: int) -> Floors:
    """Run the bare tools, each in a process of its own, after the night that they are compared with."""
    return Floors(
        measured("floor_reading", str(inbox)),
        measured("floor_validating", str(inbox), str(complete_rows), home=home),
        measured("floor_copying", home=home)["tables"],
        measured("floor_linking", home=home),
    )


def section(first: Watched, again: Watched, floors: Floors, scores: str) -> str:
    """The Markdown of one size: the night by step beside its floors, the night with nothing new, what the floors are made of."""
    rows, start = nights.row_count(first), nights.start_seconds(first)
    found, beyond = floors.by_step(), first.seconds - start
    whole = sum(found.values())
    with_complete = whole - found["validate"] + floors.complete_seconds
    quiet = again.seconds - nights.start_seconds(again)
    lines = [
        [
            step.name, f"{step.seconds:.1f}", f"{rows / step.seconds:,.0f}", _gib(step.peak_bytes),
            *_beside(step.seconds, found.get(step.name)),
        ]
        for step in nights.steps_of(first)
        if step.seconds >= 0.05
    ]  # fmt: skip
    lines.append([
        "**the night beyond start**", f"**{beyond:.1f}**", f"**{rows / beyond:,.0f}**", f"**{_gib(first.peak_bytes())}**",
        f"**{whole:.1f}**", f"**{beyond / whole:.2f}**",
    ])  # fmt: skip
    cpu = ", ".join(f"{name} {seconds:.1f}" for name, seconds in nights.cpu_lines(first) if seconds >= 0.05)
    return "\n".join([
        f"{rows:,} rows: **{first.seconds:.0f} s** ({start:.1f} s of it start), {first.cpu_seconds:.0f} processor seconds, peak memory"
        f" {_gib(first.peak_bytes())} GiB (command, children and server); taking all files in"
        f" {nights.intake_seconds(first):.0f} s of the clock."
        f" **{beyond / whole:.2f}x the sum of the floors** ({with_complete:.0f} s and {beyond / with_complete:.2f}x with"
        f" COMPLETE as the floor of"
        f" *validate*). Nothing new: **{quiet:.1f} s beyond start** ({nights.start_seconds(again):.1f} s).",
        "", table(["step", "seconds", "rows/s", "peak GiB", "floor s", "ratio"], lines), "", NOTES, "",
        _validating(floors), "", _copying(floors), "", _linking(floors), "",
        f"Processor seconds (command, children and server): {cpu}.", "", f"Identity against the demo's truth: {scores}.",
    ])  # fmt: skip


def _validating(floors: Floors) -> str:
    told = floors.validating
    complete = (
        f" COMPLETE {told['complete']:.1f} s for {told['complete_rows']:,.0f} rows." if told["complete_rows"] else ""
    )
    return (
        f"Validation of {told['rows']:,.0f} rows, {told['findings']:,.0f} findings, in one process: `validate()` with all row positions"
        f" {told['ours']:.1f} s, BOOLEAN_ONLY {told['boolean']:.1f} s (ratio **{told['ours'] / told['boolean']:.2f}**),"
        f" by Great Expectations'"
        f" own map expectations BOOLEAN_ONLY {told['plain']:.1f} s.{complete}"
        f" Import of Great Expectations and the suites: {told['import_and_suites']:.1f} s, once a process."
    )


def _copying(floors: Floors) -> str:
    rows, size, out, indexed, bare = (
        sum(each[name] for each in floors.copying) for name in ("rows", "bytes", "out", "indexed", "bare")
    )
    return (
        f"COPY of the {len(floors.copying)} tables that hold rows: {rows:,} rows, {size / 2**20:,.0f} MiB; out to a file"
        f" {out:.1f} s, into an empty"
        f" copy with indexes {indexed:.1f} s, without any {bare:.1f} s."
    )


def _linking(floors: Floors) -> str:
    told = floors.linking
    return (
        f"Splink's own blocking and scoring of {told['records']:,} records {told['block_and_score']:.1f} s"
        f" ({told['edges']:,} edges above the"
        f" floor weight), clustering {told['cluster']:.1f} s ({told['clusters']:,} clusters)."
    )


def _beside(seconds: float, floor: float | None) -> tuple[str, str]:
    return ("–", "–") if not floor else (f"{floor:.1f}", f"{seconds / floor:.2f}")


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f}" if size else "–"
