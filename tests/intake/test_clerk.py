"""A clerk who reads nothing but the workbook that came back: coloured cells are typed anew from the paper, until nothing is asked."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.clerk import correspond, is_open, night, report, returned_workbook, send_lists
from tests.intake.offices import told


@pytest.mark.deep
def test_a_clerk_gets_messy_lists_clean_in_two_rounds_or_less(warehouse: sa.Engine, tmp_path: Path) -> None:
    lists = send_lists(tmp_path, files=6, rows=40)
    true = sorted(str(line.cells["nik"]) for one in lists for line in one.paper.values() if line.text is None)
    correspond(lists, lambda: night(tmp_path), returned_workbook)
    assert [one.newest.name for one in lists if is_open(one)] == []
    assert statistics.median(one.rounds for one in lists) <= 2
    assert "6 lists: clean after a median of" in report(lists)
    found = {nik for (nik,) in told("SELECT nik FROM source.record_version WHERE to_run IS NULL")}
    assert len(set(true) - found) <= 4 * len(lists)  # lines that a total, a blank or another line was typed over
    assert found <= set(true)
