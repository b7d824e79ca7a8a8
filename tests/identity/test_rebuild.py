"""What is derived, dropped and made again: the same units, ids and golden values, and nothing that people did is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tasks import store
from tasks.identity.steps import rebuild as step
from tasks.identity.steps.judge import record_judgements, undo_judgement
from tests.conftest import cloned
from tests.identity.conftest import made_once
from tests.identity.records import facts, load, new_run, partition, rows_of, versioned, work
from tests.identity.test_consolidation import ROWS

#: what a rebuild may not change
KEPT = ("source.logical_record", "source.record_version", "identity.judgement", "identity.id_register")
#: record 6 once more
TWICE = {"record_id": 10}
SPLIT = [{1, 4}, {2}, {3, 7}, {5}, {6, 10}]


def again() -> dict[str, int]:
    return step.rebuild(new_run(), "to see", lambda event: None)


def row(record_id: int, **values: Any) -> dict[str, Any]:
    """A record of the province, as it comes again with other values."""
    return next(each for each in ROWS if each["record_id"] == record_id) | values


def live() -> None:
    """A province to which things have happened: two became one, one was split, a word was taken back, records came again."""
    work([*ROWS, row(6, owner_name="Sarlota Wanma", nik="9202125505750009") | TWICE])
    record_judgements([(1, 2), (2, 4)], "different", reason="seen", judged_by="officer")
    (taken_back,) = record_judgements([(3, 6)], "same", reason="seen", judged_by="officer")
    work([row(6) | TWICE, row(3, phone="+6281299999999")])  # she was entered twice: her second id points forward
    undo_judgement(taken_back, undone_by="head", reason="seen the card")
    work([row(9, cooperative_name="KSP Doberai")])
    assert partition("person") == SPLIT


@pytest.fixture(scope="module")
def lived_template(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    return made_once(server, template, tmp_path_factory, "lived", live)


@pytest.fixture
def lived(server: str, lived_template: str, tmp_path: Path) -> Iterator[None]:
    """That province, this test's own."""
    with cloned(server, lived_template, tmp_path / "home"):
        yield


@pytest.mark.usefixtures("lived")
def test_units_ids_and_golden_rows_come_out_with_their_history_and_then_there_is_nothing_to_do() -> None:
    before, kept, told = versioned(), rows_of(*KEPT), facts()
    assert any("(person," in line and line.count("P-") == 2 for line in before["identity.id_register"]), (
        "one is forwarded"
    )
    counts = again()
    assert (counts["records"], counts["differ"]) == (10, 0)
    assert (versioned(), rows_of(*KEPT), facts()) == (before, kept, told)
    assert work([])["merge"]["records"] == 0


#: what somebody does by hand, and the rows that a rebuild ends or begins for it
DAMAGES = {
    "UPDATE gold.person SET full_name = 'nobody' WHERE to_run IS NULL AND person_id IN ("
    "SELECT unit_id FROM identity.membership WHERE to_run IS NULL GROUP BY unit_id HAVING count(*) = 2)": 6,
    "DELETE FROM gold.household WHERE to_run IS NULL": 1,
    "DELETE FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL": 8,
    "DELETE FROM identity.edge WHERE verdict = 'merge'": 0,
    "UPDATE identity.features SET nik = NULL": 0,
}


@pytest.mark.usefixtures("lived")
def test_what_was_damaged_is_mended_and_counted() -> None:
    told = facts()
    with store.transaction() as connection:
        for damage in DAMAGES:
            connection.execute(sa.text(damage))
    assert again()["differ"] == sum(DAMAGES.values())
    assert facts() == told


@pytest.mark.usefixtures("lived")
def test_an_error_on_the_way_leaves_what_stood_and_the_next_one_takes_in_what_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(new_run(), [row(6, owner_name="Yohana Rumbiak-Wanma")])
    before = versioned()

    def fail(*given: Any) -> dict[str, int]:
        raise RuntimeError("struck")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError, match="struck"):
        patched.setattr(step, "merge_changes", fail)
        again()
    assert versioned() == before
    again()
    assert "Yohana Rumbiak-Wanma" in str(facts())
    assert work([])["merge"]["records"] == 0


def person_of(record_id: int) -> str:
    sql = "SELECT unit_id FROM identity.membership WHERE record_id = :id AND unit_kind = 'person' AND to_run IS NULL"
    return str(store.query(sql, id=record_id)["unit_id"][0])


def test_an_id_goes_on_when_the_record_that_it_hangs_on_left_just_before(known_province: sa.Engine) -> None:
    siti = person_of(1)
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE source.record_version SET to_run = 1 WHERE record_id = 1"))
        connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (1, 1)"))
    again()
    assert partition("person") == [{2, 4}, {3, 7}, {5}, {6}] and person_of(2) == siti


def test_of_two_persons_who_become_one_the_id_of_the_larger_stays_as_in_any_night(known_province: sa.Engine) -> None:
    markus = person_of(3)
    work([row(2, owner_name="Nobody", nik=None) | {"record_id": 0}])
    record_judgements([(0, 3)], "same", reason="seen", judged_by="officer")
    again()
    assert {0, 3, 7} in partition("person") and person_of(0) == markus


EDGES = "SELECT record_a, record_b, weight, verdict, clause, evidence FROM identity.edge ORDER BY record_a, record_b"


def test_an_officers_phone_says_nothing_of_whoever_comes_later_under_another(known_province: sa.Engine) -> None:
    office = {"phone": "+6281355500000", "village_code": None, "district_code": None}
    names = ("Dorkas Saiba", "Martha Wanma", "Petrus Iba", "Lukas Kambu", "Yosina Mandacan")
    work([office | {"record_id": 20 + n, "owner_name": name} for n, name in enumerate(names)])
    work([row(6, phone=office["phone"])])
    work([row(6) | {"record_id": 30, "phone": "+6281244400000"}])
    told = store.query(EDGES).to_dict("records")
    again()
    assert told == store.query(EDGES).to_dict("records")
    assert [json.loads(edge["evidence"])["phone"] for edge in told if edge["record_b"] == 30] == ["absent"]


def test_an_empty_warehouse_is_rebuilt_to_an_empty_one(warehouse: sa.Engine) -> None:
    assert again() == {"records": 0, "pairs": 0, "edges": 0, "persons": 0, "businesses": 0, "rows": 0, "differ": 0}
