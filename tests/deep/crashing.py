"""Run `sinergi` in this process and end it with SIGKILL at the n-th moment: `python -m tests.deep.crashing before-commit 7 run ...`.

A moment is a commit of PostgreSQL, or a request to the receiving system, before or after it. Nothing in the product knows of this: the
driver's commit and the HTTP session's send are wrapped here. With n = 0 nothing is killed and the number of moments goes to stderr.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

MOMENTS = ("before-commit", "after-commit", "before-send", "after-send")
_seen: Counter[str] = Counter()


def moment(name: str, at: str, number: int) -> None:
    _seen[name] += 1
    if name == at and _seen[name] == number:
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: Any, method: str, what: str, at: str, number: int) -> None:
    original: Callable[..., Any] = getattr(owner, method)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        moment(f"before-{what}", at, number)
        result = original(*args, **kwargs)
        moment(f"after-{what}", at, number)
        return result

    setattr(owner, method, wrapped)


def main() -> None:
    at, number, arguments = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    import requests
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    wrap(PGDialect_psycopg, "do_commit", "commit", at, number)
    wrap(requests.Session, "send", "send", at, number)
    if number == 0:
        atexit.register(lambda: sys.stderr.write("moments " + " ".join(str(_seen[name]) for name in MOMENTS) + "\n"))
    sys.argv = ["sinergi", *arguments]
    from cli.main import main as sinergi

    sinergi()


if __name__ == "__main__":
    main()
