"""Persons that are parted or corrected while an award is under way: nobody's NIK is paid twice, and conflicts stand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from flows.unmerge import part
from schemas.errors import Refused
from tasks.aid import questions
from tasks.aid.steps import build_drafts, open_conflicts, publish, verify, withdraw
from tests.aid.population import FIRST, LIST, PREPARER, add_officers, decisions, execute, prepare, rows
from tests.identity.records import load, new_run, partition, work
from tests.identity.test_person_unmerge import MISTAKEN, NEXT, ROWS, award, night, person_of

TODAY = date(2026, 11, 22)
AGAIN = "bpum_2020.2020-1.1.v2"
NIK = "9202126101800001"
#: one woman in two lists, of which the second says her NIK
FIRST_LIST: dict[str, Any] = {
    "record_id": 1, "owner_name": "Siti Aminah", "birth_date": "1980-01-21", "sex": "female", "phone": "+6281234567890",
    "business_name": "Kue Mawar", "sector": "culinary", "size_class": "micro", "kk_number": "9202121203150001",
    "residence_regency_code": "92.02",
}  # fmt: skip
SECOND_LIST = {**FIRST_LIST, "record_id": 2, "sender": "92.03", "nik": NIK}
SENT = """
SELECT d.unit_id FROM aid.decision d JOIN aid.list l USING (list_id)
 WHERE l.state = 'published' AND d.decision = 'in' AND d.facts -> 'nik' ->> 0 = :nik"""


@pytest.fixture
def one(warehouse: sa.Engine) -> str:
    """One person of both lists; the id."""
    work([FIRST_LIST, SECOND_LIST])
    assert partition("person") == [{1, 2}]
    return person_of(1)


def test_a_person_parted_after_the_lock_is_not_paid_under_the_number_of_the_other(one: str) -> None:
    build_drafts(new_run())
    add_officers()
    prepare()
    part(one, TODAY, records=[2], cores=None, reason="two cards", judged_by="sari")
    night()
    other = person_of(2)
    assert person_of(1) == one != other
    with pytest.raises(Refused, match=one):
        publish(LIST, FIRST, new_run())
    withdraw(LIST, PREPARER, "two persons")
    night()
    prepare(AGAIN)
    publish(AGAIN, FIRST, new_run())
    assert rows(SENT, nik=NIK) == [(other,)] and decisions(AGAIN)[one] == ("waiting", "NO_VALID_NIK")


def test_a_correction_that_makes_two_of_one_who_was_aided_pays_neither_again(one: str) -> None:
    award()
    work([{**FIRST_LIST, "nik": "9202124503710005", "birth_date": "1971-03-05"}])
    night()
    assert partition("person") == [{1}, {2}]
    assert {decisions(NEXT)[person_of(record)] for record in (1, 2)} == {("out", "ALREADY_AIDED_HERE")}
    assert rows(SENT, nik=NIK) == [(one,)] and verify(LIST).is_sound


def test_a_conflict_stays_open_though_the_run_that_parts_them_began_before_the_award(warehouse: sa.Engine) -> None:
    work(ROWS)
    work(MISTAKEN)
    build_drafts(new_run())
    add_officers()
    prepare()
    early = new_run()  # it still reads its file, while an officer publishes and another parts
    publish(LIST, FIRST)
    told = part(person_of(1), TODAY, records=[3, 4], cores=None, reason="two cards", judged_by="sari")
    assert told["conflicts"] == 1
    consolidate(early, lambda event: None)
    assert partition("person") == [{1, 2}, {3, 4}]
    assert open_conflicts(early) == 0 and len(questions.conflicts()) == 1, "it was one person when the award was made"
    sql = "SELECT run_id FROM audit.run WHERE counts ->> 'continues' = :early"
    assert rows("SELECT max(to_run) FROM identity.membership") == rows(sql, early=str(early))


def test_an_award_made_before_two_persons_became_one_is_no_conflict_when_they_are_parted(warehouse: sa.Engine) -> None:
    work(ROWS)
    execute("UPDATE gold.person SET is_in_review = person_id = :other", other=person_of(3))
    early = new_run()
    award()
    load(early, MISTAKEN)
    consolidate(early, lambda event: None)
    assert partition("person") == [{1, 2, 3, 4}]
    told = part(person_of(1), TODAY, records=[3, 4], cores=None, reason="two cards", judged_by="sari")
    assert (told["claims"], told["conflicts"]) == ([], 0)


def test_a_nightly_that_publishes_after_a_younger_run_consolidated_claims_after_it(warehouse: sa.Engine) -> None:
    early = new_run()
    work(ROWS)
    work(MISTAKEN)
    build_drafts(new_run())
    add_officers()
    prepare()
    publish(LIST, FIRST, early)
    told = part(person_of(1), TODAY, records=[3, 4], cores=None, reason="two cards", judged_by="sari")
    assert told["conflicts"] == 1 and len(told["claims"]) == 1
    assert rows("SELECT published_on FROM aid.list WHERE list_id = :list", list=LIST) == [(TODAY,)]


def test_the_youngest_run_writes_under_its_own_number(warehouse: sa.Engine) -> None:
    run = new_run()
    load(run, ROWS)
    consolidate(run, lambda event: None)
    assert (
        rows("SELECT DISTINCT from_run FROM identity.membership")
        == rows("SELECT max(run_id) FROM audit.run")
        == [(run,)]
    )
