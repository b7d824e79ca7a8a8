"""Run several `sinergi` commands one after another in one process: `python -m tests.deep.commands '[["submit", ...], ...]'`.

A second argument, `{"NIK_NOT_16_DIGITS": "reject"}`, makes the rules others than those of the suites: check -> severity. The last line of
the output is JSON: the exit codes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from cli.main import main as sinergi


def main() -> None:
    commands, *severities = map(json.loads, sys.argv[1:])
    with ExitStack() as stack:
        for code, severity in severities[0].items() if severities else ():
            from tests.intake.offices import other_suites, with_severity

            folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "suites"
            stack.enter_context(other_suites(folder, with_severity(code, severity)))
        print(json.dumps([exit_code(arguments) for arguments in commands]))


def exit_code(arguments: list[str]) -> int:
    """What a command ends with."""
    sys.argv = ["sinergi", *arguments]
    try:
        sinergi()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    main()
