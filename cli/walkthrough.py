"""`sinergi walkthrough`: the whole trip of an inbox, published by demo officers, pushed to a reference receiver of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from cli import printing
from cli.progress import reporter
from cli.run import day, leave, summary
from schemas.errors import UsageError
from schemas.settings import settings


def walkthrough(
    inbox: Path = typer.Option(..., "--inbox", help="folder with one folder per regency code (19.01, 19.02, ...)"),
    today: str = typer.Option(None, "--today", help="the day to work with, YYYY-MM-DD"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Take the whole trip once: nightly, approval by two demo officers, publication, push to a receiver, report."""
    if not inbox.is_dir():
        raise UsageError(
            "there is no such inbox", where=str(inbox), mend="Name the folder that holds the regencies' folders."
        )
    from flows.walkthrough import walk_through

    with _receiver():
        result = walk_through(inbox, day(today), reporter(as_json))
    if as_json:
        printing.show_json({"step": "done", **result})
    else:
        summary(result)
        for label, path in _paths(result["report"]["path"]).items():
            printing.say(f"{label:<20} {path}")
    leave(result)


def _paths(report: str) -> dict[str, str]:
    """What to open next: the report, a correction workbook, the published list."""
    newest = {
        "correction workbook": settings().answers.glob("*/*.xlsx"),
        "receipt": settings().answers.glob("*/*.txt"),
        "published list": settings().published.glob("*/*.jsonl"),
    }
    found = {label: max(paths, key=lambda path: path.stat().st_size, default=None) for label, paths in newest.items()}
    return {"report": report, **{label: str(path) for label, path in found.items() if path is not None}}


@contextmanager
def _receiver() -> Iterator[None]:
    """The reference receiver for as long as the walk takes, unless a receiving system is set already."""
    if settings().receiver_url is not None:
        yield
        return
    command = [sys.executable, "-m", "cli.main", "receiver", "--port", "0"]
    settings().home.mkdir(parents=True, exist_ok=True)
    log = (settings().home / "receiver.log").open("a")
    with log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as process:
        try:
            first_line = process.stdout.readline() if process.stdout is not None else ""
            os.environ["SINERGI_RECEIVER_URL"] = next(word for word in first_line.split() if word.startswith("http"))
            settings.cache_clear()
            yield
        finally:
            process.terminate()
