"""A wrong merge taken back on a real warehouse: ids, golden rows, claims and conflicts; and it stays taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from flows.unmerge import part, plan
from schemas.errors import Refused, UsageError
from tasks.aid import questions
from tasks.aid.steps import build_drafts, open_conflicts, publish
from tasks.identity.questions.person import explain
from tasks.identity.steps.judge import record_judgements, undo_judgement
from tests.aid.population import FIRST, LIST, add_officers, decisions, execute, prepare, rows
from tests.cli.conftest import Answer, sinergi  # noqa: F401 (a fixture)
from tests.identity.records import new_run, partition, work

TODAY = date(2026, 11, 22)
MONEY = 2_400_000
NEXT = "bpum_2020.2020-1.2.v1"
HERS, SISTERS = "9202126101800001", "9202126101800002"
#: Siti Aminah in two lists and her twin sister Siti Aminatun in two others, who lives elsewhere
SITI = {"owner_name": "Siti Aminah", "nik": HERS, "birth_date": "1980-01-21", "sex": "female", "kk_number": "9202121203150001",
        "phone": "+6281234567890", "business_name": "Kue Mawar", "sector": "culinary", "size_class": "micro"}  # fmt: skip
SISTER = {"owner_name": "Siti Aminatun", "nik": SISTERS, "birth_date": "1980-01-21", "sex": "female", "kk_number": "9202121203150077",
          "phone": "+6281111111111", "business_name": "Jahit Melati", "sector": "fashion", "size_class": "micro",
          "village_code": "92.02.13.2001", "district_code": "92.02.13"}  # fmt: skip
ROWS: list[dict[str, Any]] = [
    {"record_id": 1, **SITI},
    {"record_id": 2, **SITI, "sender": "92.03"},
    {"record_id": 3, **SISTER},
    {"record_id": 4, **SISTER, "sender": "92.03"},
]
#: an office copies the NIK and the phone of the one into both rows of the other
MISTAKEN = [{**row, "nik": HERS, "phone": SITI["phone"]} for row in ROWS[2:]]

Command = Callable[..., Answer]


def person_of(record: int) -> str:
    sql = "SELECT unit_id FROM identity.membership WHERE unit_kind = 'person' AND record_id = :id AND to_run IS NULL"
    return str(rows(sql, id=record)[0][0])


def golden(person: str) -> tuple[Any, ...]:
    sql = """
    SELECT p.full_name, count(*) FROM gold.person p JOIN identity.membership m ON m.unit_id = p.person_id AND m.to_run IS NULL
     WHERE p.person_id = :id AND p.to_run IS NULL GROUP BY p.full_name"""
    return rows(sql, id=person)[0]


def sent() -> list[tuple[Any, ...]]:
    return rows("SELECT * FROM outbox.message ORDER BY 1") + rows("SELECT * FROM outbox.line ORDER BY 1")


def claims() -> list[tuple[Any, ...]]:
    return rows("SELECT * FROM aid.claim ORDER BY unit_id")


def night() -> int:
    """Consolidation, conflicts, drafts."""
    run = new_run()
    consolidate(run, lambda event: None)
    open_conflicts(run)
    build_drafts(run)
    return run


def award() -> None:
    """Everybody who may be is put on a list, and it is published."""
    run = new_run()
    build_drafts(run)
    add_officers()
    prepare()
    publish(LIST, FIRST, run)


@pytest.fixture
def sisters(warehouse: sa.Engine) -> tuple[str, str]:
    """Two persons; their ids."""
    work(ROWS)
    assert partition("person") == [{1, 2}, {3, 4}]
    execute("UPDATE gold.person SET is_in_review = false")  # names of twins alike are a question; here it is answered
    return person_of(1), person_of(3)


def test_an_award_on_two_persons_taken_for_one(sisters: tuple[str, str], sinergi: Command) -> None:  # noqa: F811
    siti, sister = sisters
    work(MISTAKEN)
    assert partition("person") == [{1, 2, 3, 4}]
    one = person_of(1)
    gone = ({siti, sister} - {one}).pop()
    assert explain(gone)["person_id"] == one
    award()
    assert [claim[2] for claim in claims()] == [one]
    before = claims(), sent()

    command = ("person", "unmerge", gone, "--records", "3,4", "--json")
    told = sinergi(*command).last
    assert {tuple(each["records"]): (each["person_id"], each["was"]) for each in told["persons"]} == {
        (1, 2): (siti, "stays" if one == siti else "restored"),
        (3, 4): (sister, "stays" if one == sister else "restored"),
    }
    assert [claim["amount_idr"] for claim in told["claims"]] == [MONEY] and not told["is_done"]
    assert not rows("SELECT FROM identity.judgement") and not questions.conflicts(), "a dry run writes nothing"
    assert sinergi(*command, "--yes", "--by", "sari").code == 2, "a reason is needed"

    done = sinergi(*command, "--yes", "--by", "sari", "--reason", "two cards seen").last
    assert done["judgements"] == {"different": 4, "unsure": 0} and done["conflicts"] == 1
    night()
    assert partition("person") == [{1, 2}, {3, 4}] and (person_of(1), person_of(3)) == sisters
    assert [golden(person) for person in sisters] == [("Siti Aminah", 2), ("Siti Aminatun", 2)]
    assert (claims(), sent()) == before, "no claim was touched and nothing was sent"
    (conflict,) = sinergi("aid", "conflicts", "--json").last
    assert (conflict["cause"], conflict["unit_ids"], conflict["amount_idr"]) == ("two_persons", one, MONEY)
    assert conflict["persons"] == "|".join(sorted(sisters))
    doctor = {line["check"]: line["level"] for line in sinergi("doctor", "--json").last}
    assert doctor["conflicts"] == "fail"
    assert decisions(NEXT)[one][0] == "out", "who carries the claim is aided"
    assert decisions(NEXT)[gone] == ("waiting", "IDENTITY_IN_REVIEW|NIK_SHARED"), (
        "the other may have had the money: nobody is aided twice"
    )
    assert explain(gone)["person_id"] == gone and sinergi("aid", "explain", LIST, gone).code == 2
    with pytest.raises(UsageError, match="not records of"):
        plan(siti, records=[3], cores=None)
    resolve = ("aid", "resolve", str(conflict["conflict_id"]), "--resolution", "paid to Siti", "--officer")
    assert sinergi(*resolve, "nobody").code == 1 and sinergi(*resolve, FIRST).code == 0
    assert sinergi(*resolve, FIRST).code == 1, "closed already"
    night()
    assert not questions.conflicts(), "what a person decided stays decided"
    assert decisions(NEXT)[one][0] == decisions(NEXT)[gone][0] == "out"
    kept = rows("SELECT unit_id, forwarded_to FROM identity.id_register WHERE unit_kind = 'person' ORDER BY 1")
    assert kept == [(person, None) for person in sorted(sisters)]


@pytest.mark.deep
def test_two_awards_on_one_person_are_right_again_when_it_is_parted(sisters: tuple[str, str]) -> None:
    award()
    assert sorted(claim[2] for claim in claims()) == sorted(sisters)
    work(MISTAKEN)
    assert open_conflicts(new_run()) == 1
    (conflict,) = questions.conflicts()
    assert (conflict["cause"], conflict["amount_idr"], conflict["persons"]) == ("one_person", 2 * MONEY, person_of(1))
    told = part(person_of(1), TODAY, records=[], cores=(1, 3), reason="two cards", judged_by="sari")
    assert told["claims"] == [] and told["conflicts"] == 0, "each award was taken on the right person"
    night()
    assert not questions.conflicts() and (person_of(1), person_of(3)) == sisters
    for judgement in range(1, told["judgements"]["different"] + 1):
        undo_judgement(judgement, undone_by="sari", reason="one card after all")
    night()
    assert [each["unit_ids"] for each in questions.conflicts()] == ["|".join(sorted(sisters))], (
        "joined again, open again"
    )


def test_what_both_would_have_stays_with_nobody_until_somebody_looks(warehouse: sa.Engine) -> None:
    # the last row gives the shared NIK and a shortened name: it could be either's
    work([*ROWS[:2], *MISTAKEN, {"record_id": 5, "owner_name": "Siti A.", "nik": HERS}])
    assert partition("person") == [{1, 2, 3, 4, 5}]
    person = person_of(1)
    planned = plan(person, records=[], cores=(1, 3))
    assert 5 in planned["bridges"]
    told = part(person, TODAY, records=[], cores=(1, 3), reason="two cards", judged_by="sari")
    assert told == part(person, TODAY, records=[], cores=(1, 3), reason="again", judged_by="sari") | {
        "judgements": told["judgements"]
    }, "a second time says nothing new"
    night()
    assert person_of(5) not in (person_of(1), person_of(3)) and person_of(1) != person_of(3)
    assert sorted(tuple(sorted(part)) for part in partition("person")) == sorted(
        tuple(each["records"]) for each in planned["persons"]
    )
    review = dict(rows("SELECT person_id, is_in_review FROM gold.person WHERE to_run IS NULL"))
    assert review[person_of(5)] and review[person_of(1)]
    assert {pair["other_person"] for pair in explain(person_of(5))["open"]} >= {person_of(1), person_of(3)}
    record_judgements([(1, 5)], "same", reason="her phone", judged_by="rina")
    night()
    assert person_of(5) == person_of(1)


@pytest.mark.deep
def test_a_word_that_they_are_the_same_must_be_undone_before(sisters: tuple[str, str]) -> None:
    record_judgements([(1, 3)], "same", reason="seen", judged_by="rina")
    night()
    with pytest.raises(Refused):
        part(person_of(1), TODAY, records=[3, 4], cores=None, reason="two cards", judged_by="sari")
    assert len(rows("SELECT FROM identity.judgement")) == 1
