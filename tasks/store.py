"""The warehouse connection: engine, transactions, bulk COPY, the one lock. The only way to the warehouse.

Does not belong here: any table's meaning (schemas/warehouse) or any query of a room. The embedded server is tasks/embedded.py.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolIsEmpty

from schemas.errors import DiskFull, InvariantBroken, SinergiError, Unreachable, UsageError
from schemas.settings import settings

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: what PostgreSQL needs on disk to go on: one segment of its write-ahead log, in bytes
WAL_SEGMENT = 16 * 2**20
#: the one PostgreSQL advisory lock of consolidation and publishing (P7): it dies with its connection
CONSOLIDATION_LOCK = 7_190_001
#: held, shared, by every transaction of whoever holds that lock: when it is lost in the midst of one, the next holder waits for its end
_WORK_LOCK = 7_190_002
#: how soon the other end counts as gone when it falls silent: about a minute, for us and for the server (which else keeps the locks of a
#: client that vanished for hours). What SINERGI_DATABASE_URL says in its query goes before.
PATIENCE: dict[str, int | str] = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "options": "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60000"
    " -c client_connection_check_interval=10000",
}
#: the server process whose connection holds the consolidation lock for this thread of work
_lock_holder: ContextVar[int | None] = ContextVar("lock_holder", default=None)


@lru_cache(maxsize=1)
def engine() -> sa.Engine:
    """The engine of this process: SINERGI_DATABASE_URL, or the embedded server, which is started when needed."""
    url = settings().database_url
    if url is None:
        from tasks.embedded import start_embedded

        url = start_embedded(settings().home / "pg")
    elif url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    stated = sa.make_url(url).query
    patience = {name: value for name, value in PATIENCE.items() if name not in stated}
    return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=patience)


@contextmanager
def transaction(*, lock: bool = False, beside: bool = False) -> Iterator[sa.Connection]:
    """One whole transaction: commits at the end, rolls back on any error.

    `lock=True` also takes the consolidation lock inside the transaction, waiting for it. `beside=True` reads for another transaction of
    ours that is under way, and what that one holds covers both. Raises Unreachable when the server does not answer, UsageError when its
    tables are not those of this version.
    """
    try:
        with engine().begin() as connection:
            if lock:
                connection.execute(sa.text(_TAKE_BOTH), _LOCKS)
            elif beside:
                connection.execute(sa.text(_NOT_FOR_EVER))
            elif (holder := _lock_holder.get()) is not None:
                _require_lock(connection, holder)
            yield connection
    except _failures() as error:
        raise unreachable(error) from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) in _NO_SUCH_TABLE and (named := _unprepared()) is not None:
            raise named from error
        raise


@contextmanager
def autocommit() -> Iterator[sa.Connection]:
    """A connection of one's own on which every statement is its own transaction. Raises Unreachable when the server does not answer."""
    try:
        with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    except _failures() as error:
        raise unreachable(error) from error


#: who waits for a table that one transaction of ours holds may stand before the other one: it would wait for itself, which no server sees
_NOT_FOR_EVER = "SET LOCAL lock_timeout = '60s'"

#: SQLSTATEs of a table, schema or column that is not there
_NO_SUCH_TABLE = ("42P01", "3F000", "42703")


def _unprepared() -> SinergiError | None:
    """Why the database has not the tables of this version; None when it has, and a wrong name is our own fault."""
    from schemas.migrations import HEAD

    found = warehouse_revision()
    if found is None:
        return UsageError(
            "there is no warehouse yet", mend="`sinergi run --inbox DIR` makes one, `sinergi db upgrade` an empty one."
        )
    if found != HEAD:
        return UsageError(
            f"the warehouse is at migration {found}, not {HEAD}", mend="`sinergi db upgrade` brings it there."
        )
    return None


@contextmanager
def consolidation_lock(on_wait: Any = None) -> Iterator[None]:
    """Hold the consolidation lock on a connection of its own for as long as the block runs.

    `on_wait()` is called once when another run holds it and this one has to wait. Should that connection break, every further
    transaction of the block raises Unreachable, and whoever gets the lock next waits for one that is under way.
    """
    with autocommit() as connection:
        key = {"key": CONSOLIDATION_LOCK}
        if not connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), key):
            if on_wait is not None:
                on_wait()
            connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), key)
        connection.execute(sa.text("SELECT pg_advisory_lock(:work), pg_advisory_unlock(:work)"), {"work": _WORK_LOCK})
        mark = _lock_holder.set(connection.scalar(sa.text("SELECT pg_backend_pid()")))
        try:
            yield
        finally:
            _lock_holder.reset(mark)
            with suppress(*_failures()):  # when the connection is gone, so is the lock: each transaction has looked
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)


_LOCKS = {"key": CONSOLIDATION_LOCK, "work": _WORK_LOCK}
_TAKE_BOTH = "SELECT pg_advisory_xact_lock(:key), pg_advisory_xact_lock(:work)"
_IS_HELD = """
SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid, objsubid) = (0, :key, 1) AND pid = :holder AND granted
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def _require_lock(connection: sa.Connection, holder: int) -> None:
    """Whoever gets the consolidation lock after us waits for this transaction; raises Unreachable when it is lost already."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:work)"), {"work": _WORK_LOCK})
    if not connection.scalar(sa.text(_IS_HELD), {"key": CONSOLIDATION_LOCK, "holder": holder}):
        raise Unreachable(
            "the connection that held the consolidation lock broke",
            mend="Run the same command again; nothing was lost.",
        )


def _failures() -> tuple[type[Exception], ...]:
    """What a failing server or connection raises: through SQLAlchemy, or straight from the driver (COPY)."""
    from psycopg import OperationalError as OfTheDriver

    return OperationalError, OfTheDriver, PoolIsEmpty


#: how PostgreSQL refuses one connection more
_NO_CONNECTION = ("too many clients", "too many connections", "connection slots are reserved", "QueuePool limit")


def unreachable(error: Exception) -> SinergiError:
    """The named error for a database failure; the driver's text is not repeated (it may quote values)."""
    code = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
    if code == "53100":
        return DiskFull()
    if settings().database_url is None and shutil.disk_usage(settings().home).free < WAL_SEGMENT:
        return DiskFull(str(settings().home))  # the embedded server ends itself when it can write no more log
    if any(words in str(getattr(error, "orig", error)) for words in _NO_CONNECTION):  # refused before there is a code
        return Unreachable(
            "the database has no free connection", mend="End what holds them, or raise max_connections; then run again."
        )
    if code == "55P03":
        return Unreachable(
            "somebody else waits for a table that this run reads", mend="Run the same command again; nothing was lost."
        )
    if code.startswith("53"):
        return InvariantBroken(
            f"the database ran out of a resource (SQLSTATE {code})", mend="Free disk space or connections."
        )
    return Unreachable(
        f"the database does not answer{f' (SQLSTATE {code})' if code else ''}",
        mend="Check SINERGI_DATABASE_URL or run `sinergi doctor`.",
    )


def query(sql: str, connection: sa.Connection | None = None, /, **values: Any) -> pd.DataFrame:
    """The rows of a query as a frame of Arrow-backed columns (identifiers stay text, integers stay integers)."""
    import pandas as pd

    frame: pd.DataFrame = query_arrow(sql, connection, **values).to_pandas(types_mapper=pd.ArrowDtype)
    return frame


def query_arrow(sql: str, connection: sa.Connection | None = None, /, **values: Any) -> pa.Table:
    """The rows of a query as an Arrow table, streamed by COPY; types follow the server's, what Arrow has not is text."""
    if connection is None:
        with transaction() as own:
            return query_arrow(sql, own, **values)
    import pyarrow as pa
    from pyarrow import csv

    shape = connection.execute(sa.text(f"SELECT * FROM ({sql}) AS shape LIMIT 0"), values)
    description: Any = shape.cursor.description if shape.cursor is not None else ()
    types = {column[0]: pa.type_for_alias(_ARROW_TYPES.get(int(column[1]), "string")) for column in description}
    buffer = io.BytesIO()
    if not copy_out(connection, sql, values, buffer):
        return pa.table({name: pa.array([], kind) for name, kind in types.items()})
    buffer.seek(0)
    convert = csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""],
        true_values=["t"], false_values=["f"],
    )  # fmt: skip
    return csv.read_csv(buffer, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=convert)


#: PostgreSQL type oid -> Arrow type; everything else (text, jsonb, timestamps) is a string
_ARROW_TYPES = {16: "bool", 20: "int64", 21: "int64", 23: "int64", 700: "float64", 701: "float64", 1082: "date32"}


def copy_out(connection: sa.Connection, sql: str, values: dict[str, Any], target: IO[bytes]) -> int:
    """Stream a query's rows into a binary file as CSV with a heading (null = empty, text in quotes where needed); the row count."""
    from psycopg import ClientCursor

    driver: Any = connection.connection.driver_connection
    text = str(sa.text(sql).bindparams(**values).compile(dialect=connection.dialect))
    bound = ClientCursor(driver).mogrify(text, values)  # COPY takes no parameters: the driver quotes them
    with driver.cursor() as cursor:
        with cursor.copy(f"COPY ({bound}) TO STDOUT (FORMAT csv, HEADER true)") as copy:
            for block in copy:
                target.write(block)
        return int(cursor.rowcount)


def copy_in(connection: sa.Connection, table: str, rows: pd.DataFrame | pa.Table) -> int:
    """Bulk-load rows into `table` by COPY; the columns of the frame name the columns of the table. Returns the row count.

    Null stays null and an empty string stays an empty string. NUL characters must have been removed when reading.
    """
    import pyarrow as pa
    from pyarrow import csv

    data = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
    if data.num_rows == 0:
        return 0
    columns = ", ".join(f'"{name}"' for name in data.column_names)
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    driver = connection.connection.driver_connection
    if driver is None:
        raise InvariantBroken("COPY without an open connection")
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        for batch in data.to_batches(max_chunksize=65_536):
            buffer = io.BytesIO()
            csv.write_csv(pa.Table.from_batches([batch]), buffer, options)
            copy.write(buffer.getbuffer())
    return int(data.num_rows)


@contextmanager
def staged(connection: sa.Connection, name: str, like: str, rows: pd.DataFrame | pa.Table) -> Iterator[str]:
    """A temporary table `name` shaped like `like` (without constraints), filled by COPY and analysed, for one set-based statement."""
    import pyarrow as pa

    columns = [str(name) for name in (rows.column_names if isinstance(rows, pa.Table) else rows.columns)]
    wanted = ", ".join(f'"{column}"' for column in columns)
    connection.execute(sa.text(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS SELECT {wanted} FROM {like} WITH NO DATA"))
    copy_in(connection, name, rows)
    connection.execute(sa.text(f"ANALYZE {name}"))
    yield name
    connection.execute(sa.text(f"DROP TABLE {name}"))


def warehouse_revision() -> str | None:
    """The migration the warehouse is at; None when it is empty."""
    with transaction() as connection:
        if connection.scalar(sa.text("SELECT to_regclass('public.alembic_version')")) is None:
            return None
        revision: str | None = connection.scalar(sa.text("SELECT version_num FROM public.alembic_version"))
        return revision
