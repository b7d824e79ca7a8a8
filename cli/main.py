"""The entry of `sinergi`: which verbs and nouns there are, and how a named error becomes a sentence and an exit code."""

from __future__ import annotations

import sys

import typer

from cli import printing
from schemas.errors import EXIT_STOPPED, SinergiError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__)


def main() -> None:
    """Run the command; a SinergiError is one sentence on stderr and its exit code, never a stack trace."""
    import signal

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_STOPPED))  # so that the embedded server is left in order
    try:
        app()
    except SinergiError as error:
        printing.complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
