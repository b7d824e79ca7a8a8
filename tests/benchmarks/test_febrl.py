"""The resolver on FEBRL: it finds who is who without labels, as well as is promised."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from benchmarks.identity_febrl import FEBRL, Listed, across, exact_keys, features, febrl3, febrl4, ours, score, within
from tasks.identity.blocking import find_pairs


def listed(rows: list[dict[str, str]], files: list[int]) -> Listed:
    """A data set of a few records."""
    columns = ("given_name", "surname", "date_of_birth", "soc_sec_id")
    return Listed("few", pd.DataFrame(rows, columns=columns), pd.Series(files), {(0, 1)}, is_link=len(set(files)) > 1)


ANN = {"given_name": "ann", "surname": "lee", "date_of_birth": "19600102", "soc_sec_id": "1234567"}


def test_scores_are_counted_over_pairs() -> None:
    assert score({(0, 1), (2, 3)}, {(0, 1), (4, 5)}) == {"precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_one_label_is_every_pair_of_its_records() -> None:
    assert within(pd.Series([7, 7, 7, 8])) == {(0, 1), (0, 2), (1, 2)}


def test_a_link_makes_no_two_records_of_one_file_one() -> None:
    assert across(listed([ANN, ANN, ANN], [0, 0, 1]), {(0, 1), (0, 2)}) == {(0, 2)}


def test_exact_keys_need_one_number_or_both_names_and_the_birth_date() -> None:
    rows = [
        ANN,
        ANN | {"soc_sec_id": "7654321"},
        ANN | {"given_name": "anne", "surname": "li"},
        ANN | {"date_of_birth": "", "soc_sec_id": "9"},
    ]
    assert exact_keys(listed(rows, [0] * 4)) == {(0, 1), (0, 2)}


@pytest.fixture(scope="module")
def linked() -> Listed:
    return febrl4()


def test_names_in_each_others_column_are_one_name(linked: Listed) -> None:
    rows = linked.records.head(2).copy()
    rows.iloc[1] = rows.iloc[0]
    rows.iloc[1, [0, 1]] = rows.iloc[0, [1, 0]].to_numpy()
    name = features(rows)["name"].to_pylist()
    assert name[0] == name[1] and len(str(name[0]).split()) == 2


def test_febrl_4_is_a_link_of_two_files_in_which_everybody_stands_once(linked: Listed) -> None:
    assert linked.is_link and linked.file.value_counts().to_dict() == {0: 5_000, 1: 5_000}
    assert len(linked.truth) == 5_000 and across(linked, linked.truth) == linked.truth
    assert len({record for pair in linked.truth for record in pair}) == 10_000


def test_exact_keys_find_of_febrl_4_what_is_published(linked: Listed) -> None:
    found = score(exact_keys(linked), linked.truth)
    assert {name: round(value, 4) for name, value in found.items()} == {"precision": 1, "recall": 0.9534, "f1": 0.9761}


def test_blocking_looks_at_the_pairs_of_febrl_4_and_at_few_others(linked: Listed) -> None:
    compared = features(linked.records)
    pairs, _ = find_pairs(compared.select(FEBRL.linked_columns), compared["record_id"].combine_chunks(), FEBRL)
    looked_at = set(zip(pairs["record_a"].to_pylist(), pairs["record_b"].to_pylist(), strict=True))
    assert len(linked.truth & looked_at) >= 0.999 * len(linked.truth)
    assert len(looked_at) <= 20 * len(linked.records)


@pytest.mark.deep
@pytest.mark.more
@pytest.mark.parametrize("listed", [febrl3, febrl4])
def test_febrl_is_resolved_as_promised_without_seeing_its_truth(listed: Callable[[], Listed]) -> None:
    told = listed()
    found = ours(told)
    assert score(found, told.truth)["f1"] >= 0.995 and across(told, found) == found
