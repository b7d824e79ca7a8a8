"""Clusters against a slow oracle, and the bridges that may not join two people."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tasks.identity.clusters import cluster, connect


def people(*niks: str | None) -> pd.DataFrame:
    return pd.DataFrame({"record_id": range(1, len(niks) + 1), "nik": pd.Series(niks, dtype=object)})


def edges(*rows: tuple[int, int, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["record_a", "record_b", "weight", "clause"])
    return frame.assign(tier="model")


NOBODY = pd.DataFrame({"record_a": pd.Series(dtype="int64"), "record_b": pd.Series(dtype="int64")})


@given(st.integers(1, 12), st.data())
def test_components_are_those_of_a_slow_search(count: int, data: st.DataObject) -> None:
    number = st.integers(0, count - 1)
    pairs = data.draw(st.lists(st.tuples(number, number), max_size=20))
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    expected = list(range(count))
    for _ in range(count):
        for a, b in pairs:
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
