"""Run several `sinergi` commands one after another in one process: `python -m tests.deep.commands '[["submit", ...], ...]'`.

The last line of the output is JSON: the exit codes.
"""

from __future__ import annotations

import json
import sys

from cli.main import main as sinergi


def main() -> None:
    codes = []
    for arguments in json.loads(sys.argv[1]):
        sys.argv = ["sinergi", *arguments]
        try:
            sinergi()
            codes.append(0)
        except SystemExit as end:
            codes.append(int(end.code or 0))
    print(json.dumps(codes))


if __name__ == "__main__":
    main()
