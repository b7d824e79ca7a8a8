"""A wire between the product and its database that can be cut, or fall silent, after so many bytes have gone through.

The wire listens on loopback TCP and leads to the test server, wherever that listens. `cut` breaks the connection; `silent` keeps it open
and lets the kernel drop whatever arrives, so that not even a keep-alive is answered - a firewall that forgot the connection.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Literal

import sqlalchemy as sa

SO_ATTACH_FILTER = 26
BLOCK = 1 << 14


class Wire:
    """Leads connections to a server until `limit` bytes of one have been sent there; then that one fails, and later ones go well."""

    def __init__(self, server: str, how: Literal["cut", "silent"], limit: int) -> None:
        url = sa.make_url(server)
        self.folder, self.port, self.how, self.limit = (
            str(url.query.get("host", url.host)),
            url.port or 5432,
            how,
            limit,
        )
        self.failed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.held: list[socket.socket] = []
        self.url = url.set(host="127.0.0.1", port=self.listener.getsockname()[1]).difference_update_query(["host"])

    def serve(self) -> None:
        """Accept until the listener is closed."""
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BLOCK)
                server = self._server()
                self.held += [client, server]
                for work, *ends in ((self._there, client, server), (self._back, server, client)):
                    threading.Thread(target=work, args=ends, daemon=True).start()

    def close(self) -> None:
        """Let go of everything."""
        for each in (self.listener, *self.held):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _server(self) -> socket.socket:
        if not self.folder.startswith("/"):
            return socket.create_connection((self.folder, self.port))
        there = socket.socket(socket.AF_UNIX)
        there.connect(f"{self.folder}/.s.PGSQL.{self.port}")
        return there

    def _there(self, client: socket.socket, server: socket.socket) -> None:
        """What the product says; the wire fails when it has said enough."""
        count = 0
        with contextlib.suppress(OSError):
            while block := client.recv(BLOCK):
                count += len(block)
                if count >= self.limit and not self.failed.is_set():
                    self.failed.set()
                    self._fail(client, server)
                    return
                server.sendall(block)
            server.shutdown(socket.SHUT_WR)

    def _fail(self, client: socket.socket, server: socket.socket) -> None:
        server.shutdown(socket.SHUT_RDWR)
        if self.how == "cut":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        else:
            drop_all(client)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        """What the server answers; when the server goes, so does the line, unless it has fallen silent."""
        with contextlib.suppress(OSError):
            while block := server.recv(BLOCK):
                client.sendall(block)
            if not (self.failed.is_set() and self.how == "silent"):
                client.shutdown(socket.SHUT_RDWR)


def drop_all(end: socket.socket) -> None:
    """Let the kernel drop every packet that arrives at this socket, before it is acknowledged."""
    program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # the packet filter "return 0 bytes"
    end.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HxxxxxxQ", 1, ctypes.addressof(program)))


@contextlib.contextmanager
def wire(server: str, how: Literal["cut", "silent"], limit: int) -> Iterator[Wire]:
    """A wire for as long as the block runs."""
    made = Wire(server, how, limit)
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        made.close()
