"""Whom officers bar from aid: when it counts, how it follows a person, the appeal, and what nobody may do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from schemas.errors import Refused, UsageError
from tasks.aid.questions import blacklist, explain
from tasks.aid.steps import act_on_entry, bar, build_drafts, lock, publish, verify, withdraw
from tasks.doctor import examine
from tests.aid.population import (
    FIRST,
    LIST,
    PREPARER,
    SECOND,
    TODAY,
    add_person,
    decisions,
    execute,
    merge_person,
    prepare,
    rows,
    start_run,
)
from tests.cli.conftest import Answer, sinergi  # noqa: F401 (a fixture)

WHY = "surat usaha dipalsukan"
IN, BARRED = ("in", "ELIGIBLE"), ("out", "BLACKLISTED")
AGAIN = "bpum_2020.2020-1.1.v2"

Command = Callable[..., Answer]


def build() -> dict[str, tuple[str, str]]:
    """The decisions of the draft after the next build."""
    build_drafts(start_run())
    return decisions()


def told_by_doctor() -> str:
    """How loud `sinergi doctor` is about the blacklist."""
    (level,) = {line.level for line in examine() if line.check == "blacklist"}
    return level


def test_whoever_is_barred_is_out_of_the_next_draft_with_the_entry_as_its_source(draft: int) -> None:
    told = bar("P-1", FIRST, WHY, TODAY)
    assert told == {"blacklist_id": 1, "person_id": "P-1", "since": "2020-08-24", "until": None, "officer": FIRST}
    with pytest.raises(Refused, match="older than the data"):
        lock(LIST, PREPARER)
    assert build()["P-1"] == BARRED and decisions()["P-2"] == IN
    explained = explain(LIST, "P-1")
    (source,) = [fact["source"] for fact in explained["facts"] if fact["fact"] == "is_blacklisted"]
    assert source == "aid.blacklist 1"
    assert [(entry["reason"], entry["state"]) for entry in explained["blacklist"]] == [(WHY, "in_force")]
    assert explain(LIST, "P-2")["blacklist"] == []
    assert rows("SELECT actor, action, subject, reason FROM audit.event") == [
        (FIRST, "aid.blacklist.add", "1/P-1", None)
    ]


#: what is said on 1 August of how long it bars -> the decision for the reference date, 24 August
DAYS: tuple[tuple[dict[str, dt.date], tuple[str, str]], ...] = (
    ({}, BARRED),
    ({"until": dt.date(2020, 8, 23)}, IN),
    ({"until": dt.date(2020, 8, 24)}, BARRED),
    ({"since": dt.date(2020, 8, 24)}, BARRED),
    ({"since": dt.date(2020, 8, 25)}, IN),
)


@pytest.mark.parametrize(("days", "expected"), DAYS)
def test_an_entry_bars_from_its_first_day_to_its_last(
    draft: int, days: dict[str, dt.date], expected: tuple[str, str]
) -> None:
    bar("P-1", FIRST, WHY, dt.date(2020, 8, 1), **days)
    assert build()["P-1"] == expected


def test_an_entry_that_was_lifted_bars_nobody_and_stays_with_who_and_why(draft: int) -> None:
    bar("P-1", FIRST, WHY, TODAY)
    build()
    act_on_entry(1, "appeal", PREPARER, "punya surat asli", TODAY)
    assert build()["P-1"] == BARRED, "an appeal is no decision"
    act_on_entry(1, "uphold", SECOND, "suratnya tidak terdaftar", TODAY)
    act_on_entry(1, "appeal", PREPARER, "dinas penerbit mengakui suratnya", TODAY)
    assert [entry["state"] for entry in blacklist(TODAY)] == ["appealed"]
    assert told_by_doctor() == "warn"
    act_on_entry(1, "lift", SECOND, "diakui penerbit", TODAY)
    assert build()["P-1"] == IN and told_by_doctor() == "ok"
    (entry,) = blacklist(TODAY)
    assert (entry["state"], entry["reason"], entry["listed_by"], entry["listed_on"]) == ("lifted", WHY, FIRST, TODAY)
    assert [(act["act"], act["officer"], act["on"], act["reason"]) for act in entry["acts"]] == [
        ("appeal", PREPARER, "2020-09-01", "punya surat asli"),
        ("uphold", SECOND, "2020-09-01", "suratnya tidak terdaftar"),
        ("appeal", PREPARER, "2020-09-01", "dinas penerbit mengakui suratnya"),
        ("lift", SECOND, "2020-09-01", "diakui penerbit"),
    ]
    assert rows("SELECT actor, action, subject FROM audit.event ORDER BY event_id")[-1] == (
        SECOND,
        "aid.blacklist.lift",
        "1/P-1",
    )
    assert bar("P-1", FIRST, "lagi", TODAY)["blacklist_id"] == 2


def test_nothing_of_the_blacklist_is_changed_or_deleted(draft: int) -> None:
    bar("P-1", FIRST, WHY, TODAY)
    act_on_entry(1, "lift", FIRST, "salah orang", TODAY)
    for table in ("blacklist", "blacklist_act"):
        for sql in (f"UPDATE aid.{table} SET reason = ''", f"DELETE FROM aid.{table}"):
            with pytest.raises(DBAPIError):
                execute(sql)


def test_an_entry_follows_its_person_through_merges(draft: int) -> None:
    run = start_run()
    add_person(run, "P-9", {}, number=9)
    merge_person(run, "P-1", "P-9")
    assert bar("P-1", FIRST, WHY, TODAY)["person_id"] == "P-9", "whoever stands for the id today"
    assert build()["P-9"] == BARRED
    merge_person(start_run(), "P-9", "P-2")
    assert build()["P-2"] == BARRED and decisions().keys() == {"P-2", "P-3", "P-4", "P-5"}
    assert [entry["person_id"] for entry in blacklist(TODAY)] == ["P-2"]
    with pytest.raises(Refused, match="barred by entry 1 already"):
        bar("P-2", FIRST, WHY, TODAY)


#: whom, by whom, why, until -> how it is refused
REFUSED: tuple[tuple[str, str, str, dt.date | None, type[Exception], str], ...] = (
    ("P-77", FIRST, WHY, None, UsageError, "no such person"),
    ("P-1", "nobody", WHY, None, Refused, "no active officer"),
    ("P-1", PREPARER, WHY, None, Refused, "no approver"),
    ("P-1", FIRST, "  ", None, UsageError, "a reason"),
    ("P-1", FIRST, WHY, dt.date(2020, 8, 31), UsageError, "over before"),
    ("P-2", FIRST, WHY, None, Refused, "barred by entry 1 already"),
)


@pytest.mark.parametrize(("person", "officer", "reason", "until", "error", "words"), REFUSED)
def test_nobody_is_barred_who_may_not_be(
    draft: int, person: str, officer: str, reason: str, until: Any, error: type[Exception], words: str
) -> None:
    bar("P-2", SECOND, WHY, TODAY)
    with pytest.raises(error, match=words):
        bar(person, officer, reason, TODAY, until=until)
    assert len(blacklist(TODAY)) == 1


#: acts before, all of budi's entry 1; the act, by whom, why -> how it is refused
IMPOSSIBLE: tuple[tuple[tuple[Any, ...], Any, int, str, str, type[Exception], str], ...] = (
    ((), "lift", 7, FIRST, WHY, UsageError, "no entry 7"),
    ((), "lift", 1, "nobody", WHY, Refused, "no active officer"),
    ((), "lift", 1, PREPARER, WHY, Refused, "no approver"),
    ((), "appeal", 1, PREPARER, " ", UsageError, "a reason"),
    ((), "uphold", 1, SECOND, WHY, Refused, "no appeal is open"),
    (("appeal",), "appeal", 1, PREPARER, WHY, Refused, "open already"),
    (("appeal",), "uphold", 1, FIRST, WHY, Refused, "another approver"),
    (("appeal", "lift"), "uphold", 1, SECOND, WHY, Refused, "lifted already"),
    (("lift",), "appeal", 1, PREPARER, WHY, Refused, "lifted already"),
    (("lift",), "lift", 1, SECOND, WHY, Refused, "lifted already"),
)


@pytest.mark.parametrize(("before", "act", "entry", "officer", "reason", "error", "words"), IMPOSSIBLE)
def test_an_act_that_does_not_follow_is_refused(
    draft: int, before: Any, act: Any, entry: int, officer: str, reason: str, error: type[Exception], words: str
) -> None:
    bar("P-1", FIRST, WHY, TODAY)
    for each in before:
        act_on_entry(1, each, SECOND, WHY, TODAY)
    with pytest.raises(error, match=words):
        act_on_entry(entry, act, officer, reason, TODAY)
    assert len(blacklist(TODAY)[0]["acts"]) == len(before)


def test_whoever_is_barred_after_the_lock_is_not_paid(draft: int) -> None:
    prepare()
    bar("P-1", FIRST, WHY, TODAY)
    with pytest.raises(Refused, match=r"1 on list .* were put on the blacklist since it was built: P-1"):
        publish(LIST, FIRST, draft)
    assert not rows("SELECT FROM aid.claim")
    withdraw(LIST, PREPARER, "P-1 masuk daftar hitam")
    build_drafts(start_run())
    prepare(AGAIN)
    assert publish(AGAIN, FIRST)["count"] == 2
    act_on_entry(1, "lift", SECOND, "salah orang", TODAY)
    assert verify(AGAIN).is_sound, "a list stays what it was"


def test_an_officer_bars_by_id_and_reads_why_and_how_to_object(draft: int, sinergi: Command) -> None:  # noqa: F811
    add_person(start_run(), "P-ABCDEFGH", {}, number=8)
    by = ("--by", FIRST, "--reason", WHY, "--today", "2020-09-01")
    nik = sinergi("aid", "blacklist", "add", "1901010101800008", *by)
    assert nik.code == 2 and "1901" not in nik.err, "a NIK is not repeated"
    assert (
        sinergi("aid", "blacklist", "add", "P-ABCD", *by, "--until", "2020-12-31", "--json").last["blacklist_id"] == 1
    )
    build_drafts(start_run())
    told = sinergi("aid", "explain", LIST, "P-ABCDEFGH").out
    assert f"daftar hitam 1: {WHY} (sejak 2020-08-24 sampai 2020-12-31)" in told
    assert "keberatan: `sinergi aid blacklist appeal 1 " in told
    heard = ("--officer", PREPARER, "--reason", "punya surat asli", "--today", "2020-09-02")
    assert sinergi("aid", "blacklist", "appeal", "1", *heard).code == 0
    assert sinergi("aid", "blacklist", "uphold", "1", *by).code == 1, "budi has listed the person"
    (entry,) = sinergi("aid", "blacklist", "list", "--today", "2020-09-02", "--json").last
    assert (entry["person_id"], entry["state"], entry["until"]) == ("P-ABCDEFGH", "appealed", "2020-12-31")
    shown = sinergi("aid", "blacklist", "list").out
    assert "keberatan 2020-09-02 sari: punya surat asli" in shown and "1901" not in shown
    assert sinergi("aid", "blacklist", "lift", "1", *by).code == 0
    assert f"dicabut 2020-09-01 budi: {WHY}" in sinergi("aid", "explain", LIST, "P-ABCDEFGH").out
