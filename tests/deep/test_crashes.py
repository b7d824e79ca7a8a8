"""Every fault at every moment, then the same command again: the same partition, lists and receipts as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
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


def test_its_own_server_restarted_or_killed_under_a_transaction_costs_one_sentence_and_another_try(
    undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house(embedded=True)
    house.url = start_embedded(house.home / "pg")
    within = ("load_whole", "merge", "publish")
    told = house.strike([[*house.inbox_command("walkthrough")]], "restarted", "server killed", within=within)
    faults(told)
    assert reached(told) == set(within)
    is_as_undisturbed(house, undisturbed)


def test_a_line_to_the_receiver_cut_before_in_the_midst_of_and_after_a_request_counts_once(
    undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house()
    told = house.strike([[*house.inbox_command("walkthrough")]], "line cut")
    faults(told)
    assert set(told["faults"]) == {"line cut before", "line cut halfway", "line cut after"}
    is_as_undisturbed(house, undisturbed)
