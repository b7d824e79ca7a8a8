"""What a share of pairs may be: a table an officer can read, and what must hold of every interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.quality.intervals import Cell, Share, recall, share

MANY = 1_000_000


@pytest.mark.parametrize(
    ("right", "wrong", "low", "high"),
    [
        (0, 0, 0.0, 1.0),  # nobody judged: nothing is known
        (3, 0, 0.292, 1.0),  # three labels without an error are no hundred per cent
        (30, 0, 0.884, 1.0),
        (300, 0, 0.9878, 1.0),
        (299, 1, 0.9816, 0.9999),
        (95, 5, 0.887, 0.984),
        (0, 10, 0.0, 0.308),
    ],
)
def test_what_so_many_labels_say_of_a_million_pairs(right: int, wrong: int, low: float, high: float) -> None:
    found = share([Cell(MANY, right, wrong)])
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def test_unsure_answers_count_for_both_sides() -> None:
    sure, unsure = share([Cell(MANY, 50, 0)]), share([Cell(MANY, 50, 0, unsure=10)])
    assert unsure.point == sure.point == 1.0
    assert unsure.low < sure.low and unsure.unsure == 10
    assert unsure.low == pytest.approx(share([Cell(MANY, 50, 10)]).low)


def test_a_stratum_of_which_every_pair_was_judged_adds_no_doubt() -> None:
    found = share([Cell(40, 38, 2)])
    assert found.low == found.high == found.point == 0.95


def test_a_stratum_that_nobody_looked_at_may_be_all_right_or_all_wrong() -> None:
    found = share([Cell(900, 900, 0), Cell(100)])
    assert (found.low, found.point, found.high, found.unseen) == (0.9, 1.0, 1.0, 100)


def test_a_large_stratum_weighs_as_much_as_it_holds() -> None:
    found = share([Cell(9_900, 99, 0), Cell(100, 5, 5)])
    assert found.point == pytest.approx(0.995)
    assert found.low < 0.97, "a hundred labels of the large stratum cannot say more"


@pytest.mark.parametrize(
    ("found", "missed", "low", "high"),
    [
        ((1000, 100, 0), (0, 0, 0), 0.95, 1.0),
        ((1000, 1000, 0), (1000, 0, 1000), 1.0, 1.0),
        ((1000, 1000, 0), (1000, 100, 900), 10 / 11, 10 / 11),
        ((1000, 100, 0), (100_000, 0, 10), 0.03, 1.0),  # ten labels of a hundred thousand pairs say little
    ],
)
def test_recall_knows_what_was_missed(found: tuple[int, ...], missed: tuple[int, ...], low: float, high: float) -> None:
    told = recall(share([Cell(*found)]), share([Cell(*missed)]))
    assert (told[0], told[2]) == (pytest.approx(low, abs=0.06), pytest.approx(high))


def test_where_no_pair_is_one_person_there_is_no_recall() -> None:
    assert recall(share([]), share([Cell(10, 0, 10)])) == (None, None, None)


labels = st.integers(0, 60)
cells = st.builds(
    lambda right, wrong, unsure, rest: Cell(right + wrong + unsure + rest, right, wrong, unsure),
    labels,
    labels,
    st.integers(0, 5),
    st.integers(0, 5_000),
)


@given(st.lists(cells, max_size=6))
def test_limits_are_shares_around_the_estimate(strata: list[Cell]) -> None:
    found = share(strata)
    assert 0 <= found.low <= found.high <= 1
    assert found.point is None or found.low <= found.point <= found.high


@given(st.lists(cells, min_size=1, max_size=6), st.integers(0, 5))
def test_an_error_less_never_lowers_a_limit(strata: list[Cell], place: int) -> None:
    place %= len(strata)
    cell = strata[place]
    if not cell.wrong:
        return
    better = [*strata]
    better[place] = Cell(cell.size, cell.right + 1, cell.wrong - 1, cell.unsure)
    before, after = share(strata), share(better)
    assert after.low >= before.low - 1e-9 and after.high >= before.high - 1e-9


@given(st.integers(1, 40), st.integers(0, 40), st.integers(2, 5))
def test_fewer_labels_of_the_same_tenor_say_less(right: int, wrong: int, times: int) -> None:
    few, more = share([Cell(MANY, right, wrong)]), share([Cell(MANY, right * times, wrong * times)])
    assert _width(few) > _width(more)


@given(st.lists(cells, min_size=1, max_size=6))
def test_a_surer_interval_is_wider(strata: list[Cell]) -> None:
    assert _width(share(strata, 0.99)) >= _width(share(strata, 0.9)) - 1e-9


def _width(found: Share) -> float:
    return found.high - found.low


@pytest.mark.parametrize(
    "strata",  # (pairs, true share of right ones, labels)
    [
        [(10_000, 0.999, 120), (300, 0.9, 40), (20, 0.5, 10)],
        [(5_000, 0.97, 60), (5_000, 0.999, 30), (1_000, 0.8, 30), (40, 1.0, 5)],
        [(400, 0.95, 200), (100, 0.6, 90)],
        [(50_000, 0.002, 80), (500, 0.4, 60)],
    ],
)
def test_limits_hold_the_truth_in_nineteen_of_twenty_samples(strata: list[tuple[int, float, int]]) -> None:
    draws = np.random.default_rng(11)
    held = 0
    for _ in range(400):
        cells, right = [], 0
        for size, rate, labels in strata:
            good = round(size * rate)
            seen = int(draws.hypergeometric(good, size - good, labels))
            cells.append(Cell(size, seen, labels - seen))
            right += good
        found = share(cells)
        held += found.low <= right / sum(size for size, _, _ in strata) <= found.high
    assert held >= 0.95 * 400
