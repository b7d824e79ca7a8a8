"""Whether what goes wrong in lists is found: faults of every kind seeded into clean lists, read and checked as a file that came.

    python -m benchmarks.seeded_faults [--provinces 19 92 12] [--seeds 1 2] [--rows 330]

Every list is saved as its office would save it, read back, mapped, standardised, checked and decided. Counted are, by kind, how often
it was seeded and found with the right code in the right cell; and of the lines that nothing was done to, how many are held, sent back
or asked about. Belongs here: seeding and counting. Does not belong here: the kinds (faultkinds.py), clean lists (lists.py).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from benchmarks.damage import Fault
from benchmarks.faultkinds import FAULTS
from benchmarks.lists import Line, Listed, clean_lists, save
from benchmarks.results import table
from tasks.intake.mapping import map_workbook
from tasks.intake.reading import read_file
from tasks.intake.sheets import Limits
from tasks.intake.steps.load import Understood, decide_rows
from tasks.intake.steps.take import Parcel, check_rows, standardise_rows

TODAY = date(2020, 5, 1)
LIMITS = Limits(max_rows=5_000, max_columns=100, max_file_mb=20, max_unpacked_mb=50, seconds=60)
#: so much of a list stays as it is
CLEAN_SHARE = 0.4
ASKING = ("reject", "hold", "warn")
Place = tuple[str, int]  # sheet and row


@dataclass(frozen=True)
class Seeded:
    """A fault in a list, and the lines it damaged."""

    fault: Fault
    places: tuple[Place, ...]


@dataclass
class Tally:
    """What was counted over many lists. `seeded` and `found`: by what goes wrong; `missed`: what was said in its place."""

    seeded: Counter[Fault] = field(default_factory=Counter)
    found: Counter[Fault] = field(default_factory=Counter)
    missed: dict[Fault, list[str]] = field(default_factory=dict)
    lists: int = 0
    clean: int = 0
    clean_stopped: Counter[str] = field(default_factory=Counter)
    clean_asked: Counter[str] = field(default_factory=Counter)

    @property
    def clean_stopped_share(self) -> float:
        """Of the lines that nothing was done to: those held or sent back."""
        return self.clean_stopped.total() / self.clean if self.clean else 0.0


def seed(
    listed: Listed, faults: Sequence[Fault], rng: Random, clean_share: float = CLEAN_SHARE
) -> tuple[Listed, list[Seeded]]:
    """The list with each kind once, as far as it has room and the columns for it; so large a share of the lines stays as it is."""
    sheets = deepcopy(listed.sheets)
    total = sum(len(lines) for lines in sheets.values())
    free = {name: [True] * len(lines) for name, lines in sheets.items()}
    done: list[Seeded] = []
    for fault in rng.sample(list(faults), len(faults)):
        slots = list(_slots(listed, sheets, free, fault))
        used = total - sum(sum(flags) for flags in free.values())
        if not slots or used + fault.rows > total * (1 - clean_share):
            continue
        name, start = rng.choice(slots)
        lines = sheets[name][start : start + fault.rows]
        fault.damage(lines, rng)
        free[name][start : start + fault.rows] = [False] * fault.rows
        told = range(start + (fault.outcome == "duplicate"), start + fault.rows)
        done.append(Seeded(fault, tuple((name, listed.first_row + number) for number in told)))
    return Listed(listed.regency, listed.style, sheets, listed.above, listed.below), done


def _slots(
    listed: Listed, sheets: dict[str, list[Line]], free: dict[str, list[bool]], fault: Fault
) -> Iterator[tuple[str, int]]:
    """Where a kind can be seeded: free lines below one another that have what it needs."""
    wanted = {fault.field, *fault.needs}
    if not wanted <= set(listed.fields) or (fault.in_workbooks and not listed.is_workbook):
        return
    for name, lines in sheets.items():
        fits = [
            is_free and fault.only(line) and all(line.cells[each] != "" for each in wanted)
            for is_free, line in zip(free[name], lines, strict=True)
        ]
        for start in range(len(lines) - fault.rows):  # never the last: blank lines at the end are no lines of a list
            if all(fits[start : start + fault.rows]):
                yield name, start


def understand(listed: Listed, path: Path) -> Understood:
    """What intake makes of the saved list."""
    mapped = map_workbook(read_file(path, LIMITS), listed.regency, {})
    parcel = Parcel("0" * 16, listed.regency, f"{listed.regency}/{path.name}", "", {"period": "2020-04"})
    frame, word = standardise_rows(parcel, mapped, TODAY)
    return check_rows(parcel, mapped, frame, word, TODAY)


def count(tally: Tally, listed: Listed, seeded: Sequence[Seeded], understood: Understood) -> None:
    """Add what was found in one list."""
    names = {sheet.sheet_no: sheet.name for sheet in understood.sheets}
    if not listed.is_workbook:
        names = dict.fromkeys(names, "Data")
    said: dict[Place, list[tuple[str, str, int]]] = {}
    for line in understood.findings.itertuples():
        cell = (line.code, line.severity, -1 if line.column_no != line.column_no else line.column_no)
        said.setdefault((names[line.sheet_no], line.row), []).append(cell)
    rows, _ = decide_rows(understood)
    became = {(names[line.sheet_no], line.row): line.outcome for line in rows.itertuples()}
    tally.lists += 1
    touched = set()
    for each in seeded:
        touched.update(each.places)
        tally.seeded[each.fault] += 1
        column = listed.fields.index(each.fault.field)
        if all(_is_found(each.fault, column, said.get(place, []), became.get(place, "")) for place in each.places):
            tally.found[each.fault] += 1
        else:
            told = [f"{became.get(place)} {said.get(place)}" for place in each.places]
            tally.missed.setdefault(each.fault, []).append("; ".join(told))
    firsts = {(name, row - 1) for each in seeded if each.fault.outcome == "duplicate" for name, row in each.places}
    for name, row, _line in listed.lines():
        if (name, row) not in touched | firsts:
            _count_clean(tally, said.get((name, row), []))


def _is_found(fault: Fault, column: int, said: Sequence[tuple[str, str, int]], became: str) -> bool:
    if fault.outcome:
        return became == fault.outcome
    if fault.is_understood:
        return not any(severity in ASKING for _, severity, _ in said)
    return any(code in fault.codes and at == column for code, _, at in said)


def _count_clean(tally: Tally, said: Sequence[tuple[str, str, int]]) -> None:
    tally.clean += 1
    stopping = sorted(code for code, severity, _ in said if severity in ("reject", "hold"))
    asking = sorted(code for code, severity, _ in said if severity == "warn")
    tally.clean_stopped.update(stopping[:1])
    tally.clean_asked.update(asking[:1])


def measure(provinces: Sequence[str], seeds: Sequence[int], rows: int, folder: Path) -> Tally:
    """All kinds over the lists of some provinces, once a list and seed."""
    tally = Tally()
    for province in provinces:
        for number in seeds:
            rng = Random(f"{province} {number}")
            for kind, faults in FAULTS.items():
                for listed in clean_lists(province, number, rows, kind=kind):
                    damaged, seeded = seed(listed, faults, rng)
                    path = save(damaged, folder, f"{kind} {listed.regency} {number}")
                    count(tally, damaged, seeded, understand(damaged, path))
    return tally


def report(tally: Tally) -> str:
    """The table: field, kind, what must be said, how often it was seeded and found."""
    rows = [
        (fault.field, fault.kind, _must(fault), str(tally.seeded[fault]), str(tally.found[fault]))
        for faults in FAULTS.values()
        for fault in faults
    ]
    claimed = [fault for faults in FAULTS.values() for fault in faults]
    told = (
        f"{len(claimed)} kinds, {tally.seeded.total():,} seeded in {tally.lists} lists, {tally.found.total():,} found in the right cell"
        f" with the right code; {sum(tally.seeded[fault] == tally.found[fault] for fault in claimed)} kinds always. Of {tally.clean:,}"
        f" lines that nothing was done to, {tally.clean_stopped.total()} ({tally.clean_stopped_share:.2%}) were held or sent back"
        f" {_told(tally.clean_stopped)} and {tally.clean_asked.total()} asked about {_told(tally.clean_asked)}."
    )
    return told + "\n\n" + table(("field", "what goes wrong", "must be said", "seeded", "found"), rows)


def _told(counts: Counter[str]) -> str:
    return "(" + ", ".join(f"{code} {number}" for code, number in counts.most_common()) + ")" if counts else ""


def _must(fault: Fault) -> str:
    if fault.is_understood:
        return "nothing: understood"
    return fault.outcome or " or ".join(fault.codes)


def main() -> int:
    """Measure and print; 1 when a kind was not always found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--provinces", nargs="+", default=["19", "92", "12"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rows", type=int, default=330)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = measure(given.provinces, given.seeds, given.rows, Path(folder))
    print(report(tally))
    for fault, told in tally.missed.items():
        print(f"missed: {fault.field}, {fault.kind}: {len(told)} times, said {told[:3]}", file=sys.stderr)
    return 1 if tally.missed else 0


if __name__ == "__main__":
    sys.exit(main())
