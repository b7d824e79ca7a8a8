"""Backup and restore of a whole warehouse with its vault, in one file.

Belongs here: writing the file from one consistent snapshot, putting it into an empty warehouse, and holding what was not settled
with receiving systems. Does not belong here: any table's meaning, sending (tasks/delivery). Format and reasons:
docs/decisions/0007-backup.md.

    <file>.tar   tables/<schema>.<table>.csv.gz   every table, CSV with a heading, null = empty and unquoted
                 vault/<sha256>                   the received bytes
                 manifest.json                    migration, moment, and SHA-256, size and rows of every entry; the last entry
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import sqlalchemy as sa

from schemas.errors import InvariantBroken, Refused, UsageError
from schemas.migrations import HEAD
from schemas.settings import settings
from schemas.warehouse import metadata
from tasks import store
from tasks.halves import half_prefix, sweep_folder, sweep_halves
from tasks.trail import record_event
from tasks.upgrade import upgrade_warehouse

FORMAT = "sinergi-backup-1"
MANIFEST = "manifest.json"
#: why a message is held after a restore; `release_restored` looks for it
RESTORED = "restored"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Written:
    """What a backup holds: tables, rows, files of the vault, bytes of the whole file."""

    file: Path
    table_count: int
    row_count: int
    content_count: int
    byte_count: int


@dataclass(frozen=True)
class Restored:
    """What came back, and how many messages are held until they are reconciled."""

    table_count: int
    row_count: int
    content_count: int
    held_count: int


def write_backup(file: Path) -> Written:
    """Write every table and the vault into `file` (mode 600); it appears when it is whole.

    Runs may go on meanwhile: all tables are of one snapshot. Raises UsageError when the file exists or its folder does not, Refused
    when the warehouse is not at the newest migration, InvariantBroken when bytes are missing from the vault or the disk is full.
    """
    sweep_folder(file.parent)
    if file.exists() or not file.parent.is_dir():
        raise UsageError("a backup is a new file in a folder that exists", where=str(file))
    _check_migration(store.warehouse_revision())
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=half_prefix()) as folder:
            part = Path(folder) / "part.tar"
            written = _write(part, file)
            part.chmod(0o600)
            part.replace(file)
    except OSError as error:
        raise InvariantBroken(
            f"the backup cannot be written ({error.strerror})", where=str(file), mend="Free disk space, then try again."
        ) from error
    return written


def _write(part: Path, file: Path) -> Written:
    """The tar under a temporary name; its disk copy is flushed."""
    entries: dict[str, dict[str, Any]] = {}
    with part.open("xb") as handle:
        with tarfile.open(fileobj=handle, mode="w") as tar, _snapshot() as connection:
            for table in metadata.sorted_tables:
                path = part.with_name("table.csv.gz")
                with gzip.open(path, "wb", compresslevel=1) as packed:
                    count = store.copy_out(
                        connection, f"SELECT {_columns(table)} FROM {_name(table)}", {}, cast(IO[bytes], packed)
                    )
                _add(tar, path, f"tables/{table.fullname}.csv.gz", entries, rows=count)
            hashes = connection.scalars(sa.text("SELECT sha256 FROM intake.content ORDER BY 1")).all()
            for sha256 in hashes:
                _add(tar, _kept(sha256), f"vault/{sha256}", entries)
            manifest = {
                "format": FORMAT,
                "migration": HEAD,
                "written_at": datetime.now(UTC).isoformat(),
                "entries": entries,
            }
            path = part.with_name(MANIFEST)
            path.write_text(json.dumps(manifest, indent=1), "utf-8")
            tar.add(path, MANIFEST)
        handle.flush()
        os.fsync(handle.fileno())
        size = handle.tell()
    rows = sum(int(entry.get("rows", 0)) for entry in entries.values())
    return Written(file, len(metadata.sorted_tables), rows, len(hashes), size)


def restore_backup(file: Path) -> Restored:
    """Put a backup into an empty warehouse of the same migration, in one transaction, after every entry's SHA-256 was compared.

    Messages that were not settled are `held`: what became of them since the backup is unknown until they are reconciled
    (`release_restored`). Again, before anything else has happened: no change. Raises UsageError for a file that is no backup, Refused
    for a warehouse that is not empty or another migration, InvariantBroken for a damaged file.
    """
    with _opened(file) as tar:
        manifest = _manifest(tar, file)
        _check_migration(manifest["migration"])
        upgrade_warehouse()
        sweep_halves()
        _check_entries(tar, manifest["entries"], file)
        _restore_vault(tar, [name for name in manifest["entries"] if name.startswith("vault/")])
        with store.transaction(lock=True) as connection:
            restored = _restored_before(connection, manifest) or _restore(connection, tar, manifest, file)
    with store.transaction() as connection:
        connection.execute(sa.text("ANALYZE"))
    return restored


def _restore(connection: sa.Connection, tar: tarfile.TarFile, manifest: dict[str, Any], file: Path) -> Restored:
    """Every table, the numbering, what is held and the event that says so, in the caller's transaction."""
    _check_empty(connection)
    connection.execute(sa.text("ALTER TABLE aid.decision DISABLE TRIGGER USER"))  # they guard published lists
    rows = sum(_restore_table(connection, tar, table) for table in metadata.sorted_tables)
    connection.execute(sa.text("ALTER TABLE aid.decision ENABLE TRIGGER USER"))
    for table in metadata.sorted_tables:
        _go_on_counting(connection, table)
    held = connection.execute(sa.text(_HOLD), {"code": RESTORED}).rowcount
    contents = sum(name.startswith("vault/") for name in manifest["entries"])
    counts = {"rows": rows, "contents": contents, "held": held}
    record_event("restore", file.name, reason=_mark(manifest), counts=counts, connection=connection)
    return Restored(len(metadata.sorted_tables), rows, contents, held)


def _restored_before(connection: sa.Connection, manifest: dict[str, Any]) -> Restored | None:
    """What an earlier try brought back of this very backup, when nothing has happened since: its process died before it could say so."""
    told = connection.execute(sa.text(_LAST_EVENT)).one_or_none()
    if told is None or (told.action, told.reason) != ("restore", _mark(manifest)):
        return None
    return Restored(len(metadata.sorted_tables), told.counts["rows"], told.counts["contents"], told.counts["held"])


def _mark(manifest: dict[str, Any]) -> str:
    """What tells one backup from every other."""
    return "backup " + hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


_LAST_EVENT = "SELECT action, reason, counts FROM audit.event ORDER BY event_id DESC LIMIT 1"


#: restores after which nobody has said that the receivers were asked what happened since the backup
UNRECONCILED = """
SELECT count(*) FROM audit.event r WHERE r.action = 'restore'
   AND NOT EXISTS (SELECT FROM audit.event e WHERE e.action = 'release_restored' AND e.event_id > r.event_id)
"""


def is_unreconciled(connection: sa.Connection) -> bool:
    """Whether what happened between the backup and its restore is still unknown here: nothing may be published by itself."""
    return bool(connection.scalar(sa.text(UNRECONCILED)))


def release_restored(by: str, reason: str) -> int:
    """Let the sender reconcile what a restore held: each message becomes one in doubt, which is read back before anything is sent.

    Standing approvals count again from then on. Returns how many messages; recorded with who and why, unless nothing was restored.
    Raises UsageError without a name or a reason.
    """
    if not by.strip() or not reason.strip():
        raise UsageError("who reconciles, and why, is recorded", mend="Give --by and --reason.")
    with store.transaction() as connection:
        count = connection.execute(sa.text(_RELEASE), {"code": RESTORED}).rowcount
        why, counts = f"{by.strip()}: {reason.strip()}", {"messages": count}
        if count or is_unreconciled(connection):
            record_event("release_restored", "outbox", reason=why, counts=counts, connection=connection)
    return count


_HOLD = """
UPDATE outbox.message SET state = 'held', last_error_code = :code WHERE state IN ('queued', 'sending', 'in_doubt')
"""

_RELEASE = """
UPDATE outbox.message SET state = 'in_doubt', settled_at = NULL WHERE state = 'held' AND last_error_code = :code
"""


@contextmanager
def _snapshot() -> Iterator[sa.Connection]:
    """A connection that sees the warehouse as it is now, whatever runs do meanwhile."""
    with store.transaction() as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        yield connection


def _kept(sha256: str) -> Path:
    """The bytes in the vault; raises InvariantBroken when they are not there."""
    path = settings().vault / sha256[:2] / sha256
    if not path.is_file():
        raise InvariantBroken(
            "bytes that were received are missing from the vault", where=sha256, mend="See `sinergi doctor`."
        )
    return path


def _add(tar: tarfile.TarFile, path: Path, name: str, entries: dict[str, dict[str, Any]], **facts: int) -> None:
    """One file into the tar and the manifest. Bytes of the vault must be what their name says."""
    with path.open("rb") as handle:
        sha256 = _digest(handle)
    if name.startswith("vault/") and name.removeprefix("vault/") != sha256:
        raise InvariantBroken(
            "bytes in the vault are not what was received", where=name, mend="Restore an older backup."
        )
    tar.add(path, name)
    entries[name] = {"sha256": sha256, "bytes": path.stat().st_size, **facts}


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(file, "r:") as tar:
            yield tar
    except (tarfile.TarError, FileNotFoundError) as error:
        raise UsageError("this is no whole backup", where=str(file)) from error


def _manifest(tar: tarfile.TarFile, file: Path) -> dict[str, Any]:
    if MANIFEST not in tar.getnames():
        raise UsageError("this is no whole backup: it has no manifest", where=str(file))
    manifest: dict[str, Any] = json.load(_member(tar, MANIFEST))
    if manifest.get("format") != FORMAT:
        raise UsageError(f"this is no backup of the format {FORMAT}", where=str(file))
    return manifest


def _check_entries(tar: tarfile.TarFile, entries: dict[str, dict[str, Any]], file: Path) -> None:
    """Every entry is there and is what the manifest says; every table is among them."""
    wanted = {f"tables/{table.fullname}.csv.gz" for table in metadata.sorted_tables}
    if set(tar.getnames()) != {*entries, MANIFEST} or not wanted <= set(entries):
        raise InvariantBroken("the backup is not whole", where=str(file), mend="Use another one.")
    for name, facts in entries.items():
        if _digest(_member(tar, name)) != facts["sha256"]:
            raise InvariantBroken(f"{name} in the backup is damaged", where=str(file), mend="Use another one.")


def _check_migration(migration: str | None) -> None:
    if migration != HEAD:
        raise Refused(
            f"backup and restore work at the newest migration ({HEAD}), this is {migration}",
            mend="Run `sinergi db upgrade` first; restore an old backup with the release that wrote it.",
        )


def _check_empty(connection: sa.Connection) -> None:
    for table in metadata.sorted_tables:
        if connection.scalar(sa.text(f"SELECT EXISTS (SELECT FROM {_name(table)})")):
            raise Refused(
                f"the warehouse is not empty ({table.fullname})", mend="Restore into a new database or SINERGI_HOME."
            )


def _restore_vault(tar: tarfile.TarFile, names: Sequence[str]) -> None:
    """Bytes beside the vault's, in place when whole; what is there already stays."""
    for name in names:
        sha256 = name.removeprefix("vault/")
        target = settings().vault / sha256[:2] / sha256
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=half_prefix(), delete=False) as handle:
            shutil.copyfileobj(_member(tar, name), handle, _BLOCK)
            handle.flush()
            os.fsync(handle.fileno())
        Path(handle.name).chmod(0o440)
        Path(handle.name).replace(target)


def _restore_table(connection: sa.Connection, tar: tarfile.TarFile, table: sa.Table) -> int:
    """One table by COPY; its row count."""
    driver: Any = connection.connection.driver_connection
    with gzip.open(_member(tar, f"tables/{table.fullname}.csv.gz"), "rb") as packed, driver.cursor() as cursor:
        with cursor.copy(f"COPY {_name(table)} ({_columns(table)}) FROM STDIN (FORMAT csv, HEADER true)") as copy:
            while block := packed.read(_BLOCK):
                copy.write(block)
        return int(cursor.rowcount)


def _go_on_counting(connection: sa.Connection, table: sa.Table) -> None:
    """A numbered table goes on after its last number."""
    for column in table.columns:
        if column.identity is not None:
            name = f"max({column.name})"
            connection.execute(
                sa.text(
                    f"SELECT setval(pg_get_serial_sequence(:name, :column), coalesce({name}, 1), {name} IS NOT NULL) FROM {_name(table)}"
                ),
                {"name": _name(table), "column": column.name},
            )


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    handle = tar.extractfile(name)
    if handle is None:
        raise UsageError(f"{name} in the backup is no file")
    return handle


def _digest(handle: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := handle.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _name(table: sa.Table) -> str:
    return f'"{table.schema}"."{table.name}"'


def _columns(table: sa.Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
