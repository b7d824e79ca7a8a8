"""Validation by a process of its own, which loads Great Expectations (some seconds) while a list is still being read and understood here.

Belongs here: that process, both ends of its pipes, and when it pays. Does not belong here: validating (validation.py). Nothing heavy is
imported before the process is begun.

Whatever goes wrong in it, it ends without a word, and the frame is validated by who asked: a failure is told once, where it has a name.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import pandas as pd

    from expectations.validation import Checks, Findings
    from schemas.records import Kind

#: what it says first
LOADED = b"loaded\n"
#: of so many bytes and more, loading the checks is little beside the work, and handing the rows over is much
MUCH = 16 << 20


@contextmanager
def checks_for(byte_count: int) -> Iterator[Checks]:
    """Who validates files of so many bytes: this process where the checks are loaded already, or where loading them is little beside the
    work; else a process of its own, which loads them while the first list is read and understood here."""
    if checks_are_loaded() or byte_count >= MUCH:
        from expectations.validation import HERE, begin_to_load

        begin_to_load()
        yield HERE
        return
    with Apart() as apart:
        yield apart


def checks_are_loaded() -> bool:
    """Whether this process has Great Expectations."""
    return "expectations.row_rule" in sys.modules


class Apart:
    """A process that validates. Use as a context manager: it begins to load at once and ends with the block."""

    def __init__(self) -> None:
        root = str(Path(__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "expectations.apart"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process without pipes")
        self._ear, self._voice = self._process.stdin, self._process.stdout
        self._has_begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._voice.close()
        with suppress(BrokenPipeError):  # what it had not heard nobody needs any more
            self._ear.close()

    def wait(self) -> None:
        """Return when it has loaded, or ended."""
        self._has_begun = self._has_begun or bool(self._voice.read(len(LOADED)))

    def validate(self, frame: pd.DataFrame, kind: Kind, *, today: date | None = None) -> Findings:
        """As validation.validate."""
        self.wait()
        try:
            pickle.dump((frame, kind, today), self._ear, protocol=pickle.HIGHEST_PROTOCOL)
            self._ear.flush()
            found: Findings = pickle.load(self._voice)  # noqa: S301 what a process of our own says
        except (BrokenPipeError, EOFError, pickle.UnpicklingError):
            from expectations.validation import validate

            return validate(frame, kind, today=today)
        return found


def main() -> None:
    """Validate what is heard until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when to stop
    voice = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    gc.disable()  # what is imported stays
    from expectations.validation import load_checks, validate

    load_checks()
    gc.freeze()
    gc.enable()
    voice.write(LOADED)
    voice.flush()
    while True:
        try:
            frame, kind, today = pickle.load(sys.stdin.buffer)  # noqa: S301 from the process that began this one
            pickle.dump(validate(frame, kind, today=today), voice, protocol=pickle.HIGHEST_PROTOCOL)
            voice.flush()
        except Exception:  # noqa: BLE001 the end of the pipe, or a failure that is told elsewhere: see above
            os._exit(0)


if __name__ == "__main__":
    main()
