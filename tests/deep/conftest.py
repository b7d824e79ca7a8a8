"""An inbox and houses for deep tests: databases of the test run's server, receivers that outlive crashes."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tasks.embedded import stop_embedded
from tests.deep.house import House, make_inbox, receiver
from tests.intake.offices import OWNERS, send

_numbers = itertools.count()

WAITING, LOADED = "82.01/dengan judul lain.csv", "82.02/umkm.csv"
#: headings that nobody knows
UNCLEAR = "SI EMPUNYA;NIK;TANGGAL LAHIR;XYZ;ALAMAT USAHA"


@pytest.fixture
def faults(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Takes note of what struck: `{"faults": {fault: [moment, ...]}}`; counted at the end of the test run (tests/conftest.py)."""

    def take_note(told: dict[str, Any]) -> None:
        counts = {fault: len(moments) for fault, moments in told["faults"].items()}
        print(counts)
        request.node.user_properties.append(("faults", counts))

    return take_note


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A short path that the embedded server's account can reach."""
    path = Path(tempfile.mkdtemp(prefix="sinergi-deep-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def inbox(folder: Path) -> Path:
    """Six files of a small province, two of them bad."""
    return make_inbox(folder, rows=400, kept=2)


@pytest.fixture(scope="session")
def small_inbox(folder: Path, inbox: Path) -> Path:
    """One file with a heading that nobody knows, one that is clear, and the largest of the province's, in which people are aided."""
    largest = max(inbox.glob("*/*"), key=lambda path: path.stat().st_size)
    inbox = folder / "small inbox"
    (inbox / largest.parent.name).mkdir(parents=True)
    shutil.copy(largest, inbox / largest.parent.name)
    send(inbox, WAITING, OWNERS, UNCLEAR)
    send(inbox, LOADED, [row.replace(";1901", ";8202").replace("PEMILIK", "USAHAWAN") for row in OWNERS])
    return inbox


@pytest.fixture(scope="session")
def new_house(folder: Path, inbox: Path, server: str, template: str) -> Iterator[Callable[..., House]]:
    """Makes houses with an empty warehouse and a receiver each; `embedded` ones bring their own server."""
    with ExitStack() as stack:

        def make(
            embedded: bool = False, inbox: Path = inbox, place: Path | None = None, template: str = template
        ) -> House:
            number = next(_numbers)
            place = (place or folder) / f"house-{number}"
            place.mkdir(mode=0o755)
            name = f"house_{os.getpid()}_{number}"
            url = None if embedded else _new_database(server, template, name)
            if url is None:
                stack.callback(stop_embedded, place / "home" / "pg")  # before its folder goes
            else:
                stack.callback(_admin, server, f"DROP DATABASE {name} WITH (FORCE)")
            return House(place, inbox, url, stack.enter_context(receiver(place / "receiver")))

        yield make


@pytest.fixture(scope="session")
def undisturbed(new_house: Callable[..., House]) -> House:
    """A house that walked its inbox once and to which nothing ever happened."""
    house = new_house()
    house.sinergi(*house.inbox_command("walkthrough"))
    return house


def _new_database(server: str, template: str, name: str) -> str:
    _admin(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {template}")
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _admin(server: str, *statements: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
