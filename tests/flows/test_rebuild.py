"""`sinergi run --rebuild` on a warehouse in which a list was published: the same decisions, and what people did stays to the byte."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from flows.nightly import run_nightly
from flows.rebuild import rebuild_all
from schemas.errors import InvariantBroken, Refused
from tasks import store
from tasks.aid.steps import build_drafts, lock, open_conflicts, publish
from tasks.identity.steps.judge import record_judgements
from tests.aid.population import LIST, PREPARER, add_officers, execute, prepare, rows
from tests.identity.records import new_run, rows_of, versioned, work
from tests.identity.test_consolidation import ROWS

TODAY = dt.date(2020, 9, 1)
DRAFT = "bpum_2020.2020-1.2.v1"
#: what people did and receivers were told
FACTS = (
    "aid.claim", "aid.claim_nik", "aid.conflict", "aid.approval", "aid.officer", "outbox.message", "outbox.line", "outbox.receipt",
    "identity.judgement", "identity.id_register", "verification.result",
)  # fmt: skip
MORE = [
    {"record_id": 20 + n, "owner_name": name, "nik": f"920212{10 + n}0185{n + 1:04d}", "birth_date": f"1985-01-{10 + n}",
     "business_name": f"Warung {name}", "sector": "culinary",
     "annual_turnover_idr": 60_000_000, "sender": "92.02"}
    for n, name in enumerate(["Agus Mandacan", "Bertha Saiba", "Carlos Ullo", "Dorkas Indou"])
]  # fmt: skip
NEWCOMER = MORE[0] | {
    "record_id": 30,
    "owner_name": "Elia Duwit",
    "nik": "9202121801850009",
    "birth_date": "1985-01-18",
}


def decisions() -> list[tuple[Any, ...]]:
    return rows("SELECT * FROM aid.decision ORDER BY list_id, unit_id")


def lists() -> list[tuple[Any, ...]]:
    """The published list whole, drafts but for when they were built."""
    published = rows("SELECT l::text FROM aid.list l WHERE state = 'published' ORDER BY 1")
    return published + rows("SELECT list_id, in_count, out_count, waiting_count, amount_idr FROM aid.list ORDER BY 1")


@pytest.fixture
def published(warehouse: sa.Engine) -> None:
    """A list is published; then two of the aided turn out to be one person, and a draft of the next phase is built."""
    work([*ROWS, *MORE])
    run = new_run()
    build_drafts(run)
    add_officers()
    prepare()
    publish(LIST, "budi", run)
    record_judgements([(20, 21)], "same", reason="seen", judged_by="officer")
    work([MORE[2] | {"phone": "+6281234500000"}, NEWCOMER])
    run = new_run()
    assert open_conflicts(run) == 1
    assert DRAFT in build_drafts(run)["lists"]


def rebuilt() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    return rebuild_all(TODAY, "to see", told.append), told


def test_decisions_ids_and_golden_rows_come_out_the_same_and_nothing_is_sent(published: None) -> None:
    before = (decisions(), lists(), versioned(), rows_of(*FACTS))
    result, told = rebuilt()
    assert (decisions(), lists(), versioned(), rows_of(*FACTS)) == before
    assert (result["identity"]["differ"], result["aid"]["written"], result["aid"]["conflicts"]) == (0, 0, 0)
    assert [event["step"] for event in told] == ["start", "drop", "link", "merge", "compare", "draft", "award"]
    execute("UPDATE aid.decision SET decisive_reason = 'WRITTEN_BY_HAND' WHERE list_id = :id", id=DRAFT)
    rebuilt()
    assert (decisions(), lists(), versioned(), rows_of(*FACTS)) == before


def test_killed_before_the_drafts_are_built_nobody_can_lock_one_and_the_next_night_builds_them(
    published: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    before = (decisions(), versioned())

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("flows.rebuild.award", killed)
        rebuilt()
    with pytest.raises(Refused, match="older than the data"):
        lock(DRAFT, PREPARER)
    (tmp_path / "inbox").mkdir()
    night = run_nightly(tmp_path / "inbox", TODAY, lambda event: None)
    assert (decisions(), versioned()) == before
    assert night["identity"]["merge"]["records"] == 0
    lock(DRAFT, PREPARER)


def test_a_rebuild_that_stops_leaves_decisions_and_the_draft_as_they_were(
    published: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (decisions(), lists(), versioned())

    def stopped(*_: Any) -> None:
        raise InvariantBroken("masses would be merged")

    with monkeypatch.context() as patched, pytest.raises(InvariantBroken, match="masses"):
        patched.setattr("flows.rebuild.rebuild", stopped)
        rebuilt()
    assert (decisions(), lists(), versioned()) == before
    lock(DRAFT, PREPARER)


def test_a_rebuild_waits_for_whoever_consolidates(warehouse: sa.Engine) -> None:
    told: list[str] = []
    with store.engine().connect() as other:
        key = {"key": store.CONSOLIDATION_LOCK}
        other.execute(sa.text("SELECT pg_advisory_lock(:key)"), key)

        def tell(event: dict[str, Any]) -> None:
            told.append(event["step"])
            if event["step"] == "lock":
                other.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)

        rebuild_all(TODAY, "to see", tell)
    assert told[:3] == ["start", "lock", "drop"]
