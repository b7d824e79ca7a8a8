"""A small population put straight into the golden tables, and three officers; NIKs are invented."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from typing import Any

import sqlalchemy as sa

from tasks import runs, store
from tasks.aid.steps import add_officer, approve, build_drafts, lock

TODAY = dt.date(2020, 9, 1)
LIST = "bpum_2020.2020-1.1.v1"
PREPARER, FIRST, SECOND = "sari", "budi", "rina"
_PERSON: dict[str, Any] = {
    "full_name": "Orang Contoh",
    "nik": "1901010101800001",
    "birth_date": dt.date(1980, 1, 1),
    "occupation": None,
    "has_bank_credit": None,
    "residence_regency_code": "19.01",
    "household_id": None,
    "aid_hold": None,
    "is_in_review": False,
    "regency_code": "19.01",
}
_BUSINESS: dict[str, Any] = {
    "business_name": "Warung",
    "regency_code": "19.01",
    "size_class": "micro",
    "has_sku": None,
    "activity_status": None,
}


def start_run() -> int:
    """A run on the time axis."""
    with runs.run("nightly", TODAY) as run:
        return run.run_id


def add_person(run_id: int, person_id: str, *businesses: dict[str, Any], number: int = 1, **values: Any) -> None:
    """A current golden person with businesses (`{}` = a plain micro business); none given = no business."""
    person = {**_PERSON, "nik": f"190101010180{number:04d}", **values}
    add_golden("person", person_id, run_id, person)
    for position, business in enumerate(businesses):
        add_golden("business", f"B-{person_id}-{position}", run_id, {**_BUSINESS, "person_id": person_id, **business})


def add_golden(table: str, unit_id: str, run_id: int, values: dict[str, Any]) -> None:
    """One current golden row; every value's source is record 7 by the rule `newest`."""
    sources = json.dumps({name: [7, "newest"] for name, value in values.items() if value is not None})
    row = {**values, f"{table}_id": unit_id, "from_run": run_id, "sources": sources}
    row["content_hash"] = zlib.crc32(f"{unit_id}{values}".encode())
    execute(
        f"INSERT INTO gold.{table} ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})",
        **row,
    )
    execute(
        "INSERT INTO identity.id_register (unit_kind, unit_id, anchor_record, created_run) VALUES (:kind, :id, 7, :run)",
        kind=table,
        id=unit_id,
        run=run_id,
    )


def merge_person(run_id: int, old: str, new: str) -> None:
    """End `old` and point its id to `new`."""
    execute("UPDATE gold.person SET to_run = :run WHERE person_id = :old AND to_run IS NULL", run=run_id, old=old)
    execute(
        "UPDATE identity.id_register SET forwarded_to = :new WHERE unit_id = :old AND unit_kind = 'person'",
        new=new,
        old=old,
    )


def add_officers() -> None:
    """One preparer, two approvers."""
    add_officer(PREPARER, "Sari", "preparer")
    add_officer(FIRST, "Budi", "approver")
    add_officer(SECOND, "Rina", "approver")


def fill_draft() -> int:
    """Three persons in, one out, one waiting; officers with keys. The run that built it."""
    run = start_run()
    for number in range(1, 4):
        add_person(run, f"P-{number}", {}, number=number)
    add_person(run, "P-4", {}, number=4, has_bank_credit=True)
    add_person(run, "P-5", {}, nik=None)
    build_drafts(run)
    add_officers()
    return run


def execute(sql: str, **values: Any) -> int:
    """One statement in a transaction of its own; the rows it touched."""
    with store.transaction() as connection:
        return connection.execute(sa.text(sql), values).rowcount


def rows(sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query as plain tuples."""
    with store.transaction() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql), values)]


def decisions(list_id: str = LIST) -> dict[str, tuple[str, str]]:
    """person -> (decision, reasons)."""
    found = rows("SELECT unit_id, decision, reasons FROM aid.decision WHERE list_id = :list_id", list_id=list_id)
    return {unit: (decision, reasons) for unit, decision, reasons in found}


def prepare(list_id: str = LIST) -> None:
    """Lock a list and approve it twice."""
    lock(list_id, PREPARER)
    approve(list_id, FIRST)
    approve(list_id, SECOND)


def judge_a_sample(same: int, different: int) -> None:
    """A sample of merged pairs, judged: what the estimate of precision is made from. Pairs of records from 1000 on, all of one stratum."""
    pairs = same + different
    execute(
        "INSERT INTO identity.sample (drawn_by, seed, size, about) VALUES ('budi', 1, :size, 'precision')", size=pairs
    )
    execute(
        "INSERT INTO identity.sample_stratum (sample_id, side, clause, band, pair_count, known_same, known_different)"
        " SELECT max(sample_id), 'merged', 'NAME_AND_BIRTH', 1, 100000, 0, 0 FROM identity.sample"
    )
    for table, columns, values in (
        ("source.logical_record", "record_id, series_id, regency_code, kind", "999 + n, 1, '19.01', 'umkm'"),
        (
            "identity.sample_pair",
            "sample_id, record_a, record_b, side, clause, band, place, match_hash_a, match_hash_b",
            "(SELECT max(sample_id) FROM identity.sample), 998 + 2 * n, 999 + 2 * n, 'merged', 'NAME_AND_BIRTH', 1, n, 0, 0",
        ),
        (
            "identity.judgement",
            "record_a, record_b, verdict, reason, judged_by, match_hash_a, match_hash_b",
            "998 + 2 * n, 999 + 2 * n, CASE WHEN n <= :same THEN 'same' ELSE 'different' END, 'seen', 'budi', 0, 0",
        ),
    ):
        count = 2 * pairs + 1 if table == "source.logical_record" else pairs
        with store.transaction() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))  # records without files
            connection.execute(
                sa.text(f"INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, :count) n"),
                {"count": count} | ({"same": same} if ":same" in values else {}),
            )
