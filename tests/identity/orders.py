"""The same records, corrections and judgements in shuffled orders of arrival, and what each order must come to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tasks import store
from tasks.identity.steps.judge import record_judgements
from tasks.identity.steps.rebuild import rebuild
from tests.identity.records import facts, new_run, versioned, work


@dataclass(frozen=True)
class History:
    """What happened in a province: `first` rows of records, `later` rows of the same (corrections, each after its first), `said`: pairs
    with what an officer said of them once both were there."""

    first: Sequence[dict[str, Any]]
    later: Sequence[dict[str, Any]] = ()
    said: Sequence[tuple[int, int, str]] = ()


def shuffled(history: History, seed: int, most_nights: int) -> list[list[dict[str, Any]]]:
    """The rows of a history as the work of some nights; no record twice in a night, its correction in a later one."""
    chance = random.Random(seed)
    nights: list[list[dict[str, Any]]] = [[] for _ in range(chance.randint(2, most_nights))]
    came: dict[int, int] = {}
    for row in chance.sample(history.first, len(history.first)):
        is_corrected = any(later["record_id"] == row["record_id"] for later in history.later)
        night = chance.randrange(len(nights) - is_corrected)
        came[row["record_id"]] = night
        nights[night].append(row)
    for row in chance.sample(history.later, len(history.later)):
        nights[chance.randrange(came[row["record_id"]] + 1, len(nights))].append(row)
    return nights


def live(nights: Sequence[list[dict[str, Any]]], said: Sequence[tuple[int, int, str]]) -> None:
    """Work the nights, and record each word as soon as both records are there; a last night applies the last words."""
    there: set[int] = set()
    waiting = list(said)
    for rows in nights:
        work(rows)
        there |= {row["record_id"] for row in rows}
        for a, b, verdict in [word for word in waiting if {word[0], word[1]} <= there]:
            record_judgements([(a, b)], verdict, reason="seen", judged_by="officer")
            waiting.remove((a, b, verdict))
    work([])


def come_to(history: History, nights: Sequence[list[dict[str, Any]]]) -> dict[str, Any]:
    """What nights come to in an empty warehouse, asked twice and rebuilt: the units and golden values that all of it gives."""
    with store.transaction() as connection:
        tables = "source.logical_record, source.record_version, source.change, identity.features, identity.edge, identity.membership"
        golden = 'gold.person, gold.business, gold.household, gold."group", gold.cooperative, gold.product, gold.licence, gold.channel'
        connection.execute(sa.text(f"TRUNCATE {tables}, {golden}, identity.id_register, identity.judgement CASCADE"))
    live(nights, history.said)
    told, rows = facts(), versioned()
    assert work([])["merge"]["records"] == 0, "a second run works"
    assert rebuild(new_run(), "to compare", lambda event: None)["differ"] == 0, "the rebuilt differs"
    assert versioned() == rows
    return told


def all_orders_come_to_the_same(history: History, seeds: range, most_nights: int) -> None:
    """Every order comes to what all at once comes to."""
    first, *others = [history.first, history.later]
    at_once = come_to(history, [list(first), *map(list, others)])
    for seed in seeds:
        in_order = come_to(history, shuffled(history, seed, most_nights))
        for word, wanted in at_once.items():
            assert in_order[word] == wanted, f"{word} in order {seed}"
