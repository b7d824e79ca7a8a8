"""`sinergi submission`: which files came, what became of each, and what was found in one."""

from __future__ import annotations

from typing import Any

import typer

from cli import printing
from schemas.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Files that offices sent: list them, look into one.")
LIST_COLUMNS = (
    "submission_id", "regency_code", "file", "state", "reason_code", "period", "version", "row_count", "accepted",
    "accepted_with_findings", "quarantined", "duplicate", "waiting_with_file",
)  # fmt: skip
FINDING_COLUMNS = ("code", "severity", "field", "sheet", "column", "heading", "count", "rows", "examples")


@app.command("list")
def list_(
    state: str = typer.Option(
        None, "--state", help="received, loaded, answered, waiting, refused, same_bytes or no_change"
    ),
    regency: str = typer.Option(None, "--regency", help="only this regency, e.g. 19.01"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Every submission in order of receipt, with its counts by outcome."""
    from tasks.intake.questions import list_submissions

    printing.show_rows(list_submissions(state, regency), LIST_COLUMNS, as_json=as_json, title="submissions")


@app.command()
def inspect(
    submission_id: str = typer.Argument(help="the id that `sinergi submission list` and every receipt show"),
    show_values: bool = typer.Option(
        False, "--show-values", help="show examples unmasked; needs --reason and is recorded"
    ),
    reason: str = typer.Option(None, "--reason", help="why values are looked at"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """One submission: counts, sheets, findings by check with their rows and masked examples."""
    from tasks.intake.questions import inspect_submission

    if show_values and not (reason or "").strip():
        raise UsageError("--show-values needs --reason", mend='For example --reason "call with the office of 19.01".')
    found = inspect_submission(submission_id, reason=reason.strip() if show_values else None)
    if as_json:
        printing.show_json(found)
        return
    findings: list[dict[str, Any]] = found.pop("findings")
    sheets: list[dict[str, Any]] = found.pop("sheets")
    counts: dict[str, Any] = found.pop("counts")
    for name, value in found.items():
        printing.say(f"{name:<16} {'' if value is None else value}")
    printing.show_rows([counts], list(counts), as_json=False, title="rows by outcome")
    printing.show_rows(
        sheets, ("sheet_no", "name", "is_hidden", "heading_row", "mapping", "ignored"), as_json=False, title="sheets"
    )
    shown = [{**each, "rows": _joined(each["rows"]), "examples": _joined(each["examples"])} for each in findings]
    printing.show_rows(shown, FINDING_COLUMNS, as_json=False, title="findings")


def _joined(values: list[Any]) -> str:
    return ", ".join(map(str, values))
