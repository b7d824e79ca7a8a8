"""What may publish by itself, and whom no list reaches."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.errors import Refused
from schemas.settings import settings
from tasks.aid import questions
from tasks.aid.steps import build_drafts, publish, publish_standing, stand, verify
from tasks.aid.steps.officers import key_file
from tasks.backup import release_restored
from tasks.doctor import examine
from tasks.reports.exports import UNCOVERED
from tasks.trail import record_event
from tests.aid.population import FIRST, LIST, PREPARER, SECOND, TODAY, add_person, execute, prepare, rows, start_run

MICRO: dict[str, Any] = {}


def test_nothing_publishes_by_itself_without_a_standing_approval(draft: int) -> None:
    nothing = {"published": [], "refused": {}}
    assert publish_standing(draft, TODAY) == nothing
    stand("bpum_2020", "2020-1", FIRST, TODAY)
    assert publish_standing(draft, TODAY) == nothing, "one officer is not enough"
    with pytest.raises(Refused):
        stand("bpum_2020", "2020-1", PREPARER, TODAY)


def test_a_standing_approval_of_two_publishes_until_its_last_day(draft: int) -> None:
    for officer in (FIRST, SECOND):
        stand("bpum_2020", "2020-1", officer, TODAY)
    assert publish_standing(draft, TODAY + dt.timedelta(days=1))["published"] == []
    assert publish_standing(draft, TODAY)["published"] == [LIST]
    assert publish_standing(draft, TODAY)["published"] == []
    assert verify(LIST).is_sound and (settings().published / LIST / "list.jsonl").is_file()


def test_after_a_restore_nothing_publishes_by_itself_until_the_receivers_were_asked(draft: int) -> None:
    for officer in (FIRST, SECOND):
        stand("bpum_2020", "2020-1", officer, TODAY)
    record_event("restore", "house.tar")
    held = publish_standing(draft, TODAY)
    assert (held["published"], list(held["refused"])) == ([], [LIST])
    assert "sinergi db reconcile" in held["refused"][LIST]
    assert {line.level for line in examine() if line.check == "outbox"} == {"fail"}
    assert release_restored("sari", "penyalur ditanya: tidak ada kiriman sejak cadangan") == 0, "no message was held"
    assert publish_standing(draft, TODAY)["published"] == [LIST]


def test_a_key_that_did_not_come_along_is_asked_for(draft: int) -> None:
    stand("bpum_2020", "2020-1", FIRST, TODAY)
    key_file(FIRST).unlink()
    with pytest.raises(Refused, match="Bring the file from the machine that had it"):
        stand("bpum_2020", "2020-1", FIRST, TODAY + dt.timedelta(days=1))


def test_a_standing_approval_is_void_under_other_rules(draft: int) -> None:
    for officer in (FIRST, SECOND):
        stand("bpum_2020", "2020-1", officer, TODAY)
    execute("ALTER TABLE aid.standing_approval DISABLE TRIGGER standing_approval_is_a_fact")
    execute("UPDATE aid.standing_approval SET programme_sha256 = 'other'")
    assert publish_standing(draft, TODAY)["published"] == []


def test_everybody_is_aided_listed_held_waiting_or_uncovered(draft: int) -> None:
    later = start_run()
    add_person(later, "P-6", {"size_class": None}, number=6)
    add_person(later, "P-7", MICRO, number=7, aid_hold="NIK_SHORT")
    add_person(later, "P-8", MICRO, number=8)
    build_drafts(later)
    told = questions.coverage()
    assert told == {"held": 1, "on_list": 4, "uncovered": 1, "waiting": 2}
    prepare()
    publish(LIST, FIRST, later)
    add_person(start_run(), "P-9", MICRO, number=9)
    assert questions.coverage() == {"aided": 4, "held": 1, "uncovered": 2, "waiting": 2}
    assert sum(questions.coverage().values()) == rows("SELECT count(*) FROM gold.person WHERE to_run IS NULL")[0][0]
    assert rows(UNCOVERED) == [
        ("P-4", "19.01", "BANK_CREDIT", "BANK_CREDIT"),
        ("P-9", "19.01", "NO_LIST", None),
    ]
