"""The draft that most tests of this room start from."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tasks.aid.steps import build_drafts
from tests.aid.population import add_officers, add_person, start_run

MICRO: dict[str, Any] = {}


@pytest.fixture
def draft(warehouse: sa.Engine) -> int:
    """Three persons in, one out, one waiting; officers with keys. The run that built it."""
    run = start_run()
    for number in range(1, 4):
        add_person(run, f"P-{number}", MICRO, number=number)
    add_person(run, "P-4", MICRO, number=4, has_bank_credit=True)
    add_person(run, "P-5", MICRO, nik=None)
    build_drafts(run)
    add_officers()
    return run
