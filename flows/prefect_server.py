"""Prefect's server as a child process: `python -m flows.prefect_server PORT`. It lives as long as its standard input is open.

Belongs here: that life line, and which signals count. Does not belong here: when it is started and with which settings (serve.py),
the pages beside Prefect's (pages.py).
Why not `prefect server start`: it outlives a parent that is killed and keeps the port; and Ctrl-C, which the terminal sends to the
whole process group, would end it before the runs that still have to say goodbye to it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

HOST = "127.0.0.1"
STOP_SECONDS = 3


class _Server(uvicorn.Server):
    """Ends on SIGTERM and when the life line breaks; Ctrl-C is the parent's affair."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        threading.Thread(target=self.wait_for_parent, daemon=True).start()
        yield

    def stop(self) -> None:
        self.should_exit = True

    def wait_for_parent(self) -> None:
        """Returns from reading when the parent has closed its end, or is gone."""
        while os.read(sys.stdin.fileno(), 1):  # not through sys.stdin: its lock would be held when the interpreter ends
            pass
        self.stop()


def main() -> None:
    """Serve on loopback until told to stop."""
    from prefect.server.api.server import create_app

    from flows.pages import beside

    port = int(sys.argv[1])
    config = uvicorn.Config(
        beside(create_app(final=True)),
        host=HOST,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    _Server(config).run()


if __name__ == "__main__":
    main()
