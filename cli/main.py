"""The entry of `sinergi`: which verbs and nouns there are, and how a named error becomes a sentence and an exit code."""

from __future__ import annotations

import errno
import gc
import signal
import sys

import typer

from cli import (
    aid,
    catalogue,
    db,
    demo,
    doctor,
    export,
    model,
    officer,
    outbox,
    person,
    printing,
    receiver,
    report,
    review,
    run,
    serve,
    submission,
    walkthrough,
)
from schemas.errors import EXIT_STOPPED, DiskFull, SinergiError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Joins the cooperative and UMKM lists of a province's regencies: who is who, what is wrong, who gets aid.",
)
for verb in (run.run, run.submit, export.export, doctor.doctor, demo.demo, receiver.receiver, report.report):
    app.command()(verb)
app.command()(catalogue.catalogue)
app.command()(walkthrough.walkthrough)
app.command()(serve.serve)
for noun, group in {
    "submission": submission.app, "aid": aid.app, "person": person.app, "review": review.app, "officer": officer.app,
    "outbox": outbox.app, "db": db.app, "model": model.app,
}.items():  # fmt: skip
    app.add_typer(group, name=noun)

#: new objects until cycles are looked for. All that is imported lives to the end and is looked through with them: .6 s of a submission
#: with Python's own 700, 10, 10
SELDOM = (50_000, 20, 100)


def main() -> None:
    """Run the command; a SinergiError is one sentence on stderr and its exit code, never a stack trace."""
    gc.set_threshold(*SELDOM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_STOPPED))  # so that the embedded server is left in order
    try:
        app()
    except SinergiError as error:
        printing.complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has left
        sys.exit(EXIT_STOPPED)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        printing.complain(DiskFull(str(error.filename or "")))
        sys.exit(EXIT_STOPPED)


if __name__ == "__main__":
    main()
