"""Several submissions at once, each by a worker process: who gets which next, and what becomes of a worker that dies.

Belongs here: giving out work and starting, hearing and ending workers. Does not belong here: what a worker does (worker.py), when a crew
pays (submission.py). The submissions of one regency are taken in one after the other, in their order: they are versions of each other.

A worker is a process of its own, so a crash inside a library costs one file's try: the file is tried once more, alone, and when that
dies too it stays `received` and the night goes on (P13). Workers end when this process ends, however it ends: their pipe closes.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from schemas import errors

Progress = Callable[[dict[str, Any]], None]
LOST = "WORKER_LOST"


@dataclass(frozen=True)
class Work:
    """One submission to take in: of which regency, and how large its file is."""

    submission_id: str
    regency_code: str
    byte_count: int


class Queue:
    """What is left to give out: the regency with the most left comes first, each regency in its order and once at a time."""

    def __init__(self, work: Iterable[Work]) -> None:
        self._left: dict[str, deque[Work]] = {}
        for each in work:
            self._left.setdefault(each.regency_code, deque()).append(each)
        self._busy: set[str] = set()

    def next(self) -> Work | None:
        """The next to do; None when all that is left has to wait for something under way, or nothing is left."""
        free = [code for code, left in self._left.items() if left and code not in self._busy]
        if not free:
            return None
        code = max(free, key=lambda code: sum(work.byte_count for work in self._left[code]))
        self._busy.add(code)
        return self._left[code].popleft()

    def done(self, work: Work) -> None:
        """Its regency's next one may follow."""
        self._busy.discard(work.regency_code)

    def hold_back(self, work: Work) -> list[Work]:
        """What is left of its regency, in its order: nobody is given it any more, since it may only follow."""
        self._busy.discard(work.regency_code)
        return list(self._left.pop(work.regency_code))


class Crew:
    """Worker processes for one run. Use as a context manager: whatever happens inside, they are ended with it."""

    def __init__(self, size: int, run_id: int, today: date, progress: Progress) -> None:
        self.size, self.run_id, self.today, self.progress = size, run_id, today, progress
        self._workers: list[_Worker] = []
        self._ready = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers):
            self._end(worker)
        self._ready.close()

    def take_in(self, work: Sequence[Work]) -> None:
        """Take in all of it. Raises what a worker raised; the others are ended then, and what they had begun is left as it was."""
        lost = self._work_off(work, self.size)
        for worker in list(self._workers if lost else ()):  # alone is with all the memory there is
            self._end(worker)
        for each in self._work_off(lost, 1):
            told = {"submission_id": each.submission_id, "regency": each.regency_code, "state": "received"}
            self.progress({"step": "submission", **told, "reason": LOST, "counts": {}, "seconds": {}})

    def _work_off(self, work: Sequence[Work], size: int) -> list[Work]:
        """Give out and hear until nothing is left; returns the work whose worker died and, unless each was tried alone, what follows it."""
        queue = Queue(work)
        lost: list[Work] = []
        while True:
            self._give_out(queue, size)
            if not any(worker.work for worker in self._workers):
                return lost
            for key, _ in self._ready.select():
                worker: _Worker = key.data
                held = worker.work
                if worker.hear(self.progress) and held is not None and worker.work is None:
                    queue.done(held)
                elif worker.is_gone:
                    self._end(worker)
                    if held is not None and size > 1:
                        lost += [held, *queue.hold_back(held)]  # a later version must not overtake it
                    elif held is not None:  # tried alone: from now on it holds nobody up (P13)
                        lost.append(held)
                        queue.done(held)

    def _give_out(self, queue: Queue, size: int) -> None:
        """Work for so many at once as far as there is any; workers are started when there is something for them."""
        idle = [worker for worker in self._workers if worker.work is None]
        for _ in range(size - (len(self._workers) - len(idle))):
            if (work := queue.next()) is None:
                return
            worker = idle.pop() if idle else self._start()
            worker.give(work, self.run_id, self.today)

    def _start(self) -> _Worker:
        worker = _Worker()
        self._workers.append(worker)
        self._ready.register(worker.voice, selectors.EVENT_READ, worker)
        return worker

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._ready.unregister(worker.voice)
        worker.end()


class _Worker:
    """One worker process and what it is doing."""

    def __init__(self) -> None:
        root = str(Path(__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flows.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": path},
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a worker without pipes")
        self._ear, self.voice = self._process.stdin, self._process.stdout
        self._heard = b""
        self.work: Work | None = None
        self.is_gone = False

    def give(self, work: Work, run_id: int, today: date) -> None:
        """Hand it a submission; that it has died is heard later."""
        self.work = work
        order = {"submission_id": work.submission_id, "run_id": run_id, "today": today.isoformat()}
        try:
            self._ear.write(json.dumps(order).encode() + b"\n")
        except BrokenPipeError:
            self.is_gone = True

    def hear(self, progress: Progress) -> bool:
        """What it says now; False when it says nothing more. Raises what stopped it."""
        piece = os.read(self.voice.fileno(), 1 << 16)
        self.is_gone = not piece
        *lines, self._heard = (self._heard + piece).split(b"\n")
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            if "error" in said:
                raise as_raised(said)
            if "event" in said:
                progress(said["event"])
            else:
                self.work = None
        return bool(piece)

    def end(self) -> None:
        """Kill it: what it had not committed never was."""
        self._process.kill()
        self._process.wait()
        self._ear.close()
        self.voice.close()


def as_said(error: errors.SinergiError) -> dict[str, str]:
    """A named failure as a worker tells of it."""
    return {"error": type(error).__name__, "what": error.what, "where": error.where, "mend": error.mend}


def as_raised(said: dict[str, str]) -> errors.SinergiError:
    """The failure that a worker told of."""
    kind: type[errors.SinergiError] = getattr(errors, said["error"])
    error = kind.__new__(kind)
    errors.SinergiError.__init__(error, said["what"], where=said["where"], mend=said["mend"])
    return error
