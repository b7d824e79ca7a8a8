"""The report's I/O: ask the warehouse for the figures, write the page.

Belongs here: running the report's queries and writing its file. Does not belong here: what a figure means (figures), how it looks (page).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from expectations.catalogue import entries
from schemas import regions
from schemas.fields import fields
from schemas.programmes import parse_programme
from schemas.registers import register_label
from schemas.settings import settings
from tasks import store
from tasks.halves import replace_file
from tasks.late import late_lists
from tasks.quality.labels import read_quality
from tasks.reports import answers, statements
from tasks.reports.figures import (
    ACTIVITY_COUNTS,
    Figures,
    ListFigures,
    coverage_table,
    ledger_table,
    list_figures,
    per_regency,
    persons_table,
)
from tasks.reports.page import render_page
from tasks.reports.wording import UNCOVERED_WORDS
from tasks.step import TRY_AGAIN, step

LATEST = "terbaru.html"
#: what the warehouse answered to the newest report
ANSWERS = ".jawaban.json"


@step(**TRY_AGAIN)
def build_report(run_id: int, today: date, *, quiet_since: int | None = None) -> Path:
    """Write `<reports>/<run>-rekapitulasi.html`, and the same page as `terbaru.html`; returns the path of the first.

    All figures are read in one snapshot. `quiet_since`: the run since which nothing was written into the warehouse; what was counted
    then is told again, and only what today's date decides is asked. Raises InvariantBroken when sums that must agree do not: nothing
    is written then.
    """
    folder = settings().reports
    folder.mkdir(parents=True, exist_ok=True)
    with store.transaction() as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        asked = _Asked(connection, _known(folder / ANSWERS, quiet_since))
        figures = read_figures(connection, run_id, today, asked)
    replace_file(folder / ANSWERS, answers.written(run_id, asked.answers))
    latest = folder / LATEST
    page = render_page(figures, latest.read_text("utf-8") if latest.is_file() else "")
    path = folder / f"{run_id}-rekapitulasi.html"
    for target in (path, latest):
        replace_file(target, page)
    return path


class _Asked:
    """The report's questions, each asked unless its answer is known."""

    def __init__(self, connection: sa.Connection, known: answers.Answers) -> None:
        self.connection, self.known = connection, known
        self.answers: answers.Answers = {}

    def __call__(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        name = answers.question(sql, values)
        if name not in self.known:
            self.known[name] = [dict(row) for row in self.connection.execute(sa.text(sql), values).mappings()]
        self.answers[name] = self.known[name]
        return [dict(row) for row in self.known[name]]


def _known(path: Path, quiet_since: int | None) -> answers.Answers:
    """The answers that the run got since which nothing was written."""
    if quiet_since is None or not path.is_file():
        return {}
    return answers.read(path.read_bytes(), quiet_since)


def read_figures(connection: sa.Connection, run_id: int, today: date, ask: _Asked | None = None) -> Figures:
    """The figures of the warehouse as it is now; what `ask` knows already is not asked again."""
    ask = ask or _Asked(connection, {})
    ledger = ask(statements.LEDGER)
    province = settings().province or _province(row["regency_code"] for row in ledger)
    names = {code: regions.regency_name(code) for code in regions.regencies_of_province(province)} if province else {}
    names |= {row["regency_code"]: _name(row["regency_code"]) for row in ledger}
    lists = [_list_figures(names, head, ask) for head in ask(statements.LISTS)]
    return Figures(
        run_id=run_id,
        today=today,
        province_name=regions.province_name(province) if province else "",
        files=[_linked({**row, "regency": _name(row["regency_code"])}) for row in ask(statements.FILES)],
        not_listed=ask(statements.FILES_NOT_LISTED)[0],
        ledger=ledger_table(names, ledger),
        findings=[{**row, **_finding_words(row["code"])} for row in ask(statements.FINDINGS)],
        units=ask(statements.UNITS)[0],
        persons=persons_table(names, ask(statements.PERSONS), ask(statements.BUSINESSES)),
        activity=per_regency(names, ask(statements.ACTIVITY), ACTIVITY_COUNTS),
        registers=[{**row, "name": register_label(row["register"])} for row in ask(statements.REGISTERS)],
        capped=ask(statements.CAPPED),
        quality=read_quality(ask),
        lists=lists,
        conflicts=ask(statements.CONFLICTS)[0],
        coverage=coverage_table(names, ask(statements.COVERAGE)),
        uncovered=_uncovered(ask(statements.UNCOVERED), lists),
        late=[{**line, "due_on": date.fromisoformat(line["due_on"])} for line in late_lists(today, connection)],
        delivery=ask(statements.DELIVERY),
    )


def _list_figures(names: dict[str, str], head: dict[str, Any], ask: Any) -> ListFigures:
    """One list with the programme's own words for its reasons, and the way to its published folder."""
    programme = parse_programme(head.pop("programme_body"), head["list_id"], trusted=True)
    reasons = [
        {
            **row,
            "message": programme.reason(row["decisive_reason"])["id"]
            if _gives(programme, row["decisive_reason"])
            else "",
        }
        for row in ask(statements.REASONS, list_id=head["list_id"])
    ]
    folder = settings().published / head["list_id"] / "list.csv"
    head = {**head, "name": programme.name.id, "link": _way(folder) if folder.exists() else ""}
    return list_figures(names, head, reasons, ask(statements.BY_REGENCY, list_id=head["list_id"]))


def _gives(programme: Any, code: str) -> bool:
    try:
        programme.reason(code)
    except KeyError:
        return False
    return True


def _uncovered(rows: list[dict[str, Any]], lists: list[ListFigures]) -> list[dict[str, Any]]:
    """The reasons of those whom no list reaches, in the words of the list that gave the reason."""
    words = {reason["decisive_reason"]: reason["message"] for one in lists for reason in one.reasons} | UNCOVERED_WORDS
    return [{**row, "message": words.get(row["reason"], "")} for row in rows]


def _finding_words(code: str) -> dict[str, str]:
    """The label of the field and the catalogue's sentence without any cell; empty for a code that is not in the catalogue."""
    entry = entries().get(code)
    if entry is None:
        return {"label": "", "message": ""}
    label = fields()[entry.field].label
    return {"label": label, "message": entry.message.id.format(label=label, written="…", digits="…")}


def _linked(row: dict[str, Any]) -> dict[str, Any]:
    """The row with ways to its receipt and workbook that work from the report's folder."""
    for name in ("receipt", "workbook"):
        path = Path(row[name]) if row[name] else None
        row[name] = "" if path is None else _way(path if path.is_absolute() else settings().home / path)
    return row


def _way(path: Path) -> str:
    """A relative link from the report's folder, with `/` and escaped as an address."""
    from urllib.parse import quote

    return quote(Path(os.path.relpath(path.resolve(), settings().reports.resolve())).as_posix())


def _name(code: str) -> str:
    return regions.office_name(code) or code


def _province(codes: Iterable[str]) -> str | None:
    return regions.province_of_regencies(list(codes))
