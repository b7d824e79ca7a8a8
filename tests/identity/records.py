"""Records put into a warehouse as the load step would, and what consolidation makes of them; NIKs are invented."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from benchmarks.loading import load_records, start_run
from flows.consolidation import consolidate
from tasks import store

KINDS = ("person", "business", "household", "group", "cooperative")
GOLDEN = (*KINDS, "product", "licence", "channel")
#: what a record is and says unless it says otherwise
USUAL = {"sender": "92.02", "kind": "umkm", "village_code": "92.02.12.2001", "district_code": "92.02.12"}


def new_run() -> int:
    return start_run(date(2026, 11, 22))


def load(run: int, rows: list[dict[str, Any]]) -> None:
    """Write records as the load step would: one version each, on the work list."""
    if rows:
        told = pd.DataFrame([USUAL | row for row in rows], dtype=object)
        load_records(run, told.rename(columns={"sender": "sender_code"}))


def work(rows: list[dict[str, Any]]) -> dict[str, Any]:
    run = new_run()
    load(run, rows)
    return consolidate(run, lambda event: None)


def partition(kind: str) -> list[set[int]]:
    sql = "SELECT record_id, unit_id FROM identity.membership WHERE unit_kind = :kind AND to_run IS NULL"
    members = store.query(sql, kind=kind)
    return sorted((set(map(int, group)) for _, group in members.groupby("unit_id")["record_id"]), key=min)


def golden(table: str) -> pd.DataFrame:
    """Current golden values under a canonical key: ids and runs left out."""
    frame = store.query(f'SELECT * FROM gold."{table}" WHERE to_run IS NULL')
    ids = [c for c in frame.columns if c.endswith("_id") or c in ("from_run", "to_run", "content_hash")]
    values = frame.drop(columns=ids).astype(str)
    return values.sort_values(list(values.columns), ignore_index=True)


def facts() -> dict[str, Any]:
    """Who is one, and every golden value, under keys that do not depend on ids, runs or who came first."""
    return {kind: partition(kind) for kind in KINDS} | {
        f"gold {table}": golden(table).to_dict("records") for table in GOLDEN
    }


def rows_of(*tables: str) -> dict[str, list[str]]:
    """Every row of tables as text, in order: equal only when nothing at all differs."""
    return {table: store.query(f"SELECT t::text AS row FROM {table} t ORDER BY 1")["row"].tolist() for table in tables}


def versioned() -> dict[str, list[str]]:
    """Ids, memberships and golden rows with their history and the runs in which they stood."""
    return rows_of("identity.id_register", "identity.membership", *(f'gold."{table}"' for table in GOLDEN))
