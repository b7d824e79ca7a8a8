"""The files that one regency's offices send: which rows in which file and sheet, with titles, totals and signatures.

Belongs here: the plan of a file. Does not belong here: cells (styles), bytes (steps).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from tasks.demo.draw import Ints
from tasks.demo.places import Places
from tasks.demo.province import KINDS
from tasks.demo.styles import Style, office_style, plain_style


@dataclass(frozen=True)
class SheetPlan:
    """One sheet: rows of the province's frame (`positions`), lines above the heading and below the data."""

    name: str
    positions: Ints
    above: tuple[tuple[str, ...], ...] = ()
    below: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class FilePlan:
    """One file of the inbox: `<regency code>/<name>`."""

    path: str
    style: Style
    sheets: tuple[SheetPlan, ...]
    regency: str = field(default="")

    def first_row(self, sheet: SheetPlan) -> int:
        """The row of the first data row, as a spreadsheet numbers it."""
        return len(sheet.above) + 2 + self.style.number_row


def plan_files(frame: pd.DataFrame, places: Places, *, plain: bool) -> list[FilePlan]:
    """Every file of the province in the order of the frame's rows."""
    plans = []
    keys = frame["regency_no"].to_numpy() * 10 + frame["kind"].map(KINDS.index).to_numpy()
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    for start, end in zip(starts, np.r_[starts[1:], len(keys)], strict=True):
        regency_no, kind = divmod(int(keys[start]), 10)
        regency = places.regencies.iloc[regency_no]
        style = plain_style(KINDS[kind]) if plain else office_style(KINDS[kind], regency_no)
        positions = np.arange(start, end)
        name = _filled(style.file, regency["name"])
        sheets = _sheets(frame, positions, style, regency["name"])
        plans.append(FilePlan(f"{regency['code']}/{name}", style, sheets, regency["name"]))
    return plans


def _sheets(frame: pd.DataFrame, positions: Ints, style: Style, regency: str) -> tuple[SheetPlan, ...]:
    if not style.form.startswith("xlsx"):
        return (SheetPlan("", positions),)
    above = tuple((_filled(line, regency),) for line in style.title)
    if style.form == "xlsx":
        return (SheetPlan("Data", positions, above, _below(style, regency, len(positions))),)
    district = frame["district_no"].to_numpy()[positions]
    starts = np.flatnonzero(np.r_[True, district[1:] != district[:-1]])
    sheets = []
    for start, end in zip(starts, np.r_[starts[1:], len(positions)], strict=True):
        own = positions[start:end]
        name = f"{int(district[start]):02d} {frame['district_true'].iloc[int(own[0])]}"[:31]
        sheets.append(SheetPlan(name, own, above, _below(style, regency, len(own))))
    return tuple(sheets)


def _below(style: Style, regency: str, count: int) -> tuple[tuple[str, ...], ...]:
    """The total line, and the signature block of the head of the office."""
    lines: list[tuple[str, ...]] = [(style.total, f"{count} pelaku usaha")] if style.total else []
    if style.signature:
        place = regency.split(" ", 1)[-1]
        lines += [("",), ("", "", "", "", f"{place}, 15 April 2020"), ("", "", "", "", "Kepala Dinas,"), ("",), ("",)]
        lines += [("", "", "", "", "(.............................)"), ("", "", "", "", "NIP.")]
    return tuple(lines)


def _filled(line: str, regency: str) -> str:
    short = regency.lower().replace("kabupaten ", "").replace("kota ", "kota_").replace(" ", "_")
    return line.replace("{REGENCY}", regency.upper()).replace("{Regency}", regency).replace("{regency}", short)
