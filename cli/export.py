"""`sinergi export`: the contracts of schemas/exports as CSV or Parquet files."""

from __future__ import annotations

from pathlib import Path

import typer

from cli import printing
from cli.run import day
from cli.showing import SHOW, WHY, reason_to_show


def export(
    name: str = typer.Argument(
        help="memberships persons businesses findings ledger lists list:<id> uncovered to-verify[:<register>]"
    ),
    file: Path = typer.Argument(help="a .csv or .parquet file; replaced when the export is complete"),
    all_versions: bool = typer.Option(False, "--all-versions", help="superseded versions too"),
    show_values: bool = SHOW,
    reason: str = WHY,
    again: bool = typer.Option(False, "--again", help="to-verify: also the NIKs that the register has answered about"),
    today: str = typer.Option(None, "--today", help="to-verify: the day of the question (default: today)"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Write one export to a file (UTF-8, empty = null, stable order, replaced atomically).

    to-verify is the list of NIKs to ask a register about (dukcapil, or to-verify:asn, tni, polri, sikp). With --show-values --reason it is
    a question: it gets a batch_id, and is kept. The register's answer, for example the same file with answer and answered_on filled in,
    goes into the inbox like any file.
    """
    why = reason_to_show(show_values, reason)
    from tasks.reports import questions
    from tasks.upgrade import upgrade_warehouse

    asking = questions.Asking(why or "", day(today), again)
    upgrade_warehouse()
    count = questions.export(name, file, all_versions=all_versions, show_values=show_values, asking=asking)
    warned = _warning(name)
    if as_json:
        printing.show_json(
            {"export": name, "file": str(file), "lines": count} | ({"warning": warned} if warned else {})
        )
    else:
        printing.say(f"{count} lines -> {file}")
        if warned:
            printing.say(f"warning: {warned}")
        if name.startswith("to-verify") and not show_values:
            printing.say("masked, so nothing is asked yet: --show-values --reason WHY makes it a question")


def _warning(name: str) -> str | None:
    """What a list among the exported ones says that is not published yet, while the persons on it are known too badly."""
    kind, _, of = name.partition(":")
    if kind not in ("list", "lists"):
        return None
    from tasks.aid.questions import lists

    told = [row["warning"]["en"] for row in lists() if row["warning"] and of in ("", row["id"])]
    return told[0] if told else None
