"""`sinergi catalogue`: every check that a sent row must pass, with its severity and what the office is told; every field.

Reads data files only; Great Expectations is not needed to answer.
"""

from __future__ import annotations

import typer

from cli import printing
from schemas.errors import UsageError

COLUMNS = ("severity", "code", "field", "what is wrong")


def catalogue(
    code: str | None = typer.Argument(None, help="only this check, in full"),
    markdown: bool = typer.Option(False, "--markdown", help="the page docs/checks.md"),
    fields: bool = typer.Option(
        False, "--fields", help="the page docs/fields.md: fields, headings, checks, where they show"
    ),
    as_json: bool = typer.Option(False, "--json", help="a JSON array with every check (with --fields: field) in full"),
) -> None:
    """The checks on sent rows: code, field, severity, expectation, messages, how to mend, an example.

    reject: the row goes back. hold: accepted, but held from aid until corrected. warn: please correct. info: noted.
    """
    from expectations.catalogue import checks_page, describe, entries, nearest_code
    from expectations.messages import plain_sentence

    if fields:
        from cli.fieldpage import describe_fields, fields_page

        if markdown or code:
            raise UsageError("--fields stands alone or with --json", mend="Leave out --markdown and the code.")
        printing.show_json(describe_fields()) if as_json else printing.say(fields_page().rstrip("\n"))
        return
    if markdown and (as_json or code):
        raise UsageError("--markdown is the whole page", mend="Leave out --json and the code.")
    if markdown:
        printing.say(checks_page().rstrip("\n"))
        return
    if code is not None and code not in entries():
        near = nearest_code(code)
        raise UsageError(f"there is no check {code}", mend=f"{near}?" if near else "`sinergi catalogue` lists them.")
    told = [describe(entry) for entry in entries().values() if code in (None, entry.code)]
    if as_json:
        printing.show_json(told)
    elif code is None:
        lines = [{**each, "what is wrong": plain_sentence(each["code"], language="en")} for each in told]
        printing.show_rows(lines, COLUMNS, as_json=False, title=f"{len(told)} checks")
        printing.say("next: `sinergi catalogue CODE` shows one in full; docs/checks.md is the page of all")
    else:
        (check,) = told
        rule = " ".join([check["rule"], *(f"{name}={value}" for name, value in check["with"].items())])
        facts = {
            "code": check["code"], "field": check["field"], "severity": check["severity"], "level": check["level"],
            "kinds": ", ".join(check["kinds"]), "expectation": check["expectation"], "rule": rule, "Indonesian": check["id"],
            "English": check["en"], "example": f"{check['example']['wrong']} -> {check['example']['right']}",
        }  # fmt: skip
        for name, value in facts.items():
            printing.say(f"{name:<12} {value}")
