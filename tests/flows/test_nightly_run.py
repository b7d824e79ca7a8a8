"""A night as Prefect runs it: its steps are task runs, its artifact has counts, and no person of the inbox stands in Prefect's database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from prefect.settings import (
    PREFECT_API_DATABASE_CONNECTION_URL,
    PREFECT_LOGGING_TO_API_ENABLED,
    get_current_settings,
    temporary_settings,
)
from prefect.testing.utilities import prefect_test_harness

from schemas.settings import settings
from tasks import store

OWNERS = {
    f"190101{10 + n:02d}0580{n + 1:04d}": f"PEMILIK {name}"
    for n, name in enumerate(["AMAT", "BASRI", "CITRA", "DARMA"])
}
DIRTY = "19010127016500"  # two digits short: a finding, which must not quote it
STEPS = {
    "receive",
    "read_sheets",
    "map_sheets",
    "standardise_rows",
    "check_rows",
    "load",
    "answer",
    "link",
    "merge",
    "build_drafts",
}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """One regency's file, and one that nobody can read."""
    folder = tmp_path / "inbox" / "19.01"
    folder.mkdir(parents=True)
    rows = [f"{name};{nik};{10 + n}/05/1980;WARUNG {n};JALAN {n}" for n, (nik, name) in enumerate(OWNERS.items())]
    heading = "NAMA PEMILIK;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA"
    dirty = f"PEMILIK EKO;{DIRTY};01/02/1970;WARUNG E;JALAN E"
    (folder / "umkm_2020-04.csv").write_text("\n".join([heading, *rows, dirty, ""]), "utf-8")
    (folder / "rusak.xlsx").write_bytes(b"PK\x03\x04 bukan buku kerja")
    return folder.parent


@pytest.fixture
def prefect_database() -> Iterator[Path]:
    """A Prefect server of the test's own; the file of its database."""
    with prefect_test_harness(server_startup_timeout=300), temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: True}):
        assert get_current_settings().api.url
        yield Path(urlsplit(str(PREFECT_API_DATABASE_CONNECTION_URL.value())).path.replace("//", "/", 1))


def everything(database: Path) -> str:
    """All values of all tables as one text."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for table in tables for row in connection.execute(f'SELECT * FROM "{table}"'))


def names(database: Path, sql: str) -> set[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return {str(name) for (name,) in connection.execute(sql)}


def artifact(database: Path, key: str) -> str:
    """What one artifact says."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        ((data,),) = connection.execute("SELECT data FROM artifact WHERE key = ?", (key,))
    return str(json.loads(data))


def _answers() -> list[tuple[str, str | None, str | None]]:
    with store.transaction() as connection:
        rows = connection.execute(sa.text("SELECT submission_id, receipt, workbook FROM intake.submission")).all()
    return [(row.submission_id, row.receipt, row.workbook) for row in rows]


@pytest.fixture
def pages(warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address that `sinergi serve` gives to its pages."""
    monkeypatch.setenv("SINERGI_PAGES_URL", "http://127.0.0.1:4200/sinergi")
    settings.cache_clear()
    return "http://127.0.0.1:4200/sinergi"


def test_a_night_under_prefect_tells_counts_and_no_person(pages: str, inbox: Path, prefect_database: Path) -> None:
    from flows.deployed import nightly

    state = nightly(inbox, date(2020, 5, 11), return_state=True)
    assert state.is_completed(), state.message
    assert state.message == "1 files refused; 6 lists of 6 regencies are overdue; 2 new of 2 files"
    assert artifact(prefect_database, "report").startswith(f"[The report of this night]({pages}/reports/")
    assert '"days_late": 1, "state": "nothing sent"' in artifact(prefect_database, "late")
    told, home = artifact(prefect_database, "nightly"), f"{settings().home}/"
    for submission_id, receipt, workbook in _answers():
        assert f"[{submission_id}]({pages}/docs/{submission_id}/)" in told
        assert [name for name in (receipt, workbook) if name and f"`{name.removeprefix(home)}`" not in told] == []
    assert told.index("19.01/rusak.xlsx") < told.index("19.01/umkm_2020-04.csv"), "what asks for somebody comes first"
    with store.transaction() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM gold.person WHERE to_run IS NULL")) == len(OWNERS) + 1
        loaded = connection.scalar(
            sa.text("SELECT count(*) FROM intake.source_row WHERE position(:n in cells) > 0"), {"n": DIRTY}
        )
    assert loaded == 1, "what must not be in Prefect is in the warehouse"
    tasks = {name.rsplit("-", 1)[0] for name in names(prefect_database, "SELECT name FROM task_run")}
    assert tasks >= STEPS
    assert names(prefect_database, "SELECT key FROM artifact") == {"outcomes", "late", "nightly", "report"}
    kept = everything(prefect_database)
    for written in [*OWNERS, *OWNERS.values(), DIRTY, "PEMILIK EKO"]:
        assert written not in kept


def test_a_fault_that_nobody_foresaw_is_told_by_its_kind_and_place(
    warehouse: sa.Engine, inbox: Path, prefect_database: Path
) -> None:
    from flows.deployed import nightly

    with store.transaction() as connection:  # PostgreSQL will quote the whole row
        unheard_of = "ALTER TABLE source.record_version ADD CONSTRAINT unheard_of CHECK (owner_name <> 'PEMILIK AMAT')"
        connection.execute(sa.text(unheard_of))
    state = nightly(inbox, date(2020, 5, 11), return_state=True)
    assert state.is_failed()
    assert "an unforeseen fault (CheckViolation, SQLSTATE 23514)" in str(state.message)
    assert "tasks/" in str(state.message)
    kept = everything(prefect_database)
    assert "unforeseen fault" in kept
    for written in [*OWNERS, *OWNERS.values(), DIRTY, "PEMILIK EKO"]:
        assert written not in kept
