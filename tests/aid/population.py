"""A small population put straight into the golden tables, and three officers; NIKs are invented."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from typing import Any

import sqlalchemy as sa

from tasks import store
from tasks.aid.steps import add_officer, approve, lock

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
    with store.run("nightly", TODAY) as run:
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
    row = {**values, f"{table}_id": unit_id, "from_run": run_id, "record_count": 1, "sources": sources}
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
