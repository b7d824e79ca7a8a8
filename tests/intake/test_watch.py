"""The inbox watcher: a file lands once, when it is complete, and again when it has changed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.submission import take_in_all
from tasks import runs
from tasks.intake.steps.watch import Watcher

TODAY = date(2020, 5, 1)
HEADINGS = "Nama Pemilik,NIK,Nama Usaha,Alamat\n"


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "inbox" / "19.01").mkdir(parents=True)
    return tmp_path / "inbox"


def _looked(watcher: Watcher, clock: Clock, seconds: float) -> list[str]:
    """The files that have landed after so many more seconds; they are told."""
    clock.now += seconds
    landed = watcher.landed()
    for file in landed:
        watcher.tell(file)
    return [file.file for file in landed]


def test_a_file_lands_when_it_has_been_quiet_and_only_once(warehouse: sa.Engine, inbox: Path) -> None:
    clock = Clock()
    watcher = Watcher(inbox, 5, clock)
    file = inbox / "19.01" / "umkm.csv"
    file.write_text(HEADINGS)
    assert _looked(watcher, clock, 1) == []
    assert _looked(watcher, clock, 4) == []
    file.write_text(HEADINGS + "a,b,c,d\n")  # the copy goes on
    assert _looked(watcher, clock, 1) == []
    assert _looked(watcher, clock, 4) == []
    assert _looked(watcher, clock, 1) == ["19.01/umkm.csv"]
    assert _looked(watcher, clock, 60) == []


def test_a_changed_file_or_sidecar_lands_again(warehouse: sa.Engine, inbox: Path) -> None:
    clock = Clock()
    watcher = Watcher(inbox, 0, clock)
    file = inbox / "19.01" / "umkm.csv"
    file.write_text(HEADINGS)
    assert _looked(watcher, clock, 1) == ["19.01/umkm.csv"]
    (inbox / "19.01" / "umkm.csv.meta.yaml").write_text("period: 2020-04\n")
    assert _looked(watcher, clock, 1) == ["19.01/umkm.csv"]
    file.write_text(HEADINGS + "a,b,c,d\n")
    assert _looked(watcher, clock, 1) == ["19.01/umkm.csv"]


def test_what_was_not_told_lands_at_the_next_look(warehouse: sa.Engine, inbox: Path) -> None:
    watcher = Watcher(inbox, 0, Clock())
    (inbox / "19.01" / "umkm.csv").write_text(HEADINGS)
    assert [file.file for file in watcher.landed()] == ["19.01/umkm.csv"]
    assert [file.file for file in watcher.landed()] == ["19.01/umkm.csv"]


def test_files_of_no_regency_are_left_to_the_nightly(warehouse: sa.Engine, inbox: Path) -> None:
    for name in ("99.99", "lain"):
        (inbox / name).mkdir()
        (inbox / name / "umkm.csv").write_text(HEADINGS)
    assert Watcher(inbox, 0, Clock()).landed() == []


def test_a_restart_tells_only_of_what_was_not_received(warehouse: sa.Engine, inbox: Path) -> None:
    (inbox / "19.01" / "umkm.csv").write_text(HEADINGS)
    with runs.run("nightly", TODAY) as run:
        take_in_all(inbox, run.run_id, TODAY, lambda event: None)
    (inbox / "19.01" / "baru.csv").write_text(HEADINGS + "a,b,c,d\n")
    assert [file.file for file in Watcher(inbox, 0, Clock()).landed()] == ["19.01/baru.csv"]


def test_the_key_of_a_file_is_no_part_of_its_name(inbox: Path, warehouse: sa.Engine) -> None:
    (inbox / "19.01" / "umkm.csv").write_text(HEADINGS)
    (landed,) = Watcher(inbox, 0, Clock()).landed()
    assert landed.key.startswith("19.01.") and "umkm" not in landed.key
