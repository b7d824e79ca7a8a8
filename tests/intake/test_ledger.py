"""The row ledger (P1) over files as offices make them: whatever stands between the people, each row has one outcome and nobody is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.records import OUTCOMES
from tests.intake.offices import night, told
from tests.intake.sheet_making import write_workbook

HEADINGS = ["NO", "NAMA PEMILIK", "NIK", "TANGGAL LAHIR", "NAMA USAHA", "ALAMAT USAHA"]
Row = list[object]
#: what offices write around the people
BETWEEN: dict[str, list[Row]] = {
    "a blank row": [[""]],
    "a total": [["JUMLAH", "", "", "", "25", ""]],
    "a total in the column of names": [["", "Jumlah Total", "12", "", "", ""]],
    "a sub-heading": [["", "Kecamatan Belinyu"]],
    "a sub-heading with its number": [["II", "KECAMATAN BELINYU", "", "", "", "25 UMKM"]],
    "the heading again": [list(HEADINGS)],
    "the heading and its numbers again": [list(HEADINGS), ["1", "2", "3", "4", "5", "6"]],
}
TITLES: list[Row] = [["DATA PELAKU UMKM"], ["KABUPATEN BANGKA"], [""], ["Keadaan April 2020"]]
SIGNATURE: list[Row] = [
    ["", "", "", "", "Sungailiat, 5 Mei 2020"],
    ["", "", "", "", "Kepala Dinas,"],
    [""],
    ["", "", "", "", "NIP. 1967"],
]


@dataclass(frozen=True)
class Made:
    """A sheet as it was made: its rows, and at which of them a person stands (the first is row 1)."""

    rows: list[Row]
    people: list[int]
    is_hidden: bool = False


def person(number: int, damage: str) -> Row:
    """One owner; with `damage`, as hurried hands type."""
    day = number % 28 + 1
    cells: Row = [
        str(number),
        f"PEMILIK {chr(65 + number // 26 % 26)}{chr(65 + number % 26)}",
        f"190101{day:02}0580{number + 1:04}",
    ]
    cells += [f"{day:02}/05/1980", f"WARUNG {number}", f"Jalan {number}"]
    position, text = {
        "no name": (1, ""),
        "short NIK": (2, "190101"),
        "no date": (3, "31/02/1980"),
        "fine": (0, str(number)),
    }[damage]
    cells[position] = text
    return cells


@st.composite
def sheets(draw: st.DrawFn) -> Made:
    """Titles, heading, people among other rows, some people twice, a total, a signature."""
    rows = draw(st.sampled_from([[], TITLES[:1], TITLES]))[:]
    rows.append(list(HEADINGS))
    people: list[int] = []
    damages = st.sampled_from(["fine", "fine", "fine", "no name", "short NIK", "no date"])
    for what in draw(
        st.lists(st.one_of(st.integers(0, 60), st.sampled_from(sorted(BETWEEN))), min_size=1, max_size=15)
    ):
        if isinstance(what, str):
            rows += [list(row) for row in BETWEEN[what]]
        else:
            rows.append(person(what, draw(damages)))
            people.append(len(rows))
    rows += draw(st.sampled_from([[], [["JUMLAH", "", "", "", "9", ""]], SIGNATURE]))
    return Made(rows, people, draw(st.integers(0, 4)) == 0)


def height(made: Made) -> int:
    """How many rows there are to account for: blank ones at the end are none."""
    return max((number for number, row in enumerate(made.rows, 1) if any(str(cell) for cell in row)), default=0)


def ledger_of(folder: Path, book: list[Made], number: int) -> None:
    """Take the workbook in and compare the ledger with what was made."""
    inbox = folder / "inbox"
    (inbox / "19.01").mkdir(parents=True)
    names = [f"Lembar {position}" for position in range(1, len(book) + 1)]
    hidden = [name for name, made in zip(names, book, strict=True) if made.is_hidden and name != names[0]]
    file = f"19.01/umkm 20{10 + number % 80}-04.xlsx"
    write_workbook(inbox / file, {name: made.rows for name, made in zip(names, book, strict=True)}, hidden)
    night(inbox)
    ((identity, state, row_count, *counts),) = told(
        f"SELECT submission_id, state, row_count, {', '.join(f'{each}_count' for each in OUTCOMES)} FROM intake.submission"
        " ORDER BY run_id DESC LIMIT 1"
    )
    if state == "same_bytes":
        return
    rows = told(f"SELECT sheet_no, row, outcome, data_row FROM intake.source_row WHERE submission_id = '{identity}'")
    assert row_count == sum(counts) == len(rows)
    assert dict(zip(OUTCOMES, counts, strict=True)) == {each: sum(row[2] == each for row in rows) for each in OUTCOMES}
    outcomes = {(sheet_no, row): outcome for sheet_no, row, outcome, _ in rows}
    expected = {(sheet_no, row) for sheet_no, made in enumerate(book, 1) for row in range(1, height(made) + 1)}
    assert outcomes.keys() == expected
    visible = [(no, made) for no, made in enumerate(book, 1) if names[no - 1] not in hidden]
    people = {(no, row) for no, made in visible for row in made.people}
    if state != "waiting":
        assert {place for place, outcome in outcomes.items() if outcome != "not_data"} == people
    data_rows = sorted(data_row for *_, data_row in rows if data_row is not None)
    assert data_rows == list(range(1, len(data_rows) + 1))


BOOKS = st.lists(sheets(), min_size=1, max_size=3)
MADE_FOR = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_numbers = iter(range(10**6))


@settings(max_examples=6, suppress_health_check=MADE_FOR)
@given(book=BOOKS)
def test_every_row_of_any_workbook_has_one_outcome_and_every_person_is_in_it(
    warehouse: sa.Engine, tmp_path_factory: pytest.TempPathFactory, book: list[Made]
) -> None:
    ledger_of(tmp_path_factory.mktemp("ledger"), book, next(_numbers))


@pytest.mark.deep
@pytest.mark.more
@settings(max_examples=40, suppress_health_check=MADE_FOR)
@given(book=BOOKS)
def test_the_ledger_holds_for_many_workbooks(
    warehouse: sa.Engine, tmp_path_factory: pytest.TempPathFactory, book: list[Made]
) -> None:
    ledger_of(tmp_path_factory.mktemp("ledger"), book, next(_numbers))
