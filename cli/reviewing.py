"""How `sinergi review` tells people of questions and pairs, and reads the lists that offices decide on.

Belongs here: tables, sentences, the columns of such a list. Does not belong here: the commands (review.py), the workbook
(tasks/identity/sheet.py), anything a program reads (--json).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli import printing
from cli.progress import in_words
from schemas.errors import UsageError

LIST = ("pair", "kind", "because", "weight", "held_lines", "regency_a", "name_a", "regency_b", "name_b")
APPLY = "next: `sinergi review apply` applies what was judged now; every nightly run does it too"


def tell_list(found: dict[str, Any], size: int) -> None:
    """A page of questions, how many there are by reason, and where the others are."""
    from tasks.identity.wording import word

    rows = [
        {
            **line,
            "because": word("clause", line["clause"], "en") if line["clause"] else "",
            "weight": None if line["weight"] is None else round(line["weight"], 1),
        }
        for line in found["questions"]
    ]
    printing.show_rows(rows, LIST, as_json=False, title="questions")
    counts = [{**line, "because": word("clause", line["clause"] or "", "en")} for line in found["by_clause"]]
    printing.show_rows(counts, ("kind", "clause", "because", "questions"), as_json=False, title="by reason")
    pages = -(-found["count"] // size)
    printing.say(f"{found['count']} questions" + (f", page {found['page']} of {pages}" if pages > 1 else ""))
    if rows:
        printing.say(
            "next: `sinergi review show PAIR` sets the two side by side; `sinergi review decide PAIR same|different|unsure`"
        )


def tell_drawn(found: list[dict[str, Any]], count: int) -> None:
    """Drawn pairs, which say nothing of what the machine thinks of them."""
    printing.show_rows(found, ("place", "pair"), as_json=False, title="drawn pairs")
    printing.say(f"{count} drawn pairs wait for a word")


def tell_pair(told: dict[str, Any]) -> None:
    """Two records side by side; `<>` marks where they differ."""
    clause, withheld = told["clause_says"], told["withheld_says"]
    if withheld:
        printing.say(f"pair       {told['pair']}: {withheld['en']}\n           {withheld['id']}")
    elif clause:
        weight = "" if told["weight"] is None else f", {told['weight']:.1f} bits"
        printing.say(f"pair       {told['pair']}: {told['verdict']} ({told['tier']}{weight})")
        printing.say(f"because    {told['clause']}: {clause['en']}\n           {clause['id']}")
    else:
        printing.say(f"pair       {told['pair']}: never scored against one another")
    if told["held_by_says"]:
        printing.say(
            f"held by    {told['held_by']}: {told['held_by_says']['en']}\n           {told['held_by_says']['id']}"
        )
    marks = {True: "<>", False: "", None: "-"}
    lines = [
        {
            "field": line["says"]["id"], "": marks[line["differs"]], "a": line["a"], "b": line["b"],
            "level": (line["level_says"] or {}).get("en"), "bits": None if line["bits"] is None else f"{line['bits']:+.1f}",
        }
        for line in told["fields"]
    ]  # fmt: skip
    lines += [
        {"field": name, "": "", "a": told["records"][0][name], "b": told["records"][1][name]}
        for name in ("person_id", "record_id", "regency_code", "period", "file", "sheet", "row")
        if not (withheld and name == "person_id")
    ]
    printing.show_rows(lines, ("field", "", "a", "b", "level", "bits"), as_json=False, title="side by side")
    history = [
        {
            **line, "at": str(line["judged_at"])[:16],
            "now": f"undone by {line['undone_by']}: {line['undone_reason']}" if line["undone_at"] else
            "in force, seen before a change" if line["is_stale"] else "in force",
        }
        for line in told["judgements"]
    ]  # fmt: skip
    if history:
        columns = ("judgement_id", "verdict", "reason", "judged_by", "at", "now")
        printing.show_rows(history, columns, as_json=False, title="judgements")


def tell_decided(told: list[dict[str, Any]]) -> None:
    """What became of each decision; those that may not be recorded say why."""
    counts: dict[str, int] = {}
    for line in told:
        word = line["verdict"] if line["objection"] is None else "not recorded"
        counts[word] = counts.get(word, 0) + 1
    refused = [line for line in told if line["objection"]]
    if refused:
        printing.show_rows(refused, ("pair", "verdict", "objection", "says"), as_json=False, title="not recorded")
    printing.say(in_words(counts) if counts else "nothing was decided in this list")
    if len(refused) < len(told):
        printing.say(APPLY)


def read_list(path: Path) -> list[dict[str, str]]:
    """The lines of an office's list that decide something (columns pair, verdict, reason): a CSV file or the workbook of `--out`."""
    from tasks.identity.sheet import read_decisions

    if not path.is_file():
        raise UsageError("there is no such file", where=str(path))
    return read_decisions(path.name, path.read_bytes())


def as_lines(decided: Any, words: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Outcomes as plain lines beside what was said."""
    return [
        {
            "pair": word["pair"], "verdict": word["verdict"], "judgement_id": each.judgement_id,
            "objection": each.objection and each.objection.code, "says": each.objection and each.objection.what,
            "mend": each.objection and each.objection.mend,
        }
        for word, each in zip(words, decided, strict=True)
    ]  # fmt: skip
