"""Real servers on loopback: the reference receiver, and an unreliable road to it that loses, delays and swells replies."""

from __future__ import annotations

import contextlib
import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from tasks.delivery.receiver.app import create_app
from tasks.delivery.receiver.ledger import Ledger

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def receiving(data: Path, token: str | None = None) -> Iterator[str]:
    """The reference receiver in a thread of this process; yields its URL."""
    ledger = Ledger(data)
    config = uvicorn.Config(create_app(ledger, token), port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        ledger.close()


@contextlib.contextmanager
def receiver_process(data: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`sinergi receiver` as a process of its own; yields its URL and the process."""
    command = [sys.executable, "-c", "import typer; from cli.receiver import receiver; typer.run(receiver)"]
    errors = (data.parent / "receiver.log").open("a")
    process = subprocess.Popen(
        [*command, "--port", "0", "--data", str(data), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.terminate()
        process.wait(120)
        errors.close()


class Road(ThreadingHTTPServer):
    """Forwards to a receiver; each POST takes the next fault from `faults`, then all goes well. Counts what was asked.

    `says` is how the receiver words each of its answers, whatever it is asked.
    """

    daemon_threads = True

    def __init__(self, target: str, *faults: str, says: Callable[[bytes], bytes] = bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Traveller)
        self.target = urlsplit(target)
        self.faults = list(faults)
        self.says = says
        self.asked: list[str] = []
        self.reached = threading.Event()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> tuple[int, bytes]:
        """Hand a request to the receiver and return its status and body."""
        connection = http.client.HTTPConnection(self.target.hostname or "", self.target.port or 0, timeout=60)
        connection.request(method, path, body, {k: v for k, v in headers.items() if k.lower() != "connection"})
        response = connection.getresponse()
        answer = response.status, self.says(response.read())
        connection.close()
        return answer


class _Traveller(BaseHTTPRequestHandler):
    server: Road
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._travel(None, "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            fault = self.server.faults.pop(0) if self.server.faults else ""
        self._travel(body, fault)

    def _travel(self, body: bytes | None, fault: str) -> None:
        self.server.asked.append(self.command)
        go = (self.command, self.path, dict(self.headers), body)
        if fault == "commits_late":
            threading.Timer(0.4, self.server.forward, go).start()
            self.close_connection = True
            return
        if fault == "never_arrives":
            self.close_connection = True
            return
        if fault == "redirects":
            self._reply(307, b"", Location=f"{self.server.url}/elsewhere")
            return
        status, answer = self.server.forward(*go)
        getattr(self, f"_{fault}", self._reply)(status, answer)

    def _reply(self, status: int, body: bytes, **headers: Any) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def _loses_the_reply(self, status: int, body: bytes) -> None:
        self.close_connection = True

    def _holds_the_reply(self, status: int, body: bytes) -> None:
        self.server.reached.set()
        threading.Event().wait(600)

    def _cuts_the_reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _swells_the_reply(self, status: int, body: bytes) -> None:
        self._reply(status, body + b" " * 100_000)

    def _drips_the_reply(self, status: int, body: bytes) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.1)

    def _drips_the_headers(self, status: int, body: bytes) -> None:
        with contextlib.suppress(OSError):
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.1)

    def _breaks_down(self, status: int, body: bytes) -> None:
        self._reply(500, b"<html>Internal error</html>")

    def _speaks_html(self, status: int, body: bytes) -> None:
        self._reply(200, b"<html>Selamat datang</html>")

    def _refuses_the_part(self, status: int, body: bytes) -> None:
        self._reply(413, b'{"error": {"code": "too_large", "message": "too large", "where": []}}')

    def _answers_for_others(self, status: int, body: bytes) -> None:
        self._reply(status, body.replace(b"|award|1", b"|award|2"))

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


@contextlib.contextmanager
def road(target: str, *faults: str, says: Callable[[bytes], bytes] = bytes) -> Iterator[Road]:
    """An unreliable road to a receiver."""
    server = Road(target, *faults, says=says)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
