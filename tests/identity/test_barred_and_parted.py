"""Somebody is barred who turns out to be two persons: neither slips through, and no one is called a fraud by mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from flows.unmerge import part
from tasks.aid.questions import blacklist, explain
from tasks.aid.steps import act_on_entry, bar, build_drafts, forget_drafts
from tests.aid.population import FIRST, LIST, SECOND, add_officers, decisions, execute
from tests.cli.conftest import Answer, sinergi  # noqa: F401 (a fixture)
from tests.identity.records import new_run, partition, work
from tests.identity.test_person_unmerge import MISTAKEN, ROWS, person_of

TODAY = date(2026, 11, 22)
WHY = "surat usaha dipalsukan"
Command = Callable[..., Answer]
BARRED, ASKED = ("out", "BLACKLISTED"), ("waiting", "IDENTITY_IN_REVIEW")


def sources(person: str) -> dict[str, object]:
    return {fact["fact"]: fact["source"] for fact in explain(LIST, person)["facts"]}


@pytest.fixture
def one(warehouse: sa.Engine) -> str:
    """Two women whom an office's copied NIK made one person; the id, which is barred by entry 1."""
    work(ROWS)
    work(MISTAKEN)
    assert partition("person") == [{1, 2, 3, 4}]
    add_officers()
    bar(person_of(1), FIRST, WHY, TODAY)
    return person_of(1)


def parted(one: str) -> str:
    """The other of the two, when an officer has parted them and the office has sent each one's own NIK."""
    part(one, TODAY, records=[3, 4], cores=None, reason="two cards", judged_by="sari")
    work(ROWS)
    execute("UPDATE gold.person SET is_in_review = false")  # names of twins alike are a question; here it is answered
    forget_drafts()
    build_drafts(new_run())
    (other,) = {person_of(1), person_of(3)} - {one}
    return other


def test_when_the_barred_are_parted_the_other_waits_until_it_is_said_who_was_meant(
    one: str,
    sinergi: Command,  # noqa: F811
) -> None:
    other = parted(one)
    assert decisions()[one] == BARRED and decisions()[other] == ASKED
    assert sources(other)["is_in_review"] == "aid.blacklist 1"
    (entry,) = blacklist(TODAY)
    assert (entry["person_id"], entry["in_question"]) == (one, other)
    told = sinergi("aid", "explain", LIST, other).out
    assert "siapa yang dimaksud daftar hitam 1 belum diputuskan" in told and WHY not in told, "she is called no fraud"

    act_on_entry(1, "lift", SECOND, "the other was meant", TODAY)
    bar(other, FIRST, WHY, TODAY)
    build_drafts(new_run())
    assert decisions()[other] == BARRED and decisions()[one] not in (BARRED, ASKED)
    assert [each["in_question"] for each in blacklist(TODAY)] == [None, None]


def test_whoever_was_barred_before_a_wrong_merge_is_barred_alone_after_it(warehouse: sa.Engine) -> None:
    work(ROWS)
    siti, sister = person_of(1), person_of(3)
    add_officers()
    bar(siti, FIRST, WHY, TODAY)
    work(MISTAKEN)
    build_drafts(new_run())
    assert decisions()[person_of(1)] == BARRED
    parted(person_of(1))
    assert (person_of(1), person_of(3)) == (siti, sister)
    assert decisions()[siti] == BARRED and decisions()[sister] not in (BARRED, ASKED)
