"""The faults that strike a process in its own midst, and the moments at which they may.

A moment is a commit that writes, a request to the receiving system, or a file flushed or put in its place; its name is the line of the
product that asked for it. Moments are found, not listed: a commit that is new tomorrow is struck by itself. Faults:

    killed before, after             kill -9 of the process; `halfway`: when half a request has been sent
    cut before, after                the server ends the connection: the work was not done, or it was done and the answer is lost
    restarted before                 the house's own server is restarted at once (`pg_ctl restart -m immediate`) under the transaction
    server killed before             kill -9 of that server
    line cut before, halfway, after  the line to the receiving system breaks until the next try: nothing, half a request or all of it
                                     has arrived there, and no answer comes back
    no room before                   the disk is full

Belongs here: that. Does not belong here: who is struck when, and what must hold after it (crashing.py). Nothing in the product knows of
this: the driver's commit, HTTP's sending, flushing and renaming of files are wrapped here.
"""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from tasks.embedded import _Server as EmbeddedServer

ROOT = Path(__file__).parents[2]
ROOMS = tuple(str(ROOT / room) + os.sep for room in ("tasks", "flows", "cli"))
#: they do as they are told: ask who told them
CARRIERS = {
    str(ROOT / "tasks" / name) for name in ("store.py", "runs.py", "trail.py", "upgrade.py", "step.py", "halves.py")
}

#: whether this fault strikes at this moment, now
Claims = Callable[[str, str], bool]
Act = Callable[..., None]
#: what a moment is called, as a word or by what the method was given
Name = str | Callable[..., str]

_send_whole = http.client.HTTPConnection.send
_line = {"is cut": False}


def wrap_moments(claims: Claims) -> None:
    """From now on this process, and what it forks, is struck wherever `claims` says so."""
    import requests
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    def wrap(owner: Any, method: str, what: Name, faults: dict[str, Act], is_moment: Callable[..., bool]) -> None:
        original: Callable[..., Any] = getattr(owner, method)

        @wraps(original)
        def wrapped(*given: Any, **named: Any) -> Any:
            if not is_moment(*given):
                return original(*given, **named)
            moment = f"{what if isinstance(what, str) else what(*given)} {asked_by()}"
            for fault, act in faults.items():
                if not fault.endswith("after") and claims(fault, moment):
                    act(*given)
            result = original(*given, **named)
            for fault, act in faults.items():
                if fault.endswith("after") and claims(fault, moment):
                    act(*given)
            return result

        setattr(owner, method, wrapped)

    killed = {"killed before": die, "killed after": die}
    server = {"restarted before": server_restarts, "server killed before": server_dies}
    commit = {**killed, "cut before": connection_ends, "cut after": connection_ends, **server}
    send = {**killed, "line cut before": line_breaks, "line cut after": line_breaks}
    body = {"killed halfway": dies_halfway, "line cut halfway": breaks_halfway}
    file = {**killed, "no room before": no_room}
    wrap(PGDialect_psycopg, "do_commit", "commit", commit, has_written)
    wrap(PGDialect_psycopg, "do_execute", "commit", commit, commits_by_itself)
    wrap(requests.Session, "send", lambda _session, request: f"send {request.method}", send, is_connected)
    wrap(http.client.HTTPConnection, "send", "send POST", body, is_body)
    for owner, method in ((Path, "replace"), (Path, "rename"), (os, "fsync")):
        wrap(owner, method, "file" if owner is Path else "flush", file, lambda *_: True)


def asked_by() -> str:
    """The line of the product that the work is done for."""
    frame = sys._getframe(2)
    while frame.f_back is not None:
        name = frame.f_code.co_filename
        if name.startswith(ROOMS) and name not in CARRIERS:
            return f"{Path(name).relative_to(ROOT)}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return "nobody"


def has_written(_dialect: Any, connection: Any) -> bool:
    """Whether the transaction has written anything: the end of a question is no moment."""
    with connection.cursor() as cursor:
        return bool(cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()[0])


def commits_by_itself(_dialect: Any, cursor: Any, statement: str, *_: Any) -> bool:
    """Whether the statement writes outside a transaction: the opening and closing of a run."""
    return bool(cursor.connection.autocommit) and not statement.lstrip().startswith(("SELECT", "SET", "SHOW"))


def is_connected(*_: Any) -> bool:
    """Whether the line to the receiving system still stands; once it is cut, every request of this try fails."""
    if _line["is cut"]:
        line_breaks()
    return True


def is_body(_connection: Any, data: Any) -> bool:
    """Whether what goes out is the body of a request."""
    return isinstance(data, bytes) and not data.startswith((b"GET ", b"POST "))


def die(*_: Any) -> None:
    """Nobody gets to say goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


def connection_ends(_dialect: Any, work: Any, *_: Any) -> None:
    """The server ends this connection, and the driver notices it. `work`: a connection or a cursor, SQLAlchemy's or the driver's."""
    import psycopg

    driver = driver_of(work)
    with psycopg.connect(driver.info.dsn, password=driver.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [driver.info.backend_pid])
    driver.execute("SELECT 1")


def server_restarts(_dialect: Any, work: Any, *_: Any) -> None:
    """The house's server is stopped without any farewell and started again, and the driver notices it."""
    server = EmbeddedServer((Path(os.environ["SINERGI_HOME"]) / "pg").resolve())
    code, output = server.run("pg_ctl", "-w", "-D", str(server.data), "-m", "immediate", "restart")
    if code:
        raise AssertionError(output)
    driver_of(work).execute("SELECT 1")


def server_dies(_dialect: Any, work: Any, *_: Any) -> None:
    """kill -9 of the house's server, whose processes follow it, and the driver notices it."""
    server = EmbeddedServer((Path(os.environ["SINERGI_HOME"]) / "pg").resolve())
    os.kill(int((server.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    driver = driver_of(work)
    while True:  # until its process has noticed as well
        driver.execute("SELECT pg_sleep(0.05)")


def driver_of(work: Any) -> Any:
    """The driver's connection under whatever SQLAlchemy hands to its dialect."""
    connection = getattr(work, "connection", work)
    return getattr(connection, "dbapi_connection", connection)  # as the pool hands it out, or as it is


def line_breaks(*_: Any) -> None:
    """The line to the receiving system breaks: what became of the request is unknown."""
    import requests

    _line["is cut"] = True
    raise requests.exceptions.ConnectionError("the line broke")


def breaks_halfway(connection: Any, data: bytes) -> None:
    """Half a request arrives, then the line breaks under it; whoever goes on sending is told by the kernel."""
    _line["is cut"] = True
    _send_whole(connection, data[: len(data) // 2])
    connection.sock.shutdown(socket.SHUT_RDWR)


def dies_halfway(connection: Any, data: bytes) -> None:
    """Half a request arrives, and its sender is gone."""
    _send_whole(connection, data[: len(data) // 2])
    die()


def no_room(*_: Any) -> None:
    """The disk is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
