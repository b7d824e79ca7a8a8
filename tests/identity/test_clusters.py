"""Clusters against a slow oracle, and the bridges that may not join two people."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from random import Random
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.identity.bounds import STRENGTH
from tasks.identity.clusters import SAYS_SAME_DESPITE_NIK, cluster, connect


def people(*niks: str | None) -> pd.DataFrame:
    return pd.DataFrame({"record_id": range(1, len(niks) + 1), "nik": pd.Series(niks, dtype=object)})


def edges(*rows: tuple[int, int, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["record_a", "record_b", "weight", "clause"])
    return frame.assign(tier="model")


NOBODY = pd.DataFrame({"record_a": pd.Series(dtype="int64"), "record_b": pd.Series(dtype="int64")})


@given(st.integers(1, 12), st.data())
def test_components_are_those_of_a_slow_search(count: int, data: st.DataObject) -> None:
    number = st.integers(0, count - 1)
    drawn = data.draw(st.lists(st.tuples(number, number), max_size=20))
    left, right = (np.array([pair[side] for pair in drawn], dtype=np.int64) for side in (0, 1))
    expected = list(range(count))
    for _ in range(count):
        for a, b in drawn:
            low = min(expected[a], expected[b])
            expected = [low if label in (expected[a], expected[b]) else label for label in expected]
    assert connect(count, left, right).tolist() == expected


def test_a_record_without_nik_does_not_bridge_two_niks() -> None:
    found = cluster(people("A", None, "B"), edges((1, 2, 30, "X"), (2, 3, 40, "X")), NOBODY)
    assert found.label.tolist() == [1, 2, 2]
    assert found.cut.tolist() == [0]


def test_equal_weights_are_cut_by_record_id() -> None:
    found = cluster(people("A", None, "B"), edges((2, 3, 30, "X"), (1, 2, 30, "X")), NOBODY)
    assert found.label.tolist() == [1, 1, 3]


def test_a_slip_in_the_nik_stays_one_person() -> None:
    found = cluster(people("A", "B", None), edges((1, 2, 50, "NIK_TYPO"), (2, 3, 30, "X")), NOBODY)
    assert found.label.tolist() == [1, 1, 1]


def test_a_judgement_keeps_two_apart_whatever_joins_them() -> None:
    apart = pd.DataFrame({"record_a": [1], "record_b": [3]})
    found = cluster(people(None, None, None), edges((1, 2, 90, "X"), (2, 3, 80, "X"), (1, 3, 70, "X")), apart)
    assert found.label.tolist() == [1, 1, 3]


@given(st.permutations(range(6)))
def test_the_order_of_edges_makes_no_difference(order: list[int]) -> None:
    rows = [(1, 2, 10, "X"), (2, 3, 20, "X"), (3, 4, 20, "X"), (4, 5, 15, "X"), (1, 5, 5, "X"), (2, 5, 12, "X")]
    niks = people("A", None, "B", None, "C")
    plain = cluster(niks, edges(*rows), NOBODY)
    assert cluster(niks, edges(*[rows[n] for n in order]), NOBODY).label.tolist() == plain.label.tolist()


def pairs(*rows: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["record_a", "record_b"], dtype="int64")


def tiers(*rows: tuple[int, int, str]) -> pd.DataFrame:
    """Edges of which only the tier is told; those of the model weigh 30 bits."""
    clauses = {"judged": "JUDGED_SAME", "deterministic": "SAME_NIK_AND_NAME", "model": "NAME_AND_BIRTH"}
    frame = pd.DataFrame(rows, columns=["record_a", "record_b", "tier"])
    return frame.assign(weight=30.0, clause=frame["tier"].map(clauses))


def told(
    niks: list[str | None], edges: pd.DataFrame, apart: pd.DataFrame, parted: pd.DataFrame, largest: int = 60
) -> tuple[list[int], list[str]]:
    found = cluster(people(*niks), edges, apart, parted, largest=largest)
    return found.label.tolist(), found.held_by


def test_each_edge_left_out_says_which_clause_holds_it() -> None:
    chain = edges((1, 2, 30, "X"), (2, 3, 40, "X"))
    assert told(["A", None, "B"], chain, NOBODY, NOBODY) == ([1, 2, 2], ["NIK_CONFLICT"])
    assert told([None, None, None], chain, pairs((1, 3)), NOBODY) == ([1, 2, 2], ["KEPT_APART"])
    assert told([None, None, None], chain, NOBODY, pairs((1, 3))) == ([1, 2, 2], ["KEPT_APART"])


def test_a_person_who_joins_two_joins_all_that_their_niks_hold_together() -> None:
    rows = tiers((1, 2, "deterministic"), (3, 4, "deterministic"), (2, 3, "judged"))
    assert told(["A", "A", "B", "B"], rows, pairs((1, 3), (1, 4), (2, 4)), NOBODY) == ([1, 1, 1, 1], [])


def test_a_person_who_joins_two_does_not_join_a_third_that_only_the_model_holds() -> None:
    rows = tiers((1, 2, "model"), (2, 3, "judged"))
    assert told(["A", "B", None], rows, pairs((1, 2)), NOBODY) == ([1, 2, 2], ["KEPT_APART"])


def test_only_a_person_parts_what_a_person_joined() -> None:
    cycle = tiers((1, 2, "judged"), (2, 3, "judged"))
    assert told([None] * 3, cycle, pairs((1, 3)), NOBODY) == ([1, 1, 1], [])
    assert told([None] * 3, cycle, NOBODY, pairs((1, 3))) == ([1, 1, 3], ["KEPT_APART"])


def test_a_cluster_larger_than_one_person_keeps_only_what_niks_and_people_hold() -> None:
    rows = tiers((1, 2, "deterministic"), (2, 3, "model"), (3, 4, "model"), (4, 5, "judged"))
    assert told(["A", "A", None, None, None], rows, NOBODY, NOBODY, largest=4) == (
        [1, 1, 3, 4, 4],
        ["LARGEST_CLUSTER"] * 2,
    )
    assert told(["A", "A", None, None, None], rows, NOBODY, NOBODY, largest=5) == ([1] * 5, [])


def test_one_nik_on_many_rows_of_one_name_is_one_person_however_many() -> None:
    rows = tiers(*[(1, other, "deterministic") for other in range(2, 9)])
    assert told(["A"] * 8, rows, NOBODY, NOBODY, largest=4) == ([1] * 8, [])


def test_a_slip_told_in_one_component_says_nothing_in_another() -> None:
    rows = edges((1, 2, 50, "NIK_TYPO"), (3, 4, 30, "X"), (4, 5, 40, "X"))
    assert told(["A", "B", "A", None, "B"], rows, NOBODY, NOBODY) == ([1, 1, 3, 4, 4], ["NIK_CONFLICT"])


class Edge(NamedTuple):
    record_a: int
    record_b: int
    tier: str
    weight: float
    clause: str


Pairs = set[tuple[int, int]]
#: the cluster rule as one would say it: who is reached, who may not be one; every question asked anew for every edge


def groups(count: int, kept: Iterable[Edge]) -> list[set[int]]:
    """Who is reached by edges."""
    found = [{n} for n in range(1, count + 1)]
    for edge in kept:
        ours = [group for group in found if edge.record_a in group or edge.record_b in group]
        found = [group for group in found if group not in ours] + [set().union(*ours)]
    return found


def slow_build(niks: list[str | None], order: list[Edge], barred: Pairs, slips: set[frozenset[str]]) -> list[Edge]:
    """The edges kept: one by one, unless two of those that it would join may not be one."""

    def may_not_be_one(a: int, b: int) -> bool:
        ours, theirs = niks[a - 1], niks[b - 1]
        differ = ours is not None and theirs is not None and ours != theirs and frozenset((ours, theirs)) not in slips
        return differ or (a, b) in barred or (b, a) in barred

    kept: list[Edge] = []
    for edge in order:
        (joined,) = [group for group in groups(len(niks), [*kept, edge]) if edge.record_a in group]
        before = [group for group in groups(len(niks), kept) if group & joined]
        if not any(may_not_be_one(a, b) for one, other in combinations(before, 2) for a in one for b in other):
            kept.append(edge)
    return kept


def slow_component(
    niks: list[str | None], edges: list[Edge], apart: Pairs, parted: Pairs, largest: int
) -> list[set[int]]:
    """The groups of one component."""
    order = sorted(edges, key=lambda e: (-STRENGTH[e.tier], -e.weight, e.record_a, e.record_b))
    slips = {
        frozenset((a, b)) for e in order if e.clause in SAYS_SAME_DESPITE_NIK
        if (a := niks[e.record_a - 1]) is not None and (b := niks[e.record_b - 1]) is not None
    }  # fmt: skip
    judged = [e for e in order if e.tier == "judged"]
    barred = set(apart)
    if judged:
        cores = slow_build(niks, [e for e in order if e.tier == "deterministic"], apart | parted, slips)
        for group in groups(len(niks), [*cores, *judged]):
            if any(e.record_a in group for e in judged):
                barred -= {(a, b) for a in group for b in group}
                slips |= {frozenset((niks[a - 1], niks[b - 1])) for a in group for b in group}  # type: ignore[arg-type]
    kept = slow_build(niks, order, barred | parted, slips)
    found = []
    for group in groups(len(niks), kept):
        if len(group) > largest:
            firm = [e for e in order if STRENGTH[e.tier] > 0 and {e.record_a, e.record_b} <= group]
            found += [
                part & group
                for part in groups(len(niks), slow_build(niks, firm, barred | parted, slips))
                if part & group
            ]
        else:
            found.append(group)
    return found


def slow_clusters(
    niks: list[str | None], edges: list[Edge], apart: Pairs, parted: Pairs, largest: int
) -> set[frozenset[int]]:
    result = set()
    for component in groups(len(niks), edges):
        mine = [edge for edge in edges if edge.record_a in component]
        result |= {frozenset(g) for g in slow_component(niks, mine, apart, parted, largest) if g <= component}
    return result


CLAUSES = {"judged": ["JUDGED_SAME"], "deterministic": ["SAME_NIK_AND_NAME"], "model": ["NAME_AND_BIRTH", "NIK_TYPO"]}


@st.composite
def province(draw: st.DrawFn) -> tuple[list[str | None], list[Edge], Pairs, Pairs, int]:
    """Records of a few NIKs, edges among them, pairs to keep apart by policy and by people."""
    niks = draw(st.lists(st.sampled_from([None, None, "A", "B", "C"]), min_size=2, max_size=9))
    pair = st.sampled_from(list(combinations(range(1, len(niks) + 1), 2)))
    found = []
    for a, b in draw(st.lists(pair, unique=True, max_size=14)):
        tier = draw(st.sampled_from(["judged", "deterministic", "deterministic", "model", "model", "model"]))
        found.append(Edge(a, b, tier, draw(st.sampled_from([24.0, 30.0, 40.0])), draw(st.sampled_from(CLAUSES[tier]))))
    joined = {(e.record_a, e.record_b) for e in found}
    apart, parted = (set(draw(st.lists(pair, max_size=4))) - joined for _ in range(2))
    return niks, found, apart, parted, draw(st.integers(2, 9))


Drawn = tuple[list[str | None], list[Edge], Pairs, Pairs, int]


@settings(max_examples=80)
@given(province(), st.randoms(use_true_random=False))
def test_clusters_are_those_of_the_slow_rule_in_any_order_of_edges(drawn: Drawn, random: Random) -> None:
    compare_with_slow_rule(drawn, random)


@pytest.mark.deep
@settings(max_examples=1_000)
@given(province(), st.randoms(use_true_random=False))
def test_clusters_are_those_of_the_slow_rule_on_many_drawn_provinces(drawn: Drawn, random: Random) -> None:
    compare_with_slow_rule(drawn, random)


def compare_with_slow_rule(drawn: Drawn, random: Random) -> None:
    """Groups, edges left out and pairs kept apart, whatever the order of the edges."""
    niks, found, apart, parted, largest = drawn
    shuffled = random.sample(found, len(found))
    frame = pd.DataFrame(shuffled, columns=list(Edge._fields))
    frame = frame.astype({"record_a": "int64", "record_b": "int64", "weight": float})
    fast = cluster(people(*niks), frame, pairs(*sorted(apart)), pairs(*sorted(parted)), largest=largest)
    by_label = pd.Series(range(1, len(niks) + 1)).groupby(fast.label)
    assert {frozenset(group.tolist()) for _, group in by_label} == slow_clusters(niks, found, apart, parted, largest)
    assert all(fast.label[a - 1] != fast.label[b - 1] for a, b in parted)
    left_out = {(e.record_a, e.record_b) for e in shuffled if fast.label[e.record_a - 1] != fast.label[e.record_b - 1]}
    assert {(shuffled[n].record_a, shuffled[n].record_b) for n in fast.cut} == left_out
    assert len(fast.held_by) == len(fast.cut)
