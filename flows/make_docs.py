"""Make the Data Docs pages that are not made yet, or those of some submissions: `python -m flows.make_docs [ID ...]`.

Belongs here: that, with the patience of something nobody waits for. Does not belong here: what a page says (tasks/intake/steps/docs.py),
when it is made (serve.py, pages.py).
"""

from __future__ import annotations

import os
import sys

from schemas.errors import FileWaits, SinergiError
from tasks.intake.steps.docs import write_docs, write_kept_docs
from tasks.intake.steps.kept import unwritten_docs

#: below whatever else works on this machine
NICENESS = 10


def main() -> int:
    """Make them; 1 when one could not be made."""
    os.nice(NICENESS)
    failed = 0
    for submission_id in sys.argv[1:] or unwritten_docs():
        try:
            _make(submission_id)
        except SinergiError as error:
            print(error, file=sys.stderr)  # noqa: T201 the log of who serves
            failed = 1
    return failed


def _make(submission_id: str) -> None:
    """Of what was kept; when that names checks that are no more, of the file's bytes again."""
    try:
        write_kept_docs(submission_id)
    except FileWaits:
        write_docs(submission_id)


if __name__ == "__main__":
    sys.exit(main())
