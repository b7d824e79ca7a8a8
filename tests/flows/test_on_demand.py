"""On demand and by night: the same warehouse comes about, two at once wait for each other and say so, and what is done stays done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from flows.nightly import run_nightly
from flows.rerun import rerun_many
from flows.submission import submit_file, take_in_all
from schemas.warehouse import metadata
from tasks import runs, store
from tasks.intake.steps.scope import Scope
from tests.deep.house import House
from tests.intake.offices import HEADING, OWNERS, TODAY, other_suites, send, told, with_severity

Progress = Callable[[dict[str, Any]], None]
#: what does not depend on how a file came: versions and marks of runs do
COMPARED = ("rows", "findings", "units", "pairs", "gold", "lists", "decisions", "claims", "messages")
MOVED = [row.replace("JALAN", "GANG").replace("WARUNG", "KEDAI") for row in OWNERS[5:11]]
SHORT_NIK = "SITI AMINAH;19010112058000;11/05/1980;TOKO;JALAN"


def quiet(event: dict[str, Any]) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two regencies that name some of the same people, and a newer version of the first list."""
    folder = tmp_path / "inbox"
    send(folder, "19.01/umkm_2020-04.csv", [*OWNERS, OWNERS[0], SHORT_NIK])
    send(folder, "19.01/umkm_2020-04_v2.csv", [*OWNERS[1:], SHORT_NIK.replace("058000;", "0580001;")])
    send(folder, "19.02/umkm_2020-04.csv", [*MOVED, "ORANG LAIN;1902011205800001;12/05/1980;KIOS;JALAN"])
    send(folder, "19.03/umkm_2020-04.csv", OWNERS, heading=HEADING.replace("NAMA PEMILIK", "SI EMPUNYA"))
    return folder


def facts(warehouse: sa.Engine, inbox: Path) -> dict[str, Any]:
    return house(warehouse, inbox).facts()


def house(warehouse: sa.Engine, inbox: Path) -> House:
    return House(inbox.parent, inbox, warehouse.url.render_as_string(hide_password=False), "")


def empty() -> None:
    """The warehouse as it was before the first file."""
    tables = ", ".join(table.fullname for table in metadata.sorted_tables)
    with store.transaction() as connection:
        connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))


def test_files_on_demand_make_the_warehouse_of_one_night_and_leave_the_next_night_nothing(
    warehouse: sa.Engine, inbox: Path
) -> None:
    run_nightly(inbox, TODAY, quiet)
    by_night = facts(warehouse, inbox)
    assert by_night["units"]
    assert by_night["decisions"]
    empty()
    for file in sorted(inbox.glob("*/*.csv")):
        submit_file(file, file.parent.name, None, TODAY, quiet)
    on_demand = facts(warehouse, inbox)
    for word in COMPARED:
        assert on_demand[word] == by_night[word], word
    assert {state for (state,) in told("SELECT DISTINCT state FROM aid.list")} == {
        "draft"
    }  # nothing is published or sent
    assert (on_demand["claims"], on_demand["messages"], on_demand["left to do"]) == ([], [], [(0,)])

    before = house(warehouse, inbox).row_versions()
    counts = run_nightly(inbox, TODAY, quiet)
    assert counts["intake"]["new"] == 0
    assert (counts["identity"]["link"]["records"], counts["identity"]["merge"]["records"]) == (0, 0)
    assert counts["aid"]["written"] == 0
    assert house(warehouse, inbox).row_versions() == before


def by_night(inbox: Path, progress: Progress) -> None:
    run_nightly(inbox, TODAY, progress)


def one_file(inbox: Path, progress: Progress) -> None:
    submit_file(inbox / "19.02" / "umkm_2020-04.csv", "19.02", None, TODAY, progress)


def again(inbox: Path, progress: Progress) -> None:
    with runs.run("nightly", TODAY) as run:
        take_in_all(inbox, run.run_id, TODAY, quiet)
    with other_suites(inbox.parent / "suites", with_severity("NIK_NOT_16_DIGITS", "reject")):
        rerun_many(Scope(), TODAY, progress)


@pytest.mark.parametrize("work", [by_night, one_file, again])
def test_while_another_run_consolidates_it_waits_and_says_so(
    warehouse: sa.Engine, inbox: Path, work: Callable[[Path, Progress], None]
) -> None:
    notes: list[str] = []
    waits = Event()

    def hear(event: dict[str, Any]) -> None:
        if event["step"] == "lock":
            notes.append(event["note"])
            waits.set()

    with store.consolidation_lock():
        thread = Thread(target=work, args=(inbox, hear))
        thread.start()
        assert waits.wait(600)
        assert told("SELECT count(*) FROM gold.person WHERE to_run IS NULL") == [(0,)]
    thread.join(600)
    assert not thread.is_alive()
    assert len(notes) == 1
    assert "waiting" in notes[0]
    assert told("SELECT count(*) > 0 FROM gold.person WHERE to_run IS NULL") == [(True,)]
    assert told("SELECT count(*) FROM source.change") == [(0,)]
