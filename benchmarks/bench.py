"""The bench: nights of several sizes beside their floors, the delta, a workbook, the conventional way, and where the rest goes.

    python -m benchmarks.bench [--rows 20000 200000 1000000] [--delta] [--xlsx 100000] [--conventional] [--profile 20000] [--write]

Every section is printed, and with --write put into RESULTS.md, as soon as it is measured. Inputs are generated once and kept under the
bench's folder; the warehouses made there are dropped at the end. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import delta_identity, floors, inputs, nights, profiling
from benchmarks.results import RESULTS, machine, table, write_section
from benchmarks.run_night import score
from benchmarks.watch import ROOT, Watched, measured, watched

DELTA_ROWS, ANSWER_ROWS = 10_000, 5_000
ONE_FRAME = (100_000, 1_000_000)


class Bench:
    """One run of the bench: its folder, where results go, the first nights by size."""

    def __init__(self, base: Path, results: Path | None) -> None:
        self.base, self.results, self.started = base, results, time.monotonic()
        self.firsts: dict[int, Watched] = {}
        self.failed: list[str] = []
        base.mkdir(parents=True, exist_ok=True)
        base.chmod(0o755)  # as root the server runs under an account of its own

    def say(self, text: str) -> None:
        """Progress, apart from the results."""
        print(f"[{time.monotonic() - self.started:6.0f}s] {text}", file=sys.stderr, flush=True)

    def keep(self, name: str, title: str, body: str) -> None:
        """Print a section, and write it when asked."""
        print(f"## {title}\n\n{body}\n", flush=True)
        if self.results is not None:
            write_section(name, title, body, self.results)

    def home(self, name: str) -> Path:
        """A fresh home."""
        home = self.base / f"home-{name}"
        shutil.rmtree(home, ignore_errors=True)
        return home

    def attempt(self, part: Callable[..., None], *given: Any) -> None:
        """One part; when a command of it stops, the others are still measured."""
        try:
            part(*given)
        except subprocess.CalledProcessError as error:
            self.failed.append(part.__name__)
            self.say(f"{part.__name__} stopped: {error}")

    def nights(self, rows: int, complete_rows: int) -> None:
        """The first night of one size, the one with nothing new, and the floors; the home stays."""
        self.say(f"{rows:,} rows: making the inbox")
        demo, home = inputs.demo(self.base, rows), self.home(str(rows))
        inbox = demo / "inbox"
        self.say(f"{rows:,} rows: the first night")
        self.firsts[rows] = first = nights.night(inbox, home)
        self.say(f"{rows:,} rows: {first.seconds:.0f} s; the night with nothing new")
        again = nights.night(inbox, home)
        self.say(f"{rows:,} rows: the floors")
        found = floors.measure(inbox, home, complete_rows)
        scores = score(demo / "truth" / "truth.csv", home)
        command = (
            f"    sinergi demo --province {inputs.PROVINCE} --rows {rows} --seed {inputs.SEED} --plain --out DIR\n"
        )
        title = f"A night over {rows:,} rows, plain CSV, beside the bare tools"
        self.keep(f"night-{rows}", title, command + "\n" + floors.section(first, again, found, scores))

    def growth(self) -> None:
        """The slope between the two largest sizes, and what linking and merging far more would take."""
        sizes = sorted(self.firsts)[-2:]
        if len(sizes) < 2:
            return
        spent = [self.firsts[rows].seconds - nights.start_seconds(self.firsts[rows]) for rows in sizes]
        slope = math.log(spent[1] / spent[0]) / math.log(sizes[1] / sizes[0])
        told = f"{sizes[0]:,} rows {spent[0]:.0f} s, {sizes[1]:,} rows {spent[1]:.0f} s beyond start: slope **{slope:.2f}** in log-log."
        costs = [self._identity_cost(rows) for rows in sorted(self.firsts)]
        self.keep("growth", "How a night grows", f"{told}\n\n{delta_identity.far(costs)}")

    def _identity_cost(self, rows: int) -> delta_identity.Cost:
        """What link and merge cost in the first night of a size."""
        first = self.firsts[rows]
        steps = {step.name: step for step in nights.steps_of(first) if step.name in delta_identity.STEPS}
        cpu = sum(seconds for name, seconds in nights.cpu_lines(first) if name in steps)
        by_step = {name: step.seconds for name, step in steps.items()}
        peak = max(step.peak_bytes for step in steps.values())
        return delta_identity.Cost(nights.row_count(first), sum(by_step.values()), cpu, peak, by_step)

    def delta(self, rows: int) -> None:
        """Submissions on demand into the warehouse of the largest night."""
        home = self.base / f"home-{rows}"
        known = inputs.demo(self.base, rows) / "inbox"
        first = self.firsts[rows].seconds - nights.start_seconds(self.firsts[rows])
        first_identity = self._identity_cost(rows).seconds
        lines = []
        for count, month in ((min(DELTA_ROWS, rows // 10), "2020-05"), (min(ANSWER_ROWS, rows // 20), "2020-06")):
            self.say(f"a submission of {count:,} rows into {rows:,}")
            file = inputs.submission(self.base, known, count, f"umkm_{month}")
            arguments = ["submit", str(file), "--regency", file.parent.name, "--today", nights.TODAY]
            told = watched(arguments, home)
            start, beyond = nights.start_seconds(told), told.seconds - nights.start_seconds(told)
            submission = next(event for event in told.events if event.told["step"] == "submission")
            answered, loading = submission.at - start, submission.told["seconds"]["load checks"]
            steps = nights.steps_of(told)
            told_seconds = [f"{seconds:.1f}" for seconds in (start, answered, loading, beyond)]
            identity = sum(step.seconds for step in steps if step.name in delta_identity.STEPS)
            shares = [f"{beyond / first:.1%}", f"{identity / first_identity:.1%}"]
            by_step = ", ".join(f"{step.name} {step.seconds:.1f}" for step in steps if step.seconds >= 0.05)
            lines.append([f"{count:,}", *told_seconds, *shares, by_step])
        heading = [
            "rows", "start s", "answered after s", "of it loading checks s", "all done after s", "of the first night",
            "link + merge of the first night's", "steps, seconds",
        ]  # fmt: skip
        body = (
            f"`sinergi submit FILE` into the warehouse of {rows:,} rows: half of each file are people of that office's list"
            f" of the month before,"
            " half are new. Seconds beyond start; *answered* = receipt and workbook are written; *loading checks* = what of it was"
            " spent waiting for Great Expectations, which a process of its own imports from the start on;"
            " *all done* = linked, merged, drafts rebuilt, server stopped."
        )
        self.keep("delta", "One submission into a full warehouse", f"{body}\n\n{table(heading, lines)}")

    def workbook(self, rows: int, is_conventional: bool) -> None:
        """One large workbook through the house and, if asked, the conventional way."""
        self.say(f"a workbook of {rows:,} rows")
        inbox, home = inputs.workbook_inbox(self.base, rows), self.home("xlsx")
        told = nights.night(inbox, home)
        bare = measured("floor_reading", str(inbox))["seconds"]
        steps = nights.steps_of(told)
        lines = [[step.name, f"{step.seconds:.1f}"] for step in steps if step.seconds >= 0.05]
        body = (
            f"One xlsx of {nights.row_count(told):,} rows of one office: taken in, answer included,"
            f" **{nights.intake_seconds(told):.1f} s** beyond"
            f" start ({nights.start_seconds(told):.1f} s); the whole night {told.seconds:.0f} s, peak memory"
            f" {told.peak_bytes() / 2**30:.2f} GiB."
            f" python-calamine alone reads the file in {bare:.1f} s.\n\n{table(['step', 'seconds'], lines)}"
        )
        if is_conventional:
            self.say("the same workbook the conventional way")
            other = measured("conventional", str(next(inbox.glob("*/*.xlsx"))), home=self.home("conventional"))
            seconds = other["seconds"]
            whole = seconds["read"] + seconds["check"] + seconds["store"]
            body += (
                f"\n\nThe conventional way on the same file (openpyxl {other['versions']['openpyxl']}, 25 expectations of Great"
                f" Expectations with"
                f" COMPLETE results, pandas' `to_sql`; nothing mapped, typed, accounted for, answered or linked): **{whole:.1f} s** (read"
                f" {seconds['read']:.1f}, check {seconds['check']:.1f}, store {seconds['store']:.1f})."
            )
        self.keep("xlsx", f"{rows:,} rows as one workbook", body)

    def one_frame(self, most: int) -> None:
        """Validation of one generated frame."""
        lines = []
        for rows in [count for count in ONE_FRAME if count <= most] or [most]:
            self.say(f"validating one frame of {rows:,} rows")
            told = measured("floor_validating", "--rows", str(rows), "0" if rows > ONE_FRAME[0] else str(rows))
            complete = f"{told['complete']:.1f}" if told["complete_rows"] else "–"
            ratio = f"**{told['ours'] / told['boolean']:.2f}**"
            lines.append(
                [f"{rows:,}", f"{told['ours']:.1f}", f"{told['boolean']:.1f}", ratio, f"{told['plain']:.1f}", complete]
            )
        heading = ["rows", "ours s", "BOOLEAN_ONLY s", "ratio", "plain BOOLEAN_ONLY s", "plain COMPLETE s"]
        body = (
            "`python -m benchmarks.floor_validating --rows ROWS`: the checks of a UMKM list over one frame. *Ours* finds"
            " every failing row;"
            " *plain* are Great Expectations' own map expectations over the same masks (COMPLETE is measured at 100,000 rows at most)."
        )
        self.keep("validation", "Validating one frame", f"{body}\n\n{table(heading, lines)}")

    def profile(self, rows: int) -> None:
        """Where a night goes."""
        self.say(f"a profiled night over {rows:,} rows")
        self.keep("profile", "Where the rest goes", profiling.section(inputs.demo(self.base, rows) / "inbox"))


def run(arguments: argparse.Namespace) -> int:
    """All that was asked for, smallest first; 1 when some of it failed."""
    results = arguments.results if arguments.write else None
    bench = Bench(arguments.folder.resolve(), results)
    command = "    python -m benchmarks.bench " + " ".join(sys.argv[1:])
    bench.keep("machine", "The bench", f"{command}\n\n{machine()} Single runs: read differences under 1.5x as nothing.")
    sizes = sorted(arguments.rows)
    for rows in sizes:
        bench.attempt(bench.nights, rows, arguments.complete_rows)
        if rows != sizes[-1]:
            bench.home(str(rows))
    bench.growth()
    if arguments.delta and sizes and sizes[-1] in bench.firsts:
        bench.attempt(bench.delta, sizes[-1])
    if arguments.xlsx:
        bench.attempt(bench.workbook, arguments.xlsx, arguments.conventional)
    if arguments.frame:
        bench.attempt(bench.one_frame, arguments.frame)
    if arguments.profile:
        bench.attempt(bench.profile, arguments.profile)
    for home in bench.base.glob("home-*"):
        shutil.rmtree(home, ignore_errors=True)
    bench.say("done" if not bench.failed else f"done, but for: {', '.join(bench.failed)}")
    return 1 if bench.failed else 0


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 200_000, 1_000_000])
    parser.add_argument("--delta", action="store_true", help="submissions into the largest warehouse")
    parser.add_argument("--xlsx", type=int, default=0, metavar="ROWS", help="one workbook of so many rows")
    parser.add_argument("--conventional", action="store_true", help="the conventional way on the same workbook")
    parser.add_argument(
        "--frame", type=int, default=0, metavar="ROWS", help="validation of one frame, at most so many rows"
    )
    parser.add_argument("--profile", type=int, default=0, metavar="ROWS", help="where a night of so many rows goes")
    parser.add_argument("--complete-rows", type=int, default=100_000, help="rows checked with COMPLETE at each size")
    parser.add_argument("--folder", type=Path, default=ROOT / ".sinergi" / "bench")
    parser.add_argument("--write", action="store_true", help="put each section into the results file")
    parser.add_argument("--results", type=Path, default=RESULTS)
    sys.exit(run(parser.parse_args()))


if __name__ == "__main__":
    main()
