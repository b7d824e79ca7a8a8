"""What is handed to a receiving system: the key of a line, the message of a list's part, and its canonical bytes (P10).

Belongs here: how a key and a body are made, pure and the same everywhere. Does not belong here: storing messages (the
publishing transaction does), sending them (tasks/delivery), or what a receiver may answer (docs/receiver-api.md).

A key is made from what the award *means*, never from the run or the submission that led to it: made again from the same
published list it is the same key, so that a second publication, a second sender or a second night cannot pay twice.
Keys and bodies are stored when made and never recomputed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from schemas.errors import InvariantBroken

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

CONTRACT_VERSION = "1"
PART_SIZE = 500
#: a message's key travels in a header and in a path: unreserved characters of RFC 3986 only
KEY_PATTERN = r"^[A-Za-z0-9._~-]{1,200}$"
LINE_COLUMNS = ("line_id", "unit_kind", "unit_id", "nik", "full_name", "amount_idr")

T = TypeVar("T", str, "pd.Series[Any]")


@dataclass(frozen=True)
class ListHead:
    """The published list that is sent: which, the SHA-256 of its canonical bytes, how many are in, how many rupiah."""

    list_id: str
    programme: str
    round: str
    phase: int
    version: int
    sha256: str
    in_count: int
    amount_idr: int


class MessageLine(NamedTuple):
    """One award inside a message, as the outbox keeps it; name and NIK are in the body only."""

    line_key: str
    line_id: str
    unit_kind: str
    unit_id: str
    amount_idr: int


@dataclass(frozen=True)
class Message:
    """One part of a list as it is sent, byte for byte."""

    idempotency_key: str
    receiver: str
    list_id: str
    operation: str
    part: int
    part_count: int
    line_count: int
    body: bytes
    body_sha256: str
    lines: tuple[MessageLine, ...]


def line_key(
    receiver: str, programme: str, round: str, phase: int, unit_kind: T, unit_id: T, operation: str, sequence: int
) -> T:
    """`receiver|programme|round|phase|unit_kind:unit_id|operation|sequence`: one award to one unit, once.

    `unit_kind` and `unit_id` are two texts, or two pandas series of equal length (then a series of keys comes back).
    """
    head = f"{receiver}|{programme}|{round}|{phase}|"
    return head + unit_kind + ":" + unit_id + f"|{operation}|{sequence}"


def message_key(receiver: str, list_id: str, operation: str, part: int, line_keys: Iterable[str]) -> str:
    """A part's key: what it is, and a hash of its line keys. Raises InvariantBroken when a name cannot travel."""
    digest = hashlib.sha256("\n".join(line_keys).encode()).hexdigest()[:32]
    key = f"{receiver}~{list_id}~{operation}~{part}~{digest}"
    if not re.match(KEY_PATTERN, key):
        raise InvariantBroken(
            f"the key of part {part} of list {list_id} cannot travel in a header",
            mend="Name receiver, programme and round with letters, digits, '.', '_' and '-' only.",
        )
    return key


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: the same value has the same bytes on both sides."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def build_messages(
    receiver: str,
    head: ListHead,
    lines: pd.DataFrame | Iterable[Mapping[str, Any]],
    *,
    operation: str = "award",
    sequence: int = 1,
    part_size: int = PART_SIZE,
) -> list[Message]:
    """The messages of a published list, in order of `line_id`; no lines, no messages.

    `lines`: a frame or records with the columns `line_id, unit_kind, unit_id, nik, full_name, amount_idr` (whole
    rupiah; a float raises TypeError). `nik` and `full_name` may be null for units that are not persons.
    Raises InvariantBroken when the lines are not what the head says (count or rupiah), or one unit stands there twice.
    """
    rows = sorted(_rows(receiver, head, lines, operation, sequence), key=lambda row: row.line_id)
    _check_against(head, rows)
    parts = [rows[start : start + part_size] for start in range(0, len(rows), part_size)]
    return [_message(receiver, head, operation, part, number, len(parts)) for number, part in enumerate(parts, 1)]


class _Row(NamedTuple):
    """A line as it is sent. The fields stand in the order of canonical JSON's sorted keys."""

    amount_idr: int
    full_name: str | None
    line_id: str
    line_key: str
    nik: str | None
    unit_id: str
    unit_kind: str


def _rows(
    receiver: str, head: ListHead, lines: pd.DataFrame | Iterable[Mapping[str, Any]], operation: str, sequence: int
) -> Iterator[_Row]:
    """Every line as plain Python values, with its key; null is None."""
    start = line_key(receiver, head.programme, head.round, head.phase, "", "", operation, sequence)
    before, after = start.split("|:|")
    for line_id, unit_kind, unit_id, nik, full_name, amount_idr in _values(lines):
        key = f"{before}|{unit_kind}:{unit_id}|{after}"
        yield _Row(index(amount_idr), full_name, str(line_id), key, nik, unit_id, unit_kind)


def _values(lines: pd.DataFrame | Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """The six columns of each line."""
    import pandas as pd

    if isinstance(lines, pd.DataFrame):
        import pyarrow as pa

        columns = [pa.array(lines[name], from_pandas=True).to_pylist() for name in LINE_COLUMNS]
        return zip(*columns, strict=True)
    return (tuple(line[name] for name in LINE_COLUMNS) for line in lines)


def _check_against(head: ListHead, rows: Sequence[_Row]) -> None:
    """What is sent is what was published: as many lines, as much money, no unit twice."""
    total = sum(row.amount_idr for row in rows)
    if (len(rows), total) != (head.in_count, head.amount_idr):
        raise InvariantBroken(
            f"{len(rows)} lines for Rp{total} are not the published {head.in_count} for Rp{head.amount_idr}",
            where=head.list_id,
        )
    if len({row.line_key for row in rows}) != len(rows):
        raise InvariantBroken("a unit stands twice among the lines to send", where=head.list_id)


def _message(
    receiver: str, head: ListHead, operation: str, rows: Sequence[_Row], part: int, part_count: int
) -> Message:
    """One part: its envelope around its lines, and the bytes of both."""
    records = [row._asdict() for row in rows]
    envelope = {
        "contract_version": CONTRACT_VERSION,
        "receiver": receiver,
        "programme": head.programme,
        "round": head.round,
        "phase": head.phase,
        "list_id": head.list_id,
        "list_version": head.version,
        "list_sha256": head.sha256,
        "list_count": head.in_count,
        "list_total_idr": head.amount_idr,
        "operation": operation,
        "part": part,
        "part_count": part_count,
        "count": len(records),
        "total_idr": sum(row.amount_idr for row in rows),
        "lines_sha256": hashlib.sha256(canonical(records)).hexdigest(),
        "lines": records,
    }
    body = canonical(envelope)
    return Message(
        idempotency_key=message_key(receiver, head.list_id, operation, part, (row.line_key for row in rows)),
        receiver=receiver,
        list_id=head.list_id,
        operation=operation,
        part=part,
        part_count=part_count,
        line_count=len(records),
        body=body,
        body_sha256=hashlib.sha256(body).hexdigest(),
        lines=tuple(MessageLine(r.line_key, r.line_id, r.unit_kind, r.unit_id, r.amount_idr) for r in rows),
    )


def message_table(messages: Sequence[Message]) -> pa.Table:
    """The rows of outbox.message, ready for COPY (`body` in PostgreSQL's hexadecimal notation)."""
    import pyarrow as pa

    names = ("idempotency_key", "receiver", "list_id", "operation", "part", "part_count", "line_count", "body_sha256")
    columns: dict[str, Any] = {name: [getattr(message, name) for message in messages] for name in names}
    # large_string: the bodies of a million lines are more than the 2 GiB of a string array
    columns["body"] = pa.array([f"\\x{message.body.hex()}" for message in messages], pa.large_string())
    return pa.table(columns)


def line_table(messages: Sequence[Message]) -> pa.Table:
    """The rows of outbox.line, ready for COPY."""
    import pyarrow as pa

    rows = [line for message in messages for line in message.lines]
    columns: dict[str, Any] = {name: [getattr(row, name) for row in rows] for name in MessageLine._fields}
    columns["idempotency_key"] = [message.idempotency_key for message in messages for _ in message.lines]
    return pa.table(columns)
