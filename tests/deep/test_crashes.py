"""Every fault at every moment, then the same command again: the same partition, lists and receipts as if nothing had happened."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.embedded import start_embedded
from tests.deep.house import House
from tests.deep.promises import Watch

pytestmark = pytest.mark.deep
Faults = Callable[..., None]

#: a walk has moments in each of these; a crash test that no longer reaches one of them proves nothing about it
STEPS = (
    "run_nightly",
    "receive",
    "keep_bytes",
    "load_whole",
    "answer",
    "keep_unloaded",
    "link",
    "merge",
    "build_drafts",
    "add_officer",
    "lock",
    "approve",
    "publish",
    "_replace",
    "_handle",
    "_exchange",
    "_settle",
)
#: what the receiving system counts, whatever was lost on the way
DELIVERED = ("message_count", "line_count", "accepted_count", "accepted_total_idr", "conflict_count")


def is_as_undisturbed(house: House, undisturbed: House) -> None:
    """The house is at rest, holds what an undisturbed one holds, and a further walk writes nothing."""
    assert Watch(house).broken(at_rest=True) == []
    assert house.facts() == undisturbed.facts()
    seen, wanted = house.received(), undisturbed.received()
    assert {word: seen[word] for word in DELIVERED} == {word: wanted[word] for word in DELIVERED}
    before = house.row_versions()
    house.sinergi(*house.inbox_command("walkthrough"))
    assert house.row_versions() == before


def reached(told: dict[str, Any]) -> set[str]:
    """The functions at whose moments a walk was struck."""
    return {moment.rsplit(" ", 1)[1] for moments in told["faults"].values() for moment in moments}


def test_a_second_run_changes_nothing_and_sends_nothing(undisturbed: House) -> None:
    assert Watch(undisturbed).broken(at_rest=True) == []
    before, log = undisturbed.row_versions(), undisturbed.received()
    undisturbed.sinergi(*undisturbed.inbox_command("run"))
    undisturbed.sinergi(*undisturbed.inbox_command("walkthrough"))
    assert undisturbed.row_versions() == before
    assert undisturbed.received() == log


def test_killed_at_every_moment_it_ends_as_if_nothing_had_happened(
    undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house()
    told = house.strike([[*house.inbox_command("walkthrough")]], "killed")
    faults(told)
    assert reached(told) >= set(STEPS), f"not reached: {set(STEPS) - reached(told)}"
    is_as_undisturbed(house, undisturbed)


@pytest.mark.parametrize("after", ["submission", "merge"])
def test_the_embedded_server_killed_during_a_walk_comes_back(
    after: str, undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house(embedded=True)
    walk = house.start("cli.main", *house.inbox_command("walkthrough"))
    assert walk.stdout is not None
    for line in walk.stdout:
        if f'"step": "{after}"' in line:
            os.kill(_postmaster(house), signal.SIGKILL)
            break
    said, _ = walk.communicate(timeout=1200)
    assert walk.returncode == 4, said
    assert "Traceback" not in said and "sinergi:" in said, said
    faults({"faults": {"server killed": [after]}})
    house.sinergi(*house.inbox_command("walkthrough"))
    house.url = start_embedded(house.home / "pg")
    assert Watch(house).broken(at_rest=True) == []
    assert house.facts() == undisturbed.facts()
    assert house.received()["accepted_count"] == undisturbed.received()["accepted_count"]


def _postmaster(house: House) -> int:
    """The process of the house's own server, as the server itself says."""
    data = Path(house.home / "pg").resolve()
    return int((data / "postmaster.pid").read_text().splitlines()[0])
