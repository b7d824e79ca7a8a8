"""Rows of a returned workbook that cannot be placed, workbooks of others, and of lists that were sent anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tasks.intake.correctionrows import row_token
from tests.intake.corrections import NAMED, TWO, bad_list, fill, send_back, sent, states, versions
from tests.intake.offices import OWNERS, night, send, told


def of_row(sheet: Any, row: int) -> str:
    return str(sheet.cell(row, sheet.max_column).value)


@pytest.mark.parametrize(
    ("spoil", "code", "count"),
    [
        (
            lambda sheet, other: sheet.cell(2, sheet.max_column, of_row(sheet, 2).replace(":2:", ":9:")),
            "TOKEN_EDITED",
            1,
        ),
        (lambda sheet, other: sheet.cell(2, sheet.max_column, row_token(other, 1, 2)), "TOKEN_FOREIGN", 1),
        (lambda sheet, other: sheet.cell(2, sheet.max_column, row_token("0" * 16, 1, 2)), "TOKEN_FOREIGN", 1),
        (lambda sheet, other: sheet.cell(2, sheet.max_column).__setattr__("value", None), "TOKEN_MISSING", 1),
        (lambda sheet, other: sheet.cell(2, sheet.max_column, of_row(sheet, 5)), "TOKEN_REPEATED", 2),
    ],
)
def test_a_row_that_cannot_be_placed_is_named_and_the_others_go_on(
    warehouse: sa.Engine, tmp_path: Path, spoil: Callable[[Any, str], Any], code: str, count: int
) -> None:
    send(tmp_path, "19.03/umkm 2020-04.csv", [row.replace("190101", "190301") for row in bad_list()])
    workbook = sent_beside(tmp_path)
    ((other,),) = told("SELECT submission_id FROM intake.submission WHERE regency_code = '19.03'")
    before = versions_of("19.01")

    def edit(sheet: Any) -> None:
        fill(TWO)(sheet)
        spoil(sheet, other)

    send_back(tmp_path, workbook, "perbaikan.xlsx", edit)
    assert states()[2][:2] == ("19.01/perbaikan.xlsx", "answered")
    of_correction = "JOIN intake.submission s USING (submission_id) WHERE s.corrects IS NOT NULL"
    found = told(f"SELECT f.row, f.code FROM intake.finding f {of_correction} AND f.code LIKE 'TOKEN%' ORDER BY 1")
    assert [each for _, each in found] == [code] * count
    rows = ", ".join(str(row) for row, _ in found)
    assert told(f"SELECT count(*) FROM intake.finding f {of_correction} AND f.row IN ({rows})") == [(count,)]
    after = versions_of("19.01")
    assert {name for name in after if after[name] != before[name]} == {"WARUNG B"}


def versions_of(regency: str) -> dict[str, tuple[Any, ...]]:
    """As `versions`, of one regency."""
    mine = {row[0] for row in told(f"SELECT record_id FROM source.logical_record WHERE regency_code = '{regency}'")}
    sql = "SELECT business_name, record_id, nik, xmin::text FROM source.record_version WHERE to_run IS NULL"
    return {row[0]: row[1:] for row in told(sql) if row[1] in mine}


def sent_beside(inbox: Path) -> Path:
    """As `sent`, with what other regencies sent."""
    send(inbox, "19.01/umkm 2020-04.csv", bad_list())
    night(inbox)
    ((workbook,),) = told("SELECT workbook FROM intake.submission WHERE regency_code = '19.01'")
    return Path(workbook)


def test_a_workbook_of_another_regency_is_refused_by_name(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    (tmp_path / "19.03").mkdir()
    before = versions()
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO), regency="19.03")
    assert states()[1][:3] == ("19.03/perbaikan.xlsx", "refused", "CORRECTION_FOREIGN")
    assert versions() == before


def test_a_workbook_of_a_list_that_was_sent_anew_waits(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    send(tmp_path, "19.01/umkm 2020-04 baru.csv", [row.replace("JALAN 1", "JALAN 99") for row in bad_list()])
    night(tmp_path)
    before = versions()
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO))
    assert states()[2] == ("19.01/perbaikan.xlsx", "waiting", "CORRECTION_OUTDATED", None, False)
    assert told(
        "SELECT waiting_with_file_count, not_data_count > 0 FROM intake.submission WHERE state = 'waiting'"
    ) == [(5, True)]
    assert versions() == before


def test_a_whole_list_ends_the_list_before_and_its_corrections(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill({**TWO, **NAMED}))
    before = versions()
    send(tmp_path, "19.01/umkm 2020-04 baru.csv", [row.replace("JALAN 9", "JALAN 99") for row in OWNERS])
    night(tmp_path)
    assert [(version, is_current) for _, _, _, version, is_current in states()] == [(1, False), (2, False), (3, True)]
    after = versions()
    assert {name: after[name][3] for name in after} == {name: before[name][3] for name in before}
    assert {name for name in after if after[name] != before[name]} == {"WARUNG C", "WARUNG D", "WARUNG J"}
