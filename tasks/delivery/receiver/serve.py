"""One process on loopback that serves the reference receiver until it is told to stop.

Does not belong here: the interface (app), what is kept (ledger).
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

from schemas.errors import UsageError
from tasks.delivery.receiver.app import create_app
from tasks.delivery.receiver.ledger import Ledger

HOST = "127.0.0.1"
STOP_SECONDS = 10


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            sys.stdout.write(f"http://{HOST}:{sockets[0].getsockname()[1]}\n")
            sys.stdout.flush()


def serve(port: int, data: Path, token: str | None) -> None:
    """Serve on 127.0.0.1 (port 0: a free one), print the URL when ready, return after SIGTERM or Ctrl-C. UsageError: no port."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    listener = _listen(port)
    ledger = Ledger(data)
    config = uvicorn.Config(
        create_app(ledger, token), access_log=False, log_config=None, timeout_graceful_shutdown=STOP_SECONDS
    )
    server = _Server(config)

    def stop(*_: Any) -> None:
        server.should_exit = True

    signal.signal(signal.SIGTERM, stop)  # uvicorn raises the signal again when it has stopped: then this is harmless
    try:
        server.run(sockets=[listener])
    finally:
        ledger.close()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            f"port {port} on {HOST} cannot be used", mend="Choose another with --port (0 = a free one)."
        ) from error
    return listener
