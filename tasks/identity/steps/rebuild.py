"""rebuild: all that is derived of who is who, dropped and made again from the records, in one transaction.

What goes: features, edges, memberships, golden rows. What it is made from: the current versions of the records, judgements, the id
register, the frozen model and the rules; ids are carried on by the memberships that stood, as in any night, and the brake on mass
merges counts against them. Rows that come out as they stood keep the run with which they began, others end and begin
like in any night, and what ended earlier stays: history is a fact. A kill leaves what stood.
Belongs here: dropping, and comparing with what stood. Does not belong here: the making (link.py, merge.py), drafts (tasks/aid), records
from bytes (tasks/intake). Why: docs/decisions/0015-rebuild.md.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from schemas.warehouse import metadata
from tasks import store
from tasks.identity.steps.link import link_changes
from tasks.identity.steps.merge import merge_changes
from tasks.identity.steps.writing import MEMBERSHIPS
from tasks.step import step
from tasks.trail import record_event

#: derived without history: of the current versions only
UNVERSIONED = ("identity.features", "identity.edge")
#: derived, with the runs in which each row stood
VERSIONED = tuple(
    table for table in metadata.sorted_tables if table.schema in ("identity", "gold") and "to_run" in table.columns
)

#: every record that says something now, and those that wait to be worked already
EVERYTHING = """
INSERT INTO source.change (record_id, run_id) SELECT record_id, :run FROM source.record_version WHERE to_run IS NULL"""


@step()
def rebuild(run_id: int, reason: str | None, progress: Callable[[dict[str, Any]], None]) -> dict[str, int]:
    """Drop and remake features, edges, memberships and golden rows; the caller holds the consolidation lock.

    Returns the counts of what was made: `records, pairs, edges, persons, businesses, rows`, and `differ`: rows that stood and do not
    come out again, and rows that did not stand. `reason` is recorded, with who gave it.
    """
    with store.transaction() as connection:
        dropped = {name: _count(connection, name) for name in UNVERSIONED} | _set_aside(connection)
        progress({"step": "drop", "rows": dropped})
        tables = ", ".join([*UNVERSIONED, *(_name(table) for table in VERSIONED)])
        connection.execute(sa.text(f"TRUNCATE {tables}"))
        connection.execute(sa.text(EVERYTHING), {"run": run_id})
        linked = _timed("link", lambda: link_changes(connection, run_id), progress)
        stood = _held(metadata.tables[MEMBERSHIPS])
        merged = _timed("merge", lambda: merge_changes(connection, run_id, stood), progress)
        told = _timed("compare", lambda: _compare(connection, run_id), progress)
        record_event("rebuild", "identity", reason=reason, counts=told, connection=connection)
    return {
        "records": merged["records"], "pairs": linked["pairs"], "edges": linked["edges"],
        "persons": merged["persons"], "businesses": merged["businesses"], **told,
    }  # fmt: skip


def _timed(name: str, work: Callable[[], dict[str, int]], progress: Callable[[dict[str, Any]], None]) -> dict[str, int]:
    """One part of the work, told when it is done."""
    started = perf_counter()
    counts = work()
    progress({"step": name, "seconds": round(perf_counter() - started, 2), **counts})
    return counts


def _set_aside(connection: sa.Connection) -> dict[str, int]:
    """Copy the versioned tables into temporary ones; the current rows of each."""
    counts = {}
    for table in VERSIONED:
        held = _held(table)
        connection.execute(sa.text(f"CREATE TEMP TABLE {held} ON COMMIT DROP AS SELECT * FROM {_name(table)}"))
        connection.execute(sa.text(f"ANALYZE {held}"))
        counts[table.fullname] = _count(connection, f"{held} WHERE to_run IS NULL")
    return counts


def _compare(connection: sa.Connection, run_id: int) -> dict[str, int]:
    """Put history back beside the rows that were made; how many rows there are now, and how many differ from what stood."""
    rows = differ = 0
    for table in VERSIONED:
        as_stood, ended, back = _comparison(table)
        same = connection.execute(sa.text(as_stood)).rowcount
        made = _count(connection, _name(table))
        gone = connection.execute(sa.text(ended), {"run": run_id}).rowcount
        connection.execute(sa.text(back))
        connection.execute(sa.text(f"ANALYZE {_name(table)}"))
        rows, differ = rows + made, differ + gone + made - same
    return {"rows": rows, "differ": differ}


def _comparison(table: sa.Table) -> tuple[str, str, str]:
    """SQL for a table: equal rows begin when they began, those that do not come out again end, and all that ended comes back."""
    name, held = _name(table), _held(table)
    keys = [column.name for column in table.primary_key if column.name != "from_run"]
    values = [column.name for column in table.columns if column.name not in ("from_run", "to_run")]
    every = ", ".join(f'"{column.name}"' for column in table.columns)
    same_key = " AND ".join(f'n."{key}" = h."{key}"' for key in keys)
    new, old = (", ".join(f'{side}."{value}"' for value in values) for side in ("n", "h"))
    return (
        f"UPDATE {name} n SET from_run = h.from_run FROM {held} h"
        f" WHERE h.to_run IS NULL AND {same_key} AND ({new}) IS NOT DISTINCT FROM ({old})",
        f"UPDATE {held} h SET to_run = :run WHERE to_run IS NULL"
        f" AND NOT EXISTS (SELECT FROM {name} n WHERE {same_key} AND n.from_run = h.from_run)",
        f"INSERT INTO {name} ({every}) SELECT {every} FROM {held} WHERE to_run IS NOT NULL",
    )


def _name(table: sa.Table) -> str:
    return f'{table.schema}."{table.name}"'


def _held(table: sa.Table) -> str:
    """The temporary table that holds what stood."""
    return f"stood_{table.schema}_{table.name}"


def _count(connection: sa.Connection, what: str) -> int:
    return int(connection.scalar(sa.text(f"SELECT count(*) FROM {what}")) or 0)
