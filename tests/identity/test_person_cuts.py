"""Which records are the two cores of a person that is two, and which nobody may claim: tables of small persons."""

from __future__ import annotations

import pandas as pd
import pytest

from tasks.identity.cuts import Cut, outcome, part_cores, take_out

#: who holds whom in a person of two, as pairs with their weights
CHAIN = [(1, 2, 40), (2, 3, 25), (3, 4, 41)]
#: 5 is held by both, as strongly by the one as by the other
BRIDGED = [(1, 2, 40), (3, 4, 41), (2, 5, 30), (3, 5, 30)]


def person(pairs: list[tuple[int, int, float]], *judged: tuple[int, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    lines = [(a, b, "model", weight, "NAME_AND_BIRTH") for a, b, weight in pairs]
    lines += [(a, b, "judged", None, "JUDGED_SAME") for a, b in judged]
    records = sorted({record for a, b, *_ in lines for record in (a, b)})
    edges = pd.DataFrame(lines, columns=["record_a", "record_b", "tier", "weight", "clause"])
    return pd.DataFrame({"record_id": records, "nik": [None] * len(records)}), edges.astype({"weight": float})


def told(cut: Cut) -> tuple[list[int], list[int], list[int]]:
    return sorted(cut.one), sorted(cut.other), sorted(cut.bridges)


TAKEN = [
    ("one of a chain's ends", CHAIN, {4}, ([1, 2, 3], [4], [])),
    ("half of a chain", CHAIN, {3, 4}, ([1, 2], [3, 4], [])),
    ("the middle: what hung on it alone is nobody's", CHAIN, {3}, ([1, 2], [3], [4])),
    ("of equal parts the one with the smallest record stays", [(1, 2, 30), (2, 3, 30)], {2}, ([1], [2], [3])),
]


@pytest.mark.parametrize(("case", "pairs", "named", "expected"), TAKEN, ids=[case[0] for case in TAKEN])
def test_named_records_are_taken_out(
    case: str, pairs: list[tuple[int, int, float]], named: set[int], expected: tuple[list[int], list[int], list[int]]
) -> None:
    records, edges = person(pairs)
    assert told(take_out(records, edges, named)) == expected


CORES = [
    ("two rows", [(1, 2, 30)], (1, 2), ([1], [2], [])),
    ("a row that both would have goes to review", BRIDGED, (1, 4), ([1, 2], [4], [3, 5])),
    (
        "what hangs on a bridge goes with it",
        [(1, 2, 30), (1, 3, 20), (2, 3, 20), (3, 4, 40)],
        (1, 2),
        ([1], [2], [3, 4]),
    ),
    ("what one side alone holds stays with it", [(1, 2, 30), (1, 3, 40), (2, 4, 40)], (1, 2), ([1, 3], [2, 4], [])),
]


@pytest.mark.parametrize(("case", "pairs", "cores", "expected"), CORES, ids=[case[0] for case in CORES])
def test_cores_are_parted_and_what_would_bridge_them_goes_to_review(
    case: str,
    pairs: list[tuple[int, int, float]],
    cores: tuple[int, int],
    expected: tuple[list[int], list[int], list[int]],
) -> None:
    records, edges = person(pairs)
    cut = part_cores(records, edges, *cores)
    assert told(cut) == expected
    label = outcome(records, edges, cut)
    assert not {label[a] for a in cut.one} & {label[b] for b in cut.other | cut.bridges}


def test_a_row_that_people_said_is_the_ones_goes_with_the_one() -> None:
    records, edges = person([(1, 2, 30), (2, 3, 30)], (1, 3))
    assert told(part_cores(records, edges, 1, 2)) == ([1, 3], [2], [])
