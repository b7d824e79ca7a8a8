"""The parent's side of reading: one killable child per run, with limits on time, memory and processor.

Belongs here: starting, asking, killing and restarting the child. Does not belong here: reading (tasks/intake/reading.py).
Why a child: a workbook of 4 KiB can abort the whole process inside a library, and no `except` runs.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

import tasks
from schemas.errors import DiskFull, FileRefused
from schemas.settings import Settings, settings
from tasks.intake.archives import Member
from tasks.intake.refusals import refusal_text
from tasks.intake.sheets import Limits, Sheet


def limits_of(config: Settings) -> Limits:
    """The reading limits that the settings state."""
    return Limits(
        max_rows=config.max_rows,
        max_columns=config.max_columns,
        max_file_mb=config.max_file_mb,
        max_unpacked_mb=config.max_unpacked_mb,
        max_swelling=config.max_swelling,
        max_members=config.max_members,
        memory_mb=config.read_memory_mb,
        seconds=config.read_seconds,
    )


@dataclass(frozen=True)
class Unpacked:
    """A zip of lists: its members, and the folder that holds the files of those that are lists."""

    folder: Path
    members: tuple[Member, ...]


class FileReader:
    """Reads files in a child process. Use as a context manager: one child serves a whole run.

    The cells that `read` returns stay valid after the reader is closed: their files are mapped into memory.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or limits_of(settings())
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        base = settings().home / "reading"
        base.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(base)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def begin(self) -> None:
        """Start the child now: it is ready when the first file is."""
        if self._child is None:
            self._start()

    def read(self, path: Path, name: str = "") -> list[Sheet]:
        """The sheets of a file that its sender called `name`. Raises FileRefused with a stable code and an Indonesian sentence; the
        child is then fit again.

        Raises DiskFull when what was read cannot be handed over: that says nothing about the file.
        """
        return [self._map(sheet) for sheet in self._told("read", path, name)["sheets"]]

    def unpack(self, path: Path, name: str = "") -> Unpacked | None:
        """The members of a zip of lists; None when the file is no such zip. Raises as `read` does."""
        members = self._told("unpack", path, name)["members"]
        if members is None:
            return None
        assert self._folder is not None  # noqa: S101 - `_told` has looked
        return Unpacked(self._folder, tuple(Member(**member) for member in members))

    def _told(self, work: str, path: Path, name: str) -> dict[str, Any]:
        """What the child says of a file. Raises FileRefused and DiskFull."""
        if self._folder is None:
            raise RuntimeError("FileReader is used outside its `with` block")
        name = name or path.name
        told = {"work": work, "path": str(path.resolve()), "name": name, "out": str(self._folder.resolve())}
        reply = self._ask({**told, "limits": asdict(self.limits)})
        if "has_no_room" in reply:
            raise DiskFull(str(self._folder))
        if "code" in reply:
            what, mend = refusal_text(reply["code"], reply.get("details", {}))
            raise FileRefused(reply["code"], what, where=name, mend=mend)
        return reply

    def _map(self, sheet: dict[str, Any]) -> Sheet:
        assert self._folder is not None  # noqa: S101 - `read` has looked
        file = self._folder / sheet["file"]
        cells = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
        file.unlink()  # the mapping keeps the bytes; nothing personal stays on disk after a crash
        merged = tuple(map(tuple, sheet["merged"]))
        return Sheet(sheet["sheet_no"], sheet["name"], sheet["is_hidden"], cells, sheet["why_not"], merged)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request and its answer; a child that died or hangs becomes a refusal code."""
        child = self._child or self._start()
        try:
            assert child.stdin is not None  # noqa: S101 - opened as a pipe
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
            line = self._wait_for_line(child)
        except BrokenPipeError:
            line = b""
        if line is None:
            self._stop()
            return {"code": "READER_TIMEOUT", "details": {"limit": self.limits.seconds}}
        if not line.endswith(b"\n"):
            self._stop()
            return {"code": "READER_CRASHED"}
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _wait_for_line(self, child: subprocess.Popen[bytes]) -> bytes | None:
        """The child's line; what came of it when the child ended; None when the time is up."""
        assert child.stdout is not None  # noqa: S101 - opened as a pipe
        deadline = time.monotonic() + self.limits.seconds
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([child.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            piece = os.read(child.stdout.fileno(), 1 << 16)
            if not piece:
                break
            line += piece
        return line

    def _start(self) -> subprocess.Popen[bytes]:
        root = str(Path(tasks.__file__).parents[1])
        inherited = os.environ.get("PYTHONPATH")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tasks.intake.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library's last words may quote a cell (P12)
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, inherited]))},
        )
        memory = self.limits.memory_mb << 20
        resource.prlimit(self._child.pid, resource.RLIMIT_AS, (memory, memory))
        resource.prlimit(self._child.pid, resource.RLIMIT_CORE, (0, 0))
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _sweep(base: Path) -> None:
    """Remove the folders of readers whose process is gone (a power cut leaves them behind)."""
    for folder in base.iterdir():
        pid = folder.name.split("-", 1)[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)
