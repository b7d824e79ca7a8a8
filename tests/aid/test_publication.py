"""From draft to published list: who may do what, what the database refuses, what a verification finds."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

import schemas.programmes
from schemas.errors import InvariantBroken, Refused, UsageError
from schemas.messages import line_key
from schemas.programmes.facts import REQUIRED_FACTS
from schemas.settings import settings
from tasks import store
from tasks.aid import questions
from tasks.aid.steps import (
    add_officer,
    approve,
    build_drafts,
    lock,
    open_conflicts,
    publish,
    verify,
    withdraw,
    write_all_published,
)  # fmt: skip
from tests.aid.population import (
    FIRST,
    LIST,
    PREPARER,
    SECOND,
    add_person,
    decisions,
    execute,
    merge_person,
    prepare,
    rows,
    start_run,
)  # fmt: skip

MICRO: dict[str, Any] = {}
NEXT = "bpum_2020.2020-1.2.v1"
TABLES_OF_A_PUBLICATION = ("aid.claim", "outbox.message", "outbox.line")


def counts() -> list[int]:
    return [rows(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES_OF_A_PUBLICATION]


def test_a_list_is_locked_approved_published_and_verified(draft: int) -> None:
    locked = lock(LIST, PREPARER)
    assert (locked["count"], locked["total_idr"]) == (3, 7_200_000)
    assert approve(LIST, FIRST)["approvals"] == 1
    assert approve(LIST, SECOND)["approvals"] == 2
    assert verify(LIST).differences == ()
    told = publish(LIST, FIRST, draft)
    assert told["state"] == "published" and told["sha256"] == locked["sha256"] and told["messages"] == 1
    assert counts() == [3, 1, 3]
    result = verify(LIST)
    assert result.is_sound and result.approvals == (FIRST, SECOND)


def test_the_published_bytes_are_sorted_lines_under_a_head(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    folder = settings().published / LIST
    head, *lines = [json.loads(line) for line in (folder / "list.jsonl").read_text("utf-8").splitlines()]
    assert (head["count"], head["total_idr"], head["out_count"], head["waiting_count"]) == (3, 7_200_000, 1, 1)
    assert [line["line_id"] for line in lines] == [f"{LIST}/P-{number}" for number in (1, 2, 3)]
    assert lines[0]["nik"] == "1901010101800001"
    assert lines[0]["key"] == line_key("penyalur", "bpum_2020", "2020-1", 1, "person", "P-1", "award", 1)
    assert [line["key"] for line in lines] == [key for (key,) in rows("SELECT line_key FROM outbox.line ORDER BY 1")]


def test_the_table_for_people_shows_no_nik(draft: int) -> None:
    prepare()
    folder = publish(LIST, FIRST, draft)["folder"]
    table = (settings().published / LIST / "list.csv").read_text("utf-8")
    assert "1901********0001" in table and "1901010101800001" not in table and "Orang" not in table
    assert folder == str(settings().published / LIST)


def test_published_files_are_written_again_from_the_warehouse(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    path = settings().published / LIST / "list.jsonl"
    before = path.read_bytes()
    path.unlink()
    assert (write_all_published(), path.read_bytes() == before, write_all_published()) == (1, True, 0)


def test_private_keys_are_files_for_their_owner_only(draft: int) -> None:
    path = settings().keys / f"{FIRST}.ed25519"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    private = path.read_text("ascii").strip()
    assert private not in str(rows("SELECT * FROM aid.officer"))


def test_adding_the_same_officer_again_changes_nothing(draft: int) -> None:
    before = rows("SELECT * FROM aid.officer ORDER BY 1")
    add_officer(FIRST, "Budi", "approver")
    assert before == rows("SELECT * FROM aid.officer ORDER BY 1")
    with pytest.raises(Refused, match="somebody else"):
        add_officer(FIRST, "Bukan Budi", "approver")
    with pytest.raises(UsageError):
        add_officer("../etc", "X", "approver")


def test_the_preparer_cannot_approve(draft: int) -> None:
    lock(LIST, FIRST)
    with pytest.raises(Refused, match="prepared"):
        approve(LIST, FIRST)


def test_the_database_itself_refuses_the_preparers_approval(draft: int) -> None:
    lock(LIST, PREPARER)
    for preparer in (PREPARER, FIRST):  # the true preparer, and a false one to get around the check
        with pytest.raises(IntegrityError):
            execute(
                "INSERT INTO aid.approval (list_id, officer_id, preparer, sha256, signature) VALUES (:id, :who, :preparer, 'x', 'x')",
                id=LIST,
                who=PREPARER,
                preparer=preparer,
            )


def test_one_officer_counts_once(draft: int) -> None:
    lock(LIST, PREPARER)
    assert approve(LIST, FIRST)["approvals"] == approve(LIST, FIRST)["approvals"] == 1
    with pytest.raises(Refused, match="1 valid approvals of 2"):
        publish(LIST, FIRST, draft)


def test_a_forged_approval_does_not_count(draft: int) -> None:
    lock(LIST, PREPARER)
    approve(LIST, FIRST)
    execute(
        "INSERT INTO aid.approval (list_id, officer_id, preparer, sha256, signature)"
        " SELECT list_id, :second, preparer, sha256, signature FROM aid.approval",
        second=SECOND,
    )
    with pytest.raises(Refused, match="1 valid approvals of 2"):
        publish(LIST, FIRST, draft)


@pytest.mark.parametrize("act", [lambda: approve(LIST, FIRST), lambda: publish(LIST, FIRST), lambda: verify(LIST)])
def test_a_draft_can_only_be_locked(draft: int, act: Any) -> None:
    with pytest.raises(Refused, match="draft"):
        act()


def test_a_draft_older_than_the_data_is_not_locked(draft: int) -> None:
    add_person(start_run(), "P-9", MICRO, number=9)
    with pytest.raises(Refused, match="older than the data"):
        lock(LIST, PREPARER)


def test_a_published_list_refuses_every_change(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    for sql in (
        "UPDATE aid.decision SET facts = '{}' WHERE unit_id = 'P-1'",
        "DELETE FROM aid.decision WHERE unit_id = 'P-1'",
        "UPDATE aid.list SET body = 'x'",
        "UPDATE aid.list SET state = 'draft'",
        "DELETE FROM aid.list",
        "UPDATE aid.claim SET amount_idr = 1",
        "DELETE FROM aid.claim",
        "DELETE FROM aid.approval",
        "UPDATE aid.programme SET body = '{}'",
    ):
        with pytest.raises(DBAPIError):
            execute(sql)
    assert verify(LIST).is_sound


def test_what_programmes_must_name_since_does_not_unmake_a_published_list(
    draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    monkeypatch.setattr(schemas.programmes, "REQUIRED_FACTS", REQUIRED_FACTS | {"sex"})
    assert verify(LIST).is_sound


#: what somebody with the database's own keys could change, and what a verification says about it
TAMPERED = (
    ("UPDATE aid.list SET body = body || 'x'", "published bytes"),
    ("UPDATE aid.decision SET amount_idr = 1 WHERE unit_id = 'P-1'", "decisions are not what the rules say: P-1"),
    (
        "UPDATE aid.decision SET decision = 'in', amount_idr = 2400000 WHERE unit_id = 'P-4'",
        "not what the rules say: P-4",
    ),
    (
        "UPDATE aid.decision SET facts = jsonb_set(facts, '{full_name,0}', '\"X\"') WHERE unit_id = 'P-2'",
        "another SHA-256",
    ),
    (
        "UPDATE aid.decision SET facts = jsonb_set(facts, '{has_sku,0}', 'true') WHERE unit_id = 'P-5'",
        "another SHA-256",
    ),
    ("UPDATE aid.list SET signature = 'AAAA'", "signature does not hold"),
    ("UPDATE aid.approval SET signature = 'AAAA' WHERE officer_id = 'budi'", "1 valid approvals of 2"),
    ("UPDATE aid.programme SET body = jsonb_set(body, '{amount_idr}', '1')", "programme body"),
    ("DELETE FROM aid.claim WHERE unit_id = 'P-1'", "1 awards have no claim"),
    ("DELETE FROM aid.claim_nik WHERE unit_id = 'P-1'", "1 awards have no claim on their NIK"),
    ("UPDATE aid.list SET in_count = 2", "counts and total"),
)


@pytest.mark.parametrize(("sql", "told"), TAMPERED)
def test_what_was_tampered_with_behind_the_guards_is_found(draft: int, sql: str, told: str) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    with store.transaction() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(sql))
    assert told in " ".join(verify(LIST).differences)


def test_a_tampered_locked_list_is_neither_approved_nor_published(draft: int) -> None:
    prepare()
    with store.transaction() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            sa.text("UPDATE aid.decision SET facts = facts || '{\"nik\": [\"1\", null]}' WHERE unit_id = 'P-1'")
        )
    with pytest.raises(InvariantBroken):
        approve(LIST, SECOND)
    with pytest.raises(InvariantBroken):
        publish(LIST, FIRST, draft)
    assert counts() == [0, 0, 0]


def test_the_database_refuses_a_second_claim(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    with pytest.raises(IntegrityError):
        execute(
            'INSERT INTO aid.claim SELECT conflict_group, unit_kind, unit_id, "window", slot, list_id, person_id, 1, run_id'
            " FROM aid.claim WHERE unit_id = 'P-1'"
        )


def test_publishing_twice_is_publishing_once(draft: int) -> None:
    prepare()
    first = publish(LIST, FIRST, draft)
    assert publish(LIST, FIRST, draft) == first
    assert counts() == [3, 1, 3]


def _claim_elsewhere(person: str, run: int) -> None:
    """An award of the same conflict group and window by another, published list."""
    execute(
        "INSERT INTO aid.round (programme, round, reference_date) VALUES ('lain', 'r', '2020-08-01') ON CONFLICT DO NOTHING"
    )
    execute(
        "INSERT INTO aid.list (list_id, programme, round, phase, version, programme_sha256, state, preparer, in_count, out_count,"
        " waiting_count, amount_idr, rules_mark, gold_mark, gold_run, run_id, sha256, body, signature)"
        " SELECT 'lain.r.1.v1', 'lain', 'r', 1, 1, programme_sha256, 'published', :who, 1, 0, 0, 1, '', '', 0, :run, 'x', 'x', 'x'"
        " FROM aid.programme LIMIT 1",
        who=PREPARER,
        run=run,
    )
    execute(
        'INSERT INTO aid.claim (conflict_group, unit_kind, unit_id, "window", slot, list_id, person_id, amount_idr, run_id)'
        " VALUES ('bpum', 'person', :person, '2020', 1, 'lain.r.1.v1', :person, 1200000, :run)",
        person=person,
        run=run,
    )


def test_somebody_aided_elsewhere_meanwhile_stops_the_publication_and_is_named(draft: int) -> None:
    prepare()
    _claim_elsewhere("P-2", draft)
    with pytest.raises(Refused, match="aided already, or twice on it: P-2"):
        publish(LIST, FIRST, draft)
    assert counts() == [1, 0, 0]
    withdraw(LIST, PREPARER, "P-2 sudah dibantu")
    build_drafts(start_run())
    assert decisions("bpum_2020.2020-1.1.v2")["P-2"] == ("out", "ALREADY_AIDED_ELSEWHERE")


def test_somebody_aided_under_an_id_that_was_merged_is_still_aided(draft: int) -> None:
    _claim_elsewhere("P-old", draft)
    later = start_run()
    add_person(later, "P-old", number=8)
    merge_person(later, "P-old", "P-3")
    build_drafts(later)
    assert decisions()["P-3"] == ("out", "ALREADY_AIDED_ELSEWHERE")


def test_a_merge_after_the_lock_does_not_pay_twice(draft: int) -> None:
    prepare()
    merge_person(start_run(), "P-1", "P-2")
    with pytest.raises(Refused, match="aided already, or twice on it: P-1, P-2"):
        publish(LIST, FIRST, draft)


def test_two_awards_that_turn_out_to_be_one_person_open_a_conflict_with_the_money(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    later = start_run()
    merge_person(later, "P-1", "P-2")
    assert (open_conflicts(later), open_conflicts(later)) == (1, 0)
    (conflict,) = questions.conflicts()
    assert (conflict["unit_ids"], conflict["amount_idr"]) == ("P-1|P-2", 4_800_000)
    assert rows("SELECT unit_id FROM aid.claim ORDER BY 1") == [("P-1",), ("P-2",), ("P-3",)]


def test_after_publication_the_next_phase_is_a_delta(draft: int) -> None:
    prepare()
    publish(LIST, FIRST, draft)
    assert build_drafts(start_run()) == {"lists": {}, "unchanged": 1}, "publishing is no news to the published list"
    add_person(start_run(), "P-6", MICRO, number=6)
    build_drafts(start_run())
    told = decisions(NEXT)
    assert {person for person, (decision, _) in told.items() if decision == "in"} == {"P-6"}
    assert told["P-1"] == ("out", "ALREADY_AIDED_HERE") and told["P-5"][0] == "waiting"
    assert verify(LIST).is_sound
    prepare(NEXT)
    publish(NEXT, SECOND, start_run())
    assert verify(NEXT).is_sound and counts() == [4, 2, 4]


def test_a_locked_list_is_never_touched_and_news_go_to_a_draft_beside_it(draft: int) -> None:
    prepare()
    add_person(start_run(), "P-6", MICRO, number=6)
    build_drafts(start_run())
    states = {entry["id"]: entry["state"] for entry in questions.lists()}
    assert states == {LIST: "locked", "bpum_2020.2020-1.1.v2": "draft"}
    publish(LIST, FIRST, draft)
    build_drafts(start_run())
    assert {entry["id"]: entry["in"] for entry in questions.lists()} == {LIST: 3, NEXT: 1}


def test_a_publication_that_dies_half_way_leaves_nothing(draft: int) -> None:
    prepare()
    code = f"from tasks.aid.steps import publish; publish({LIST!r}, {FIRST!r}, {draft})"
    with store.engine().connect() as blocker:
        blocker.execute(
            sa.text("LOCK TABLE outbox.line IN ACCESS EXCLUSIVE MODE")
        )  # claims and messages are written by then
        with subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ)) as process:
            waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'outbox.line'::regclass AND NOT granted"
            while not rows(waiting)[0][0]:
                assert process.poll() is None
                time.sleep(0.05)
            process.kill()
        blocker.rollback()
    assert publish(LIST, FIRST, draft)["state"] == "published"
    assert counts() == [3, 1, 3]
    assert len(rows("SELECT 1 FROM audit.event WHERE action = 'aid.publish'")) == 1
