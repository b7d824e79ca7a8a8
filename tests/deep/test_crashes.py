"""kill -9 at every kind of moment, then the same command again: the same partition, lists and receipts as if nothing had happened."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.embedded import start_embedded
from tests.deep.house import House, last_json

pytestmark = pytest.mark.deep

#: a walk has moments in each of these; a crash test that no longer reaches one of them proves nothing about it
STEPS = (
    "receive",
    "load",
    "answer",
    "keep_unloaded",
    "link",
    "merge",
    "build_drafts",
    "lock",
    "approve",
    "publish",
    "_handle",
    "_settle",
)


def test_a_second_run_changes_nothing_and_sends_nothing(undisturbed: House) -> None:
    before, log = undisturbed.row_versions(), undisturbed.received()
    undisturbed.sinergi(*undisturbed.inbox_command("run"))
    undisturbed.sinergi(*undisturbed.inbox_command("walkthrough"))
    assert undisturbed.row_versions() == before
    assert undisturbed.received() == log


def test_killed_at_every_moment_it_ends_as_if_nothing_had_happened(
    undisturbed: House, new_house: Callable[..., House]
) -> None:
    house = new_house()
    told = last_json(house.run("tests.deep.crashing", "1", *house.inbox_command("walkthrough")))
    print(f"\n{len(told['killed'])} tries killed at {len(set(told['killed']))} moments\n" + "\n".join(told["killed"]))
    assert told["code"] in (0, 3), told["said"]
    reached = {moment.rsplit(" ", 1)[1] for moment in told["killed"]}
    assert reached >= set(STEPS), f"not reached: {set(STEPS) - reached}"
    assert house.facts() == undisturbed.facts()
    seen, wanted = house.received(), undisturbed.received()
    for word in ("message_count", "line_count", "accepted_count", "accepted_total_idr", "conflict_count"):
        assert seen[word] == wanted[word], word
    assert house.litter() == []
    before = house.row_versions()
    house.sinergi(*house.inbox_command("walkthrough"))
    assert house.row_versions() == before


@pytest.mark.parametrize("after", ["submission", "merge"])
def test_the_embedded_server_killed_during_a_walk_comes_back(
    after: str, undisturbed: House, new_house: Callable[..., House]
) -> None:
    house = new_house(embedded=True)
    walk = house.start("cli.main", *house.inbox_command("walkthrough"))
    assert walk.stdout is not None
    for line in walk.stdout:
        if f'"step": "{after}"' in line:
            os.kill(_postmaster(house), signal.SIGKILL)
            break
    said, _ = walk.communicate(timeout=120)
    assert walk.returncode == 4, said
    assert "Traceback" not in said and "sinergi:" in said, said
    house.sinergi(*house.inbox_command("walkthrough"))
    house.url = start_embedded(house.home / "pg")
    assert house.facts() == undisturbed.facts()
    assert house.received()["accepted_count"] == undisturbed.received()["accepted_count"]


def _postmaster(house: House) -> int:
    """The process of the house's own server, as the server itself says."""
    data = Path(house.home / "pg").resolve()
    return int((data / "postmaster.pid").read_text().splitlines()[0])
