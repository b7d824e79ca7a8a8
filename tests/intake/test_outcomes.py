"""From findings to the one outcome of each row."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.intake.outcomes import count_outcomes, decide_outcomes

COLUMNS = ["sheet_no", "row", "code", "severity"]


def decided(contents: list[int | None], findings: list[tuple[int, int, str, str]]) -> pd.DataFrame:
    """Rows of one sheet from row 1; a content of None is no data."""
    rows = pd.DataFrame(
        {
            "sheet_no": 1,
            "row": range(1, len(contents) + 1),
            "data_row": pd.array([None if each is None else 1 for each in contents], dtype="Int32"),
            "content_hash": [each or 0 for each in contents],
        }
    )
    return decide_outcomes(rows, pd.DataFrame(findings, columns=COLUMNS))


@pytest.mark.parametrize(
    ("severity", "outcome", "hold"),
    [
        ("reject", "quarantined", None),
        ("hold", "accepted_with_findings", "CODE"),
        ("warn", "accepted_with_findings", None),
        ("info", "accepted", None),
    ],
)
def test_the_gravest_finding_decides(severity: str, outcome: str, hold: str | None) -> None:
    line = decided([7], [(1, 1, "CODE", severity), (1, 1, "OTHER", "info")]).iloc[0]
    assert (line["outcome"], None if pd.isna(line["aid_hold"]) else line["aid_hold"]) == (outcome, hold)


def test_holds_are_joined_in_alphabetical_order() -> None:
    assert decided([7], [(1, 1, "B", "hold"), (1, 1, "A", "hold"), (1, 1, "C", "warn")])["aid_hold"].tolist() == ["A|B"]


def test_a_duplicate_points_to_the_first_row_that_was_taken() -> None:
    found = decided([7, 7, 8, 7], [(1, 1, "BAD", "reject")])
    assert found["outcome"].tolist() == ["quarantined", "accepted", "accepted", "duplicate"]
    assert found["duplicate_of_row"].iloc[3] == 2


def test_a_finding_of_the_whole_file_touches_no_row() -> None:
    assert decided([7], [(1, 0, "FILE", "warn")])["outcome"].tolist() == ["accepted"]


@given(
    contents=st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=20),
    findings=st.lists(
        st.tuples(
            st.just(1), st.integers(0, 21), st.sampled_from("ABC"), st.sampled_from(["reject", "hold", "warn", "info"])
        ),
        max_size=20,
    ),
)
def test_every_row_has_one_outcome_and_no_content_is_taken_twice(
    contents: list[int | None], findings: list[tuple[int, int, str, str]]
) -> None:
    found = decided(contents, findings)
    assert sum(count_outcomes(found["outcome"]).values()) == len(contents)
    taken = [content for content, word in zip(contents, found["outcome"], strict=True) if word.startswith("accepted")]
    assert len(taken) == len(set(taken))
    assert (found["outcome"] == "not_data").tolist() == [content is None for content in contents]
    assert found["duplicate_of_row"].notna().tolist() == (found["outcome"] == "duplicate").tolist()
