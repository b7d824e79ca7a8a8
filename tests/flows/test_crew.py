"""Files of several regencies taken in at once: the same warehouse as one after the other, whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import flows.submission as flow
from flows import crew
from flows.crew import Crew, Queue, Work, as_raised, as_said
from schemas.errors import DiskFull, FileRefused, SinergiError, Unreachable
from schemas.settings import settings
from tasks import runs, store
from tests.intake.offices import TODAY, send_of_three, told


def work(*named: str) -> list[Work]:
    """`19.01 a 5`: a submission of a regency with so many bytes."""
    parts = [name.split() for name in named]
    return [Work(identity, regency, int(size)) for regency, identity, size in parts]


def test_a_regency_has_one_file_under_way_and_its_files_in_their_order() -> None:
    queue = Queue(work("19.01 a 5", "19.01 b 90", "19.02 c 40"))
    first, second = queue.next(), queue.next()
    assert [each.submission_id for each in (first, second) if each] == ["a", "c"]
    assert queue.next() is None
    assert first is not None
    queue.done(first)
    third = queue.next()
    assert third is not None and third.submission_id == "b"
    assert queue.next() is None


def test_what_follows_a_lost_file_of_its_regency_is_held_back_with_it() -> None:
    queue = Queue(work("19.01 a 5", "19.01 b 90", "19.02 c 40"))
    first = queue.next()
    assert first is not None
    assert [each.submission_id for each in queue.hold_back(first)] == ["b"]
    other = queue.next()
    assert other is not None and other.submission_id == "c"
    assert queue.next() is None


@pytest.mark.parametrize(("size", "busy"), [(3, ["a", "b", "c"]), (2, ["a", "b"]), (1, ["a"])])
def test_so_many_work_at_once_as_are_to_although_more_stand_by(
    monkeypatch: pytest.MonkeyPatch, size: int, busy: list[str]
) -> None:
    """What died beside others is tried again alone."""
    given: list[str] = []
    monkeypatch.setattr(crew._Worker, "give", lambda worker, one, run_id, today: given.append(one.submission_id))
    with Crew(3, 1, TODAY, lambda event: None) as all_idle:
        for _ in range(3):
            all_idle._start()
        all_idle._give_out(Queue(work("19.01 a 9", "19.02 b 8", "19.03 c 7", "19.04 d 6")), size)
    assert given == busy


@pytest.mark.parametrize(
    "error", [Unreachable("gone", where="db", mend="wait"), DiskFull("/data"), FileRefused("X", "y")]
)
def test_a_failure_of_a_worker_is_raised_as_what_it_was(error: SinergiError) -> None:
    raised = as_raised(as_said(error))
    assert (type(raised), str(raised), raised.exit_code) == (type(error), str(error), error.exit_code)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Three regencies: one with two versions of a list, one with a list, one with a file that nobody can read and a list."""
    inbox = tmp_path / "inbox"
    send_of_three(inbox, "19.01", "19.02", "19.03")
    (inbox / "19.03" / "rusak.xlsx").write_bytes(b"PK\x03\x04 bukan buku kerja")
    return inbox


def night(inbox: Path, progress: Callable[[dict[str, Any]], None] = lambda event: None) -> dict[str, Any]:
    """Take in an inbox in a run of its own."""
    with runs.run("nightly", TODAY) as run:
        return flow.take_in_all(inbox, run.run_id, TODAY, progress)


def picture() -> list[list[tuple[Any, ...]]]:
    """All that intake and source say, without the runs that said it, and the answers' names."""
    columns = "submission_id, state, version, is_current, reason_code, row_count, accepted_count, quarantined_count"
    return [
        told(f"SELECT {columns}, receipt, workbook FROM intake.submission ORDER BY 1"),
        told("SELECT submission_id, sheet_no, row, outcome, record_id, cells FROM intake.source_row ORDER BY 1, 2, 3"),
        told("SELECT submission_id, sheet_no, row, code, field, severity FROM intake.finding ORDER BY 1, 2, 3, 4, 5"),
        told("SELECT record_id, regency_code, state FROM source.logical_record ORDER BY 1"),
        told(
            "SELECT record_id, submission_id, row, to_run IS NULL, content_hash FROM source.record_version ORDER BY 1, 2"
        ),
    ]


@pytest.fixture
def alone(warehouse: sa.Engine, inbox: Path) -> list[list[tuple[Any, ...]]]:
    """What one file after the other gives; the warehouse is empty again."""
    night(inbox)
    found = picture()
    with store.transaction() as connection:
        connection.execute(
            sa.text("TRUNCATE audit.run, intake.content, source.logical_record, source.record_version CASCADE")
        )
        connection.execute(sa.text("TRUNCATE intake.series, intake.source_row, intake.finding, source.change CASCADE"))
    return found


@pytest.fixture
def by_crew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a few rows are worth a crew."""
    monkeypatch.setattr(flow, "CREW_BYTES", 0)
    monkeypatch.setenv("SINERGI_WORKERS", "2")
    settings.cache_clear()


@pytest.mark.usefixtures("by_crew")
def test_regencies_at_once_give_the_same_as_one_after_the_other(
    alone: list[list[tuple[Any, ...]]], inbox: Path
) -> None:
    events: list[dict[str, Any]] = []
    counts = night(inbox, events.append)
    assert picture() == alone
    assert counts["answered"] == 4 and counts["refused"] == 1
    assert len([event for event in events if event["step"] == "submission"]) == 5
    assert told(
        "SELECT count(*) FROM intake.submission WHERE version = 2 AND is_current AND regency_code = '19.01'"
    ) == [(1,)]


@pytest.mark.usefixtures("by_crew")
@pytest.mark.parametrize("deaths", [1, pytest.param(2, marks=pytest.mark.deep)])
def test_a_worker_that_dies_costs_its_file_a_second_try_and_no_other_file_anything(
    alone: list[list[tuple[Any, ...]]], inbox: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    give, given = crew._Worker.give, []

    def deadly(worker: Any, one: Work, run_id: int, today: date) -> None:
        give(worker, one, run_id, today)
        if one.regency_code == "19.02" and len(given) < deaths:
            given.append(one.submission_id)
            os.kill(worker._process.pid, signal.SIGKILL)

    monkeypatch.setattr(crew._Worker, "give", deadly)
    events: list[dict[str, Any]] = []
    counts = night(inbox, events.append)
    lost = [event["submission_id"] for event in events if event.get("reason") == crew.LOST]
    assert len(given) == deaths
    if deaths == 1:
        assert lost == []
    else:
        assert lost == given[:1]
        assert (counts["answered"], counts["received"]) == (3, 1)
        monkeypatch.setattr(crew._Worker, "give", give)
        night(inbox)
    assert picture() == alone
