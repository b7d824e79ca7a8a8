"""The draft that most tests of this room start from."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.aid.population import fill_draft


@pytest.fixture
def draft(warehouse: sa.Engine) -> int:
    """Three persons in, one out, one waiting; officers with keys. The run that built it."""
    return fill_draft()
