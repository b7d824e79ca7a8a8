"""The resolver on FEBRL: it finds who is who without labels, as well as is promised."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.identity_febrl import Listed, across, exact_keys, features, febrl3, febrl4, ours, score, within


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


def test_names_in_each_others_column_are_one_name() -> None:
    told = febrl4()
    rows = told.records.head(2).copy()
    rows.iloc[1] = rows.iloc[0]
    rows.iloc[1, [0, 1]] = rows.iloc[0, [1, 0]].to_numpy()
    name = features(rows)["name"].to_pylist()
    assert name[0] == name[1] and len(str(name[0]).split()) == 2


@pytest.mark.deep
def test_febrl_3_is_resolved_as_promised_without_seeing_its_truth() -> None:
    told = febrl3()
    assert score(ours(told), told.truth)["f1"] >= 0.995
