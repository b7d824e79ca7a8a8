"""Great Expectations is the single source of findings, and no value of a person is in what it leaves behind."""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from expectations.catalogue import entries_of
from expectations.validation import Findings, build_suite, validate, validation_of
from schemas.records import Kind
from tests.expectations.frames import BUDI, SITI, TODAY, codes_of, sent

KINDS: tuple[Kind, ...] = get_args(Kind)
BAD = [
    SITI,
    {**BUDI, "nik": "190101120785002", "workers_count": "-9"},
    {**BUDI, "nik": "", "sector": "Lain2 saja"},
    {"owner_name": "-", "nik": "-"},
]


def codes(findings: Findings, count: int) -> list[set[str]]:
    return [set(findings.rows.loc[findings.rows["position"] == position, "code"]) for position in range(count)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_suite_holds_every_check_of_its_kind_and_nothing_else(kind: Kind) -> None:
    told = {each.meta["code"] for each in build_suite(kind).expectations if each.meta}
    assert told == {entry.code for entry in entries_of(kind)}


def test_the_findings_are_those_of_the_masks_by_row() -> None:
    frame = sent(BAD)
    assert codes(validate(frame, "umkm", today=TODAY), len(BAD)) == codes_of(frame)


def test_positions_count_rows_whatever_the_index_of_the_frame() -> None:
    frame = sent(BAD)
    frame.index = pd.Index([40, 10, 30, 20])
    assert codes(validate(frame, "umkm", today=TODAY), len(BAD)) == codes_of(sent(BAD))


def test_findings_come_by_row_the_gravest_first() -> None:
    rows = validate(sent(BAD), "umkm", today=TODAY).rows
    assert list(rows.columns) == ["position", "code", "field", "severity"]
    assert rows["position"].dtype == np.int64
    assert rows["position"].is_monotonic_increasing
    last = rows[rows["position"] == 3]
    assert last["severity"].tolist() == ["reject", "hold", "info"]


def test_the_summary_counts_what_each_expectation_saw() -> None:
    summary = validate(sent(BAD), "umkm", today=TODAY).summary.set_index("code")
    assert summary.loc["NIK_MISSING", ["success", "unexpected_count", "element_count"]].tolist() == [False, 2, 4]
    assert summary.loc["NIK_LETTERS", ["success", "unexpected_count", "element_count"]].tolist() == [True, 0, 4]


def test_an_expectation_taken_out_of_the_suite_takes_its_finding_with_it() -> None:
    suite = validation_of("umkm").suite
    taken = next(each for each in suite.expectations if each.meta == {"code": "NIK_MISSING"})
    before = validate(sent(BAD), "umkm", today=TODAY)
    suite.delete_expectation(taken)
    try:
        after = validate(sent(BAD), "umkm", today=TODAY)
    finally:
        taken.id = None
        suite.add_expectation(taken)
    assert "NIK_MISSING" in set(before.rows["code"])
    assert set(before.rows["code"]) - set(after.rows["code"]) == {"NIK_MISSING"}


def test_no_value_is_in_what_great_expectations_leaves_behind() -> None:
    findings = validate(sent(BAD), "umkm", today=TODAY)
    kept = json.dumps(findings.checks)
    cells = {value for row in BAD for value in row.values() if len(value) > 4}
    assert not [cell for cell in cells if cell in kept]
    assert len(findings.checks) == len(entries_of("umkm"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_rows_has_no_findings(kind: Kind) -> None:
    findings = validate(sent([], kind), kind, today=TODAY)
    assert findings.rows.empty
    assert findings.file.empty


def test_a_list_copied_many_times_is_one_finding_of_the_file() -> None:
    findings = validate(sent([SITI, BUDI] * 15), "umkm", today=TODAY)
    assert findings.file["code"].tolist() == ["FILE_MANY_REPEATED_ROWS"]
    assert "FILE_MANY_REPEATED_ROWS" not in set(findings.rows["code"])


def test_a_file_in_which_most_niks_are_missing_says_so_once() -> None:
    findings = validate(sent([{**SITI, "nik": ""}, {**BUDI, "nik": ""}, SITI]), "umkm", today=TODAY)
    assert findings.file["code"].tolist() == ["FILE_MANY_WITHOUT_NIK"]
