"""Bad input ends in a finding or a named error: never in one giant person, a wrong merge, or work without bound (pairs are counted)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import sqlalchemy as sa

from schemas.errors import Refused, UsageError
from tasks import store
from tasks.identity.steps.judge import record_judgements
from tasks.identity.steps.rebuild import rebuild
from tests.identity.records import facts, new_run, partition, work
from tests.identity.test_consolidation import ROWS

SYLLABLES = [
    "ka",
    "mo",
    "sri",
    "tun",
    "ber",
    "la",
    "wi",
    "nga",
    "do",
    "fi",
    "hum",
    "jo",
    "pra",
    "ren",
    "sul",
    "ti",
    "u",
    "ya",
    "zo",
    "gus",
]


def names(count: int) -> list[str]:
    """So many names of two words, no word in two of them."""
    words = [f"{a}{b}{c}" for a, b, c in itertools.permutations(SYLLABLES, 3)][:: 6840 // (2 * count)]
    return [f"{given} {family}" for given, family in zip(words[:count], words[count : 2 * count][::-1], strict=True)]


def birth(n: int) -> str:
    return f"19{50 + n % 40}-{n % 12 + 1:02d}-{n % 28 + 1:02d}"


def told(count: int, **values: Any) -> list[dict[str, Any]]:
    """So many records that say the same."""
    return [{"record_id": n + 1, **values} for n in range(count)]


def sizes() -> list[int]:
    """How many records each person has, most first."""
    return sorted(map(len, partition("person")), reverse=True)


def capped() -> dict[str, int]:
    """The blocks that were over their cap, by rule, in the newest report."""
    sql = (
        "SELECT rule, capped_block_count FROM identity.blocking_report WHERE capped_block_count > 0"
        " AND run_id = (SELECT max(run_id) FROM identity.blocking_report)"
    )
    return dict(store.query(sql).itertuples(index=False, name=None))


def is_as_rebuilt() -> bool:
    before = facts()
    return rebuild(new_run(), None, lambda event: None)["differ"] == 0 and facts() == before


def test_one_nik_on_400_rows_is_400_people_under_review_and_an_alarm(warehouse: sa.Engine) -> None:
    rows = [
        {"record_id": n + 1, "owner_name": name, "birth_date": birth(n), "nik": "9202126101800001"}
        for n, name in enumerate(names(400))
    ]
    counts = work(rows)
    assert sizes() == [1] * 400
    assert capped()["nik"] == 1
    assert counts["link"]["pairs"] <= 40 * 400


def test_one_nik_on_few_rows_of_different_people_is_a_question_for_each(warehouse: sa.Engine) -> None:
    work([
        {"record_id": n + 1, "owner_name": name, "birth_date": birth(n), "nik": "9202126101800001"}
        for n, name in enumerate(names(20))
    ])  # fmt: skip
    assert sizes() == [1] * 20
    held = store.query("SELECT count(*) AS held FROM gold.person WHERE is_in_review AND to_run IS NULL")
    assert held["held"][0] == 20


def test_all_born_on_one_day_are_told_apart_in_pairs_in_proportion(warehouse: sa.Engine) -> None:
    rows = [
        {
            "record_id": n + 1,
            "owner_name": name,
            "birth_date": "1970-01-01",
            "nik": f"920212{1 + n % 28:02d}0980{n + 1:04d}",
        }
        for n, name in enumerate(names(400))
    ]
    counts = work(rows)
    assert sizes() == [1] * 400
    assert counts["link"]["pairs"] <= 40 * 400


def test_rows_that_hardly_name_anybody_are_nobody_else(warehouse: sa.Engine) -> None:
    hardly = [None, "", "-", "A", "A. B.", "Hj.", "'"]
    counts = work([
        {"record_id": n + 1, "owner_name": hardly[n % 7], "business_name": "Warung"} for n in range(700)
    ])  # fmt: skip
    assert set(sizes()) == {1}
    assert counts["link"]["pairs"] <= 40 * 700


def test_hardly_a_name_and_a_shared_birth_date_phone_and_address_are_no_proof(warehouse: sa.Engine) -> None:
    rows = [
        {"record_id": n + 1, "owner_name": "A" if n % 2 else None, "nik": f"92021201017500{n + 1:02d}", "birth_date": "1975-01-01",
         "phone": "+6281234567890", "owner_address": "Jalan Pasar 1"}
        for n in range(60)
    ]  # fmt: skip
    work(rows)
    assert sizes() == [1] * 60


@pytest.mark.deep
def test_two_thousand_rows_of_one_person_are_one_person_with_pairs_in_proportion(warehouse: sa.Engine) -> None:
    said = {
        "owner_name": "Siti Aminah",
        "nik": "9202126101800001",
        "birth_date": "1980-01-21",
        "phone": "+6281234567890",
    }
    counts = work(told(2_000, **said))
    assert sizes() == [2_000]
    assert counts["link"]["pairs"] <= 2_000


def test_a_person_whom_every_months_list_repeats_stays_one_person_for_years(warehouse: sa.Engine) -> None:
    """Were she two after the fortieth month, she would be aided twice."""
    rows = told(60, owner_name="Siti Aminah", nik="9202126101800001", birth_date="1980-01-21")
    for month, row in enumerate(rows):
        row["business_name"] = f"Kue {month // 20}"
    for start in (0, 30):
        work(rows[start : start + 30])
        assert sizes() == [start + 30]


def test_copies_come_and_go_and_the_first_of_them_leaves(warehouse: sa.Engine) -> None:
    rows = told(50, owner_name="Siti Aminah", nik="9202126101800001", birth_date="1980-01-21")
    other = {"record_id": 99, "owner_name": "Hj. St. Aminah", "nik": "9202126101800001", "birth_date": "1980-01-12"}
    work([*rows[20:], other])
    work(rows[:20])
    assert sizes() == [51]
    work([{**rows[0], "owner_name": "Yohana Rumbiak", "nik": "9202125505750003", "birth_date": "1975-05-15"}])
    assert sizes() == [50, 1]
    assert is_as_rebuilt()


def test_a_block_that_comes_under_its_cap_again_is_looked_at_again(warehouse: sa.Engine) -> None:
    rows = [
        {"record_id": n + 1, "owner_name": name, "birth_date": birth(n), "nik": "9202126101800001"}
        for n, name in enumerate(names(45))
    ]
    rows[1] |= {"birth_date": rows[0]["birth_date"], "owner_name": rows[0]["owner_name"].replace("k", "kk")}
    work(rows)
    assert capped()["nik"] == 1
    work([{**row, "nik": None} for row in rows[30:]])
    assert [1, 2] in [sorted(each) for each in partition("person")]
    assert is_as_rebuilt()


def test_judgements_in_a_cycle_are_refused_by_name(known_province: sa.Engine) -> None:
    record_judgements([(1, 5), (5, 6)], "same", reason="seen", judged_by="officer")
    with pytest.raises(Refused):
        record_judgements([(1, 6)], "different", reason="seen", judged_by="officer")


def test_judgements_in_a_cycle_that_are_there_keep_apart_what_was_judged_apart(known_province: sa.Engine) -> None:
    with store.transaction() as connection:
        for a, b, verdict in ((3, 5, "same"), (5, 6, "same"), (3, 6, "different")):
            connection.execute(sa.text(
                "INSERT INTO identity.judgement (record_a, record_b, verdict, reason, judged_by, match_hash_a, match_hash_b)"
                " VALUES (:a, :b, :verdict, 'seen', 'officer', 0, 0)"), {"a": a, "b": b, "verdict": verdict})  # fmt: skip
            connection.execute(
                sa.text("INSERT INTO source.change (record_id, run_id) VALUES (:a, 1), (:b, 1)"), {"a": a, "b": b}
            )
    work([])
    together = partition("person")
    assert not any({3, 6} <= each for each in together)
    assert any({3, 5} <= each or {5, 6} <= each for each in together)


def ended(record: int) -> None:
    """A rerun found that the row is no row any more: the record has no current version."""
    run = new_run()
    with store.transaction() as connection:
        values = {"id": record, "run": run}
        connection.execute(sa.text("UPDATE source.record_version SET to_run = :run WHERE record_id = :id"), values)
        connection.execute(sa.text("INSERT INTO source.change (record_id, run_id) VALUES (:id, :run)"), values)
    work([])


def test_a_judgement_about_a_record_that_vanished_waits_until_it_comes_back(known_province: sa.Engine) -> None:
    record_judgements([(1, 5)], "same", reason="seen", judged_by="officer")
    work([])
    assert {1, 2, 4, 5} in partition("person")
    ended(5)
    assert {1, 2, 4} in partition("person")
    with pytest.raises((Refused, UsageError)):
        record_judgements([(3, 5)], "same", reason="seen", judged_by="officer")
    work([ROWS[4]])
    assert {1, 2, 4, 5} in partition("person")


def test_a_record_that_names_nobody_any_more_leaves_its_person_and_comes_back_to_the_same_id(
    known_province: sa.Engine,
) -> None:
    sql = "SELECT unit_id FROM identity.membership WHERE unit_kind = 'person' AND record_id = 6 AND to_run IS NULL"
    (before,) = store.query(sql)["unit_id"]
    row = next(row for row in ROWS if row["record_id"] == 6)
    work([{**row, "owner_name": None, "nik": None}])
    assert {6} not in partition("person") and store.query(sql).empty
    work([row])
    assert store.query(sql)["unit_id"].tolist() == [before]


def test_an_empty_warehouse_and_a_delta_of_no_rows_are_no_work(warehouse: sa.Engine) -> None:
    nothing = {
        "link": {"records": 0, "pairs": 0, "edges": 0},
        "merge": {"records": 0, "persons": 0, "businesses": 0, "written": 0},
    }
    assert work([]) == nothing
    work([row for row in ROWS if row.get("kind") == "cooperative"])  # they name no person
    assert (partition("person"), partition("cooperative")) == ([], [{8, 9}])
    assert work([]) == nothing
