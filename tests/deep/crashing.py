"""Run one `sinergi` command again and again, each try killed with SIGKILL at a moment where enough tries have not died yet.

    python -m tests.deep.crashing TIMES COMMAND ...

A moment is a commit that writes, a request to the receiving system, or a file put in its place: just before it and just after it. Its
name is the line of the product that asked for it. TIMES tries die at every moment, then the command gets past it. Each try is a process
of its own (forked from one that has done the imports, so that a try costs what it does and not its start). The last line of the output is
JSON: `{"killed": [moment, ...], "code": exit code of the try that came through, "said": the end of its output}`.

Nothing in the product knows of this: the driver's commit, the HTTP session's send and the renaming of files are wrapped here.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
ROOMS = tuple(str(ROOT / room) + os.sep for room in ("tasks", "flows", "cli"))
CARRIERS = {
    str(ROOT / "tasks" / name) for name in ("store.py", "step.py")
}  # they do as they are told: ask who told them
MAX_TRIES = 400
HEAVY = (
    "flows.walkthrough",
    "pandas",
    "great_expectations",
    "expectations.validation",
    "splink",
    "duckdb",
    "altair",
    "requests",
)


def main() -> None:
    """Try until a try comes through; one JSON line."""
    times, arguments = int(sys.argv[1]), sys.argv[2:]
    for name in HEAVY:
        importlib.import_module(name)
    killed: Counter[str] = Counter()
    for _ in range(MAX_TRIES):
        with tempfile.TemporaryFile("w+") as said:
            code = one_try(killed, times, arguments, said)
            said.seek(0)
            output = said.read()
        if code != -signal.SIGKILL:
            print(json.dumps({"killed": sorted(killed.elements()), "code": code, "said": output[-3000:]}))
            return
        moment = output.rsplit("killed ", 1)[1].strip()
        killed[moment] += 1
        print("killed", moment, flush=True)
    raise SystemExit(f"no try came through: {killed}")


def one_try(killed: Counter[str], times: int, arguments: list[str], said: IO[str]) -> int:
    """Fork a process that runs the command; its exit code, negative for a signal."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    make_deadly({moment for moment, count in killed.items() if count >= times})
    sys.argv = ["sinergi", *arguments]
    from cli.main import main as sinergi

    sinergi()
    sys.exit(0)


def make_deadly(passable: set[str]) -> None:
    """From now on this process dies at its first moment that is not passable."""
    import requests
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    wrap(PGDialect_psycopg, "do_commit", "commit", passable, is_moment=has_written)
    wrap(requests.Session, "send", "send", passable)
    for method in ("replace", "rename"):
        wrap(Path, method, "file", passable)


def has_written(_dialect: Any, connection: Any) -> bool:
    """Whether the transaction has written anything: the end of a question is no moment."""
    with connection.cursor() as cursor:
        return bool(cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()[0])


def wrap(
    owner: Any, method: str, what: str, passable: set[str], is_moment: Callable[..., bool] = lambda *_: True
) -> None:
    """Put a deadly moment before and after a method's work."""
    original: Callable[..., Any] = getattr(owner, method)

    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if not is_moment(*args):
            return original(*args, **kwargs)
        place = asked_by()
        die_unless(f"before {what} {place}", passable)
        result = original(*args, **kwargs)
        die_unless(f"after {what} {place}", passable)
        return result

    setattr(owner, method, wrapped)


def die_unless(moment: str, passable: set[str]) -> None:
    if moment not in passable:
        os.write(1, f"\nkilled {moment}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


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
