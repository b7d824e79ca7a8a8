"""The figures of the report: what the warehouse answered, ordered by regency, with a total that is the sum of its lines.

Belongs here: pure shaping of counts. Does not belong here: SQL (statements, steps), words and markup (wording, page).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from schemas.errors import InvariantBroken
from schemas.records import OUTCOMES
from tasks.quality.estimates import Quality

Row = Mapping[str, Any]
COVERAGES = ("aided", "on_list", "waiting", "held", "uncovered")
PERSON_COUNTS = ("person_count", "business_count", "repeated_count", "shared_count", "review_count", "held_count")
ACTIVITY_COUNTS = ("active_count", "inactive_count", "unclear_count", "not_verified_count", "business_count")
LIST_COUNTS = ("in_count", "waiting_count", "out_count", "amount_idr")


@dataclass(frozen=True)
class Table:
    """Counts per regency in order of code, and their sum (the row 'Jumlah'). `columns` names the counts."""

    columns: tuple[str, ...]
    lines: list[dict[str, Any]]
    total: dict[str, int]


@dataclass(frozen=True)
class ListFigures:
    """One aid list: its head, counts per decisive reason, counts and rupiah per regency."""

    head: dict[str, Any]
    reasons: list[dict[str, Any]]
    by_regency: Table


@dataclass(frozen=True)
class Figures:
    """Everything the page shows; counts, codes and names of files and regions only."""

    run_id: int
    today: date
    province_name: str
    files: list[dict[str, Any]]
    not_listed: dict[str, int]
    ledger: Table
    findings: list[dict[str, Any]]
    units: dict[str, int]
    persons: Table
    activity: Table
    registers: list[dict[str, Any]]
    capped: list[dict[str, Any]]
    quality: Quality
    lists: list[ListFigures]
    conflicts: dict[str, int]
    coverage: Table
    uncovered: list[dict[str, Any]]
    late: list[dict[str, Any]] = field(default_factory=list)
    delivery: list[dict[str, Any]] = field(default_factory=list)

    @property
    def silent_regencies(self) -> list[str]:
        """Names of the regencies that have sent nothing."""
        return [line["name"] for line in self.ledger.lines if line["code"] and not line["file_count"]]

    @property
    def amount_idr(self) -> int:
        """Rupiah on all lists that are shown."""
        return sum(int(one.head["amount_idr"]) for one in self.lists)


def per_regency(names: Mapping[str, str], rows: Iterable[Row], columns: Sequence[str]) -> Table:
    """A line for every regency of `names` (code -> name), zeros where nothing came, other codes after them, and the sum.

    Rows that share a code add up; a null code becomes one last line without a name.
    """
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = found.setdefault(row["regency_code"] or "", dict.fromkeys(columns, 0))
        for column in columns:
            counts[column] += int(row.get(column) or 0)
    codes = [*names, *sorted(code for code in found if code and code not in names), *([""] if "" in found else [])]
    empty = dict.fromkeys(columns, 0)
    lines: list[dict[str, Any]] = [
        {"code": code, "name": names.get(code, code), **found.get(code, empty)} for code in codes
    ]
    return Table(tuple(columns), lines, {column: sum(line[column] for line in lines) for column in columns})


def ledger_table(names: Mapping[str, str], rows: Iterable[Row]) -> Table:
    """The row ledger (P1): files, rows, and a count per outcome. Raises InvariantBroken when the outcomes do not add up."""
    table = per_regency(names, rows, ("file_count", "row_count", *OUTCOMES))
    sums: list[tuple[str, dict[str, Any]]] = [(line["code"], line) for line in table.lines]
    for code, line in [*sums, ("Jumlah", table.total)]:
        if int(line["row_count"]) != sum(line[outcome] for outcome in OUTCOMES):
            raise InvariantBroken("the outcomes of the rows do not add up", where=code)
    return table


def persons_table(names: Mapping[str, str], persons: Iterable[Row], businesses: Iterable[Row]) -> Table:
    """Persons, businesses and what is notable about persons, per regency that answers for them."""
    return per_regency(names, [*persons, *businesses], PERSON_COUNTS)


def coverage_table(names: Mapping[str, str], rows: Iterable[Row]) -> Table:
    """How every golden person is reached (P14), per regency; `person_count` is the sum of the ways."""
    wide = [
        {"regency_code": r["regency_code"], r["coverage"]: r["person_count"], "person_count": r["person_count"]}
        for r in rows
    ]
    return per_regency(names, wide, (*COVERAGES, "person_count"))


def list_figures(names: Mapping[str, str], head: Row, reasons: Iterable[Row], by_regency: Iterable[Row]) -> ListFigures:
    """One list. Raises InvariantBroken when its lines are not what its head says."""
    table = per_regency(names, by_regency, LIST_COUNTS)
    for column in LIST_COUNTS:
        if table.total[column] != int(head[column]):
            raise InvariantBroken(f"{column} of the lines is not {column} of the list", where=str(head["list_id"]))
    return ListFigures(dict(head), [dict(reason) for reason in reasons], table)
