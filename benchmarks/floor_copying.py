"""The bare COPY of every table that a night wrote, in the same server: `SINERGI_HOME=... python -m benchmarks.floor_copying` says JSON.

Each table is COPY'd out to a file, then into an empty copy of itself: once with indexes and constraints as they are (LIKE ... INCLUDING
ALL; foreign keys and triggers are not copied), once without any. Per table: rows, bytes of the text, seconds of each.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from tasks import store

BLOCK = 1 << 20
TABLES = """
SELECT n.nspname || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname IN ('intake', 'source', 'identity', 'gold', 'verification', 'aid', 'outbox', 'audit')
 ORDER BY 1"""


def copy_out(cursor: Any, table: str, path: Path) -> None:
    """The table's rows as a file."""
    with path.open("wb") as target, cursor.copy(f"COPY {table} TO STDOUT") as copy:
        for block in copy:
            target.write(block)


def copy_in(cursor: Any, table: str, like: str, path: Path) -> None:
    """The file's rows into an empty copy of the table, committed, then dropped."""
    cursor.execute(f"CREATE TABLE {table} ({like})")
    cursor.connection.commit()
    with path.open("rb") as source, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        while block := source.read(BLOCK):
            copy.write(block)
    cursor.connection.commit()


def seconds_of(work: Callable[[], None]) -> float:
    """How long the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(connection: Any, table: str, folder: Path) -> dict[str, Any]:
    """One table: rows, bytes and seconds; no seconds for one without rows."""
    path = folder / "rows"
    with connection.cursor() as cursor:
        rows = cursor.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        connection.commit()
        if not rows:
            return {"table": table, "rows": 0}
        out = seconds_of(lambda: copy_out(cursor, table, path))
        into = {}
        for name, including in (("indexed", "ALL"), ("bare", "DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY")):
            like = f"LIKE {table} INCLUDING {including}"
            into[name] = seconds_of(lambda like=like, name=name: copy_in(cursor, f"floor.{name}", like, path))
            cursor.execute(f"DROP TABLE floor.{name}")
            connection.commit()
    return {"table": table, "rows": rows, "bytes": path.stat().st_size, "out": out, **into}


def main() -> None:
    """Measure every table of the warehouse and print one JSON document."""
    with store.engine().connect() as connection, tempfile.TemporaryDirectory() as folder:
        tables = list(connection.scalars(sa.text(TABLES)))
        connection.commit()
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        driver.execute("DROP SCHEMA IF EXISTS floor CASCADE")
        driver.execute("CREATE SCHEMA floor")
        driver.commit()
        found = [measure(driver, table, Path(folder)) for table in tables]
        driver.execute("DROP SCHEMA floor CASCADE")
        driver.commit()
    print(json.dumps({"tables": [each for each in found if each["rows"]]}))


if __name__ == "__main__":
    main()
