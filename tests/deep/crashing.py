"""Run `sinergi` commands again and again, each try struck by one fault, until every fault at every moment has struck once.

    python -m tests.deep.crashing '{"inbox": DIR, "faults": ["killed", ...], "commands": [["run", ...], ...]}'

A moment is a commit that writes, a request to the receiving system, or a file flushed or put in its place; its name is the line of the
product that asked for it. Moments are found, not listed: a commit that is new tomorrow is struck by itself. Faults:

    killed before, killed after      kill -9 of the process
    cut before, cut after            the server ends the connection: the work was not done, or it was done and the answer is lost
    line cut before, line cut after  the same on the way to the receiving system; the product mends it in the same try
    no room before                   the disk is full

Each try is a process of its own (forked from one that has done the imports, so that a try costs what it does and not its start); after
each, every promise is asked (promises.py). Processes that a try starts by forking are struck as well; what is forked again
asks for its fault in the same folder, so that a try never has two. The last line of the output is JSON:

    {"faults": {fault: [moment, ...]}, "missed": faults that no try was struck by, "codes": exit codes of the commands,
     "wrong": what was not as promised}

Nothing in the product knows of this: the driver's commit, the HTTP session's send, flushing and renaming of files are wrapped here.
"""

from __future__ import annotations

import atexit
import errno
import importlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import IO, Any

from tests.deep.house import House
from tests.deep.promises import Watch

ROOT = Path(__file__).parents[2]
ROOMS = tuple(str(ROOT / room) + os.sep for room in ("tasks", "flows", "cli"))
#: they do as they are told: ask who told them
CARRIERS = {str(ROOT / "tasks" / name) for name in ("store.py", "step.py", "halves.py")}
#: enough to see what is wrong
MAX_WRONG = 5
TRY_SECONDS = 240
HEAVY = (
    "flows.walkthrough",
    "flows.rerun",
    "tasks.backup",
    "pandas",
    "great_expectations",
    "expectations.validation",
    "splink",
    "duckdb",
    "altair",
    "requests",
)
#: what a command may answer when its try was struck; a killed one answers nothing
ANSWERS = {"killed": (-signal.SIGKILL,), "cut": (4,), "line cut": (0, 3, 4), "no room": (1,)}
NIK = re.compile(r"(?<![0-9a-f])[1-9]\d{15}(?!\d)")


def main() -> None:
    """Every command in order, each until a try of it is not struck any more."""
    told = json.loads(sys.argv[1])
    for name in HEAVY:
        importlib.import_module(name)
    house = House(Path(os.environ["SINERGI_HOME"]).parent, Path(told["inbox"]), os.environ["SINERGI_DATABASE_URL"], "")
    striker = Striker(Path(tempfile.mkdtemp(prefix="sinergi-faults-")), tuple(told["faults"]))
    watch, codes, wrong = Watch(house), [], []
    for arguments in told["commands"]:
        struck: str | None = ""
        while struck is not None and len(wrong) < MAX_WRONG:
            code, said, struck = striker.try_once(arguments)
            wrong += [f"{struck or 'at the end'}: {each}" for each in (*misspoken(code, said, struck), *watch.broken())]
        codes.append(code)
    missed = striker.missed()
    shutil.rmtree(striker.folder)
    faults: dict[str, list[str]] = {}
    for each in striker.struck:
        kind, _, moment = each.partition(" | ")
        faults.setdefault(kind, []).append(moment)
    print(json.dumps({"faults": faults, "missed": missed, "codes": codes, "wrong": wrong}))


def misspoken(code: int, said: str, struck: str | None) -> list[str]:
    """What a try said that it must not say, or did not say."""
    wrong = [f"tells a value: {len(found)} numbers like a NIK" for found in [NIK.findall(said)] if found]
    if "Traceback" in said:
        wrong.append(f"shows its insides: {said[-1500:]}")
    if struck is None:
        return wrong
    allowed = next(codes for kind, codes in ANSWERS.items() if struck.startswith(kind))
    if code not in allowed:
        wrong.append(f"answers {code}: {said[-800:]}")
    sentences = [line for line in said.splitlines() if line.startswith("sinergi: ")]
    if code in (1, 4) and len(sentences) != 1 and '"out_of_reach"' not in said:
        wrong.append(f"answers {code} in {len(sentences)} sentences: {said[-800:]}")
    return wrong


class Striker:
    """Strikes each try once, with a fault at a moment that was not struck so yet."""

    def __init__(self, folder: Path, faults: tuple[str, ...]) -> None:
        self.folder, self.faults = folder, faults
        self.struck: list[str] = []

    def try_once(self, arguments: list[str]) -> tuple[int, str, str | None]:
        """Fork a process that runs the command: its exit code (negative for a signal), what it said, what struck it."""
        claim = self.folder / "claim"
        claim.unlink(missing_ok=True)
        with tempfile.TemporaryFile("w+") as said:
            code = self._run(arguments, said)
            said.seek(0)
            output = said.read()
        struck = claim.read_text() if claim.exists() else None
        if struck is not None:
            self.struck.append(struck)
            print(struck, flush=True)
        return code, output, struck

    def _run(self, arguments: list[str], said: IO[str]) -> int:
        pid = os.fork()
        if pid:
            return waited_for(pid)
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        self.arm()
        os._exit(ended(arguments))

    def arm(self) -> None:
        """From now on this process, and what it forks, is struck at its first moment that was not."""
        import requests
        from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

        self.wrap(PGDialect_psycopg, "do_commit", "commit", commit_is_lost, has_written)
        self.wrap(PGDialect_psycopg, "do_execute", "commit", statement_is_lost, commits_by_itself)
        self.wrap(requests.Session, "send", "send", request_is_lost, cut="line cut")
        for owner, method in ((Path, "replace"), (Path, "rename"), (os, "fsync")):
            self.wrap(owner, method, "file" if owner is Path else "flush", None)

    def wrap(
        self,
        owner: Any,
        method: str,
        what: str,
        lose: Callable[..., None] | None,
        is_moment: Callable[..., bool] = lambda *_: True,
        cut: str = "cut",
    ) -> None:
        """Put faults before and after a method's work."""
        original: Callable[..., Any] = getattr(owner, method)

        @wraps(original)
        def wrapped(*given: Any, **named: Any) -> Any:
            if not is_moment(*given):
                return original(*given, **named)
            moment = f"{what} {asked_by()}"
            if self.claims("killed before", moment):
                os.kill(os.getpid(), signal.SIGKILL)
            if lose is None and self.claims("no room before", moment):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if lose is not None and self.claims(f"{cut} before", moment):
                lose(*given)
            result = original(*given, **named)
            if self.claims("killed after", moment):
                os.kill(os.getpid(), signal.SIGKILL)
            if lose is not None and self.claims(f"{cut} after", moment):
                lose(*given)
            return result

        setattr(owner, method, wrapped)

    def claims(self, fault: str, moment: str) -> bool:
        """Whether this try is struck here and now."""
        name = f"{fault} | {moment}"
        if not fault.startswith(self.faults) or name in self.struck:
            return False
        with (self.folder / "seen").open("a") as seen:
            seen.write(name + "\n")
        try:
            with (self.folder / "claim").open("x") as handle:
                handle.write(name)
        except FileExistsError:
            return False
        return True

    def missed(self) -> list[str]:
        """Faults at moments that were passed by and never struck so."""
        return sorted({*(self.folder / "seen").read_text().splitlines()} - {*self.struck})


def ended(arguments: list[str]) -> int:
    """Run the command to its end in this forked process, whose parent's own end must not happen here; its exit code."""
    from cli.main import main as sinergi

    sys.argv, code = ["sinergi", *arguments], 0
    try:
        sinergi()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - whatever it is, it is told as the interpreter would
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def has_written(_dialect: Any, connection: Any) -> bool:
    """Whether the transaction has written anything: the end of a question is no moment."""
    with connection.cursor() as cursor:
        return bool(cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()[0])


def commits_by_itself(_dialect: Any, cursor: Any, statement: str, *_: Any) -> bool:
    """Whether the statement writes outside a transaction: the opening and closing of a run."""
    return bool(cursor.connection.autocommit) and not statement.lstrip().startswith(("SELECT", "SET", "SHOW"))


def commit_is_lost(_dialect: Any, connection: Any) -> None:
    """The server ends this connection, and the driver notices it."""
    import psycopg

    driver = getattr(connection, "dbapi_connection", connection)  # as the pool hands it out, or as it is
    with psycopg.connect(os.environ["SINERGI_DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [driver.info.backend_pid])
    driver.execute("SELECT 1")


def statement_is_lost(dialect: Any, cursor: Any, *_: Any) -> None:
    """The same under a statement that commits by itself."""
    commit_is_lost(dialect, cursor.connection)


def request_is_lost(*_: Any) -> None:
    """The line to the receiving system breaks: what became of the request is unknown."""
    import requests

    raise requests.exceptions.ConnectionError("the line broke")


def waited_for(pid: int) -> int:
    """The exit code of a child; one that hangs is ended and says so by SIGALRM."""
    end = time.monotonic() + TRY_SECONDS
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGALRM


def asked_by() -> str:
    """The line of the product that the work is done for."""
    frame = sys._getframe(2)
    while frame.f_back is not None:
        name = frame.f_code.co_filename
        if name.startswith(ROOMS) and name not in CARRIERS:
            return f"{Path(name).relative_to(ROOT)}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return "nobody"


if __name__ == "__main__":
    main()
