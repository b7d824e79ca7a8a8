"""How often a list goes back and forth: a clerk who reads nothing but the workbook that came back, until nothing is asked any more.

    python -m benchmarks.clerk [--files 100] [--rows 40]

Lists of many offices, six lines in ten of them spoiled by faults of every kind, come in; the clerk has the paper that each list was typed
from, types every coloured cell of the returned workbook anew, and sends the workbook back. Belongs here: the clerk, and the command.
Does not belong here: lists (lists.py), faults (faultkinds.py, seeded_faults.py).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import openpyxl

from benchmarks.faultkinds import FAULTS
from benchmarks.lists import Cell, Line, Listed, clean_lists, save
from benchmarks.results import table
from benchmarks.seeded_faults import CLEAN_SHARE, seed
from flows.submission import take_in_all
from schemas.settings import settings
from tasks import runs, store
from tasks.embedded import stop_embedded
from tasks.intake.workbook import FILL, GUIDE_SHEET, MESSAGE_HEADING
from tasks.upgrade import upgrade_warehouse

PROVINCE, TODAY, MOST_ROUNDS = "12", date(2020, 5, 1), 6
_ROW = re.compile(r"Baris (\d+)")
_REJECT = "FF" + FILL["reject"].lstrip("#")
#: sheet and row, as the office sees them -> the line of the paper
Paper = dict[tuple[str, int], Line]


@dataclass
class Correspondence:
    """One list on its way back and forth: the newest file that was sent, what its rows are on paper, and how often it came back."""

    regency: str
    name: str
    fields: dict[str, str]  # heading -> field
    paper: Paper
    newest: Path
    rounds: int = 0
    asked: list[int] = field(default_factory=list)


def send_lists(inbox: Path, files: int, rows: int) -> list[Correspondence]:
    """The first files: spoiled lists of one regency after another, every month's of other people."""
    found = []
    for listed, month in _lists(files, rows):
        damaged, _ = seed(listed, FAULTS["umkm"], Random(f"{listed.regency} {month}"), CLEAN_SHARE)
        path = save(damaged, inbox / listed.regency, f"umkm 2020-{month:02}")
        title = None if listed.is_workbook else path.stem
        paper = {(title or sheet, row): line for sheet, row, line in listed.lines()}
        fields = {column.heading: column.source for column in listed.style.columns}
        found.append(Correspondence(listed.regency, path.stem, fields, paper, path))
    return found


def _lists(files: int, rows: int) -> Iterator[tuple[Listed, int]]:
    count = 0
    for month in range(1, 13):
        for listed in clean_lists(PROVINCE, month, rows):
            if count == files:
                return
            count += 1
            yield listed, month


def mend(one: Correspondence, workbook: Path) -> None:
    """Type the coloured cells of a returned workbook from the paper, and send it back.

    A line that was sent back (red) is typed anew as a whole. Where a coloured cell already says what the paper says, the fault must
    stand elsewhere in the line, as its message tells: then the whole line is compared.
    """
    book = openpyxl.load_workbook(workbook)
    paper: Paper = {}
    asked = 0
    for sheet in book.worksheets:
        if sheet.title == GUIDE_SHEET:
            continue
        headings = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            numbered = _ROW.match(str(row[headings.index(MESSAGE_HEADING)].value))
            if numbered is None:
                raise ValueError(f"{workbook.name}: a message names no row")
            line = one.paper[sheet.title, int(numbered[1])]
            paper[sheet.title, row[0].row] = line
            asked += 1
            cells = {
                one.fields[heading]: cell for heading, cell in zip(headings, row, strict=True) if heading in one.fields
            }
            _type_anew(cells, line)
    one.rounds += 1
    one.asked.append(asked)
    one.paper = paper
    one.newest = one.newest.parent / f"{one.name} perbaikan {one.rounds}.xlsx"
    book.save(one.newest)


def _type_anew(cells: dict[str, Any], line: Line) -> None:
    coloured = {name for name, cell in cells.items() if cell.fill.fill_type}
    is_red = any(cells[name].fill.fgColor.rgb == _REJECT for name in coloured)
    same = {name for name in coloured if str(cells[name].value or "") == as_typed(line.cells.get(name, ""))}
    for name in cells if is_red or same else coloured:
        true = as_typed(line.cells.get(name, ""))
        if name in ("nik", "kk_number") and name in same and len(true) == 16:
            true = " ".join(
                true[start : start + 4] for start in range(0, 16, 4)
            )  # compared, and right: as the guide says
        cells[name].value = true or None


def as_typed(cell: Cell) -> str:
    """A cell of the paper as it is typed into a cell of text."""
    if isinstance(cell, float):
        return str(int(cell))
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell


def correspond(
    lists: list[Correspondence], night: Callable[[], None], answer: Callable[[Correspondence], Path | None]
) -> None:
    """Night after night, until nothing is asked of anybody or MOST_ROUNDS were not enough. `answer`: the workbook that came back."""
    night()
    for _ in range(MOST_ROUNDS):
        asked = [(one, workbook) for one in lists if (workbook := answer(one)) is not None]
        if not asked:
            return
        for one, workbook in asked:
            mend(one, workbook)
        night()


def report(lists: list[Correspondence]) -> str:
    """How many rounds, and how many lines were asked about in each."""
    rounds = Counter(one.rounds for one in lists)
    still = sum(is_open(one) for one in lists)
    asked = [sum(one.asked[number] for one in lists if len(one.asked) > number) for number in range(max(rounds))]
    told = (
        f"{len(lists)} lists: clean after a median of {statistics.median(one.rounds for one in lists):g} rounds, at most {max(rounds)};"
        f" {still} still open."
    )
    heading = ("round", "lists sent back to", "lines asked about")
    body = [
        (str(number + 1), str(sum(count for each, count in rounds.items() if each > number)), str(asked[number]))
        for number in range(max(rounds))
    ]
    return told + "\n\n" + table(heading, body)


def night(inbox: Path) -> None:
    """Take in and answer what is new; who is who, and aid, are no matter of the clerk's."""
    with runs.run("nightly", TODAY) as run:
        take_in_all(inbox, run.run_id, TODAY, lambda event: None)


def receipt(one: Correspondence) -> dict[str, Any]:
    """The receipt of the newest file that was sent."""
    folder = settings().answers / one.regency
    (path,) = folder.glob(f"{one.newest.stem}-????????????????-tanda-terima.json")
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def returned_workbook(one: Correspondence) -> Path | None:
    """The workbook that came back for it, when anything is asked."""
    name = receipt(one)["workbook"]
    return settings().answers / one.regency / name if name else None


def is_open(one: Correspondence) -> bool:
    """Whether something is still asked, or the file waits."""
    return returned_workbook(one) is not None or receipt(one)["state"] not in ("answered", "no_change")


def main() -> int:
    """Measure and print; 1 when a list stays open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--rows", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # as root the embedded server runs under an account of its own
        os.environ["SINERGI_HOME"] = str(Path(folder) / "home")
        try:
            return _measure(Path(folder) / "inbox", given.files, given.rows)
        finally:
            store.engine().dispose()
            stop_embedded()


def _measure(inbox: Path, files: int, rows: int) -> int:
    upgrade_warehouse()
    lists = send_lists(inbox, files, rows)
    correspond(lists, lambda: night(inbox), returned_workbook)
    print(report(lists))
    still_open = [one for one in lists if is_open(one)]
    for one in still_open:
        told = receipt(one)
        print(
            f"open: {one.newest.name} of {one.regency}: {told['state']} {told['reason']} {told['findings']}",
            file=sys.stderr,
        )
    return int(bool(still_open))


if __name__ == "__main__":
    sys.exit(main())
