"""A list with five bad rows, its workbook filled in and sent back, and what the warehouse says then: shared by tests of corrections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl

from tasks.reports.exports import QUERIES
from tests.intake.offices import OWNERS, night, send, told

#: heading -> what the clerk types, by the name of the owner
Fill = Mapping[str, Mapping[str, str]]
BAD = {
    "PEMILIK AK": {"NIK": "190101100580001"},  # one digit lost
    "PEMILIK BL": {"NIK": ""},
    "PEMILIK CM": {"TANGGAL LAHIR": "31/02/1980"},
    "PEMILIK DN": {"NIK": "19010113O580OOO4"},
    "PEMILIK EO": {"NIK": "", "NAMA PEMILIK": ""},  # nobody is named: quarantined
}
HEADINGS = ["NAMA PEMILIK", "NIK", "TANGGAL LAHIR", "NAMA USAHA", "ALAMAT USAHA"]


def bad_list() -> list[str]:
    """Fifteen owners, five of them with something wrong."""
    rows = []
    for line in OWNERS:
        cells = dict(zip(HEADINGS, line.split(";"), strict=True))
        rows.append(";".join({**cells, **BAD.get(cells["NAMA PEMILIK"], {})}.values()))
    return rows


def sent(inbox: Path) -> Path:
    """The list was sent and answered; the workbook that came back."""
    send(inbox, "19.01/umkm 2020-04.csv", bad_list())
    night(inbox)
    ((workbook,),) = told("SELECT workbook FROM intake.submission")
    return Path(workbook)


def send_back(inbox: Path, workbook: Path, name: str, edit: Callable[[Any], None], regency: str = "19.01") -> None:
    """The workbook opened, changed, saved under a name in the regency's folder, and a night."""
    book = openpyxl.load_workbook(workbook)
    edit(book.worksheets[1])
    book.save(inbox / regency / name)
    night(inbox)


def fill(values: Fill) -> Callable[[Any], None]:
    """Type values into the rows of some businesses."""

    def edit(sheet: Any) -> None:
        headings = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            for heading, value in values.get(str(row[headings.index("NAMA USAHA")].value), {}).items():
                row[headings.index(heading)].value = value

    return edit


def versions() -> dict[str, tuple[Any, ...]]:
    """Business -> what its current version says and when it was written (xmin)."""
    sql = "SELECT business_name, owner_name, nik, aid_hold, record_id, xmin::text FROM source.record_version WHERE to_run IS NULL"
    return {row[0]: row[1:] for row in told(sql)}


def states() -> list[tuple[Any, ...]]:
    return told(
        "SELECT file, state, reason_code, version, is_current FROM intake.submission ORDER BY received_at, file"
    )


TWO = {"WARUNG A": {"NIK": "1901011005800001"}, "WARUNG B": {"NIK": "1901011105800002"}}
NAMED = {"WARUNG E": {"NAMA PEMILIK": "PEMILIK EO", "NIK": "1901011405800005"}}


def findings(*, all_versions: bool = False) -> list[tuple[str, int, str]]:
    """The export of findings that ask for something: file, row, code."""
    asked = QUERIES["findings"].replace(":all_versions", "true" if all_versions else "false")
    return [(row[0].split("/")[1], row[3], row[8]) for row in told(asked) if row[9] != "info"]
