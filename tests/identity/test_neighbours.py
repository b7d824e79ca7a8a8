"""What a person's row says of others is right also when only the others changed, and as a rebuild would say it (P3, P14)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tasks import store
from tasks.identity.questions.review import list_questions
from tasks.identity.steps.judge import record_judgements, undo_judgement
from tasks.identity.steps.rebuild import rebuild
from tests.identity.records import new_run, partition, work

SITI, SISTER, YOHANA = 1, 3, 5
#: two women of one day and phone whom policy asks about, and a third who has nothing to do with either
ROWS: list[dict[str, Any]] = [
    {"record_id": SITI, "owner_name": "Siti Aminah", "nik": "9202126101800001", "birth_date": "1980-01-21", "sex": "female",
     "phone": "+6281234567890", "kk_number": "9202121203150001"},
    {"record_id": SISTER, "owner_name": "Siti Aminatun", "nik": "9202126101800002", "birth_date": "1980-01-21", "sex": "female",
     "phone": "+6281234567890", "kk_number": "9202121203150077"},
    {"record_id": YOHANA, "owner_name": "Yohana Kambu", "birth_date": "1971-03-04", "sex": "female"},
]  # fmt: skip


def say(one: int, other: int, verdict: str) -> int:
    """An officer's word, and the night that applies it."""
    (judgement,) = record_judgements([(one, other)], verdict, reason="card seen", judged_by="officer")
    work([])
    return judgement


def take_back(judgement: int) -> None:
    undo_judgement(judgement, undone_by="head", reason="another card")
    work([])


def in_review() -> set[int]:
    """The records whose persons wait for an answer."""
    sql = """
    SELECT m.record_id FROM gold.person p JOIN identity.membership m ON m.unit_id = p.person_id AND m.to_run IS NULL
     WHERE p.to_run IS NULL AND p.is_in_review"""
    return set(store.query(sql)["record_id"])


def is_as_rebuilt() -> bool:
    return rebuild(new_run(), "to compare", lambda event: None)["differ"] == 0


def test_who_was_asked_about_waits_no_more_when_the_other_joins_one_who_was_told_apart(warehouse: sa.Engine) -> None:
    work(ROWS)
    assert in_review() == {SITI, SISTER}
    say(SISTER, YOHANA, "different")
    assert in_review() == {SITI, SISTER}, "that says nothing of the two"
    say(SITI, YOHANA, "same")
    assert partition("person") == [{SITI, YOHANA}, {SISTER}] and list_questions()["count"] == 0
    assert in_review() == set() and is_as_rebuilt()


def test_who_was_told_apart_waits_again_when_that_record_leaves_the_other(warehouse: sa.Engine) -> None:
    work(ROWS)
    same = say(SITI, YOHANA, "same")
    say(SISTER, YOHANA, "different")
    assert in_review() == set()
    take_back(same)
    assert list_questions()["count"] == 1
    assert in_review() == {SITI, SISTER} and is_as_rebuilt()


def test_who_has_another_question_open_goes_on_waiting(warehouse: sa.Engine) -> None:
    third = {**ROWS[1], "record_id": 7, "owner_name": "Siti Aminarti", "nik": "9202126101800003"}
    work([*ROWS, third])
    assert in_review() == {SITI, SISTER, 7}
    say(SISTER, YOHANA, "different")
    say(SITI, YOHANA, "same")
    assert in_review() == {SITI, YOHANA, SISTER, 7} and is_as_rebuilt()


@pytest.mark.parametrize("leaving", [SITI, SISTER])
def test_who_stays_on_a_family_card_is_of_its_household_when_another_leaves_it(
    leaving: int, warehouse: sa.Engine
) -> None:
    rows = [row | {"kk_number": "9202121203150001"} for row in ROWS]
    work(rows)
    assert partition("household") == [{SITI, SISTER, YOHANA}]
    work([row | {"kk_number": "9202121203150088"} for row in rows if row["record_id"] == leaving])
    (stay,) = (each for each in partition("household") if leaving not in each)
    sql = """
    SELECT p.household_id = m.unit_id AS is_theirs FROM gold.person p
      JOIN identity.membership o ON o.unit_id = p.person_id AND o.to_run IS NULL
      JOIN identity.membership m ON m.record_id = o.record_id AND m.unit_kind = 'household' AND m.to_run IS NULL
     WHERE p.to_run IS NULL AND o.record_id = ANY(:stay)"""
    assert store.query(sql, stay=list(stay))["is_theirs"].tolist() == [True, True]
    assert is_as_rebuilt()
