"""What is told of a submission to an engineer: findings by check, by column and by cell, and what to do next.

Belongs here: shaping rows of the warehouse into that, pure. Values are masked here. Does not belong here: SQL (questions.py),
printing (cli), what an office is told (receipt.py, workbook.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from expectations.catalogue import EXPECTATION, SEVERITIES, Entry, entries, entries_of
from expectations.messages import as_shown, column_letter, plain_sentence
from schemas.records import Kind
from tasks.intake.refusals import refusal_in_english

#: reasons to wait that a word on headings answers (mapping.py)
HEADING_REASONS = ("NO_HEADING", "HEADING_CLAIMED_TWICE", "REQUIRED_FIELD_UNMAPPED")


def find_findings(rows: Iterable[Mapping[str, Any]], *, show_values: bool) -> list[dict[str, Any]]:
    """One line a check and column: how often, the first places, and examples of what is written there.

    `rows`: one an example, with `count` of all of them: `code, field, severity, sheet_no, sheet, column_no, heading, row, count, written`.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["code"], row["field"], row["sheet_no"], row["column_no"])
        column = None if row["column_no"] is None else column_letter(row["column_no"])
        line = found.setdefault(
            key,
            {
                "code": row["code"], "field": row["field"], "severity": row["severity"], "sheet": row["sheet"], "column": column,
                "heading": row["heading"], "count": row["count"], "rows": [], "examples": [], "cells": [],
            },
        )  # fmt: skip
        if row["row"]:
            line["rows"].append(row["row"])
        if row["written"]:
            line["examples"].append(row["written"] if show_values else as_shown(row["field"], row["written"]))
            line["cells"].append(f"{column}{row['row']}")
    return list(found.values())


def by_expectation(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings counted by check, the gravest first, with the expectation that made them and its words."""
    lines = count_together(findings, ("code", "severity"))
    return sorted(({**line, **_words(line["code"])} for line in lines), key=_gravity)


def by_column(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Findings counted by column, most first; with the codes that stand there."""
    return count_together(findings, ("sheet", "column", "heading", "field"))


def count_together(findings: Sequence[Mapping[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Findings counted by these of their words, most first; with the codes that stand there."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for finding in findings:
        key = tuple(finding[name] for name in names)
        line = found.setdefault(key, {**dict(zip(names, key, strict=True)), "count": 0, "codes": []})
        line["count"] += finding["count"]
        if finding["code"] not in line["codes"]:
            line["codes"].append(finding["code"])
    return sorted(found.values(), key=lambda line: -line["count"])


def count_checks(kind: Kind | None, findings: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many checks a list of this kind has, and how many of them failed somewhere."""
    evaluated = len(entries_of(kind)) if kind else 0
    return {"evaluated": evaluated, "failed": len({finding["code"] for finding in findings})}


def next_steps(line: Mapping[str, Any], *, rules_are_todays: bool) -> list[str]:
    """What can be done about a submission now, as sentences that name the command; `line` is its line in the warehouse."""
    identity, state = line["submission_id"], line["state"]
    if state == "received":
        return ["`sinergi run --inbox DIR` takes it in."]
    if line["same_as"]:
        return [f"The same bytes came before: `sinergi submission show {line['same_as']}`."]
    steps = []
    if state == "waiting" and line["reason_code"] in HEADING_REASONS:
        steps.append(f"`sinergi submission map {identity}` shows its headings and takes a word on them.")
    elif state == "waiting":
        steps.append(
            "Send the office its receipt: a mended file, or a word in the sidecar that the reason names, lets the next run go on."
        )
    elif state == "refused":
        steps.append(
            " ".join(
                [*refusal_in_english(line["reason_code"]), "Send the office its receipt: the file comes back mended."]
            )
        )
    elif state == "unpacked":
        return ["The lists in it are submissions of their own, each with its receipt; the zip's receipt tells of all."]
    elif line["workbook"]:
        steps.append(
            "Send the office its workbook: it shows every row to mend, and is taken in when it comes back filled in."
        )
    if line["corrects"]:
        steps.append(f"It brought corrected rows of another: `sinergi submission show {line['corrects']}`.")
    elif not rules_are_todays:
        steps.append(
            f"Decided by other rules than today's: `sinergi submission rerun {identity} --dry-run` shows the difference."
        )
    return steps


def _words(code: str) -> dict[str, Any]:
    """What the catalogue says of a check; of one that was taken out of it, that it is gone."""
    entry: Entry | None = entries().get(code)
    if entry is None:
        return {"expectation": None, "rule": None, "level": None, "says": "no check of today's catalogue", "mend": None}
    return {
        "expectation": EXPECTATION, "rule": entry.rule, "level": entry.level,
        "says": plain_sentence(code, language="en"), "mend": entry.mend.en,
    }  # fmt: skip


def _gravity(line: Mapping[str, Any]) -> tuple[int, int, str]:
    return SEVERITIES.index(line["severity"]), -line["count"], line["code"]
