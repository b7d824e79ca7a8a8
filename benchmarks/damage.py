"""One kind of fault, and how a fault is made: functions that damage the lines of a list.

Belongs here: those. Does not belong here: which kinds there are (faultkinds.py), clean lists (lists.py), seeding (seeded_faults.py).

A kind is found when every line it damaged has one of its `codes` in the column of its `field`; or when each has become its `outcome`; or,
for another way of writing the same (`ALIKE`), when nothing at all is asked of the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from rapidfuzz import fuzz

from benchmarks.lists import Cell, Line
from schemas import regions

Lines = Sequence[Line]


@dataclass(frozen=True)
class Fault:
    """One kind. `needs`: fields that must be filled in the lines it is seeded in, beside its own; `rows`: how many lines, one below
    another; `in_workbooks`: it takes cells that are numbers or dates; `only`: the lines that it can happen to."""

    kind: str
    field: str
    codes: tuple[str, ...]
    damage: Callable[[Lines, Random], None]
    needs: tuple[str, ...] = ()
    rows: int = 1
    in_workbooks: bool = False
    only: Callable[[Line], bool] = lambda line: True
    outcome: str = ""
    is_understood: bool = False


def typed(field: str, *cells: Cell) -> Callable[[Lines, Random], None]:
    """One of some cells in the place of the right one."""

    def damage(lines: Lines, rng: Random) -> None:
        lines[0].cells[field] = rng.choice(cells)

    return damage


def change(field: str, how: Callable[[str], Cell]) -> Callable[[Lines, Random], None]:
    """The right cell, changed."""

    def damage(lines: Lines, rng: Random) -> None:
        for line in lines:
            line.cells[field] = how(str(line.cells[field]))

    return damage


def together(**cells: Cell) -> Callable[[Lines, Random], None]:
    """Several cells of one line."""

    def damage(lines: Lines, rng: Random) -> None:
        lines[0].cells.update(cells)

    return damage


def copied(*fields: str) -> Callable[[Lines, Random], None]:
    """The cells of the first line in all lines below it."""

    def damage(lines: Lines, rng: Random) -> None:
        for line in lines[1:]:
            line.cells.update({field: lines[0].cells[field] for field in fields})

    return damage


def swap(one: str, other: str) -> Callable[[Lines, Random], None]:
    def damage(lines: Lines, rng: Random) -> None:
        cells = lines[0].cells
        cells[one], cells[other] = cells[other], cells[one]

    return damage


def drag(lines: Lines, rng: Random) -> None:
    first = str(lines[0].cells["nik"])
    for number, line in enumerate(lines):
        line.cells["nik"] = f"{first[:12]}{int(first[12:]) % 9000 + 1 + number:04}"


def two_people(lines: Lines, rng: Random) -> None:
    lines[0].cells["owner_name"], lines[1].cells["owner_name"] = "Siti Rahmawati", "Bungaran Hutagalung"
    lines[1].cells["nik"] = lines[0].cells["nik"]


def two_niks(lines: Lines, rng: Random) -> None:
    copied("owner_name", "birth_date", "sex")(lines, rng)
    nik = str(lines[0].cells["nik"])
    lines[1].cells["nik"] = f"{nik[:12]}{int(nik[12:]) % 9000 + 17:04}"


def shift(lines: Lines, rng: Random) -> None:
    """An address with a comma in a text file: all that follows moves one cell on."""
    cells = lines[0].cells
    names = list(cells)
    start = names.index("owner_address")
    told = [cells[name] for name in names]
    moved = [*told[: start + 1], " RT 02", *told[start + 1 :]]
    cells.update(zip(names, moved, strict=False))


def text_line(*texts: str) -> Callable[[Lines, Random], None]:
    def damage(lines: Lines, rng: Random) -> None:
        lines[0].text = list(texts)

    return damage


def _day(nik: str, by: int) -> str:
    return f"{nik[:6]}{int(nik[6:8]) + by:02}{nik[8:]}"


def other_sex(nik: str) -> str:
    return _day(nik, -40 if int(nik[6:8]) > 40 else 40)


def other_year(nik: str) -> str:
    return f"{nik[:10]}{(int(nik[10:12]) - 50) % 40 + 51:02}{nik[12:]}"


def swapped_day(lines: Lines, rng: Random) -> None:
    born = lines[0].born
    lines[0].cells["birth_date"] = f"{born.month:02}/{born.day:02}/{born.year}"


def birth(form: str) -> Callable[[Lines, Random], None]:
    def damage(lines: Lines, rng: Random) -> None:
        born = lines[0].born
        if form == "serial":
            lines[0].cells["birth_date"] = str((born - type(born)(1899, 12, 30)).days)
        else:
            lines[0].cells["birth_date"] = born.strftime(form)

    return damage


@lru_cache
def _villages(regency: str) -> dict[str, list[str]]:
    """Names of a regency's villages -> the names of the districts that have one of that name."""
    found: dict[str, list[str]] = {}
    for district in regions.districts_of_regency(regency):
        for village in regions.villages_of_district(district.code):
            found.setdefault(village.name, []).append(district.name)
    return found


def elsewhere(line: Line) -> list[str]:
    """Villages of one other district of the regency, called like none of the line's own district."""
    known = _villages(line.regency)
    own = [name for name, districts in known.items() if line.district in districts]
    return [
        name
        for name, districts in known.items()
        if len(districts) == 1 and name not in own and all(fuzz.ratio(name, other) < 60 for other in own)
    ]


def twice(line: Line) -> list[str]:
    """Villages that two districts of the regency have."""
    return [name for name, districts in _villages(line.regency).items() if len(set(districts)) > 1]


def of_other_district(lines: Lines, rng: Random) -> None:
    lines[0].cells["village_code"] = rng.choice(elsewhere(lines[0]))


def of_two_districts(lines: Lines, rng: Random) -> None:
    lines[0].cells.update(village_code=rng.choice(twice(lines[0])), district_code="")


def number_of_another(lines: Lines, rng: Random) -> None:
    one, other = rng.sample(regions.districts_of_regency(lines[0].regency), 2)
    lines[0].cells["district_code"] = f"{one.code} {other.name}"


def has_zero(line: Line) -> bool:
    return "0" in str(line.cells["nik"])


def is_papuan(line: Line) -> bool:
    return str(line.cells["nik"])[:2] >= "91" and not str(line.cells["nik"]).endswith("0")


def is_swappable(line: Line) -> bool:
    return line.born.day <= 12 and line.born.day != line.born.month


def is_late(line: Line) -> bool:
    return line.born.day > 12


def last_digit_changes(nik: str) -> float:
    return float(f"{nik[:15]}0")


def has_one(line: Line) -> bool:
    """Whether the NIK has a digit 1."""
    return "1" in str(line.cells["nik"])


def has_elsewhere(line: Line) -> bool:
    """Whether the regency has a village that is known to lie in another district."""
    return bool(elsewhere(line))


def has_twice(line: Line) -> bool:
    """Whether two districts of the regency have villages of one name."""
    return bool(twice(line))


def instead(field: str, other: str) -> Callable[[Lines, Random], None]:
    """What belongs into another cell of the line."""

    def damage(lines: Lines, rng: Random) -> None:
        lines[0].cells[field] = lines[0].cells[other]

    return damage


def one_nib(lines: Lines, rng: Random) -> None:
    """The NIB of one owner on the line of another."""
    copied("nib")(lines, rng)
    lines[1].cells["owner_name"] = "Bungaran Hutagalung"


def the_row_again(lines: Lines, rng: Random) -> None:
    """A line copied into the one below, which keeps its running number."""
    lines[1].cells.update({name: cell for name, cell in lines[0].cells.items() if name != "serial"})
