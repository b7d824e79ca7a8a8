"""`sinergi export`: the contracts of schemas/exports as CSV or Parquet files."""

from __future__ import annotations

from pathlib import Path

import typer

from cli import printing
from schemas.errors import UsageError


def export(
    name: str = typer.Argument(help="memberships persons businesses findings ledger lists list:<id> uncovered"),
    file: Path = typer.Argument(help="a .csv or .parquet file; replaced when the export is complete"),
    all_versions: bool = typer.Option(False, "--all-versions", help="superseded versions too"),
    show_values: bool = typer.Option(
        False, "--show-values", help="NIK, names, phones and money in clear; needs --reason"
    ),
    reason: str = typer.Option("", "--reason", help="why the values are needed; it is recorded"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Write one export to a file (UTF-8, empty = null, stable order, replaced atomically)."""
    if show_values and not reason.strip():
        raise UsageError("--show-values needs --reason", mend='For example --reason "audit 2020".')
    from tasks import store
    from tasks.reports import questions

    store.upgrade_warehouse()
    count = questions.export(name, file, all_versions=all_versions, show_values=show_values)
    if show_values:
        store.record_event("show_values", f"export {name}", reason=reason, counts={"lines": count})
    if as_json:
        printing.show_json({"export": name, "file": str(file), "lines": count})
    else:
        printing.say(f"{count} lines -> {file}")
