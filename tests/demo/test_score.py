"""The score of who is who: counted from group sizes, it says what counting every pair says."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from benchmarks.score_identity import join, score, wrongly_merged_kin


def rows_of(*pairs: tuple[str, str]) -> pd.DataFrame:
    """Rows with (true person, found person)."""
    return pd.DataFrame(pairs, columns=["true_person_id", "person_id"])


def by_every_pair(rows: pd.DataFrame) -> tuple[int, int, int]:
    """The slow oracle: true, found and right pairs, one by one."""
    pairs = list(itertools.combinations(rows.itertuples(index=False), 2))
    true = [a.true_person_id == b.true_person_id for a, b in pairs]
    found = [a.person_id == b.person_id for a, b in pairs]
    return sum(true), sum(found), sum(t and f for t, f in zip(true, found, strict=True))


@pytest.mark.parametrize(
    "rows",
    [
        rows_of(("a", "1"), ("a", "1"), ("b", "2")),
        rows_of(("a", "1"), ("a", "2"), ("b", "2"), ("b", "2"), ("c", "2")),
        rows_of(("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")),
        rows_of(("a", "1"), ("b", "2")),
    ],
)
def test_counting_groups_is_counting_pairs(rows: pd.DataFrame) -> None:
    true, found, right = by_every_pair(rows)
    result = score(rows, "person")
    assert (result["true_pairs"], result["found_pairs"], result["false_pairs"]) == (true, found, found - right)


def test_a_row_without_an_id_is_told_apart() -> None:
    result = score(rows_of(("a", "1"), ("a", "1"), ("a", "")), "person")
    assert (result["rows"], result["rows_without_id"], result["recall"]) == (2, 1, 1.0)
    assert result["recall_of_all_rows"] == pytest.approx(1 / 3, abs=1e-4)


def test_twins_under_one_id_are_counted() -> None:
    rows = rows_of(("a", "1"), ("b", "1"), ("c", "2"), ("d", "3"))
    rows["tie"], rows["kin_person_id"] = ["", "twin", "", "twin"], ["", "a", "", "c"]
    counts = wrongly_merged_kin(rows)
    assert (counts["twin_pairs"], counts["twin_pairs_merged"]) == (2, 1)


def test_rows_are_joined_by_file_and_data_row() -> None:
    truth = pd.DataFrame({"file": ["x", "x"], "data_row": ["1", "2"], "true_person_id": ["a", "b"]})
    found = pd.DataFrame(
        {"file": ["x"], "data_row": ["2"], "person_id": ["P"], "business_id": ["B"], "is_current": ["t"]}
    )
    assert list(join(truth, found)["person_id"]) == ["", "P"]
