"""A NIK is paid once, whoever has it by now: what is claimed, what a draft makes of it, what the database refuses."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.exc import DBAPIError, IntegrityError

from schemas.errors import Refused
from tasks import store
from tasks.aid.questions import coverage, explain
from tasks.aid.steps import build_drafts, open_conflicts, publish, verify, withdraw
from tasks.doctor import examine
from tasks.reports.questions import export
from tests.aid.population import (
    FIRST,
    LIST,
    PREPARER,
    add_person,
    decisions,
    execute,
    merge_person,
    prepare,
    rows,
    start_run,
)

AGAIN, NEXT, LAST = "bpum_2020.2020-1.1.v2", "bpum_2020.2020-1.2.v1", "bpum_2020.2020-1.3.v1"
CLAIMED = 'SELECT nik, unit_id, conflict_group, "window", slot FROM aid.claim_nik ORDER BY nik'


def nik(number: int) -> str:
    return f"190101010180{number:04d}"


def correct(person: str, to: str | None) -> int:
    """The office gives a person another NIK; the run of it."""
    run = start_run()
    execute("UPDATE gold.person SET to_run = :run WHERE person_id = :id AND to_run IS NULL", run=run, id=person)
    execute(
        "INSERT INTO gold.person SELECT (jsonb_populate_record(NULL::gold.person, to_jsonb(p) || CAST(:now AS jsonb))).*"
        " FROM (SELECT * FROM gold.person WHERE person_id = :id AND to_run = :run) p",
        id=person,
        run=run,
        now=json.dumps({"nik": to, "from_run": run, "to_run": None, "content_hash": run}),
    )
    return run


def test_a_claim_holds_the_person_and_the_nik_that_is_sent(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    assert rows(CLAIMED) == [(nik(n), f"P-{n}", "bpum", "2020", 1) for n in (1, 2, 3)]
    with pytest.raises(IntegrityError):
        execute(
            "INSERT INTO aid.claim_nik SELECT conflict_group, nik, \"window\", slot, unit_kind, 'P-2' FROM aid.claim_nik"
        )
    for sql in ("UPDATE aid.claim_nik SET nik = '1'", "DELETE FROM aid.claim_nik"):
        with pytest.raises(DBAPIError):
            execute(sql)


def test_whoever_has_a_nik_that_was_paid_is_aided_already(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    correct("P-1", nik(11))
    build_drafts(correct("P-5", nik(1)))
    told = decisions(NEXT)
    assert told["P-1"] == told["P-5"] == ("out", "ALREADY_AIDED_HERE")
    (source,) = [fact["source"] for fact in explain(NEXT, "P-5")["facts"] if fact["fact"] == "is_aided_here"]
    assert source == f"aid.claim_nik {LIST}"
    assert verify(LIST).is_sound


def test_a_nik_that_was_paid_by_another_list_meanwhile_stops_the_publication(draft: int) -> None:
    prepare()
    execute("INSERT INTO aid.round (programme, round, reference_date) VALUES ('lain', 'r', '2020-08-01')")
    execute(
        "INSERT INTO aid.list (list_id, programme, round, phase, version, programme_sha256, state, preparer, in_count, out_count,"
        " waiting_count, amount_idr, rules_mark, gold_mark, gold_run, run_id, sha256, body, signature)"
        " SELECT 'lain.r.1.v1', 'lain', 'r', 1, 1, programme_sha256, 'published', preparer, 1, 0, 0, 1, '', '', 0, run_id, 'x', 'x', 'x'"
        " FROM aid.list"
    )
    execute(
        'INSERT INTO aid.claim (conflict_group, unit_kind, unit_id, "window", slot, list_id, person_id, amount_idr, run_id)'
        " VALUES ('bpum', 'person', 'P-77', '2020', 1, 'lain.r.1.v1', 'P-77', 1200000, :run)",
        run=draft,
    )
    execute("INSERT INTO aid.claim_nik VALUES ('bpum', :nik, '2020', 1, 'person', 'P-77')", nik=nik(1))
    with pytest.raises(Refused, match="aided already, or twice on it: P-1"):
        publish(LIST, FIRST, draft)
    withdraw(LIST, PREPARER, "P-1 sudah dibantu")
    build_drafts(start_run())
    assert decisions(AGAIN)["P-1"] == ("out", "ALREADY_AIDED_ELSEWHERE")


@pytest.mark.parametrize("now", [nik(11), None])
def test_a_nik_that_was_corrected_after_the_lock_is_not_paid(draft: int, now: str | None) -> None:
    prepare()
    correct("P-1", now)
    with pytest.raises(Refused, match=r"1 on list .* have another NIK than when it was locked: P-1"):
        publish(LIST, FIRST, draft)
    assert not rows("SELECT FROM aid.claim") and not rows(CLAIMED)
    withdraw(LIST, PREPARER, "NIK diperbaiki")
    build_drafts(start_run())
    prepare(AGAIN)
    publish(AGAIN, FIRST)
    assert [told[0] for told in rows(CLAIMED)] == [nik(2), nik(3), *([now] if now else [])]


def answer(unit: str, word: str, code: str | None) -> None:
    execute(
        "UPDATE outbox.line SET answer = :word, answer_code = :code WHERE line_id = :id",
        id=f"{LIST}/{unit}",
        word=word,
        code=code,
    )


def slip(word: str, code: str | None) -> None:
    """P-1 was awarded under the NIK that is P-5's, and the receiver answered; then the office told which NIK is whose."""
    prepare()
    publish(LIST, FIRST)
    build_drafts(start_run())
    answer("P-1", word, code)
    correct("P-1", nik(11))
    build_drafts(correct("P-5", nik(1)))


def test_a_nik_that_the_receiver_refused_bars_nobody_and_is_paid_once_all_the_same(draft: int) -> None:
    slip("refused", "name_mismatch")
    told = decisions(NEXT)
    assert told["P-1"] == ("out", "ALREADY_AIDED_HERE") and told["P-5"][0] == "in"
    prepare(NEXT)
    publish(NEXT, FIRST)
    assert rows(CLAIMED)[:2] == [(nik(1), "P-1", "bpum", "2020", 1), (nik(1), "P-5", "bpum", "2020", 2)]
    assert verify(LIST).is_sound and verify(NEXT).is_sound
    correct("P-5", nik(12))
    add_person(start_run(), "P-6", {}, number=1)
    build_drafts(start_run())
    assert decisions(LAST)["P-6"] == decisions(LAST)["P-5"] == ("out", "ALREADY_AIDED_HERE")
    merge_person(start_run(), "P-1", "P-5")
    assert open_conflicts(start_run()) == 1, "two awards on one person are asked about, whatever slots they have"


@pytest.mark.parametrize(
    ("word", "code"),
    [("accepted", None), ("refused", "duplicate_nik"), ("refused", "duplicate_unit"), ("refused", "line_key_used")],
)
def test_a_nik_that_may_have_been_paid_bars_whoever_has_it(draft: int, word: str, code: str | None) -> None:
    slip(word, code)
    assert decisions(NEXT)["P-5"] == ("out", "ALREADY_AIDED_HERE")


def test_a_refusal_alone_is_news_to_a_draft(draft: int) -> None:
    slip("accepted", None)
    answer("P-1", "refused", "name_mismatch")
    build_drafts(start_run())
    assert decisions(NEXT)["P-5"][0] == "in"


def test_a_nik_that_one_of_two_receivers_took_bars_whoever_has_it(draft: int) -> None:
    prepare()
    publish(LIST, FIRST)
    execute(
        "INSERT INTO outbox.line SELECT 'other|' || line_key, idempotency_key, line_id, unit_kind, unit_id, amount_idr FROM outbox.line"
    )
    execute(
        "UPDATE outbox.line SET answer = 'refused', answer_code = 'name_mismatch' WHERE line_key NOT LIKE 'other|%'"
    )
    build_drafts(start_run())
    correct("P-1", nik(11))
    build_drafts(correct("P-5", nik(1)))
    assert decisions(NEXT)["P-5"] == ("out", "ALREADY_AIDED_HERE")


def shared_niks() -> tuple[str, str]:
    """What the doctor finds of them."""
    return next((found.level, found.says) for found in examine() if found.check == "shared NIKs")


def test_two_persons_with_one_nik_wait_until_it_is_one_persons(draft: int) -> None:
    later = start_run()
    add_person(later, "P-9", {}, number=1)
    build_drafts(later)
    told = decisions()
    assert told["P-1"] == told["P-9"] == ("waiting", "NIK_SHARED") and told["P-2"][0] == "in"
    (source,) = [fact["source"] for fact in explain(LIST, "P-1")["facts"] if fact["fact"] == "is_nik_shared"]
    assert source == "gold.person P-9"
    assert coverage()["waiting"] == 3, "these two, and who has no NIK"
    assert shared_niks() == (
        "warn",
        "2 persons have a NIK that another has too: no aid goes to it until it is one person's",
    )
    build_drafts(correct("P-9", nik(9)))
    assert {decisions()[person][0] for person in ("P-1", "P-9")} == {"in"} and shared_niks()[0] == "ok"


def test_what_was_published_before_niks_were_claimed_claims_them_with_the_upgrade(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    claimed = rows(CLAIMED)
    add_person(start_run(), "P-6", {}, number=6)
    build_drafts(start_run())
    execute("DROP TABLE aid.claim_nik")
    execute("DROP INDEX gold.ix_person_nik")
    with store.transaction() as connection, Operations.context(MigrationContext.configure(connection)):
        import_module("schemas.migrations.versions.0015_a_nik_is_paid_once").upgrade()
    assert rows(CLAIMED) == claimed and verify(LIST).is_sound
    correct("P-1", nik(11))
    build_drafts(correct("P-5", nik(1)))
    assert decisions(NEXT)["P-5"] == ("out", "ALREADY_AIDED_HERE") and decisions(NEXT)["P-6"][0] == "in"


def test_an_export_of_a_published_list_says_the_niks_that_were_sent(draft: int, tmp_path: Path) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    target = tmp_path / "list.csv"
    export(f"list:{LIST}", target)
    before = target.read_bytes()
    assert before.count(b"1901********0001") == 1
    correct("P-1", nik(11))
    merge_person(start_run(), "P-2", "P-3")
    export(f"list:{LIST}", target)
    assert target.read_bytes() == before
