"""What 1 % more records costs in link + merge beside the whole consolidation: `python -m benchmarks.delta_identity --rows 20000 200000`.

For each size: the records of a demo province, a random 1 % of them held back; the others are loaded and consolidated as on a first night,
then the rest is loaded and consolidated. Link and merge are whole, every write into the warehouse included; loading is not counted. Each
part is a process of its own with the embedded server. From three sizes on, what 10 million records would take is told with the slopes
between the sizes. Belongs here: that measure. Does not belong here: intake, bare tools (floors), whether the result is right (tests).
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.results import table
from benchmarks.watch import ROOT, Watched, environment_of, watched

PROVINCE, SEED = "82", 1
SHARE = 0.01
TODAY = date(2020, 5, 1)
#: how much of the whole consolidation a delta of SHARE may cost
BOUND = 0.05
FAR = 10_000_000
STEPS = ("link", "merge")


@dataclass(frozen=True)
class Cost:
    """Link + merge of so many records: seconds of the clock, processor seconds and peak memory of process and server together."""

    records: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    by_step: dict[str, float]


@dataclass(frozen=True)
class Delta:
    """The whole consolidation of one size, and that of the records which came after it."""

    whole: Cost
    delta: Cost

    @property
    def share(self) -> float:
        """Seconds of the delta as a part of those of the whole."""
        return self.delta.seconds / self.whole.seconds

    @property
    def cpu_share(self) -> float:
        """The same of processor seconds, which other work on the machine does not stretch."""
        return self.delta.cpu_seconds / self.whole.cpu_seconds


def measure(rows: int, folder: Path, *, province: str = PROVINCE, seed: int = SEED, share: float = SHARE) -> Delta:
    """Both consolidations of a demo province of `rows` rows, in a home under `folder` (which the embedded server's account can read)."""
    home, files = folder / f"home-{rows}", [folder / f"{name}-{rows}.parquet" for name in ("most", "rest")]
    _run(home, "make", province, str(rows), str(seed), str(share), *map(str, files))
    costs = []
    for file in files:
        _run(home, "load", str(file))
        costs.append(_cost(watched(["consolidate"], home, program=["-m", "benchmarks.delta_identity"])))
    return Delta(*costs)


def _run(home: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "benchmarks.delta_identity", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment_of(home), check=True)


def _cost(told: Watched) -> Cost:
    """What link and merge cost between the first event, with which the server is there, and the last."""
    start, *steps = told.events
    by_step = {event.told["step"]: event.told["seconds"] for event in steps}
    return Cost(
        records=steps[-1].told["records"] if len(steps) < len(STEPS) else steps[0].told["records"],
        seconds=sum(by_step.values()),
        cpu_seconds=steps[-1].cpu - start.cpu,
        peak_bytes=told.peak_bytes(start.at, steps[-1].at),
        by_step=by_step,
    )


def slope(smaller: Cost, larger: Cost, quantity: str) -> float:
    """By which power of the records a quantity grows between two sizes; 1 = in proportion."""
    ratio = getattr(larger, quantity) / getattr(smaller, quantity)
    return math.log(ratio) / math.log(larger.records / smaller.records)


def extrapolate(costs: Sequence[Cost], quantity: str, records: int = FAR) -> float:
    """A quantity at so many records, if it goes on growing as between the two largest sizes, and at least in proportion."""
    *_, before, last = sorted(costs, key=lambda cost: cost.records)
    power = max(1.0, slope(before, last, quantity))
    return float(getattr(last, quantity) * (records / last.records) ** power)


def section(deltas: Sequence[Delta]) -> str:
    """The Markdown of all sizes."""
    lines = [
        [
            f"{each.whole.records + each.delta.records:,}", f"{each.whole.seconds:.1f}", f"{each.whole.cpu_seconds:.1f}",
            f"{each.whole.peak_bytes / 2**30:.2f}", f"{each.delta.records:,}", f"{each.delta.seconds:.1f}",
            f"{each.delta.cpu_seconds:.1f}", f"**{each.share:.1%}**", f"{each.cpu_share:.1%}",
        ]
        for each in deltas
    ]  # fmt: skip
    heading = ["records", "whole s", "cpu s", "peak GiB", "delta", "delta s", "cpu s", "share", "of cpu"]
    steps = "; ".join(
        f"{each.whole.records:,}: " + ", ".join(
            f"{name} {seconds:.1f} then {each.delta.by_step.get(name, 0):.1f} s" for name, seconds in each.whole.by_step.items()
        )
        for each in deltas
    )  # fmt: skip
    body = [table(heading, lines), "", f"By step: {steps}. The bound of the share is {BOUND:.0%}."]
    if len(deltas) > 2:
        body += ["", far([each.whole for each in deltas])]
    return "\n".join(body)


def far(costs: Sequence[Cost]) -> str:
    """What 10 million records would take, with the slopes that say so; `costs` from the smallest to the largest."""
    told = []
    for quantity, word, unit in (("seconds", "hours", 3600.0), ("peak_bytes", "GiB at the peak", 2.0**30)):
        slopes = ", ".join(f"{slope(*pair, quantity):.2f}" for pair in itertools.pairwise(costs))
        told.append(f"{extrapolate(costs, quantity) / unit:.1f} {word} (slopes {slopes})")
    return (
        f"{FAR:,} records, if link + merge go on as between the two largest sizes (a slope of 1 = in proportion,"
        f" less is taken as 1): {'; '.join(told)}."
    )


def make(province: str, rows: int, seed: int, share: float, most: Path, rest: Path) -> None:
    """Write the records of a province into two files, a random share of them into the second."""
    import numpy as np

    from benchmarks.demo_records import COLUMNS, demo_records

    records = demo_records(province, rows, seed)[list(COLUMNS)]
    held_back = np.random.default_rng(seed).permutation(len(records)) < share * len(records)
    records[~held_back].to_parquet(most)
    records[held_back].to_parquet(rest)


def load(file: Path) -> None:
    """Load the records of a file onto the work list, and let the server look at what has grown, as loading files does."""
    import pandas as pd
    import sqlalchemy as sa

    from benchmarks.loading import load_records, start_run
    from tasks import store
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    load_records(start_run(TODAY), pd.read_parquet(file, dtype_backend="pyarrow"))
    with store.transaction() as connection:
        connection.execute(sa.text("ANALYZE source.logical_record, source.record_version"))


def consolidate_here() -> None:
    """Link and merge what is on the work list, each told as JSON when it is done."""
    from benchmarks.loading import start_run
    from flows.consolidation import consolidate

    def tell(event: dict[str, Any]) -> None:
        print(json.dumps(event), flush=True)

    run = start_run(TODAY)
    tell({"step": "start"})
    consolidate(run, tell)


def main() -> None:
    """Measure the sizes asked for and print Markdown; inside, one part of a measure."""
    match sys.argv[1:]:
        case ["make", province, rows, seed, share, most, rest]:
            make(province, int(rows), int(seed), float(share), Path(most), Path(rest))
        case ["load", file]:
            load(Path(file))
        case ["consolidate", *_]:
            consolidate_here()
        case _:
            parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
            parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 200_000, 1_000_000])
            arguments = parser.parse_args()
            with tempfile.TemporaryDirectory(prefix="sinergi-delta-") as folder:
                Path(folder).chmod(0o755)  # as root the server runs under an account of its own
                print(section([measure(rows, Path(folder)) for rows in sorted(arguments.rows)]))


if __name__ == "__main__":
    os.umask(0o022)
    main()
