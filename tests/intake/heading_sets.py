"""The labelled headings of tests/golden (README.md there) and how well the mapper does on them.

`python -m tests.intake.heading_sets [first] [second] [build] [held_out]` prints the figures of both sets and both halves, or of those
named; a heading that is not right is only shown when its half is named together with `show`.
"""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.layouts import family
from schemas.records import Kind
from tasks.intake.columns import Columns, map_columns

GOLDEN = Path(__file__).parents[1] / "golden"
HALVES = ("build", "held_out")
SETS = ("first", "second")


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


def judge_second() -> Iterator[Verdict]:
    """Every heading of headings_second.csv by itself: all of lists of UMKM, none read by whoever had seen the mapper."""
    for line in read_set("headings_second.csv"):
        yield from _judge([{**line, "kind": "umkm"}])


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
        name = found.get(column, "")
        if not name and expected == ("row_token",) and columns.ignored.get(column) == "returned":
            name = "row_token"  # told by what stands beneath it (tasks/intake/returned.py), never mapped by its heading
        yield Verdict(line["half"], kind, line["heading"], expected, name)


def figures(verdicts: Sequence[Verdict]) -> dict[str, tuple[int, int, int]]:
    """Per half: headings, right ones, silently wrong ones."""
    halves = {half: [verdict for verdict in verdicts if verdict.half == half] for half in HALVES}
    return {
        half: (len(some), sum(v.is_right for v in some), sum(v.is_silently_wrong for v in some))
        for half, some in halves.items()
    }


def with_field(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The headings that are a field of ours."""
    return [verdict for verdict in verdicts if verdict.expected != ("",)]


def _print_figures(words: Sequence[str]) -> None:
    sets = [name for name in SETS if name in words] or SETS
    halves = [half for half in HALVES if half in words] or HALVES
    judged: dict[str, list[Verdict]] = {}
    if "first" in sets:
        judged |= {"first, alone": list(judge_alone()), "first, in rows": list(judge_in_rows())}
    if "second" in sets:
        judged |= {"second": list(judge_second())}
        judged |= {"second, with a field": with_field(judged["second"])}
    for name, verdicts in judged.items():
        for half in halves:
            count, right, wrong = figures(verdicts)[half]
            print(f"{name}, {half}: {right} of {count} right ({right / count:.1%}), {wrong} silently wrong")
    if "show" in words and any(half in words for half in HALVES):
        for verdict in itertools.chain(*(verdicts for name, verdicts in judged.items() if "field" not in name)):
            if verdict.half in halves and not verdict.is_right:
                print(f"  {verdict.kind} {verdict.heading!r}: {verdict.found or '-'}, not {'|'.join(verdict.expected)}")


if __name__ == "__main__":
    _print_figures(sys.argv[1:])
