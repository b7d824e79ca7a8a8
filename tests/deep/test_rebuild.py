"""A rebuild killed at every moment: the same command again ends with all as it stood, and nobody was sent anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deep.house import TODAY, House
from tests.deep.promises import Watch
from tests.deep.test_crashes import Faults, reached

pytestmark = pytest.mark.deep

REBUILD = ["run", "--rebuild", "--today", TODAY, "--json"]


def test_a_rebuild_killed_anywhere_ends_as_if_nothing_had_happened(
    new_house: Callable[..., House], small_inbox: Path, faults: Faults
) -> None:
    house = new_house(inbox=small_inbox)
    house.sinergi(*house.inbox_command("run"))
    before, log = house.facts(), house.received()
    told = house.strike([REBUILD], "killed")
    faults(told)
    assert reached(told) >= {"forget_drafts", "rebuild", "build_drafts"}
    assert Watch(house).broken(at_rest=True) == []
    assert (house.facts(), house.received()) == (before, log)
