"""What is derived, dropped and made again: the same units, ids and golden values, and nothing that people did is touched."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tasks import store
from tasks.identity.steps import rebuild as step
from tasks.identity.steps.judge import record_judgements, undo_judgement
from tests.identity.records import facts, new_run, partition, rows_of, versioned, work
from tests.identity.test_consolidation import ROWS

#: what a rebuild may not change
KEPT = ("source.logical_record", "source.record_version", "identity.judgement", "identity.id_register")
SPLIT = [{1, 4}, {2}, {3, 7}, {5}, {6, 10}]


def again() -> dict[str, int]:
    return step.rebuild(new_run(), "to see", lambda event: None)


def row(record_id: int, **values: Any) -> dict[str, Any]:
    """A record of the province, as it comes again with other values."""
    return next(each for each in ROWS if each["record_id"] == record_id) | values


@pytest.fixture
def lived(warehouse: sa.Engine) -> None:
    """A province to which things have happened: two became one and are forwarded, one was split, a correction, a lost name."""
    work([*ROWS, row(6, record_id=10, owner_name="Sarlota Wanma", nik="9202125505750009")])
    work([row(6, record_id=10)])  # she was entered twice: her second id points forward
    record_judgements([(1, 2), (2, 4)], "different", reason="seen", judged_by="officer")
    work([row(3, phone="+6281299999999")])
    (taken_back,) = record_judgements([(1, 5)], "same", reason="seen", judged_by="officer")
    work([])
    undo_judgement(taken_back, undone_by="head", reason="seen the card")
    work([row(9, cooperative_name="KSP Doberai")])
    assert partition("person") == SPLIT


def test_a_rebuild_gives_the_same_units_ids_and_golden_rows_with_their_history(lived: None) -> None:
    before, kept, told = versioned(), rows_of(*KEPT), facts()
    counts = again()
    assert (counts["records"], counts["differ"]) == (10, 0)
    assert versioned() == before
    assert rows_of(*KEPT) == kept
    assert facts() == told


def test_ids_that_were_merged_go_on_pointing_forward(lived: None) -> None:
    sql = (
        "SELECT unit_id, forwarded_to FROM identity.id_register WHERE unit_kind = 'person' AND forwarded_to IS NOT NULL"
    )
    before = store.query(sql)
    assert len(before)
    again()
    assert store.query(sql).equals(before)


def test_a_second_rebuild_and_a_night_after_it_change_nothing(lived: None) -> None:
    again()
    before = versioned()
    again()
    assert work([])["merge"]["records"] == 0
    assert versioned() == before


@pytest.mark.parametrize(
    ("damage", "differ"),
    [
        ("UPDATE gold.person SET full_name = 'nobody' WHERE to_run IS NULL AND record_count = 2", 6),
        ("DELETE FROM gold.household WHERE to_run IS NULL", 1),
        ("DELETE FROM identity.edge", 0),
        ("UPDATE identity.features SET nik = NULL", 0),
    ],
)
def test_what_was_damaged_is_mended_and_counted(lived: None, damage: str, differ: int) -> None:
    told = facts()
    with store.transaction() as connection:
        connection.execute(sa.text(damage))
    assert again()["differ"] == differ
    assert facts() == told


def test_what_was_loaded_and_not_consolidated_is_in_it(lived: None) -> None:
    from tests.identity.records import load

    load(new_run(), [row(6, owner_name="Yohana Rumbiak-Wanma")])
    again()
    assert store.query("SELECT 1 FROM gold.person WHERE full_name = 'Yohana Rumbiak-Wanma' AND to_run IS NULL").size
    assert work([])["merge"]["records"] == 0


def test_an_error_on_the_way_leaves_what_stood(lived: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = versioned()

    def fail(*given: Any) -> dict[str, int]:
        raise RuntimeError("struck")

    monkeypatch.setattr(step, "merge_changes", fail)
    with pytest.raises(RuntimeError, match="struck"):
        again()
    assert versioned() == before
    assert store.query("SELECT count(*) AS left FROM source.change")["left"][0] == 0


def test_an_empty_warehouse_is_rebuilt_to_an_empty_one(warehouse: sa.Engine) -> None:
    assert again() == {"records": 0, "pairs": 0, "edges": 0, "persons": 0, "businesses": 0, "rows": 0, "differ": 0}


def test_why_it_was_rebuilt_is_recorded(lived: None) -> None:
    again()
    told = store.query("SELECT action, reason FROM audit.event ORDER BY event_id DESC LIMIT 1")
    assert told.to_dict("records") == [{"action": "rebuild", "reason": "to see"}]
