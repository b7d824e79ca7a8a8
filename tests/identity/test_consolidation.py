"""link and merge on a real warehouse: ids, memberships, golden rows; twice, and what is loaded meanwhile."""

from __future__ import annotations

import importlib
import time
from threading import Thread
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from schemas.errors import Unreachable
from tasks import store
from tasks.identity.steps.rebuild import rebuild
from tests.identity.records import facts, golden, load, new_run, partition, work

ROWS: list[dict[str, Any]] = [
    {"record_id": 1, "owner_name": "Siti Aminah", "nik": "9202126101800001", "birth_date": "1980-01-21", "sex": "female",
     "kk_number": "9202121203150001", "phone": "+6281234567890", "business_name": "Kue Mawar", "sector": "culinary"},
    {"record_id": 2, "owner_name": "Hj. St. Aminah", "birth_date": "1980-01-21", "phone": "+6281234567890",
     "kk_number": "9202121203150001", "aid_hold": "NIK_MISSING", "business_name": "Kue Mawar", "sector": "culinary"},
    {"record_id": 3, "owner_name": "Ahmad Yusuf", "nik": "9202120203790004", "birth_date": "1979-03-02", "sex": "male",
     "kk_number": "9202121203150001", "phone": "+6281234567890", "business_name": "Bengkel Jaya", "sector": "services"},
    {"record_id": 4, "owner_name": "Siti Aminah", "nik": "9202126101800001", "birth_date": "1980-01-21", "sex": "female",
     "kk_number": "9202121203150001", "business_name": "Jahit Melati", "sector": "fashion", "sender": "92.03"},
    {"record_id": 5, "owner_name": "Siti Aminatun", "nik": "9202126101800002", "birth_date": "1980-01-21", "sex": "female",
     "kk_number": "9202121203150001", "phone": "+6281234567890"},
    {"record_id": 6, "kind": "group", "owner_name": "Yohana Rumbiak", "nik": "9202125505750003", "group_name": "Kelompok Noken",
     "group_role": "leader"},
    {"record_id": 7, "kind": "group", "owner_name": "Ahmad Yusuf", "nik": "9202120203790004", "group_name": "kelompok noken",
     "group_role": "member"},
    {"record_id": 8, "kind": "cooperative", "cooperative_name": "KSP Arfak", "cooperative_nik": "9202010010001"},
    {"record_id": 9, "kind": "cooperative", "cooperative_name": "KSP ARFAK"},
]  # fmt: skip
PEOPLE = [{1, 2, 4}, {3, 7}, {5}, {6}]


@pytest.fixture
def province(known_province: sa.Engine) -> None:
    """ROWS, consolidated."""


def test_people_spouses_and_twins_are_told_apart(province: None) -> None:
    assert partition("person") == PEOPLE


def test_one_owner_keeps_two_businesses(province: None) -> None:
    assert partition("business") == [{1, 2}, {3}, {4}, {5}]


def test_one_family_card_is_one_household_of_three(province: None) -> None:
    assert partition("household") == [{1, 2, 3, 4, 5}]
    assert store.query("SELECT person_count FROM gold.household WHERE to_run IS NULL")["person_count"].tolist() == [3]


def test_a_group_knows_its_leader_and_members(province: None) -> None:
    group = store.query(
        'SELECT g.member_count, p.full_name FROM gold."group" g JOIN gold.person p ON p.person_id = g.leader_person_id'
    )
    assert group.to_dict("records") == [{"member_count": 2, "full_name": "Yohana Rumbiak"}]


def test_a_cooperative_without_number_joins_its_namesake(province: None) -> None:
    assert partition("cooperative") == [{8, 9}]


def test_a_person_with_a_nik_elsewhere_is_not_held_for_a_missing_one(province: None) -> None:
    row = store.query(
        "SELECT nik, aid_hold, claiming_regency_codes FROM gold.person WHERE claiming_regency_codes LIKE '%|%' AND to_run IS NULL"
    )
    assert row["nik"][0] == "9202126101800001" and pd.isna(row["aid_hold"][0])
    assert row["claiming_regency_codes"][0] == "92.02|92.03"


def test_twins_with_names_alike_are_in_review(province: None) -> None:
    rows = store.query("SELECT full_name FROM gold.person WHERE is_in_review AND to_run IS NULL ORDER BY full_name")
    assert rows["full_name"].tolist() == ["Siti Aminah", "Siti Aminatun"]


def test_a_second_run_without_news_does_no_row_work(province: None) -> None:
    counts = work([])
    assert counts["link"]["records"] == counts["merge"]["records"] == counts["merge"]["written"] == 0


def test_a_row_that_comes_again_unchanged_writes_nothing(province: None) -> None:
    run = new_run()
    with store.transaction() as connection:
        connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (1, :run)"), {"run": run})
    assert consolidate(run, lambda event: None)["merge"]["written"] == 0


def test_a_judgement_parts_what_the_machine_joined(province: None) -> None:
    run = new_run()
    with store.transaction() as connection:
        for a, b in ((1, 2), (2, 4)):
            connection.execute(sa.text(
                "INSERT INTO identity.judgement (record_a, record_b, verdict, reason, judged_by, match_hash_a, match_hash_b)"
                " VALUES (:a, :b, 'different', 'seen', 'officer', 0, 0)"), {"a": a, "b": b})  # fmt: skip
        connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (2, :run)"), {"run": run})
    consolidate(run, lambda event: None)
    assert partition("person") == [{1, 4}, {2}, {3, 7}, {5}, {6}]


def test_what_is_loaded_between_link_and_merge_is_not_forgotten(warehouse: sa.Engine) -> None:
    run = new_run()
    load(run, ROWS[:2])

    def load_more(event: dict[str, Any]) -> None:
        if event["step"] == "link" and event["records"] == 2:
            load(run, ROWS[2:])

    consolidate(run, load_more)
    consolidate(new_run(), load_more)
    with store.transaction() as connection:
        found = connection.execute(
            sa.text("SELECT unit_id, record_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL")
        ).all()
    units = {unit: {record for at, record in found if at == unit} for unit, _ in found}
    assert sorted(map(sorted, units.values())) == sorted(map(sorted, PEOPLE))


def test_what_nobody_told_before_is_written_beside_what_stands(warehouse: sa.Engine) -> None:
    """Golden tables that are still empty are read on one connection and written on another: neither may wait for the other."""
    with store.transaction() as connection:
        database = connection.scalar(sa.text("SELECT current_database()"))
        connection.execute(sa.text(f"ALTER DATABASE \"{database}\" SET lock_timeout = '20s'"))
    warehouse.dispose()
    said = (
        "kk_number",
        "group_name",
        "group_role",
        "cooperative_name",
        "cooperative_nik",
        "product",
        "licence",
        "marketplace",
        "nib",
    )
    bare = [{name: value for name, value in row.items() if name not in said} for row in ROWS if "owner_name" in row]
    work([row | {"kind": "umkm"} for row in bare])
    empty = ("household", "product", "licence", "channel", "group", "cooperative")
    assert [len(golden(table)) for table in empty] == [0] * len(empty)
    work([*ROWS, {"record_id": 10, "owner_name": "Maria Kambu", "nik": "9202124101800007", "kk_number": "9202121203150009",
                  "business_name": "Noken Maria", "product": "noken", "licence": "PIRT 1", "marketplace": "shopee"}])  # fmt: skip
    assert [len(golden(table)) for table in empty] == [2, 1, 1, 1, 1, 1]
    found = facts()
    rebuild(new_run(), None, lambda event: None)
    assert facts() == found


def test_who_vanished_between_link_and_merge_is_of_no_household(warehouse: sa.Engine) -> None:
    siti, yohanis = ROWS[0], ROWS[2]
    work([siti, yohanis | {"record_id": 2}])
    run = new_run()
    load(run, [siti | {"record_id": 3}])

    def vanish(event: dict[str, Any]) -> None:
        if event["step"] == "link":
            with store.transaction() as connection:
                gone = {"run": run}
                connection.execute(sa.text("UPDATE source.record_version SET to_run = :run WHERE record_id = 2"), gone)
                connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (2, :run)"), gone)
                connection.execute(sa.text(
                    "INSERT INTO identity.judgement (record_a, record_b, verdict, reason, judged_by, match_hash_a, match_hash_b)"
                    " VALUES (2, 3, 'same', 'seen', 'officer', 0, 0)"
                ))  # fmt: skip

    consolidate(run, vanish)
    assert golden("household")["person_count"].tolist() == ["1"]


def test_a_table_that_somebody_waits_for_stops_the_merge_by_name_and_not_for_ever(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for a table of the writing connection stands before the reading one, which the writing one waits for."""
    work(ROWS[:3])
    merge = importlib.import_module("tasks.identity.steps.merge")
    look_around, outsiders = merge._look_around, []

    def and_somebody_comes(connection: sa.Connection, households: Any) -> Any:
        found = look_around(connection, households)  # it has looked into gold.person now, and holds it
        outsiders.append(Thread(target=alter))
        outsiders[0].start()
        waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'gold.person'::regclass)"
        while not store.query(waits)["exists"][0]:
            time.sleep(0.05)
        return found

    def alter() -> None:
        with store.transaction() as connection:
            connection.execute(sa.text("ALTER TABLE gold.person ADD COLUMN outsider text"))

    monkeypatch.setattr(merge, "_look_around", and_somebody_comes)
    monkeypatch.setattr(store, "_NOT_FOR_EVER", "SET LOCAL lock_timeout = '1s'")
    with pytest.raises(Unreachable, match="somebody else waits"):
        work(ROWS[3:])
    outsiders[0].join()
    monkeypatch.undo()
    assert work([])["merge"]["records"] > 0
    assert partition("person") == PEOPLE
