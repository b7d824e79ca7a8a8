"""How `sinergi submission` tells people of one file or many: tables that fit a terminal of 100 columns, and what to do next.

Belongs here: laying out what tasks/intake answers. Does not belong here: the commands (submission.py), anything a program reads (--json).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cli import printing
from cli.progress import in_words

#: how a table of many files calls the outcomes
OUTCOMES = {
    "accepted": "accepted", "accepted_with_findings": "noted", "quarantined": "back", "duplicate": "dup",
    "waiting_with_file": "waiting",
}  # fmt: skip


def tell_list(found: list[dict[str, Any]]) -> None:
    """Every submission on a line, and what can be done about those that are not done."""
    lines = [
        {
            "id": line["submission_id"], "file": line["file"],
            "period": _period(line),
            "state": line["reason_code"] or line["state"], "rows": line["row_count"],
            **{short: line[name] for name, short in OUTCOMES.items() if name != "waiting_with_file"},
        }
        for line in found
    ]  # fmt: skip
    columns = ("id", "file", "period", "state", "rows", *list(OUTCOMES.values())[:-1])
    printing.show_rows(lines, columns, as_json=False, title="submissions")
    states: dict[str, int] = {}
    for line in found:
        states[line["state"]] = states.get(line["state"], 0) + 1
    printing.say(f"{len(found)} submissions: {in_words(states)}" if found else "no submissions")
    if states.get("waiting") or states.get("refused"):
        printing.say("next: `sinergi submission inspect ID` says why a file waits or was refused, and what to do")
    elif found:
        printing.say(
            "next: `sinergi submission inspect ID` shows what was found in one; the beginning of an id is enough"
        )


def _period(line: Mapping[str, Any]) -> str:
    """The period, and the version from the second on."""
    version = f"v{line['version']}" if (line["version"] or 1) > 1 else ""
    return " ".join(part for part in (line["period"], version) if part)


def tell_submission(told: dict[str, Any]) -> None:
    """`show`: the file, its series, and what it changed; of a zip, what was in it."""
    history, since, correction = told.pop("history"), told.pop("since"), told.pop("correction")
    _head(told)
    tell_members(told["members"])
    for line in history:
        line["now"] = "current" if line["is_current"] else ""
        line["received"], line["rows"] = str(line["received_at"])[:16], line["row_count"]
    columns = ("version", "submission_id", "file", "state", "now", "rows", "received")
    if history:
        printing.show_rows(history, columns, as_json=False, title="versions")
    if correction:
        rows = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in correction["rows"].items())
        printing.say(
            f"corrects rows of {correction['file']} version {correction['version']} ({correction['submission_id']}): {rows}\n"
        )
    if since:
        _tell_since(since)
    _tell_next(
        [
            *told["next"],
            f"`sinergi submission inspect {told['submission_id']}` shows what was found by check, column and cell.",
        ]
    )


def tell_members(members: list[dict[str, Any]]) -> None:
    """What a zip of lists held and what became of each; nothing for any other file."""
    lines = [
        {
            "member": member["name"], "state": member["reason_code"] or member["state"], "same": "yes" if member["is_same"] else "",
            "rows": member["row_count"], "id": member["submission_id"],
            "reason": "" if member["submission_id"] else member["reason"],
        }
        for member in members
    ]  # fmt: skip
    if lines:
        columns = ("member", "state", "same", "rows", "id", "reason")
        printing.show_rows(lines, columns, as_json=False, title="in the zip")


def tell_inspection(found: dict[str, Any]) -> None:
    """`inspect`: the file, its sheets, what failed by check, then by column with examples by cell."""
    _head(found)
    tell_members(found["members"])
    sheets = [
        {
            "no": sheet["sheet_no"], "sheet": sheet["name"] + (" (hidden)" if sheet["is_hidden"] else ""),
            "heading row": sheet["heading_row"], "columns understood": len(sheet["mapping"]), "not": len(sheet["ignored"]),
        }
        for sheet in found["sheets"]
    ]  # fmt: skip
    if sheets:
        columns = ("no", "sheet", "heading row", "columns understood", "not")
        printing.show_rows(sheets, columns, as_json=False, title="sheets")
    if found["by_expectation"]:
        checks = found["checks"]
        title = f"by check ({checks['failed']} of {checks['evaluated']} failed somewhere)"
        printing.show_rows(found["by_expectation"], ("severity", "code", "count", "says"), as_json=False, title=title)
        by_cell = [line for finding in found["findings"] for line in [_by_cell(finding)]]
        by_cell.sort(key=lambda line: (line["order"], -line["count"]))
        printing.show_rows(by_cell, ("column", "code", "count", "examples"), as_json=False, title="by column and cell")
    elif found["state"] in ("answered", "loaded", "no_change"):
        printing.say("no findings")
    _tell_next(found["next"])


def tell_proposal(told: dict[str, Any]) -> None:
    """`map`: every column with the field it stands for, the fields that no column gives, and what a word on them would do."""
    for name in ("file", "state", "reason", "kind"):
        if told[name]:
            printing.say(f"{name:<10} {told[name]}")
    printing.say("")
    for line in told["columns"]:
        line["heading"] = " ".join(line["heading"].split())
    columns = ("sheet", "column", "heading", "field", "why_not")
    printing.show_rows(told["columns"], columns, as_json=False, title="columns")
    without = ", ".join(f"{each['field']} ({each['label']})" for each in told["fields_without_column"])
    printing.say(f"fields without a column: {without or 'none'}\n")
    if "tried" in told:
        printing.say("with these words:")
        tell_rerun({**told["tried"], "is_tried": True}, dry_run=True)
        printing.say("next: add --confirm --by WHO to keep the words for this office and let the file go on")
        return
    command = f"sinergi submission map {told['submission_id']}"
    printing.say(
        f'next: `{command} --set "HEADING=field"` tries a word (--ignore HEADING leaves one out); nothing is kept before --confirm'
    )


def tell_rerun(told: dict[str, Any], *, dry_run: bool) -> None:
    """`rerun`: outcomes and findings before and after, which headings are understood otherwise, and what was written."""
    if told["after"] is not None:
        _before_after(told)
    if told["reason_code"] and told["after"] is None:
        printing.say(f"by today's rules it waits or is refused: {told['reason_code']}: {told['reason']}")
        printing.say("it stays as it is")
        return
    corrections = [each for each in told.get("corrections", ()) if _differs(each)]
    for each in corrections:
        moved = f", {in_words(each['moved'])}" if each["moved"] else ""
        printing.say(f"its correction {each['file']}: {each['changed_row_count']} rows otherwise{moved}")
    if told.get("is_tried"):
        return
    if dry_run:
        again = (
            f"`sinergi submission rerun {told['submission_id']}` writes it"
            if _differs(told) or corrections
            else "nothing to write"
        )
        printing.say(f"dry run, nothing was written: {again}")
    elif told["is_written"]:
        printing.say(f"written; state {told['state']}")
        for name in ("receipt", "workbook"):
            if told.get(name):
                printing.say(f"{name:<10} {told[name]}")
    else:
        printing.say("today's rules decide as before: nothing was written")


def tell_many(told: dict[str, Any], *, dry_run: bool) -> None:
    """`rerun` of several: which files differ, outcomes and findings over all of them before and after, what could not be read again."""
    lines = [
        {
            "id": each["submission_id"],
            "file": each["file"],
            "rows": each["changed_row_count"],
            "moved": in_words(each["moved"]),
        }
        for each in told["changed"]
    ]
    if lines:
        printing.show_rows(lines, ("id", "file", "rows", "moved"), as_json=False, title="decided otherwise")
    _before_after(told)
    for each in told["stopped"]:
        printing.say(f"not touched: {each['file']} ({each['submission_id']}): {each['reason_code']}: {each['reason']}")
    did = "would change" if dry_run else "changed"
    printing.say(
        f"{told['submissions']} submissions read again: {len(lines)} {did}, {len(told['stopped'])} left as they are"
    )
    if dry_run and lines:
        printing.say("next: the same command without --dry-run writes it")


def _before_after(told: Mapping[str, Any]) -> None:
    """Three small tables, each only where something differs."""
    outcomes = [
        {
            "outcome": name,
            "before": count,
            "after": told["after"][name],
            "difference": f"{told['after'][name] - count:+d}",
        }
        for name, count in told["before"].items()
        if count or told["after"][name]
    ]
    printing.show_rows(outcomes, ("outcome", "before", "after", "difference"), as_json=False, title="rows")
    if told["moved"]:
        printing.say(f"moved: {in_words(told['moved'])}")
    if told["codes"]:
        codes = [{"code": code, **counts} for code, counts in told["codes"].items()]
        printing.show_rows(codes, ("code", "before", "after", "opened", "closed"), as_json=False, title="findings")
    if told["headings"]:
        columns = (
            ("files", "heading", "before", "after")
            if "submissions" in told
            else ("sheet", "heading", "before", "after")
        )
        printing.show_rows(told["headings"], columns, as_json=False, title="headings understood otherwise")


def _differs(told: Mapping[str, Any]) -> bool:
    return bool(told["changed_row_count"] or told["headings"] or told["state"] in ("waiting", "refused"))


def _tell_since(since: dict[str, Any]) -> None:
    """What a version changed: rows by change with the first of them, fields, findings by code."""
    title = f"since version {since['version']} ({since['submission_id']})"
    labels = {"new": "new", "changed": "changed", "not_resent": "not sent again", "same": "as before"}
    rows = [
        {
            "rows": label,
            "count": since["rows"][name],
            "which": _named(since["named"].get(name, []), since["rows"][name]),
        }
        for name, label in labels.items()
    ]
    printing.show_rows(rows, ("rows", "count", "which"), as_json=False, title=f"rows {title}")
    if since["fields"]:
        printing.say(
            "written otherwise: " + ", ".join(f"{each['field']} {each['count']}" for each in since["fields"]) + "\n"
        )
    if since["findings"]:
        printing.show_rows(
            since["findings"], ("code", "opened", "closed", "still"), as_json=False, title=f"findings {title}"
        )


def _named(rows: list[str], count: int) -> str:
    return ", ".join(rows) + (", ..." if len(rows) < count else "")


def _head(told: Mapping[str, Any]) -> None:
    """The file and where its answers lie, one statement a line; what is not known is left out."""
    identity = told["submission_id"]
    state = told["state"] + (f" ({told['reason_code']})" if told["reason_code"] else "")
    is_read = told["version"] is not None
    current = "" if told["is_current"] else ", superseded"
    facts = {
        "file": f"{told['file']}  ({identity})",
        "state": state,
        "reason": told["reason"],
        "list": f"{told['kind']}, period {told['period'] or 'unknown'}, version {told['version']}{current}"
        if is_read
        else None,
        "layout": told.get("layout"),
        "received": str(told["received_at"])[:16],
        "rows": in_words(told["counts"]),
        "rules": f"{told['rules_version']}{'' if told['rules_are_todays'] else ', other than today'}"
        if told["rules_version"]
        else None,
        "receipt": told["receipt"],
        "workbook": told["workbook"],
        "docs": told["docs"] or (f"`sinergi submission docs {identity}` writes them" if is_read else None),
    }
    for name, value in facts.items():
        if value:
            printing.say(f"{name:<10} {value}")
    printing.say("")


def _by_cell(finding: Mapping[str, Any]) -> dict[str, Any]:
    """One check in one column, its examples as `B49 8201**********04`; a blank cell is named by its row."""
    letter, heading = finding["column"], " ".join((finding["heading"] or "").split())
    shown = [f"{cell} {text}" for cell, text in zip(finding["cells"], finding["examples"], strict=True)]
    if not shown and finding["rows"]:
        shown = [f"row {', '.join(map(str, finding['rows']))}"]
    return {
        "column": f"{letter} {heading}" if letter else f"({finding['field']})",
        "code": finding["code"],
        "count": finding["count"],
        "examples": "; ".join(shown) + (" ..." if finding["count"] > len(finding["rows"]) else ""),
        "order": (finding["sheet"] or "", len(letter or ""), letter or ""),
    }


def _tell_next(steps: Iterable[str]) -> None:
    for step in steps:
        printing.say(f"next: {step}")
