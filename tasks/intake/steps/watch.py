"""Watching the inbox: which files have landed, are complete, and were not received yet.

Belongs here: looking at names, sizes and times. Does not belong here: what a landed file starts (flows/serve.py), receiving it (vault.py).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from tasks import store
from tasks.intake.steps.inbox import SIDECAR_SUFFIX, InboxFile, scan_inbox

#: a file counts as complete when neither it nor its sidecar has changed for this long: copies over a slow share come in pieces
QUIET_SECONDS = 5.0

#: (size, modification time) of the file and of its sidecar
Look = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Landed:
    """A complete file: the regency whose folder it lies in, and its name within the inbox."""

    regency: str
    file: str

    @property
    def key(self) -> str:
        """A name for the file that says nothing of its content and suits any orchestrator."""
        return f"{self.regency}.{hashlib.sha256(self.file.encode()).hexdigest()[:16]}"


class Watcher:
    """Looks at an inbox again and again; remembers how each file looked, so that a changed file lands anew.

    Files that the warehouse holds under the same name and size count as told. Files in folders that name no regency of the province
    are left to the nightly, which refuses them with the reason.
    """

    def __init__(
        self, inbox: Path, quiet_seconds: float = QUIET_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.inbox, self.quiet_seconds, self.clock = inbox, quiet_seconds, clock
        self._told: dict[str, Look] = {}
        self._looks: dict[str, tuple[Look, float]] = {}
        received = _received()
        for file in self._files():
            look = _look(file.path)
            if look is not None and (file.file, look[0][0]) in received:
                self._told[file.file] = look

    def landed(self) -> list[Landed]:
        """The files that are complete and were not told yet, in the inbox's order. Raises UsageError when the inbox is no folder."""
        now, found, looks = self.clock(), [], {}
        for file in self._files():
            look = _look(file.path)
            if look is None or self._told.get(file.file) == look:
                continue
            before, since = self._looks.get(file.file, (None, now))
            since = since if before == look else now
            looks[file.file] = (look, since)
            if now - since >= self.quiet_seconds:
                found.append(Landed(file.regency_code, file.file))
        self._looks = looks
        return found

    def tell(self, landed: Landed) -> None:
        """Remember that somebody was told of this file as it looks now."""
        look, _ = self._looks.pop(landed.file)
        self._told[landed.file] = look

    def _files(self) -> list[InboxFile]:
        return [file for file in scan_inbox(self.inbox).files if file.reason_code is None]


def _look(path: Path) -> Look | None:
    """How a file and its sidecar look now; None when the file has just gone."""
    try:
        return _stat(path), _stat(path.with_name(path.name + SIDECAR_SUFFIX), missing=(-1, -1))
    except FileNotFoundError:
        return None


def _stat(path: Path, missing: tuple[int, int] | None = None) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        if missing is None:
            raise
        return missing
    return status.st_size, status.st_mtime_ns


def _received() -> set[tuple[str, int]]:
    """(name within the inbox, size in bytes) of every file the warehouse has received."""
    sql = "SELECT s.file, c.byte_count FROM intake.submission s JOIN intake.content c USING (sha256)"
    with store.transaction() as connection:
        return {(row.file, int(row.byte_count)) for row in connection.execute(sa.text(sql))}
