"""What the reference receiver keeps: messages, receipts, lines, in one SQLite file that is on disk before it acknowledges.

Belongs here: one transaction per message, and the counts. Does not belong here: what to answer (judge), HTTP (app).
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tasks.delivery.contract import Answer, Envelope, ListState, LogCounts, ProblemDetail, Receipt
from tasks.delivery.receiver.judge import Taken, answer_lines, find_problem, unit_of

FILE_NAME = "received.sqlite"
TABLES = """
CREATE TABLE IF NOT EXISTS message (
  idempotency_key TEXT PRIMARY KEY, body_sha256 TEXT NOT NULL, body BLOB NOT NULL, receipt BLOB NOT NULL,
  list_id TEXT NOT NULL, list_sha256 TEXT NOT NULL, list_count INTEGER NOT NULL, list_total_idr INTEGER NOT NULL,
  operation TEXT NOT NULL, part INTEGER NOT NULL, part_count INTEGER NOT NULL,
  UNIQUE (list_id, operation, part));
CREATE TABLE IF NOT EXISTS line (
  line_key TEXT NOT NULL, idempotency_key TEXT NOT NULL REFERENCES message, programme TEXT NOT NULL, round TEXT NOT NULL,
  unit TEXT NOT NULL, nik TEXT, amount_idr INTEGER NOT NULL, answer TEXT NOT NULL, code TEXT,
  PRIMARY KEY (line_key, idempotency_key));
CREATE UNIQUE INDEX IF NOT EXISTS unit_once ON line (programme, round, unit) WHERE answer = 'accepted';
CREATE INDEX IF NOT EXISTS line_nik ON line (programme, round, nik);
CREATE TABLE IF NOT EXISTS seen (what TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""
SAME_LIST = (
    "SELECT list_sha256, list_count, list_total_idr, part_count FROM message WHERE list_id = ? AND operation = ?"
)


@dataclass(frozen=True)
class Kept:
    """What became of a message: `new` and `repeated` carry the receipt's bytes, a conflict its code, a wrong one its problem."""

    how: Literal["new", "repeated", "conflict", "wrong"]
    receipt: bytes = b""
    code: str = ""
    problem: ProblemDetail | None = None


COUNTED = {"repeated": "repeat", "conflict": "conflict"}


class Ledger:
    """The receiver's memory. `folder=None` keeps it in this process only (for the interface's description)."""

    def __init__(self, folder: Path | None) -> None:
        if folder is None:
            where = ":memory:"
        else:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / FILE_NAME).touch(mode=0o600)  # names and NIKs of beneficiaries: the owner's eyes only
            where = str(folder / FILE_NAME)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(where, check_same_thread=False, isolation_level=None, timeout=20)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # a receipt is given only for what survives a power cut
        self._db.executescript(TABLES)

    def take(self, key: str, body: bytes, envelope: Envelope) -> Kept:
        """Keep a message and answer its lines, once.

        A key that is known comes first: the same body gets the kept receipt, any other body, true to its lines or not, is a
        conflict. Only then is a new message looked at.
        """
        body_sha256 = hashlib.sha256(body).hexdigest()
        with self._transaction() as db:
            self._count(db, "post")
            found = db.execute("SELECT body_sha256, receipt FROM message WHERE idempotency_key = ?", (key,)).fetchone()
            if found:
                kept = _known(found, body_sha256)
            elif problem := find_problem(envelope):
                kept = Kept("wrong", problem=problem)
            else:
                kept = self._list_conflict(db, envelope) or self._keep(db, key, body, body_sha256, envelope)
            if kept.how in COUNTED:
                self._count(db, COUNTED[kept.how])
            return kept

    def receipt(self, key: str) -> bytes | None:
        """The kept receipt of a message, byte for byte, or None when the message never arrived."""
        with self._lock:
            found = self._db.execute("SELECT receipt FROM message WHERE idempotency_key = ?", (key,)).fetchone()
        return bytes(found[0]) if found else None

    def list_state(self, list_id: str) -> ListState | None:
        """How much of a list has arrived, or None when nothing has."""
        with self._lock:
            parts = self._db.execute(
                "SELECT part, part_count, list_sha256, operation FROM message WHERE list_id = ? ORDER BY part",
                (list_id,),
            ).fetchall()
            totals = self._db.execute(f"{TOTALS} JOIN message USING (idempotency_key) WHERE list_id = ?", (list_id,))
            counts = _totals(totals.fetchone())
        if not parts:
            return None
        _, part_count, list_sha256, operation = parts[0]
        received = [part for part, *_ in parts]
        return ListState(
            list_id=list_id,
            list_sha256=list_sha256,
            operation=operation,
            part_count=part_count,
            parts_received=received,
            is_complete=len(received) == part_count,
            **counts,
        )

    def counts(self) -> LogCounts:
        """What was seen since the data folder was made."""
        with self._lock:
            seen = dict(self._db.execute("SELECT what || '_count', count FROM seen").fetchall())
            messages = self._db.execute("SELECT count(*) FROM message").fetchone()[0]
            totals = _totals(self._db.execute(TOTALS).fetchone())
        never = {"post_count": 0, "repeat_count": 0, "conflict_count": 0}
        return LogCounts(message_count=messages, **totals, **{**never, **seen})

    def close(self) -> None:
        """Close the file; everything acknowledged is in it."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One writer at a time, also across processes; committed (and synced) at the end, nothing kept on an error."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    def _keep(self, db: sqlite3.Connection, key: str, body: bytes, body_sha256: str, envelope: Envelope) -> Kept:
        answers = answer_lines(envelope.lines, _taken(db, envelope))
        receipt = _receipt(key, body_sha256, envelope, answers)
        head = (envelope.list_id, envelope.list_sha256, envelope.list_count, envelope.list_total_idr)
        part = (envelope.operation, envelope.part, envelope.part_count)
        db.execute(
            "INSERT INTO message VALUES (?,?,?,?,?,?,?,?,?,?,?)", (key, body_sha256, body, receipt, *head, *part)
        )
        db.executemany(
            "INSERT INTO line VALUES (?,?,?,?,?,?,?,?,?)",
            [
                (
                    line.line_key, key, envelope.programme, envelope.round, unit_of(line), line.nik, line.amount_idr,
                    answer.answer, answer.code,
                )
                for line, answer in zip(envelope.lines, answers, strict=True)
            ],
        )  # fmt: skip
        return Kept("new", receipt)

    @staticmethod
    def _list_conflict(db: sqlite3.Connection, envelope: Envelope) -> Kept | None:
        """A part of a list whose other parts said something else about it, or that came before under another key."""
        says = (envelope.list_sha256, envelope.list_count, envelope.list_total_idr, envelope.part_count)
        list_of = (envelope.list_id, envelope.operation)
        if any(said != says for said in db.execute(SAME_LIST, list_of)):
            return Kept("conflict", code="list_differs")
        if db.execute(f"{SAME_LIST} AND part = ?", (*list_of, envelope.part)).fetchone():
            return Kept("conflict", code="part_differs")
        return None

    @staticmethod
    def _count(db: sqlite3.Connection, what: str) -> None:
        db.execute("INSERT INTO seen VALUES (?, 1) ON CONFLICT (what) DO UPDATE SET count = count + 1", (what,))


TOTALS = (
    "SELECT count(*), count(*) FILTER (WHERE answer = 'accepted'), count(*) FILTER (WHERE answer = 'refused'),"
    " coalesce(sum(amount_idr) FILTER (WHERE answer = 'accepted'), 0) FROM line"
)


def _totals(row: tuple[int, int, int, int]) -> dict[str, Any]:
    return dict(zip(("line_count", "accepted_count", "refused_count", "accepted_total_idr"), row, strict=True))


def _known(found: tuple[str, bytes], body_sha256: str) -> Kept:
    """A key that was seen before: its receipt, or the alarm when the body is another."""
    kept_sha256, receipt = found
    if kept_sha256 == body_sha256:
        return Kept("repeated", bytes(receipt))
    return Kept("conflict", code="idempotency_key_reused")


def _taken(db: sqlite3.Connection, envelope: Envelope) -> Taken:
    """What earlier messages already hold of this message's units, NIKs and line keys."""
    scope = (envelope.programme, envelope.round)
    taken = Taken()
    for line in envelope.lines:
        unit = unit_of(line)
        same_unit = "SELECT 1 FROM line WHERE programme = ? AND round = ? AND unit = ? AND answer = 'accepted'"
        if db.execute(same_unit, (*scope, unit)).fetchone():
            taken.units.add(unit)
        same_nik = "SELECT 1 FROM line WHERE programme = ? AND round = ? AND nik = ? AND answer = 'accepted' AND unit LIKE 'person:%'"
        if line.nik and db.execute(same_nik, (*scope, line.nik)).fetchone():
            taken.niks.add(line.nik)
        if db.execute("SELECT 1 FROM line WHERE line_key = ?", (line.line_key,)).fetchone():
            taken.line_keys.add(line.line_key)
    return taken


def _receipt(key: str, body_sha256: str, envelope: Envelope, answers: list[Answer]) -> bytes:
    accepted = [answer.answer == "accepted" for answer in answers]
    receipt = Receipt(
        idempotency_key=key,
        body_sha256=body_sha256,
        list_id=envelope.list_id,
        operation=envelope.operation,
        part=envelope.part,
        received_at=datetime.now(UTC).isoformat(timespec="seconds"),
        accepted_count=sum(accepted),
        refused_count=len(answers) - sum(accepted),
        accepted_total_idr=sum(line.amount_idr for line, yes in zip(envelope.lines, accepted, strict=True) if yes),
        answers=answers,
    )
    return receipt.model_dump_json().encode()
