"""What an engineer is told of a submission: findings by check, column and cell, and what to do next."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.intake.inspection import by_column, by_expectation, count_checks, find_findings, next_steps

NIK = "1901011205800001"


def example(**told: Any) -> dict[str, Any]:
    """One example of a finding, as the warehouse tells it."""
    return {
        "code": "NIK_NOT_16_DIGITS", "field": "nik", "severity": "hold", "sheet_no": 1, "sheet": "umkm", "column_no": 1, "heading": "NIK",
        "row": 17, "count": 1, "written": NIK[:-2],
    } | told  # fmt: skip


PHONE = {
    "code": "PHONE_MISSING",
    "field": "phone",
    "severity": "info",
    "column_no": 6,
    "heading": "No. HP",
    "written": "",
}


def test_an_example_is_a_cell_and_what_is_written_there_masked() -> None:
    (finding,) = find_findings([example(row=17), example(row=40)], show_values=False)
    assert finding["cells"] == ["B17", "B40"]
    assert finding["examples"] == ["1901********00"] * 2
    (shown,) = find_findings([example()], show_values=True)
    assert shown["examples"] == [NIK[:-2]]


def test_a_blank_cell_is_named_by_its_row() -> None:
    (finding,) = find_findings([example(**PHONE, row=3, count=8)], show_values=False)
    assert (finding["rows"], finding["cells"], finding["count"]) == ([3], [], 8)


def test_checks_stand_by_gravity_with_their_expectation_and_words() -> None:
    found = find_findings(
        [example(**PHONE, count=80), example(), example(sheet_no=2, sheet="dua", count=4)], show_values=False
    )
    first, last = by_expectation(found)
    assert (first["code"], first["count"], first["expectation"]) == (
        "NIK_NOT_16_DIGITS",
        5,
        "expect_rows_to_pass_check",
    )
    assert first["says"] == "A NIK has 16 digits."
    assert last["code"] == "PHONE_MISSING"
    assert [line["count"] for line in by_column(found)] == [80, 4, 1]
    assert count_checks("umkm", found)["failed"] == 2


def test_a_check_that_is_no_more_is_still_told() -> None:
    (line,) = by_expectation(find_findings([example(code="GONE")], show_values=False))
    assert (line["says"], line["rule"]) == ("no check of today's catalogue", None)


def line(**told: Any) -> dict[str, Any]:
    known = {"submission_id": "ab12", "state": "answered"}
    return known | dict.fromkeys(["reason_code", "same_as", "workbook", "corrects"]) | told


@pytest.mark.parametrize(
    ("told", "rules_are_todays", "says"),
    [
        (line(state="received"), True, ["sinergi run"]),
        (line(state="same_bytes", same_as="cd34"), True, ["show cd34"]),
        (line(state="waiting", reason_code="NO_HEADING"), True, ["map ab12"]),
        (line(state="waiting", reason_code="TOO_FEW_ROWS"), True, ["sidecar"]),
        (line(state="refused", reason_code="EMPTY_FILE"), True, ["receipt"]),
        (line(workbook="x.xlsx"), True, ["workbook"]),
        (line(workbook="x.xlsx"), False, ["workbook", "rerun ab12 --dry-run"]),
        (line(corrects="cd34"), False, ["show cd34"]),
        (line(), True, []),
    ],
)
def test_what_can_be_done_next_names_the_command(told: dict[str, Any], rules_are_todays: bool, says: list[str]) -> None:
    steps = next_steps(told, rules_are_todays=rules_are_todays)
    assert len(steps) == len(says)
    for step, words in zip(steps, says, strict=True):
        assert words in step
