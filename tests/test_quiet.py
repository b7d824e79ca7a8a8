"""A night with nothing new does no row work, and whatever was written in between is seen by the next one (P4)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.nightly import run_nightly
from tasks import runs, store
from tasks.quiet import quiet_since
from tasks.reports import answers

TODAY = date(2020, 5, 1)
ROWS = [f"PEMILIK {n};190101{n:02d}058000{n};{n}/05/1980;WARUNG {n};JALAN {n};Sungailiat" for n in range(1, 7)]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / "19.01"
    folder.mkdir(parents=True)
    heading = "NAMA PEMILIK;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA;KECAMATAN"
    (folder / "umkm_2020-04.csv").write_text("\n".join([heading, *ROWS, ""]), "utf-8")
    return folder.parent


def night(inbox: Path, day: int = 0) -> tuple[dict[str, Any], list[str]]:
    """One night, and the statements that it ran."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(store.engine(), "before_cursor_execute", note)
    try:
        return run_nightly(inbox, TODAY + timedelta(day), lambda event: None), asked
    finally:
        sa.event.remove(store.engine(), "before_cursor_execute", note)


def reads_gold(asked: list[str]) -> bool:
    return any("gold.person" in statement for statement in asked)


def tables(page: str) -> list[str]:
    return re.findall("<table.*?</table>", page, re.DOTALL)


def is_quiet() -> bool:
    with runs.run("nightly", TODAY) as run:
        return quiet_since(run.run_id) is not None


def test_a_night_with_nothing_new_reads_no_golden_row_and_tells_the_same_figures(
    warehouse: sa.Engine, inbox: Path
) -> None:
    first, _ = night(inbox)
    night(inbox, 1)  # whose statistics the server may have told late
    third, asked = night(inbox, 2)
    assert not reads_gold(asked)
    assert third["aid"]["unchanged"] == first["aid"]["lists"] > 0
    told = Path(third["report"]["path"]).read_text("utf-8")
    with store.transaction() as connection:
        connection.execute(sa.text("INSERT INTO audit.event (actor, action, subject) VALUES ('sari', 'aid.lock', 'x')"))
    fourth, asked = night(inbox, 2)
    assert reads_gold(asked)
    afresh = Path(fourth["report"]["path"]).read_text("utf-8")
    assert tables(told) == tables(afresh)
    assert len(tables(told)) > 3


@pytest.mark.parametrize(
    "written",
    [
        "UPDATE gold.person SET aid_hold = 'NIK_ABSENT' WHERE person_id = (SELECT min(person_id) FROM gold.person)",
        "INSERT INTO aid.blacklist (unit_kind, unit_id, reason, listed_by, listed_on)"
        " SELECT 'person', min(person_id), 'x', 'x', '2020-01-01' FROM gold.person",
        "INSERT INTO audit.event (actor, action, subject) VALUES ('sari', 'aid.lock', 'x')",
        "INSERT INTO audit.run (kind, today, state) VALUES ('submission', '2020-05-01', 'running')",
    ],
)
def test_whatever_was_written_since_is_seen(written: str, warehouse: sa.Engine, inbox: Path) -> None:
    night(inbox)
    night(inbox)
    with store.transaction() as connection:
        assert connection.execute(sa.text(written)).rowcount == 1
    store.engine().dispose()
    _, asked = night(inbox)
    assert reads_gold(asked)


def test_a_warehouse_that_no_night_has_seen_is_not_quiet(warehouse: sa.Engine) -> None:
    assert not is_quiet()


def test_answers_come_back_from_their_file_as_they_were() -> None:
    told = {"q": [{"published_on": date(2020, 5, 1), "count": 3, "none": None, "text": "x"}]}
    assert answers.read(answers.written(7, told), 7) == told
    assert answers.read(answers.written(7, told), 8) == {}
    assert answers.read(b'{"run": 7, "ans', 7) == {}
