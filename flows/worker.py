"""One worker of a crew: takes in the submissions it is given, one after the other, until nobody gives it any more.

`python -m flows.worker` hears one JSON object a line, `{"submission_id", "run_id", "today"}`, and says `{"event": ...}` for progress,
`{"done": submission_id}`, or `{"error", "what", "where", "mend"}` before it ends. Belongs here: that. Does not belong here: the order of
steps (submission.py), giving out work (crew.py).
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from datetime import date
from typing import IO, Any

from expectations.validation import begin_to_load
from flows.crew import as_said
from flows.submission import take_in
from tasks.faults import named
from tasks.intake.steps.reader import FileReader


def main() -> None:
    """Work until the pipe closes; when it closes in the middle of something, end at once: nobody is there to go on for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who gives out the work decides when to stop
    voice = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer
    orders: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(orders,), daemon=True).start()
    begin_to_load()
    with FileReader() as reader:
        while True:
            _obey(orders.get(), reader, voice)


def _hear(orders: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        orders.put(json.loads(line))
    os._exit(0)


def _obey(order: dict[str, Any], reader: FileReader, voice: IO[str]) -> None:
    """Take in one submission; a failure that stops the run is told and ends this process."""
    try:
        day = date.fromisoformat(order["today"])
        take_in(order["submission_id"], order["run_id"], day, reader, lambda event: _say(voice, {"event": event}))
        _say(voice, {"done": order["submission_id"]})
    except Exception as error:  # noqa: BLE001 whatever it is, the run has to hear of it
        _say(voice, as_said(named(error)))


def _say(voice: IO[str], told: dict[str, Any]) -> None:
    voice.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
