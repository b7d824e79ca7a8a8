"""A reader of files in a home of its own, shared by the modules that harm it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.settings import settings
from tasks.intake.steps.reader import FileReader
from tests.intake.sheet_making import LIMITS


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileReader]:
    """One child for a whole module: it has to go on reading whatever was put before it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SINERGI_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        with FileReader(LIMITS) as made:
            yield made
    settings.cache_clear()
