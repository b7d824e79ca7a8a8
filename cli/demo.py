"""`sinergi demo`: write the lists that a province's regencies would send, with the truth beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import printing


def demo(
    out: Annotated[Path, typer.Option(help="folder to write to: inbox/ and truth/")],
    province: Annotated[str, typer.Option(help="Kemendagri province code, for example 19, 82 or 92")] = "19",
    rows: Annotated[int, typer.Option(help="how many data rows in all")] = 20_000,
    seed: Annotated[int, typer.Option(help="the same seed gives the same bytes")] = 1,
    plain: Annotated[bool, typer.Option(help="one clean CSV per regency and kind instead of office workbooks")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Make a demo province: lists of invented people with the faults of real lists, and the truth of who is who."""
    from tasks.demo.steps import generate

    summary = generate(province, rows, seed, out, plain)
    if json:
        printing.show_json(summary.as_dict())
        return
    printing.show_rows(
        summary.per_regency,
        ("regency", "name", "files", "rows", "persons"),
        as_json=False,
        title=f"{summary.province_name}: {summary.rows} rows, {summary.persons} persons, {summary.businesses} businesses",
    )
    printing.say(
        f"{summary.repeated_rows} rows repeat a person, {summary.copied_rows} stand twice, {summary.dirty_rows} have faults"
    )
    printing.say(f"inbox: {summary.inbox}")
    printing.say(f"truth: {summary.truth}")
    printing.say(f"next:  sinergi run --inbox {summary.inbox}")
