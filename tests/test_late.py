"""Who has not sent: the calendar beside what came, told by the night and in counts."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.nightly import run_nightly
from tasks.late import count_late, late_lists
from tests.intake.offices import OWNERS, night, send

DUE = date(2020, 5, 10)
AFTER = date(2020, 5, 11)


@pytest.mark.parametrize(
    ("today", "late"),
    [(DUE, {"lists": 0, "regencies": 0}), (AFTER, {"lists": 6, "regencies": 6}), (date(2020, 6, 11), {"lists": 13, "regencies": 7})],
)  # fmt: skip
def test_a_list_is_late_from_the_day_after_its_last_day(
    today: date, late: dict[str, int], warehouse: sa.Engine, tmp_path: Path
) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    assert count_late(late_lists(today)) == late


def test_a_file_that_waits_has_come_but_is_still_late(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    send(tmp_path, "19.02/umkm_2020-04.csv", [], heading="APA;INI")
    night(tmp_path)
    states = {line["regency_code"]: line["state"] for line in late_lists(AFTER)}
    assert "19.01" not in states
    assert (states["19.02"], states["19.03"]) == ("waiting", "nothing sent")


def test_the_night_raises_the_alarm_in_counts(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", OWNERS)
    events: list[dict[str, Any]] = []
    counts = run_nightly(tmp_path / "inbox", AFTER, events.append)
    assert counts["late"] == {"lists": 6, "regencies": 6}
    assert [event["lists"] for event in events if event["step"] == "late"] == [6]
    assert run_nightly(tmp_path / "inbox", DUE, events.append)["late"] == {"lists": 0, "regencies": 0}
