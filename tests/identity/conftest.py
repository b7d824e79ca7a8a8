"""Small provinces that are consolidated already: each made once for the tests that begin with it, copied for each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import cloned
from tests.identity.records import work
from tests.identity.test_consolidation import ROWS


@pytest.fixture(scope="session")
def province_template(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the records of test_consolidation, consolidated."""
    return made_once(server, template, tmp_path_factory, "province", lambda: work(ROWS))


def made_once(
    server: str, template: str, folders: pytest.TempPathFactory, called: str, make: Callable[[], object]
) -> str:
    """The name of a database in which `make` has worked, to be copied."""
    name = f"{called}_{os.getpid()}"
    with cloned(server, template, folders.mktemp(called), name=name):
        make()
    return name


@pytest.fixture
def known_province(server: str, province_template: str, tmp_path: Path) -> Iterator[sa.Engine]:
    """That province, this test's own."""
    with cloned(server, province_template, tmp_path / "home") as engine:
        yield engine
