"""Candidate pairs against a slow oracle: all work pairs with everything in blocks under the cap, whatever the delta was."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.identity.blocking import COPIES, LINKED_COLUMNS, NARROWER_CAP, crossing, find_pairs
from tasks.identity.layout import Rule
from tasks.identity.persons import RULES

Row = dict[str, Any]
DAYS = ("birth_date", "born_on", "nik_birth")


def table(rows: list[Row]) -> pa.Table:
    """Features of which only what is told is known."""

    def kind(column: str) -> pa.DataType:
        return pa.date32() if column in DAYS else pa.int64() if column == "record_id" else pa.string()

    return pa.table({c: pa.array([row.get(c) for row in rows], kind(c)) for c in LINKED_COLUMNS})


def ids(numbers: list[int]) -> pa.Array:
    return pa.array(numbers, pa.int64())


def blocks(rows: list[Row], keys: tuple[str, ...]) -> dict[tuple[Any, ...], list[Row]]:
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        key = tuple(row.get(name) for name in keys)
        if None not in key:
            found.setdefault(key, []).append(row)
    return found


def is_over(rule: Rule, block: list[Row]) -> bool:
    counted = len(block) if rule.counted == "*" else len({row.get(rule.counted) for row in block} - {None})
    return counted > rule.cap


def firsts(rows: list[Row]) -> dict[int, int]:
    """The record that stands for each: of many that say the same the first, else itself."""
    alike = blocks(
        [{"all": str(sorted((k, str(v)) for k, v in row.items() if k != "record_id")), **row} for row in rows], ("all",)
    )
    groups = [[row["record_id"] for row in group] for group in alike.values()]
    return {number: min(group) if len(group) > COPIES else number for group in groups for number in group}


def standing(rows: list[Row]) -> list[Row]:
    """Those that stand in blocks."""
    first = firsts(rows)
    return [row for row in rows if first[row["record_id"]] == row["record_id"]]


def slow_pairs(rows: list[Row], work: list[int]) -> set[tuple[int, int]]:
    """What find_pairs promises, pair by pair."""
    kept = [[{"record_id": first}, {"record_id": number}] for number, first in firsts(rows).items() if number != first]
    there = standing(rows)
    for rule in RULES:
        for block in blocks(there, rule.keys).values():
            if not is_over(rule, block):
                kept.append(block)
            elif rule.narrower:
                kept += [part for part in blocks(block, rule.narrower).values() if len(part) <= NARROWER_CAP]
    pairs = {(a["record_id"], b["record_id"]) for block in kept for a, b in combinations(block, 2)}
    return {(min(a, b), max(a, b)) for a, b in pairs if a in work or b in work}


def found_pairs(rows: list[Row], work: list[int]) -> set[tuple[int, int]]:
    pairs, _ = find_pairs(table(rows), ids(work))
    return set(zip(pairs["record_a"].to_pylist(), pairs["record_b"].to_pylist(), strict=True))


person = st.fixed_dictionaries({
    "nik": st.sampled_from([None, "1", "2"]), "phone": st.sampled_from([None, "0811"]), "nib": st.sampled_from([None, "7"]),
    "name_sound": st.sampled_from(["a", "b", "c", "d", "e", "f"]), "village_code": st.sampled_from([None, "v"]),
    "name_sorted": st.sampled_from(["ani", "budi"]), "born_on": st.sampled_from([None, date(1980, 1, 1)]),
})  # fmt: skip


#: people, some of them many times over
people_and_copies = st.lists(st.tuples(person, st.sampled_from([1, 1, 1, 1, 12, 45])), min_size=1, max_size=12).map(
    lambda told: [row for row, count in told for _ in range(count)]
) | st.lists(person, min_size=2, max_size=60)


@settings(max_examples=15)
@given(people_and_copies, st.data())
def test_pairs_are_those_of_a_slow_search(people: list[Row], data: st.DataObject) -> None:
    rows = [person | {"record_id": number} for number, person in enumerate(people, 1)]
    work = data.draw(st.lists(st.sampled_from(range(1, len(rows) + 1)), unique=True))
    assert found_pairs(rows, work) == slow_pairs(rows, work)


@settings(max_examples=15)
@given(people_and_copies, st.lists(person, max_size=30), st.data())
def test_whoever_is_in_a_block_that_the_work_moves_across_its_cap_is_linked_again(
    before: list[Row], coming: list[Row], data: st.DataObject
) -> None:
    stored = [person | {"record_id": number} for number, person in enumerate(before, 1)]
    work = data.draw(st.lists(st.sampled_from(range(1, len(stored) + 100)), unique=True, min_size=len(coming)))
    fresh = [person | {"record_id": number} for person, number in zip(coming, work, strict=False)]
    after = [row for row in stored if row["record_id"] not in work] + fresh
    was, now = firsts(stored), firsts(after)
    expected = {number for number in was if number not in work and (was[number] == number) != (now[number] == number)}
    caps = [(rule.keys, rule) for rule in RULES]
    caps += [(rule.narrower, Rule("", rule.narrower, NARROWER_CAP)) for rule in RULES if rule.narrower]
    stood, stands = standing(stored), standing(after)
    for keys, rule in caps:
        earlier, later = blocks(stood, keys), blocks(stands, keys)
        for key, block in blocks(stored, keys).items():
            if is_over(rule, earlier.get(key, [])) != is_over(rule, later.get(key, [])):
                expected |= {row["record_id"] for row in block if row["record_id"] not in work}
    assert set(crossing(table(stored), table(fresh), ids(work)).to_pylist()) == expected


def test_a_block_over_its_cap_is_reported_and_looked_at_by_the_narrower_rule() -> None:
    people = [{"record_id": n, "nik": "1", "name_sorted": "ani" if n < 3 else f"other {n}"} for n in range(1, 43)]
    pairs, report = find_pairs(table(people), ids([1]))
    told = {found.rule.name: found for found in report}["nik"]
    assert (told.capped_block_count, told.capped_record_count, told.pair_count) == (1, 42, 1)
    assert pairs.to_pylist() == [{"record_a": 1, "record_b": 2}]


def test_a_phone_of_many_people_speaks_for_nobody_but_one_persons_many_lists_do() -> None:
    helper = [{"record_id": n, "phone": "0811", "name_sound": f"sound {n}"} for n in range(1, 6)]
    owner = [{"record_id": n, "phone": "0822", "name_sound": "one"} for n in range(11, 17)]
    assert Counter(a > 10 for a, _ in found_pairs(helper + owner, [1, 11])) == {True: 5}


def test_nothing_in_common_is_no_pair() -> None:
    assert found_pairs([{"record_id": 1, "nik": "1"}, {"record_id": 2, "nik": "2"}], [1, 2]) == set()
    assert pd.isna(table([{"record_id": 1}]).to_pandas()["nik"][0])
