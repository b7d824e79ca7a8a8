"""What a night costs, step by step: `python -m benchmarks.run_night INBOX [--today DAY] [--truth truth.csv]` prints Markdown.

Runs `sinergi run --json` over an inbox in a fresh home with the embedded server, then once more with nothing new. Beside wall-clock seconds
stand processor seconds, since a machine that does other work as well stretches only the first. With a truth, the scores of
`score_identity.py` are told too. Beside the bare tools: `python -m benchmarks.bench`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import nights
from benchmarks.results import table
from benchmarks.watch import ROOT, Watched, environment_of, measured


def section(first: Watched, again: Watched) -> str:
    """The Markdown of a measurement."""
    rows = nights.row_count(first)
    told = [
        [step.name, f"{step.seconds:.1f}", f"{rows / step.seconds:,.0f}"]
        for step in nights.steps_of(first)
        if step.seconds >= 0.05
    ]
    cpu = ", ".join(f"{name} {seconds:.1f}" for name, seconds in nights.cpu_lines(first) if seconds >= 0.05)
    return "\n".join([
        f"{rows:,} rows: **{first.seconds:.0f} s**, {first.cpu_seconds:.0f} processor seconds, peak memory"
        f" {first.peak_bytes() / 2**30:.2f} GiB. Nothing new: {again.seconds:.1f} s ({again.cpu_seconds:.1f} processor seconds), of which"
        f" {nights.start_seconds(again):.1f} s start.",
        "", table(["step", "seconds", "rows/s"], told), "",
        f"Processor seconds (command, reader and server): {cpu}.",
    ])  # fmt: skip


def score(truth: Path, home: Path) -> str:
    """The identity scores of the warehouse under `home` as one line a kind."""
    memberships = home / "memberships.csv"
    subprocess.run(
        [sys.executable, "-m", "cli.main", "export", "memberships", str(memberships)],
        cwd=ROOT, env=environment_of(home), check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    told = measured("score_identity", str(truth), str(memberships), "--json")
    memberships.unlink()
    kinds = [
        f"{kind}: precision {told[kind]['precision']:.4f}, recall {told[kind]['recall']:.4f}, F1 {told[kind]['f1']:.4f}"
        for kind in ("person", "business")
    ]
    kin = ", ".join(f"{name} {count}" for name, count in told["kin"].items())
    return "; ".join([*kinds, f"kin: {kin}"])


def main() -> None:
    """Measure one inbox and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("inbox", type=Path)
    parser.add_argument("--today", default=nights.TODAY)
    parser.add_argument("--truth", type=Path, help="the demo's truth.csv, to score who is who")
    arguments = parser.parse_args()
    inbox = arguments.inbox.resolve()
    truth = arguments.truth.resolve() if arguments.truth else None
    with tempfile.TemporaryDirectory(prefix="sinergi-bench-") as folder:
        Path(folder).chmod(0o755)  # as root the server runs under an account of its own
        home = Path(folder, "home")
        first = nights.night(inbox, home, today=arguments.today)
        again = nights.night(inbox, home, today=arguments.today)
        print(section(first, again))
        if truth is not None:
            print("\nIdentity against the demo's truth: " + score(truth, home) + ".")


if __name__ == "__main__":
    main()
