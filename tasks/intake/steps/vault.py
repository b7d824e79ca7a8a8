"""Receiving: the bytes of every file are kept under their SHA-256 before anything parses them, then a submission is registered.

Belongs here: the vault of bytes and the registration. Does not belong here: the inbox (inbox.py), reading (reader.py).

Restartable at every point: bytes are written beside, verified, flushed and renamed; registration is one transaction; what was
registered already is found again by its id.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.errors import FileRefused, InvariantBroken
from schemas.settings import settings
from tasks import store
from tasks.halves import half_prefix
from tasks.intake.steps.inbox import InboxFile, Skipped, arrival, member_sidecar
from tasks.intake.steps.rules import rules_version
from tasks.step import TRY_AGAIN, step

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Received:
    """`submission_ids` of the files given, in their order (unreadable ones left out); how many are new; what was passed over."""

    submission_ids: tuple[str, ...]
    new_count: int
    skipped: tuple[Skipped, ...]


def submission_id(regency_code: str, file: str, sha256: str) -> str:
    """The id of a submission: from what it is, so that the same file is the same submission on any machine."""
    return hashlib.sha256(f"{regency_code}|{file}|{sha256}".encode()).hexdigest()[:16]


def vault_path(sha256: str) -> Path:
    """Where the bytes of this SHA-256 are kept."""
    return settings().vault / sha256[:2] / sha256


def is_kept(path: Path) -> bool:
    """Whether the bytes of a file are kept already; the warehouse is not asked."""
    return vault_path(_digest(path)[0]).exists()


@step(**TRY_AGAIN)
def receive(files: Sequence[InboxFile], run_id: int) -> Received:
    """Keep the bytes of every file and register what is new.

    A file whose (regency, name, bytes) is known is not written again, except that a waiting or refused one is taken up again when its
    sidecar, its folder's standing or the rules have changed; so are those that came out of a zip of lists, when its sidecar has. Equal
    bytes under another name in the same regency become a submission in state `same_bytes`. A file that cannot be read is passed over
    and named. Raises InvariantBroken when bytes cannot be kept.
    """
    kept: list[tuple[InboxFile, str, int]] = []
    skipped: list[Skipped] = []
    for file in files:
        try:
            kept.append((file, *keep_bytes(file.path)))
        except FileRefused as error:
            skipped.append(Skipped(file.file, error.what))
    entries = [entry_of(file, sha256, size, run_id) for file, sha256, size in kept]
    with store.transaction() as connection:
        new_count = register(connection, entries)
        register(connection, _unpacked_before(connection, {entry["id"]: entry for entry in entries}))
    return Received(tuple(entry["id"] for entry in entries), new_count, tuple(skipped))


def keep_bytes(path: Path) -> tuple[str, int]:
    """Copy a file into the vault unless its bytes are there; returns (SHA-256, size in bytes). The file itself is only read.

    Raises FileRefused when the file cannot be read, InvariantBroken when the vault cannot be written.
    """
    sha256, size = _digest(path)
    target = vault_path(sha256)
    if target.exists() and target.stat().st_size == size:
        return sha256, size
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=half_prefix(), delete=False) as handle:
            part = Path(handle.name)
            try:
                for block in _blocks(path):
                    handle.write(block)
                handle.flush()
                os.fsync(handle.fileno())
                if _digest(part) != (sha256, size):
                    raise FileRefused("CHANGED_WHILE_READ", "the file changed while it was being received")
                part.chmod(0o440)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
        _flush_folder(target.parent)
    except OSError as error:
        raise InvariantBroken(
            f"received bytes cannot be kept ({error.strerror})",
            where=str(settings().vault),
            mend="Free disk space, then run again.",
        ) from error
    return sha256, size


def register(connection: sa.Connection, entries: list[dict[str, Any]]) -> int:
    """Write content and submissions that are new; take up again what waits and has changed. Returns how many are new."""
    connection.execute(
        sa.text("LOCK TABLE intake.content IN SHARE ROW EXCLUSIVE MODE")
    )  # two receivers at once: one after the other
    known = _known(connection, [entry["id"] for entry in entries])
    originals = _originals(connection, [entry["sha256"] for entry in entries])
    new: list[dict[str, Any]] = []
    again: list[dict[str, Any]] = []
    for entry in entries:
        if entry["id"] in known:
            if _is_to_be_taken_again(entry, known[entry["id"]]):
                again.append(entry)
            continue
        original = originals.setdefault((entry["regency"], entry["sha256"]), entry["id"])
        if original != entry["id"]:
            entry |= {"state": "same_bytes", "same_as": original, "reason_code": None, "reason": None}
        new.append(entry)
        known[entry["id"]] = entry
    if new:
        connection.execute(
            sa.text("INSERT INTO intake.content (sha256, byte_count) VALUES (:sha256, :size) ON CONFLICT DO NOTHING"),
            new,
        )
        connection.execute(sa.text(_INSERT_SUBMISSION), new)
    if again:
        connection.execute(sa.text(_TAKE_AGAIN), again)
    return len(new)


def _unpacked_before(connection: sa.Connection, archives: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What came out of zips of lists and still waits or is refused, as it would be received now with the zip's sidecar."""
    sql = """
    SELECT m.archive_id, m.name, s.submission_id AS id, s.regency_code AS regency, s.file, s.sha256
      FROM intake.member m JOIN intake.submission s USING (submission_id)
     WHERE m.archive_id = ANY(:ids) AND s.state IN ('waiting', 'refused')
    """
    found = []
    for row in connection.execute(sa.text(sql), {"ids": list(archives)}).mappings():
        archive = archives[row["archive_id"]]
        sidecar = member_sidecar(json.loads(archive["sidecar"]), row["name"])
        told = {name: row[name] for name in ("id", "regency", "file", "sha256")}
        found.append({**archive, **told, "sidecar": json.dumps(sidecar, sort_keys=True)})
    return found


_INSERT_SUBMISSION = """
INSERT INTO intake.submission
  (submission_id, regency_code, file, sha256, same_as, state, reason_code, reason, rules_version, sidecar, run_id)
VALUES (:id, :regency, :file, :sha256, :same_as, :state, :reason_code, :reason, :rules_version, CAST(:sidecar AS jsonb), :run_id)
"""

_TAKE_AGAIN = """
UPDATE intake.submission
   SET state = :state, reason_code = :reason_code, reason = :reason, sidecar = CAST(:sidecar AS jsonb), run_id = :run_id,
       rules_version = :rules_version, receipt = NULL, workbook = NULL
 WHERE submission_id = :id AND state IN ('waiting', 'refused')
"""


def entry_of(file: InboxFile, sha256: str, size: int, run_id: int) -> dict[str, Any]:
    """The submission row of one file."""
    return {
        "id": submission_id(file.regency_code, file.file, sha256),
        "regency": file.regency_code,
        "file": file.file,
        "sha256": sha256,
        "size": size,
        "same_as": None,
        "state": "refused" if file.reason_code else "received",
        "reason_code": file.reason_code,
        "reason": file.reason,
        "rules_version": rules_version(),
        "sidecar": json.dumps(file.sidecar, sort_keys=True),
        "run_id": run_id,
    }


def _is_to_be_taken_again(entry: dict[str, Any], known: dict[str, Any]) -> bool:
    """Whether a waiting or refused submission deserves another look: its sidecar, its folder's standing or the rules changed."""
    if known["state"] not in ("waiting", "refused"):
        return False
    changed = (
        json.loads(entry["sidecar"]) != json.loads(known["sidecar"]) or entry["rules_version"] != known["rules_version"]
    )
    standing = (entry["reason_code"] == "UNKNOWN_REGENCY") != (known["reason_code"] == "UNKNOWN_REGENCY")
    return standing or (changed and entry["reason_code"] is None)


def _known(connection: sa.Connection, ids: list[str]) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT submission_id, state, reason_code, rules_version, sidecar::text AS sidecar FROM intake.submission"
            " WHERE submission_id = ANY(:ids)"
        ),
        {"ids": ids},
    )
    return {row["submission_id"]: dict(row) for row in rows.mappings()}


def _originals(connection: sa.Connection, hashes: list[str]) -> dict[tuple[str, str], str]:
    """(regency, SHA-256) -> the submission that first had these bytes there."""
    rows = connection.execute(
        sa.text(
            "SELECT regency_code, sha256, submission_id FROM intake.submission WHERE sha256 = ANY(:hashes) AND same_as IS NULL"
        ),
        {"hashes": hashes},
    )
    return {(row.regency_code, row.sha256): row.submission_id for row in rows}


@step()
def submissions_to_take_in() -> list[tuple[str, str, int]]:
    """Submissions that were received and not yet decided, in the order they are to be loaded: id, regency, size of the file in bytes."""
    return [(row.submission_id, row.regency_code, row.byte_count) for row in _received()]


def bytes_to_take_in() -> list[tuple[str, Path]]:
    """The same submissions in the same order: id, and where the bytes are kept."""
    return [(row.submission_id, vault_path(row.sha256)) for row in _received()]


def _received() -> list[Any]:
    sql = (
        "SELECT s.submission_id, s.file, s.received_at, s.regency_code, s.sha256, c.byte_count FROM intake.submission s"
        " JOIN intake.content c USING (sha256) WHERE s.state = 'received'"
    )
    with store.transaction() as connection:
        return sorted(connection.execute(sa.text(sql)), key=lambda row: arrival(row.received_at, row.file))


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for block in _blocks(path):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def _blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file in blocks; raises FileRefused when they cannot be read."""
    try:
        with path.open("rb") as handle:
            while block := handle.read(_BLOCK):
                yield block
    except OSError as error:
        raise FileRefused("UNREADABLE_BYTES", f"the file cannot be read ({error.strerror})") from error


def _flush_folder(folder: Path) -> None:
    """Make a rename durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
