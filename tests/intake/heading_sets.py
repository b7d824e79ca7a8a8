"""The labelled headings of tests/golden (README.md there) and how well the mapper does on them.

`python -m tests.intake.heading_sets` prints the figures, `... build` also every heading of that half that is not right.
"""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.layouts import family
from schemas.records import Kind
from tasks.intake.columns import Columns, map_columns

GOLDEN = Path(__file__).parents[1] / "golden"
HALVES = ("build", "held_out")


@dataclass(frozen=True)
class Verdict:
    """What became of one labelled heading: `found` is the field it was mapped to, '' for none."""

    half: str
    kind: Kind
    heading: str
    expected: tuple[str, ...]
    found: str

    @property
    def is_right(self) -> bool:
        return self.found in self.expected

    @property
    def is_silently_wrong(self) -> bool:
        return not self.is_right and self.found != ""


def map_headings(texts: Sequence[str], kind: Kind, values: Sequence[str] = ("Kuliner", "Fashion")) -> Columns:
    """The columns of a list with these headings, all filled."""
    return map_columns(
        texts, family(kind), {}, regency_code="19.01", filled=[1] * len(texts), values=lambda _: list(values)
    )


def read_set(name: str) -> list[dict[str, str]]:
    """The lines of a labelled set; a line break stands in its headings."""
    with (GOLDEN / name).open(encoding="utf-8", newline="") as file:
        return [{**line, "heading": line["heading"].replace("⏎", "\n")} for line in csv.DictReader(file)]


def judge_alone() -> Iterator[Verdict]:
    """Every heading of headings.csv by itself."""
    for line in read_set("headings.csv"):
        yield from _judge([line])


def judge_in_rows() -> Iterator[Verdict]:
    """Every heading of heading_rows.csv among its neighbours; a field that two columns claim is mapped to none of them."""
    for _, lines in itertools.groupby(read_set("heading_rows.csv"), key=lambda line: line["list"]):
        yield from _judge(list(lines))


def _judge(lines: list[dict[str, str]]) -> Iterator[Verdict]:
    kind: Kind = lines[0]["kind"]  # type: ignore[assignment]
    columns = map_headings([line["heading"] for line in lines], kind)
    found = {column: name for name, column in columns.mapping.items() if name not in columns.rivals}
    for column, line in enumerate(lines):
        expected = tuple(line["field"].split("|"))
        yield Verdict(line["half"], kind, line["heading"], expected, found.get(column, ""))


def figures(verdicts: Sequence[Verdict]) -> dict[str, tuple[int, int, int]]:
    """Per half: headings, right ones, silently wrong ones."""
    halves = {half: [verdict for verdict in verdicts if verdict.half == half] for half in HALVES}
    return {
        half: (len(some), sum(v.is_right for v in some), sum(v.is_silently_wrong for v in some))
        for half, some in halves.items()
    }


def _print_figures(shown: Sequence[str]) -> None:
    for name, verdicts in (("alone", list(judge_alone())), ("in rows", list(judge_in_rows()))):
        for half, (count, right, wrong) in figures(verdicts).items():
            print(f"{name}, {half}: {right} of {count} right ({right / count:.1%}), {wrong} silently wrong")
        for verdict in verdicts:
            if verdict.half in shown and not verdict.is_right:
                print(f"  {verdict.kind} {verdict.heading!r}: {verdict.found or '-'}, not {'|'.join(verdict.expected)}")


if __name__ == "__main__":
    _print_figures(sys.argv[1:])
