"""A clerk who reads nothing but the workbook that came back: coloured cells are typed anew from the paper, until nothing is asked."""

from __future__ import annotations

import random
import statistics
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from schemas.regions import districts
from tasks.intake.workbook import ROW_ID_HEADING
from tests.intake.offices import night, told
from tests.intake.sheet_making import write_workbook

HEADINGS = ["NAMA PEMILIK", "NIK", "TANGGAL LAHIR", "JENIS KELAMIN", "NAMA USAHA", "ALAMAT USAHA", "KECAMATAN", "NO HP"]
REGENCIES = ["19.01", "19.02", "19.03", "19.04", "19.05", "19.06"]
FILES_EACH, ROWS, BAD_SHARE, MOST_ROUNDS = 4, 30, 0.4, 6
#: heading -> what hurried hands make of a cell
FAULTS: list[tuple[str, Any]] = [
    ("NIK", lambda text: text[:-1]),
    ("NIK", lambda text: ""),
    ("NIK", lambda text: text.replace("0", "O")),
    ("NIK", lambda text: float(text[:15] + "0") * 1.0),
    ("NIK", lambda text: text[:8] + "99" + text[10:]),
    ("TANGGAL LAHIR", lambda text: "31/02/1980"),
    ("NAMA PEMILIK", lambda text: ""),
    ("NAMA PEMILIK", lambda text: "0812 7100 0001"),
    ("KECAMATAN", lambda text: "Xyzzyqwerty"),
    ("NO HP", lambda text: "0812"),
    ("JENIS KELAMIN", lambda text: "?"),
]
Paper = dict[str, dict[str, str]]


def papers(regency: str, rng: random.Random) -> Paper:
    """What is true of the owners of one list, by the name of their business."""
    place = next(code for code in sorted(districts()) if code.startswith(f"{regency}."))
    result: Paper = {}
    for number in range(ROWS):
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1955, 1995)
        name = "".join(rng.choice("ABDEGHIKLMNORSTU") for _ in range(6)) + " " + rng.choice(["WATI", "SARI", "ARYANI"])
        business = f"WARUNG {name[:6]} {number}"
        nik = f"{place.replace('.', '')}{day + 40:02}{month:02}{year % 100:02}{rng.randint(1, 9998):04}"
        cells = [name, nik, f"{day:02}/{month:02}/{year}", "P", business, f"Jl. Mawar {number + 1}"]
        cells += [districts()[place].name, f"0812{rng.randint(10_000_000, 99_999_999)}"]
        result[business] = dict(zip(HEADINGS, cells, strict=True))
    return result


def damaged(paper: Paper, rng: random.Random) -> list[list[object]]:
    """The list as it was typed: in many rows one or two cells went wrong."""
    rows: list[list[object]] = [list(HEADINGS)]
    for cells in paper.values():
        typed: dict[str, object] = dict(cells)
        for heading, fault in rng.sample(FAULTS, rng.randint(1, 2)) if rng.random() < BAD_SHARE else []:
            typed[heading] = fault(cells[heading])
        rows.append([typed[heading] for heading in HEADINGS])
    return rows


def mend(workbook: Path, paper: Paper) -> None:
    """Type every coloured cell of the workbook anew; a NIK that was right all along with spaces, as the guide says."""
    book = openpyxl.load_workbook(workbook)
    for sheet in book.worksheets[1:]:
        headings = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            true = paper[str(row[headings.index("NAMA USAHA")].value)]
            for heading, cell in zip(headings, row, strict=True):
                if heading in true and cell.fill.fill_type and heading != ROW_ID_HEADING:
                    is_as_on_paper = cell.value == true[heading]
                    cell.value = in_fours(true[heading]) if heading == "NIK" and is_as_on_paper else true[heading]
    book.save(workbook)


def in_fours(digits: str) -> str:
    """1901015503900001 -> 1901 0155 0390 0001"""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


@pytest.mark.deep
def test_a_clerk_gets_messy_lists_clean_in_two_rounds_or_less(warehouse: sa.Engine, tmp_path: Path) -> None:
    rng = random.Random(20200401)
    paper: dict[str, Paper] = {}
    for regency in REGENCIES:
        (tmp_path / regency).mkdir()
        for month in range(1, FILES_EACH + 1):
            name = f"{regency}/umkm 2020-{month:02}"
            paper[name] = papers(regency, rng)
            write_workbook(tmp_path / f"{name}.xlsx", {"Data": damaged(paper[name], rng)})
    night(tmp_path)
    rounds = dict.fromkeys(paper, 0)
    newest = {name: f"{name}.xlsx" for name in paper}
    for number in range(1, MOST_ROUNDS + 1):
        open_now = {name: workbook for name in paper if (workbook := _workbook(newest[name]))}
        for name, workbook in open_now.items():
            rounds[name] = number
            newest[name] = f"{name} perbaikan {number}.xlsx"
            target = tmp_path / newest[name]
            target.write_bytes(Path(workbook).read_bytes())
            mend(target, paper[name])
        if not open_now:
            break
        night(tmp_path)
    assert told("SELECT DISTINCT state FROM intake.submission") == [("answered",)]
    assert statistics.median(rounds.values()) <= 2
    wanted = sorted((cells["NAMA PEMILIK"], cells["NIK"]) for lists in paper.values() for cells in lists.values())
    assert sorted(told("SELECT owner_name, nik FROM source.record_version WHERE to_run IS NULL")) == wanted


def _workbook(file: str) -> str | None:
    """The workbook that came back for a file, when any row of it still asks for something."""
    ((workbook,),) = told(f"SELECT workbook FROM intake.submission WHERE file = '{file}'")
    return workbook
