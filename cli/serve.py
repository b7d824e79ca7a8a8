"""`sinergi serve`: everything that runs by itself - Prefect's server and pages, the nightly, submissions when files land."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import typer

from cli.progress import reporter
from schemas.settings import settings


def serve(
    port: int = typer.Option(4200, "--port", help="port of Prefect's pages on 127.0.0.1", min=1, max=65535),
    inbox: Path = typer.Option(None, "--inbox", help="folder to watch; default: SINERGI_INBOX, else ./inbox"),
    every: float = typer.Option(
        None, "--every", help="run the nightly every so many seconds instead of at 01:00 (for a demonstration)", min=1
    ),
    quiet: float = typer.Option(5, "--quiet", help="seconds a file must not change before it counts as landed", min=0),
    as_json: bool = typer.Option(False, "--json", help="one JSON document a line"),
) -> None:
    """Serve until Ctrl-C or SIGTERM: the nightly by schedule, a submission for every file that lands, all flows by form.

    The first page to open is printed. Exit 0 stopped as asked; 4 a server does not start or died; 2 usage.
    """
    from flows.serve import serve as serve_all

    cadence = None if every is None else timedelta(seconds=every)
    serve_all(port, inbox or settings().inbox, cadence, quiet, reporter(as_json))
