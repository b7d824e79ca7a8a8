"""What a list says, and what does not publish by itself, while persons on it are known too badly."""

from __future__ import annotations

import pytest

from schemas.settings import settings
from tasks.aid import questions
from tasks.aid.steps import approve, lock, publish, publish_standing, stand
from tests.aid.population import FIRST, LIST, PREPARER, SECOND, TODAY, judge_a_sample, rows


def warned() -> bool:
    (row,) = questions.lists()
    return row["warning"] is not None


@pytest.mark.parametrize(
    ("same", "different", "is_warned"),
    [(0, 0, False), (3, 0, False), (400, 2, False), (98, 2, True), (2, 1, True)],
)
def test_a_draft_carries_a_warning_when_the_estimate_is_under_the_bound(
    draft: int, same: int, different: int, is_warned: bool
) -> None:
    judge_a_sample(same, different)
    assert warned() is is_warned


def test_without_a_sample_there_is_no_warning(draft: int) -> None:
    assert not warned()


def test_the_bound_is_a_setting(draft: int, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_a_sample(98, 2)
    monkeypatch.setenv("SINERGI_MIN_PRECISION", "0.9")
    settings.cache_clear()
    assert not warned()
    settings.cache_clear()


def test_a_standing_approval_is_held_back_and_says_why(draft: int) -> None:
    for officer in (FIRST, SECOND):
        stand("bpum_2020", "2020-1", officer, TODAY)
    judge_a_sample(98, 2)
    result = publish_standing(draft, TODAY)
    assert result["published"] == [] and "98 % of pairs" in result["refused"][LIST]
    assert questions.lists()[0]["state"] == "draft"


def test_people_may_still_approve_and_what_they_were_told_is_kept(draft: int) -> None:
    judge_a_sample(98, 2)
    lock(LIST, PREPARER)
    assert warned()
    for officer in (FIRST, SECOND):
        approve(LIST, officer)
    told = [reason for (reason,) in rows("SELECT reason FROM audit.event WHERE action = 'aid.approve'")]
    assert len(told) == 2 and all("under the bound of 99 %" in reason for reason in told)
    assert publish(LIST, FIRST, draft)["state"] == "published"
    assert not warned(), "a published list is a fact"
