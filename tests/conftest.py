"""Fixtures shared by every test: a real PostgreSQL of this test run, and a fresh migrated warehouse per test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from expectations.validation import begin_to_load
from schemas.settings import settings
from tasks import store
from tasks.embedded import SERVER_OPTIONS, start_embedded, stop_embedded
from tasks.upgrade import upgrade_warehouse

_numbers = itertools.count()
#: what the servers of two workers may take: warehouses of some rows, and their log
MEMORY_BYTES = 4 << 30

#: a property holds on a slow machine as on a fast one: no example has a deadline, and finding examples may take its time
hypothesis_settings.register_profile("sinergi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("sinergi")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many faults the tests injected, by kind, summed over workers."""
    counts: Counter[str] = Counter()
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties if report.when == "call" else ():
            counts.update(value if name == "faults" else {})
    if counts:
        told = ", ".join(f"{count} {fault}" for fault, count in sorted(counts.items()))
        terminalreporter.write_line(f"faults: {counts.total()} injected, every promise asked after each: {told}")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a real server: SINERGI_TEST_DATABASE_URL, or an embedded one that ends with the test session.

    Whoever has a server may take in lists: the checks are loaded once, so that no run begins a process of its own for them.
    """
    begin_to_load()
    given = os.environ.get("SINERGI_TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="sinergi-test-", dir=_roomiest()))
    folder.chmod(0o755)
    SERVER_OPTIONS["max_wal_size"] = "256MB"  # thousands of small databases come and go: their log need not be kept
    yield start_embedded(folder / "pg")
    stop_embedded()
    shutil.rmtree(folder, ignore_errors=True)


def _roomiest() -> Path | None:
    """Memory for the server's folder where there is plenty of it (its thousands of files are made and dropped with every test), else the
    usual place."""
    memory = Path("/dev/shm")  # noqa: S108 a folder of our own is made in it
    is_roomy = memory.is_dir() and shutil.disk_usage(memory).free >= MEMORY_BYTES
    return memory if is_roomy else None


@pytest.fixture(scope="session")
def template(server: str) -> str:
    """The name of a migrated database that every test's warehouse is cloned from."""
    name = f"template_{os.getpid()}"
    _admin(server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    with _using(_database(server, name)):
        upgrade_warehouse()
    return name


@pytest.fixture
def warehouse(server: str, template: str, tmp_path: Path) -> Iterator[sa.Engine]:
    """A fresh, migrated warehouse and an empty SINERGI_HOME of this test's own; `tasks.store` works on it."""
    with cloned(server, template, tmp_path / "home") as engine:
        yield engine


@contextmanager
def cloned(server: str, template: str, home: Path, *, name: str | None = None) -> Iterator[sa.Engine]:
    """A copy of a database to work on, with a SINERGI_HOME; dropped at the end unless it has a `name` to be a template itself."""
    copy = name or f"test_{os.getpid()}_{next(_numbers)}"
    make = f"CREATE DATABASE {copy} TEMPLATE {template} STRATEGY FILE_COPY"  # through the log it takes twice as long
    _admin(server, f"DROP DATABASE IF EXISTS {copy}", make)
    os.environ["SINERGI_HOME"] = str(home)
    with _using(_database(server, copy)):
        yield store.engine()
    del os.environ["SINERGI_HOME"]
    if name is None:
        _admin(server, f"DROP DATABASE {copy} WITH (FORCE)")


class _using:
    """Point settings and engine of this process at a database for a while."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> None:
        os.environ["SINERGI_DATABASE_URL"] = self.url
        settings.cache_clear()
        store.engine.cache_clear()

    def __exit__(self, *_: object) -> None:
        store.engine().dispose()
        del os.environ["SINERGI_DATABASE_URL"]
        settings.cache_clear()
        store.engine.cache_clear()


def _database(url: str, name: str) -> str:
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


def _admin(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()
