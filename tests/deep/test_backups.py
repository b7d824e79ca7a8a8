"""A backup, its restore and the reconciliation after it, struck at every moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deep.house import House
from tests.deep.promises import Watch
from tests.deep.test_acts import DAY, given_out, without_faults
from tests.deep.test_crashes import Faults

pytestmark = pytest.mark.deep


def test_a_backup_and_its_restore_struck_at_every_moment_bring_everything_back_once(
    small_inbox: Path, new_house: Callable[..., House], faults: Faults, folder: Path
) -> None:
    house, other = new_house(inbox=small_inbox), new_house(inbox=small_inbox)
    without_faults(house, [["run", "--inbox", str(small_inbox), *DAY], *given_out(house)[:-1]])
    file = folder / "backups" / "house.tar"
    file.parent.mkdir()
    faults(house.strike([["db", "backup", str(file)]], "killed", "cut", "no room", codes=(0, 2)))
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    house.sinergi("outbox", "send")
    told = other.strike(
        [["db", "restore", str(file)], ["db", "reconcile", "--by", "sari", "--reason", "dipulihkan"]],
        "killed",
        "cut",
        "no room",
    )
    faults(told)
    other.receiver_data = house.receiver_data
    other.environment["SINERGI_RECEIVER_URL"] = house.receiver_url
    without_faults(other, [["outbox", "send"], ["run", "--inbox", str(small_inbox), *DAY]])
    assert Watch(other).broken(at_rest=True) == []
    assert _without(other.facts(), "messages") == _without(house.facts(), "messages")
    assert house.received()["post_count"] == 1, "read back, not sent again"
    assert other.ask(
        "SELECT action, count(*) FROM audit.event WHERE action IN ('restore', 'release_restored') GROUP BY 1 ORDER BY 1"
    ) == [("release_restored", 1), ("restore", 1)]


def _without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}
