"""The writes of merge: the register, memberships, golden rows. Only rows that differ are written, each straight into its table.

What stands is read for the units at hand only, compared here, and the difference is written: a row ends with to_run and its successor
begins with from_run; a row that this very run wrote is replaced instead. The first night goes the same way and finds nothing
standing. Belongs here: those reads and writes. Does not belong here: which values they carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from tasks import store
from tasks.identity.steps.brake import stop_mass_merge

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: calls a function of the connection, with what else is given, in its turn
Server = Callable[..., Future[Any]]

#: writes of so many rows, and of such a share of the table, change what the planner should know
BULK, BULK_SHARE = 2_000, 0.1

#: where the memberships lie that stood until now; a rebuild has them set aside
MEMBERSHIPS = "identity.membership"

#: the indexes of a table that hold up no constraint
PLAIN_INDEXES = """
    SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
     WHERE i.indrelid = CAST(:table AS regclass) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
     ORDER BY 1"""

#: what is not named here is told as text
ARROW_TYPES: dict[type, str] = {sa.BigInteger: "int64", sa.Integer: "int64", sa.Boolean: "bool", sa.Date: "date32"}

#: what is looked up by index is in memory or on a disk that has no arm to move: with PostgreSQL's own 4 a small delta reads whole tables
LOOK_UP = "SET LOCAL random_page_cost = 1.1"

#: rows that are hashed at once: their texts are held meanwhile
HASHED_AT_ONCE = 100_000


@contextmanager
def one_after_the_other(connection: sa.Connection) -> Iterator[Server]:
    """Inside the block, functions of a connection are called by one thread of its own, in order, while the caller goes on computing.

    A Future that is given by position is waited for first. Nobody else uses the connection meanwhile. After the first error nothing more
    is asked of it, and every later result is that error.
    """
    failed: list[BaseException] = []

    def call(work: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if failed:
            raise failed[0]
        try:
            return work(connection, *map(_known, given), **named)
        except BaseException as error:
            failed.append(error)
            raise

    with ThreadPoolExecutor(1) as thread:
        try:
            yield lambda *given, **named: thread.submit(call, *given, **named)
        except BaseException:
            thread.shutdown(cancel_futures=True)
            raise


def _known(given: Any) -> Any:
    return given.result() if isinstance(given, Future) else given


@contextmanager
def looking_up_beside() -> Iterator[sa.Connection]:
    """A connection beside the caller's transaction, to look up what was committed; nothing may have been written yet of what it reads."""
    with store.transaction(beside=True) as connection:
        connection.execute(sa.text(LOOK_UP))
        yield connection


@contextmanager
def reading(server: Server, *, beside: bool) -> Iterator[Server]:
    """Who is asked for what stands: `server`, or `beside` it a connection of its own, so that one reads while the other writes.

    What a connection beside has read it holds to its end: `server` must not take an index from it, or each would wait for the other.
    """
    if not beside:
        yield server
        return
    with looking_up_beside() as connection, one_after_the_other(connection) as ask:
        yield ask


class Units(NamedTuple):
    """What giving ids came to: the unit of each record, the unit that each of them belonged to until now, the rows written."""

    ids: pd.Series
    before: pd.Series
    written: int

    @property
    def units_before(self) -> pd.Index:
        """The units that these records belonged to until now."""
        import pandas as pd

        units: pd.Index = pd.Index(self.before.unique())
        return units

    def news(self, touched: pd.Series) -> pd.Index:
        """The units, of now or until now, of the records that were touched or changed their unit."""
        import pandas as pd

        both = pd.DataFrame({"now": self.ids, "before": self.before})
        moved = both["now"].fillna("") != both["before"].fillna("")
        told = both[moved | both.index.isin(touched)]
        units: pd.Index = pd.Index(pd.concat([told["now"], told["before"]]).dropna().unique())
        return units


class Golden(NamedTuple):
    """Rows of a golden table as they shall stand: typed, in the order of their ids, each with the hash of its content.

    `by`: the column by which those that stand are found.
    """

    kind: str
    by: str
    rows: pa.Table


def typed(table: str, rows: pd.DataFrame) -> pa.Table:
    """Rows with the types that the columns of a table have in the warehouse, so that equal values are written equally."""
    import pyarrow as pa

    from schemas.warehouse import metadata

    columns = metadata.tables[table].columns
    kinds = [(name, ARROW_TYPES.get(type(columns[name].type), "string")) for name in rows.columns]
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in kinds])
    return pa.Table.from_pandas(rows, schema=schema, preserve_index=False)


class Stands(NamedTuple):
    """What stands of a kind for some records.

    `register`: the ids anchored at one of them (unit_id, anchor_record, forwarded_to). `memberships`: record_id, unit_id, from_run.
    `carried`: the same of the memberships by which ids are carried on.
    """

    register: pd.DataFrame
    memberships: pd.DataFrame
    carried: pd.DataFrame


def read_units(connection: sa.Connection, kind: str, records: pd.Series, stood: str = MEMBERSHIPS) -> Stands:
    """What stands of a kind for these records. `stood`: the memberships by which ids are carried on, when they are not those that the new
    ones are held against."""
    scope = records.rename("record_id").to_frame()
    with store.staged(connection, f"scope_{kind}", "source.logical_record", scope) as staged:
        register = store.query(
            "SELECT unit_id, anchor_record, forwarded_to FROM identity.id_register"
            f" WHERE unit_kind = :kind AND anchor_record IN (SELECT record_id FROM {staged})",
            connection,
            kind=kind,
        )
        stands = _memberships(connection, kind, MEMBERSHIPS, staged)
        carried = stands if stood == MEMBERSHIPS else _memberships(connection, kind, stood, staged)
    return Stands(register, stands, carried)


def write_units(
    connection: sa.Connection, run_id: int, kind: str, labels: pd.Series, stands: Stands, *, role: str | None = None
) -> Units:
    """Give ids to clusters and bring the memberships of a kind to them; a record that stands and has no label loses its own.

    `labels`: cluster label per record (index record id).
    """
    import pandas as pd

    from tasks.identity.register import assign_ids

    clusters = pd.DataFrame(
        {"record_id": labels.index.to_numpy(dtype="int64"), "label": labels.to_numpy(dtype="int64")}
    )
    carried = stands.carried[stands.carried["record_id"].isin(clusters["record_id"])]
    register = _move_lost_anchors(connection, kind, stands.register, carried, clusters["record_id"])
    assigned = assign_ids(kind, clusters, register, carried)
    if kind == "person":
        stop_mass_merge(connection, assigned.merged_count(register))
    new = assigned.created.assign(unit_kind=kind, created_run=run_id).sort_values("unit_id")
    store.copy_in(connection, "identity.id_register", new)
    _update_register(connection, kind, "forwarded_to", assigned.forwarded)
    units = clusters.set_index("record_id")["label"].map(assigned.ids).rename("unit_id")
    wanted = typed("identity.membership", units.reset_index().assign(unit_kind=kind, role=role)).sort_by("record_id")
    columns, of_kind = ("record_id", "unit_id"), f"g.unit_kind = '{kind}'"
    written = _replace(connection, run_id, "identity.membership", columns, stands.memberships, wanted, of_kind)
    return Units(units, stands.memberships.set_index("record_id")["unit_id"], written)


def _memberships(connection: sa.Connection, kind: str, table: str, scope: str) -> pd.DataFrame:
    """The current memberships of a kind in a table, of the records in scope."""
    return store.query(
        f"SELECT record_id, unit_id, from_run FROM {table}"
        f" WHERE unit_kind = :kind AND to_run IS NULL AND record_id IN (SELECT record_id FROM {scope})",
        connection,
        kind=kind,
    )


def _move_lost_anchors(
    connection: sa.Connection, kind: str, register: pd.DataFrame, stands: pd.DataFrame, members: pd.Series
) -> pd.DataFrame:
    """The register after this: an id whose anchor is no longer a record of that kind is anchored at the smallest record that still
    carries it."""
    lost = ~register["anchor_record"].isin(members)
    if not lost.any():
        return register
    heirs = register.loc[lost, "unit_id"].map(stands.groupby("unit_id")["record_id"].min()).dropna().astype("int64")
    moved = register.loc[heirs.index, ["unit_id"]].assign(anchor_record=heirs)
    _update_register(connection, kind, "anchor_record", moved)
    register.loc[heirs.index, "anchor_record"] = heirs
    return register[register["anchor_record"].isin(members)]


def _update_register(connection: sa.Connection, kind: str, column: str, values: pd.DataFrame) -> None:
    """Set a column of the register for ids (`unit_id` and the column)."""
    if values.empty:
        return
    with store.staged(connection, f"{column}_{kind}", "identity.id_register", values) as staged:
        connection.execute(
            sa.text(
                f"UPDATE identity.id_register r SET {column} = s.{column} FROM {staged} s"
                " WHERE r.unit_kind = :kind AND r.unit_id = s.unit_id"
            ),
            {"kind": kind},
        )


def golden(kind: str, rows: pd.DataFrame) -> Golden:
    """The rows of gold.<kind> (index unit_id)."""
    key = f"{kind}_id"
    return _golden(kind, key, rows.rename_axis(key).reset_index())


def golden_parts(table: str, parts: pd.DataFrame, regency_codes: pd.Series) -> Golden:
    """The rows of gold.product, licence or channel: ids are made from business and value. `regency_codes`: of each business."""
    import hashlib

    own = [column for column in parts.columns if column not in ("unit_id", "record_id")]
    text = parts["unit_id"].astype(str)
    for column in own:
        text = text + "|" + parts[column].astype(str)
    letter = {"product": "T", "licence": "L", "channel": "C"}[table]
    ids = [f"{letter}-{hashlib.blake2b(value.encode(), digest_size=6).hexdigest()}" for value in text]
    rows = parts[own].assign(business_id=parts["unit_id"], disagreements="{}")
    rows[f"{table}_id"] = ids
    rows["regency_code"] = parts["unit_id"].map(regency_codes)
    rows["sources"] = '{"*": [' + parts["record_id"].astype(str) + ', "only"]}'
    return _golden(table, "business_id", rows)


def _golden(kind: str, by: str, rows: pd.DataFrame) -> Golden:
    wanted = typed(f"gold.{kind}", rows).sort_by(f"{kind}_id")
    return Golden(kind, by, wanted.append_column("content_hash", hashes(wanted)))


def read_golden(connection: sa.Connection, golden: Golden, before: pd.Index) -> pd.DataFrame:
    """The rows that stand for the units of `golden` and of `before`: id, content_hash, from_run."""
    import pandas as pd
    import pyarrow as pa

    kind, by, wanted = golden
    table, key = f'gold."{kind}"', f"{kind}_id"
    if is_empty(connection, table):
        return pd.DataFrame()
    units = before.union(pd.Index(wanted[by].unique().to_pandas()))
    with store.staged(connection, f"unit_{kind}", table, pa.table({by: pa.array(units, pa.string())})) as staged:
        return store.query(
            f"SELECT g.{key}, g.content_hash, g.from_run FROM {staged} s JOIN {table} g USING ({by}) WHERE g.to_run IS NULL",
            connection,
        )


def write_golden(
    connection: sa.Connection, run_id: int, golden: Golden, stands: pd.DataFrame, *, keep_indexes: bool = False
) -> int:
    """Bring a golden table to these rows: of those that stand, those that differ end and begin anew, and those of no unit any more end.

    `keep_indexes`: even while it is empty, since another connection holds it.
    """
    table = f'gold."{golden.kind}"'
    with nullcontext() if keep_indexes else filled_before_indexed(connection, table):
        return _replace(connection, run_id, table, (f"{golden.kind}_id", "content_hash"), stands, golden.rows)


def hashes(rows: pa.Table) -> pa.Array:
    """64 bits over the values of each row as text, absent ones marked (pandas' SipHash with its constant key: no version changes it)."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = [np.zeros(0, dtype=np.uint64)]
    for start in range(0, rows.num_rows, HASHED_AT_ONCE):
        texts = [column.cast(pa.string()) for column in rows.slice(start, HASHED_AT_ONCE).combine_chunks().columns]
        lines = pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace", null_replacement="\x00")
        parts.append(pd.util.hash_array(lines.to_numpy(), categorize=False))
    return pa.array(np.concatenate(parts).view(np.int64))


def _replace(
    connection: sa.Connection,
    run_id: int,
    table: str,
    columns: tuple[str, str],
    stands: pd.DataFrame,
    wanted: pa.Table,
    where: str = "true",
) -> int:
    """End the current rows that stand and are not wanted, begin those wanted that do not stand; the rows ended and begun.

    `columns`: the key and what tells whether a row is the same. `stands`: both, and from_run.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    key, mark = columns
    ended = 0
    if len(stands):
        same = stands.merge(wanted.select([key, mark]).to_pandas(types_mapper=pd.ArrowDtype), on=[key, mark])[key]
        ended = _end(connection, run_id, table, key, stands[~stands[key].isin(same)], where)
        wanted = wanted.filter(pc.invert(pc.is_in(wanted[key], value_set=pa.array(same))))
    begun = wanted.num_rows
    store.copy_in(connection, table, wanted.append_column("from_run", pa.repeat(run_id, begun)))
    look_again(connection, table, ended + begun)
    return int(ended + begun)


def _end(connection: sa.Connection, run_id: int, table: str, key: str, gone: pd.DataFrame, where: str) -> int:
    """End current rows by key; those of this very run are removed. Returns the rows ended."""
    if gone.empty:
        return 0
    current = f"g.{key} = s.{key} AND g.to_run IS NULL AND {where}"
    with store.staged(connection, "gone", table, gone[[key]]) as staged:
        connection.execute(
            sa.text(f"DELETE FROM {table} g USING {staged} s WHERE g.from_run = :run AND {current}"), {"run": run_id}
        )
        ended = connection.execute(
            sa.text(f"UPDATE {table} g SET to_run = :run FROM {staged} s WHERE {current}"), {"run": run_id}
        ).rowcount
    return int(ended)


def look_again(connection: sa.Connection, table: str, changed: int) -> None:
    """Fresh statistics after a bulk write: the statements that follow in this transaction would be planned for the table that was."""
    if changed >= max(BULK, BULK_SHARE * known_rows(connection, table)):
        connection.execute(sa.text(f"ANALYZE {table}"))


def known_rows(connection: sa.Connection, table: str) -> float:
    """How many rows the planner thinks a table has: no count of a large table for the sake of a plan."""
    sql = "SELECT reltuples FROM pg_class WHERE oid = CAST(:table AS regclass)"
    return float(connection.scalar(sa.text(sql), {"table": table}) or 0)


def is_empty(connection: sa.Connection, table: str) -> bool:
    """Whether a table has no rows."""
    return not connection.scalar(sa.text(f"SELECT EXISTS (SELECT FROM {table})"))


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
