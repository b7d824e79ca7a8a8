"""The set-based writes of merge: the register, memberships, golden rows. Only rows that differ are written.

A row ends with to_run and its successor begins with from_run; a row that this very run wrote is replaced instead. Belongs here:
those statements. Does not belong here: which values they carry.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tasks import store

if TYPE_CHECKING:
    import pandas as pd

#: writes of so many rows, and of such a share of the table, change what the planner should know
BULK, BULK_SHARE = 2_000, 0.1

#: the indexes of a table that hold up no constraint
PLAIN_INDEXES = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
     WHERE i.indrelid = CAST(:table AS regclass) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
     ORDER BY 1"""

#: households whose members were just written, with how many persons they hold
HOUSEHOLD_ROWS = """
    SELECT h.unit_id, min(f.kk_number) AS kk_number, count(DISTINCT p.unit_id) AS person_count, count(*) AS record_count,
           mode() WITHIN GROUP (ORDER BY f.regency_code) AS regency_code, '{}' AS disagreements,
           json_build_object('kk_number', json_build_array(min(f.record_id), 'only'))::text AS sources
      FROM identity.membership h JOIN identity.features f USING (record_id)
      LEFT JOIN identity.membership p ON p.record_id = h.record_id AND p.unit_kind = 'person' AND p.to_run IS NULL
     WHERE h.unit_kind = 'household' AND h.to_run IS NULL AND h.unit_id IN (SELECT unit_id FROM now_household)
     GROUP BY h.unit_id"""


def give_ids(connection: sa.Connection, run_id: int, kind: str, labels: pd.Series) -> pd.Series:
    """Unit id per record (index record id) for clusters given by label; new ids and forwards go into the register.

    Leaves the temporary table `now_<kind>` (record_id, unit_id).
    """
    import pandas as pd

    from tasks.identity.register import assign_ids

    clusters = pd.DataFrame(
        {"record_id": labels.index.to_numpy(dtype="int64"), "label": labels.to_numpy(dtype="int64")}
    )
    connection.execute(sa.text(f"CREATE TEMP TABLE member_{kind} (record_id bigint) ON COMMIT DROP"))
    store.copy_in(connection, f"member_{kind}", clusters[["record_id"]])
    connection.execute(sa.text(f"ANALYZE member_{kind}"))
    _move_lost_anchors(connection, kind)
    register = store.query(
        f"SELECT r.unit_id, r.anchor_record, r.forwarded_to FROM identity.id_register r JOIN member_{kind} m"
        " ON m.record_id = r.anchor_record WHERE r.unit_kind = :kind ORDER BY r.unit_id",
        connection,
        kind=kind,
    )
    current = store.query(
        f"SELECT record_id, unit_id FROM identity.membership JOIN member_{kind} USING (record_id)"
        " WHERE unit_kind = :kind AND to_run IS NULL",
        connection,
        kind=kind,
    )
    assigned = assign_ids(kind, clusters, register, current)
    new = assigned.created.assign(unit_kind=kind, created_run=run_id)
    store.copy_in(connection, "identity.id_register", new)
    with store.staged(connection, f"forward_{kind}", "identity.id_register", assigned.forwarded) as staged:
        connection.execute(
            sa.text(
                f"UPDATE identity.id_register r SET forwarded_to = s.forwarded_to FROM {staged} s"
                " WHERE r.unit_kind = :kind AND r.unit_id = s.unit_id"
            ),
            {"kind": kind},
        )
    units = clusters.set_index("record_id")["label"].map(assigned.ids)
    connection.execute(sa.text(f"CREATE TEMP TABLE now_{kind} (record_id bigint, unit_id text) ON COMMIT DROP"))
    store.copy_in(connection, f"now_{kind}", units.rename("unit_id").reset_index())
    connection.execute(sa.text(f"ANALYZE now_{kind}"))
    return units


def _move_lost_anchors(connection: sa.Connection, kind: str) -> None:
    """An id whose anchor is no longer a record of that kind is anchored at the smallest record that still carries it."""
    connection.execute(
        sa.text(
            "UPDATE identity.id_register r SET anchor_record = lost.heir FROM ("
            "  SELECT m.unit_id, min(m.record_id) AS heir FROM identity.membership m"
            f"    JOIN member_{kind} k USING (record_id)"
            "    JOIN identity.id_register o ON o.unit_kind = m.unit_kind AND o.unit_id = m.unit_id"
            "   WHERE m.unit_kind = :kind AND m.to_run IS NULL"
            f"     AND o.anchor_record IN (SELECT record_id FROM touched EXCEPT SELECT record_id FROM member_{kind})"
            "   GROUP BY m.unit_id) lost"
            " WHERE r.unit_kind = :kind AND r.unit_id = lost.unit_id"
        ),
        {"kind": kind},
    )


_BEGIN_MEMBERS = """
    INSERT INTO identity.membership (unit_kind, record_id, from_run, unit_id, role)
    SELECT :kind, record_id, :run, unit_id, :role FROM {source}"""


def write_members(
    connection: sa.Connection,
    run_id: int,
    kind: str,
    units: pd.Series,
    *,
    role: str | None = None,
    scope: str = "touched",
) -> int:
    """Bring memberships of a kind to `units`; records in scope without a unit lose theirs. Returns the rows ended and begun.

    scope: `touched` = the touched records and those of `units`; `all` = every record.
    """
    values = {"kind": kind, "run": run_id, "role": role}
    if is_empty(connection, "identity.membership", "unit_kind = :kind", kind=kind):
        connection.execute(sa.text(f"CREATE TEMP TABLE was_{kind} (unit_id text) ON COMMIT DROP"))
        begun = connection.execute(sa.text(_BEGIN_MEMBERS.format(source=f"now_{kind}")), values).rowcount
        look_again(connection, "identity.membership", begun)
        return int(begun)
    inside = "true" if scope == "all" else f"m.record_id IN (SELECT record_id FROM scope_{kind})"
    if scope != "all":
        union = f"SELECT record_id FROM touched UNION SELECT record_id FROM now_{kind}"
        connection.execute(sa.text(f"CREATE TEMP TABLE scope_{kind} ON COMMIT DROP AS {union}"))
        connection.execute(sa.text(f"ANALYZE scope_{kind}"))
    gone = (
        f"m.unit_kind = :kind AND m.to_run IS NULL AND {inside} AND NOT EXISTS"
        f" (SELECT FROM now_{kind} n WHERE n.record_id = m.record_id AND n.unit_id = m.unit_id)"
    )
    connection.execute(
        sa.text(
            f"CREATE TEMP TABLE was_{kind} ON COMMIT DROP AS SELECT DISTINCT m.unit_id FROM identity.membership m"
            f" WHERE m.unit_kind = :kind AND m.to_run IS NULL AND {inside}"
        ),
        values,
    )
    connection.execute(sa.text(f"DELETE FROM identity.membership m WHERE m.from_run = :run AND {gone}"), values)
    ended = connection.execute(sa.text(f"UPDATE identity.membership m SET to_run = :run WHERE {gone}"), values).rowcount
    connection.execute(
        sa.text(
            f"CREATE TEMP TABLE new_{kind} ON COMMIT DROP AS SELECT n.record_id, n.unit_id FROM now_{kind} n WHERE NOT EXISTS"
            " (SELECT FROM identity.membership m WHERE m.unit_kind = :kind AND m.record_id = n.record_id AND m.to_run IS NULL)"
        ),
        values,
    )
    begun = connection.execute(sa.text(_BEGIN_MEMBERS.format(source=f"new_{kind}")), values).rowcount
    look_again(connection, "identity.membership", ended + begun)
    return int(ended + begun)


def look_again(connection: sa.Connection, table: str, changed: int) -> None:
    """Fresh statistics after a bulk write: the statements that follow in this transaction would be planned for the table that was."""
    if changed >= max(BULK, BULK_SHARE * known_rows(connection, table)):
        connection.execute(sa.text(f"ANALYZE {table}"))


def known_rows(connection: sa.Connection, table: str) -> float:
    """How many rows the planner thinks a table has: no count of a large table for the sake of a plan."""
    sql = "SELECT reltuples FROM pg_class WHERE oid = CAST(:table AS regclass)"
    return float(connection.scalar(sa.text(sql), {"table": table}) or 0)


def is_empty(connection: sa.Connection, table: str, where: str = "true", **values: str) -> bool:
    """Whether no row of a table meets a condition."""
    return not connection.scalar(sa.text(f"SELECT EXISTS (SELECT FROM {table} WHERE {where})"), values)


@contextmanager
def filled_before_indexed(connection: sa.Connection, *tables: str) -> Iterator[None]:
    """Inside the block, those of the tables that are still empty have no indexes but their keys; they are indexed at its end.

    The first night writes every row at once: one sort per index instead of a million insertions. All in the caller's transaction:
    a kill leaves the indexes as they were. Readers of these tables, empty until then, wait for the transaction.
    """
    indexes: list[tuple[str, str]] = []
    for table in tables:
        if is_empty(connection, table):
            indexes += [
                (row.name, row.definition) for row in connection.execute(sa.text(PLAIN_INDEXES), {"table": table})
            ]
    for name, _ in indexes:
        connection.execute(sa.text(f"DROP INDEX {name}"))
    yield
    for _, definition in indexes:
        connection.execute(sa.text(definition))


def write_golden(
    connection: sa.Connection, run_id: int, kind: str, rows: pd.DataFrame, *, scope: str = "touched"
) -> int:
    """Bring gold.<kind> to `rows` (index unit_id): rows that differ end and begin anew, units that are no more end.

    scope: `touched` = the units that touched records belong to or belonged to; `all` = every unit of the kind.
    """
    before = None if scope == "all" else f"SELECT unit_id FROM was_{kind}"
    return _write(connection, run_id, kind, rows.rename_axis(f"{kind}_id").reset_index(), before)


def write_parts(
    connection: sa.Connection, run_id: int, table: str, parts: pd.DataFrame, businesses: pd.DataFrame
) -> int:
    """Bring gold.product, licence or channel of the touched businesses to `parts`; ids are made from business and value."""
    import hashlib

    own = [column for column in parts.columns if column not in ("unit_id", "record_id")]
    text = parts["unit_id"].astype(str)
    for column in own:
        text = text + "|" + parts[column].astype(str)
    letter = {"product": "T", "licence": "L", "channel": "C"}[table]
    ids = [f"{letter}-{hashlib.blake2b(value.encode(), digest_size=6).hexdigest()}" for value in text]
    rows = parts[own].assign(business_id=parts["unit_id"], record_count=1, disagreements="{}")
    rows[f"{table}_id"] = ids
    rows["regency_code"] = parts["unit_id"].map(businesses["regency_code"])
    rows["sources"] = '{"*": [' + parts["record_id"].astype(str) + ', "newest"]}'
    before = f"SELECT {table}_id FROM gold.{table} WHERE to_run IS NULL AND business_id IN (SELECT unit_id FROM was_business)"
    return _write(connection, run_id, table, rows, before)


def _write(connection: sa.Connection, run_id: int, kind: str, rows: pd.DataFrame, before: str | None) -> int:
    """The difference between current golden rows (those of `before`, a query of ids; None = all) and `rows`, written."""
    table, key = f'gold."{kind}"', f"{kind}_id"
    columns = ", ".join(f'"{column}"' for column in rows.columns)
    values = {"run": run_id}
    if is_empty(connection, table):
        return _write_first(connection, run_id, kind, rows)
    with store.staged(connection, f"stage_{kind}", table, rows) as staged:
        hashed = f"SELECT s.*, {_CONTENT_HASH} AS content_hash FROM {staged} s"
        connection.execute(sa.text(f"CREATE TEMP TABLE golden_{kind} ON COMMIT DROP AS {hashed}"))
    connection.execute(sa.text(f"CREATE UNIQUE INDEX ON golden_{kind} ({key})"))
    connection.execute(sa.text(f"ANALYZE golden_{kind}"))
    inside = "true"
    if before is not None:
        union = f"{before} UNION SELECT {key} FROM golden_{kind}"
        connection.execute(sa.text(f"CREATE TEMP TABLE before_{kind} (unit_id) ON COMMIT DROP AS {union}"))
        connection.execute(sa.text(f"ANALYZE before_{kind}"))
        inside = f"g.{key} IN (SELECT unit_id FROM before_{kind})"
    gone = (
        f"g.to_run IS NULL AND {inside} AND NOT EXISTS"
        f" (SELECT FROM golden_{kind} s WHERE s.{key} = g.{key} AND s.content_hash = g.content_hash)"
    )
    connection.execute(sa.text(f"DELETE FROM {table} g WHERE g.from_run = :run AND {gone}"), values)
    ended = connection.execute(sa.text(f"UPDATE {table} g SET to_run = :run WHERE {gone}"), values).rowcount
    unchanged = f"DELETE FROM golden_{kind} s USING {table} g WHERE g.{key} = s.{key} AND g.to_run IS NULL"
    connection.execute(sa.text(unchanged))
    begun = connection.execute(
        sa.text(
            f"INSERT INTO {table} ({columns}, content_hash, from_run) SELECT {columns}, content_hash, :run FROM golden_{kind}"
        ),
        values,
    ).rowcount
    look_again(connection, table, ended + begun)
    return int(ended + begun)


def _write_first(connection: sa.Connection, run_id: int, kind: str, rows: pd.DataFrame) -> int:
    """All golden rows of a kind of which there is none yet: nothing to compare them with."""
    table = f'gold."{kind}"'
    columns = ", ".join(f'"{column}"' for column in rows.columns)
    sql = f"CREATE TEMP TABLE first_{kind} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"
    connection.execute(sa.text(sql))
    store.copy_in(connection, f"first_{kind}", rows)
    with filled_before_indexed(connection, table):
        begun = connection.execute(
            sa.text(
                f"INSERT INTO {table} ({columns}, content_hash, from_run)"
                f" SELECT {columns}, {_CONTENT_HASH}, :run FROM first_{kind} s"
            ),
            {"run": run_id},
        ).rowcount
    look_again(connection, table, begun)
    return int(begun)


#: over the row as text, in the order of the frame's columns (`s` = the staged row)
_CONTENT_HASH = "hashtextextended(s::text, 0)"
