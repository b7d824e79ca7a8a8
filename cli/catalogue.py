"""`sinergi catalogue`: every check that a sent row must pass, with its severity and what the office is told.

Reads the suite files only; Great Expectations is not needed to answer.
"""

from __future__ import annotations

from typing import Annotated

import typer

from cli import printing

COLUMNS = ("code", "field", "severity", "id", "en")


def catalogue(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array: code, field, severity, id, en.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The page docs/checks.md.")] = False,
) -> None:
    """List the checks on sent rows.

    reject: the row goes back. hold: accepted, but held from aid until corrected. warn: please correct. info: noted.
    """
    from dataclasses import asdict

    from expectations.catalogue import checks, checks_page

    if markdown and not as_json:
        printing.say(checks_page().rstrip("\n"))
        return
    printing.show_rows([asdict(check) for check in checks()], COLUMNS, as_json=as_json, title="Checks")
