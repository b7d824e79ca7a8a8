"""Judgements on a real warehouse: written down, applied by the next consolidation, taken back, never lost."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from schemas.errors import Refused, UsageError
from tasks import store
from tasks.identity.judgements import Word
from tasks.identity.steps.judge import Decision, record_decisions, record_judgements, undo_judgement
from tasks.identity.steps.rebuild import rebuild
from tests.identity.records import new_run, partition, work
from tests.identity.test_consolidation import PEOPLE, ROWS

pytestmark = pytest.mark.usefixtures("known_province")


def judge(verdict: str, *pairs: tuple[int, int]) -> list[int]:
    return record_judgements(pairs, verdict, reason="seen", judged_by="officer")


def consolidated() -> list[set[int]]:
    consolidate(new_run(), lambda event: None)
    return partition("person")


def changed(record: int, **values: Any) -> None:
    """The office sends the record again with other values."""
    row = next(row for row in ROWS if row["record_id"] == record)
    work([row | values])


def test_different_parts_what_the_machine_joined_and_its_undoing_joins_it_again() -> None:
    ids = judge("different", (2, 1), (2, 4))
    assert consolidated() == [{1, 4}, {2}, {3, 7}, {5}, {6}]
    for judgement in ids:
        undo_judgement(judgement, undone_by="head", reason="seen the card")
    assert consolidated() == PEOPLE


def test_same_joins_twins_and_what_their_niks_hold_with_them() -> None:
    judge("same", (1, 5))
    assert consolidated() == [{1, 2, 4, 5}, {3, 7}, {6}]


def test_unsure_joins_nobody() -> None:
    judge("unsure", (1, 5))
    assert consolidated() == PEOPLE


def test_a_judgement_stays_when_its_records_change() -> None:
    judge("different", (1, 2), (2, 4))
    consolidated()
    changed(2, phone="+6281200000001")
    assert {2} in partition("person")


def test_a_stale_judgement_may_be_said_anew_and_its_history_stays() -> None:
    (first,) = judge("same", (1, 5))
    changed(5, phone="+6281200000001")
    (second,) = judge("different", (1, 5))
    rows = store.query("SELECT judgement_id, undone_by FROM identity.judgement ORDER BY judgement_id")
    assert rows["judgement_id"].tolist() == [first, second] and rows["undone_by"][0] == "officer"
    assert consolidated() == PEOPLE


def test_a_word_that_may_not_be_said_is_a_named_error_and_writes_nothing() -> None:
    judge("same", (1, 5))
    cases: list[tuple[type[Exception], str, tuple[tuple[int, int], ...]]] = [
        (UsageError, "same", ((3, 3),)),
        (UsageError, "same", ((3, 99),)),
        (UsageError, "same", ((3, 8),)),  # a cooperative that names no chair
        (UsageError, "perhaps", ((3, 6),)),
        (Refused, "different", ((3, 6), (1, 5))),
    ]
    for error, verdict, pairs in cases:
        with pytest.raises(error):
            judge(verdict, *pairs)
    assert len(store.query("SELECT judgement_id FROM identity.judgement")) == 1


def test_a_cycle_of_judgements_is_refused_where_it_closes() -> None:
    judge("same", (1, 5), (5, 3))
    with pytest.raises(Refused, match="cannot be different"):
        judge("different", (1, 3))


def test_a_cycle_that_came_from_elsewhere_keeps_apart_whom_a_person_parted() -> None:
    with store.transaction() as connection:
        for a, b, verdict in ((1, 3, "different"), (1, 6, "same"), (3, 6, "same")):
            connection.execute(sa.text(
                "INSERT INTO identity.judgement (record_a, record_b, verdict, reason, judged_by, match_hash_a, match_hash_b)"
                " VALUES (:a, :b, :verdict, 'seen', 'officer', 0, 0)"), {"a": a, "b": b, "verdict": verdict})  # fmt: skip
        connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (6, 1)"))
    assert consolidated() == [{1, 2, 4, 6}, {3, 7}, {5}]


def test_a_judgement_about_a_vanished_record_is_refused_and_one_made_before_rests() -> None:
    judge("same", (1, 5))
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE source.record_version SET to_run = 1 WHERE record_id = 5"))
        connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (5, 1)"))
    assert consolidated() == [{1, 2, 4}, {3, 7}, {6}]
    with pytest.raises(Refused, match="no current row"):
        judge("different", (5, 6))


def test_an_undone_judgement_cannot_be_undone_again() -> None:
    (judgement,) = judge("same", (1, 5))
    undo_judgement(judgement, undone_by="head", reason="seen the card")
    with pytest.raises(Refused):
        undo_judgement(judgement, undone_by="head", reason="seen the card")
    with pytest.raises(UsageError):
        undo_judgement(99, undone_by="head", reason="seen the card")


def test_of_a_list_what_may_be_recorded_is_recorded_and_the_rest_told() -> None:
    lines = [Word(1, 5, "same"), Word(3, 8, "same"), Word(1, 5, "different"), Word(3, 6, "unsure")]
    told = record_decisions([Decision(word, "seen") for word in lines], judged_by="officer")
    assert [each.objection and each.objection.code for each in told] == [None, "NO_PERSON", "ALREADY_JUDGED", None]
    assert len(store.query("SELECT judgement_id FROM identity.judgement")) == 2


@pytest.mark.deep
def test_judgements_outlive_a_rebuild_of_all_that_is_derived() -> None:
    judge("same", (1, 5))
    judge("different", (3, 7))
    before = consolidated()
    assert before == [{1, 2, 4, 5}, {3}, {6}, {7}]
    rebuild(new_run(), "test", lambda event: None)
    assert partition("person") == before


@pytest.mark.deep
def test_judgements_outlive_a_model_that_thinks_otherwise() -> None:
    judge("same", (1, 5))
    judge("different", (3, 7))
    before = consolidated()
    with store.transaction() as connection:
        connection.execute(sa.text(
            "UPDATE identity.edge SET clause = 'NAME_AND_BIRTH', tier = 'model', weight = 90,"
            " verdict = CASE WHEN 5 IN (record_a, record_b) THEN 'apart' ELSE 'merge' END"
        ))  # fmt: skip
        connection.execute(
            sa.text("INSERT INTO source.change (record_id, run_id) SELECT record_id, 1 FROM source.logical_record")
        )
    after = consolidated()
    assert any({1, 5} <= person for person in after) and not any({3, 7} <= person for person in after)
    assert {3} in before
