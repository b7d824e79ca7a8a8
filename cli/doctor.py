"""`sinergi doctor`: is everything well, and how to mend what is not."""

from __future__ import annotations

import typer

from cli import printing
from schemas.errors import EXIT_STOPPED


def doctor(as_json: bool = typer.Option(False, "--json")) -> None:
    """Look at database, disk, files, outbox, conflicts and the last night; exit 1 when something must be mended."""
    from tasks.doctor import examine

    findings = examine()
    rows = [finding.as_dict() for finding in findings]
    printing.show_rows(rows, ("check", "level", "says", "mend"), as_json=as_json)
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(EXIT_STOPPED)
