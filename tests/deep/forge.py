"""Processes that have done their imports before they start: `sinergi` commands forked from one process that imported everything once.

    python -m tests.deep.forge

hears one JSON object a line, `{"module", "arguments", "environment"}`, runs `python -m module *arguments` in a process of its own and
answers with `{"code", "said"}`: an import takes many times longer than most of what deep tests do. Belongs here: that, and how a process
is forked and waited for. Does not belong here: what is run (house.py, crashing.py).
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import IO

from schemas.settings import settings

ROOT = Path(__file__).parents[2]
HEAVY = (
    "cli.main",
    "flows.walkthrough",
    "flows.rerun",
    "tasks.backup",
    "tests.deep.commands",
    "tests.deep.crashing",
    "pandas",
    "great_expectations",
    "expectations.validation",
    "splink",
    "duckdb",
    "altair",
    "requests",
)
#: one that takes longer hangs
SECONDS = 3600


def run_forged(module: str, arguments: tuple[str, ...], environment: dict[str, str]) -> tuple[int, str]:
    """The exit code of `python -m module *arguments` in this environment, and all that it said."""
    told = {"module": module, "arguments": arguments, "environment": environment}
    forge = _forge()
    assert forge.stdin is not None
    assert forge.stdout is not None
    forge.stdin.write(json.dumps(told) + "\n")
    forge.stdin.flush()
    answer = json.loads(forge.stdout.readline())
    return answer["code"], answer["said"]


@lru_cache(maxsize=1)
def _forge() -> subprocess.Popen[str]:
    """The forge of this test process; it ends with it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.deep.forge"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def main() -> None:
    """Run what is asked for until nobody asks any more."""
    for name in HEAVY:
        importlib.import_module(name)
    for line in sys.stdin:
        with tempfile.TemporaryFile("w+") as said:
            code = forked(partial(_run, **json.loads(line)), said, SECONDS)
            said.seek(0)
            print(json.dumps({"code": code, "said": said.read()}), flush=True)


def _run(module: str, arguments: list[str], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    settings.cache_clear()
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()


def forked(work: Callable[[], None], said: IO[str], seconds: float) -> int:
    """Do the work in a forked process that speaks into a file; its exit code, negative for a signal (SIGALRM: it took too long)."""
    pid = os.fork()
    if pid:
        return _waited_for(pid, seconds)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    code = 0
    try:
        work()
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 - whatever it is, it is told as the interpreter would
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _waited_for(pid: int, seconds: float) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return -signal.SIGALRM


if __name__ == "__main__":
    main()
