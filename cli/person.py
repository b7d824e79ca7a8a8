"""`sinergi person`: who somebody is, why the records are one, and parting what was wrongly made one.

Values of people are masked unless --show-values says why they are needed, which is recorded; a NIK that is given to look for is not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from cli import printing
from cli.showing import SHOW, WHY, reason_to_show
from schemas.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Persons: find one, explain why records are one, part what is not one.")
PERSON = typer.Argument(help="person id or its beginning; an id that was merged is followed")
JSON = typer.Option(False, "--json", help="one JSON document instead of text")
FOUND = ("person_id", "full_name", "nik", "regency_code", "claiming_regency_codes", "record_count", "is_in_review")
RECORD = ("record", "regency_code", "file", "sheet", "row", "period", "full_name", "nik", "record_id")
CLAIM = ("list_id", "unit_id", "conflict_group", "window", "amount_idr")
JOIN = ("step", "joins", "pair", "because", "tier", "bits", "most")


@app.command()
def find(
    nik: str | None = typer.Option(None, "--nik", help="the 16 digits; they are not recorded"),
    name: str | None = typer.Option(
        None, "--name", help="all words of the name or some of them, in any order and spelling"
    ),
    regency: str | None = typer.Option(None, "--regency", help="only persons whom this regency sent, e.g. 19.01"),
    reason: str = typer.Option(..., "--reason", help="why somebody is looked for; it is recorded"),
    show_values: bool = SHOW,
    as_json: bool = JSON,
) -> None:
    """From a NIK or a name to person ids. That somebody looked is recorded with the reason, what was looked for is not."""
    if (nik is None) == (name is None):
        raise UsageError("look for --nik or for --name", mend="One of the two.")
    from schemas.regions import office_name

    if regency is not None and office_name(regency) is None:
        raise UsageError(f"--regency {regency}: no such regency", mend="Write its dotted Kemendagri code, e.g. 19.01.")
    from tasks.identity.questions.person import find_by_name, find_by_nik

    why = _require_reason(reason)
    if nik is not None:
        found = find_by_nik(nik, regency, reason=why, show_values=show_values)
    else:
        found = find_by_name(name or "", regency, reason=why, show_values=show_values)
    printing.show_rows(found, FOUND, as_json=as_json, title="persons")
    if found and not as_json:
        printing.say("next: `sinergi person explain ID` tells why the records of one are one")


@app.command()
def explain(
    person_id: str = PERSON,
    lang: str = typer.Option("id", "--lang", help="language of the page: id or en"),
    html: Path | None = typer.Option(None, "--html", help="write a page to this file, with what each comparison says"),
    as_of: int | None = typer.Option(None, "--as-of", help="as of an earlier run (its number)"),
    show_values: bool = SHOW,
    reason: str | None = WHY,
    as_json: bool = JSON,
) -> None:
    """Why these records are one person: values with their sources, what joined the records, what is still open."""
    why = reason_to_show(show_values, reason)
    printing.require_language(lang)
    printing.require_folder(html)
    from tasks.identity.questions.person import explain as ask

    told = ask(person_id, as_of=as_of, reason_to_show=why)
    if html is not None:
        from tasks.identity.page import render_page

        html.write_bytes(render_page(told, lang))
    if as_json:
        printing.show_json({**told, "html": str(html) if html else None})
        return
    if html is not None:
        printing.say(f"page       {html}")
        return
    _tell_explanation(told)


@app.command()
def unmerge(
    person_id: str = PERSON,
    records: str | None = typer.Option(None, "--records", help="the records that are another person: ids with commas"),
    core: tuple[int, int] | None = typer.Option(
        None, "--core", help="one record of each of the two persons; the others go where they are held"
    ),
    by: str | None = typer.Option(None, "--by", help="who says so; needed with --yes"),
    reason: str | None = typer.Option(None, "--reason", help="why; needed with --yes, kept with the judgements"),
    yes: bool = typer.Option(False, "--yes", help="do it; without, what would happen is only told"),
    today: str | None = typer.Option(None, "--today", help="YYYY-MM-DD"),
    as_json: bool = JSON,
) -> None:
    """Part one person that is two; without --yes only what would happen.

    The two sets of records are judged different, which holds through every later run and model. What could belong to either goes to
    review. The next consolidation (`sinergi run`) makes the two persons, with the ids they had before they were merged. Claims stand;
    one that was taken on both opens a conflict with its money: `sinergi aid conflicts`.
    """
    if (records is None) == (core is None):
        raise UsageError("name --records or --core", mend="`sinergi person explain ID` shows the records.")
    named = _record_ids(records) if records is not None else []
    if yes and not (by or "").strip():
        raise UsageError("--yes needs --by", mend="Say who parts them; it is recorded.")
    why = _require_reason(reason) if yes else ""
    from cli.run import day
    from flows.unmerge import part, plan

    if yes:
        told = part(person_id, day(today), records=named, cores=core, reason=why, judged_by=(by or "").strip())
    else:
        told = plan(person_id, records=named, cores=core)
    if as_json:
        printing.show_json({**told, "is_done": yes})
    else:
        _tell_unmerge(told, is_done=yes)


def _record_ids(text: str) -> list[int]:
    try:
        return [int(each) for each in text.split(",") if each.strip()]
    except ValueError:
        raise UsageError("--records takes record ids with commas between them") from None


def _tell_unmerge(told: dict[str, Any], *, is_done: bool) -> None:
    """The persons that come of it, what is judged, whose money is touched."""
    persons = [
        {**person, "records": ", ".join(map(str, person["records"])), "review": "yes" if person["in_question"] else ""}
        for person in told["persons"]
    ]
    title = f"{told['person_id']} after the next consolidation"
    printing.show_rows(persons, ("person_id", "was", "review", "records"), as_json=False, title=title)
    counts = told["judgements"]
    printing.say(f"judged     {counts['different']} pairs different, {counts['unsure']} unsure (for review)")
    if told["claims"]:
        title = "claims taken on both: they stand, each opens a conflict"
        printing.show_rows(told["claims"], CLAIM, as_json=False, title=title)
    if not is_done:
        printing.say("nothing was written: --yes --by WHO --reason WHY does it")
        return
    printing.say(f"conflicts  {told['conflicts']} opened")
    if told["bridges"]:
        printing.say("next: `sinergi review list --kind unsure` asks whose the records in review are")
    printing.say("next: `sinergi run` makes the persons; `sinergi aid conflicts` shows the money")


def _require_reason(reason: str | None) -> str:
    if not (reason or "").strip():
        raise UsageError(
            "a reason is needed", mend='For example --reason "question of the office of 19.01"; it is recorded.'
        )
    return (reason or "").strip()


def _tell_explanation(told: dict[str, Any]) -> None:
    from tasks.identity.wording import word

    merged = f"  ({told['asked_id']} was merged into it)" if told["asked_id"] != told["person_id"] else ""
    printing.say(f"person     {told['person_id']}{merged}")
    if told["forwarded"]:
        printing.say(f"merged ids {', '.join(told['forwarded'])}")
    values = [
        {
            "field": word("field", line["field"], "en"), "value": line["value"], "record": line["record"],
            "rule": word("rule", line["rule"], "en"),
            "other records say": "; ".join(f"{other['value']} ({_numbers(other['records'])})" for other in line["differs"]),
        }
        for line in told["values"]
    ]  # fmt: skip
    printing.show_rows(values, ("field", "value", "record", "rule", "other records say"), as_json=False, title="values")
    printing.show_rows(told["records"], RECORD, as_json=False, title="records")
    joins = [
        {
            "step": step, "joins": f"{_numbers(join['parts'][0])} + {_numbers(join['parts'][1])}", "pair": f"{join['a']}-{join['b']}",
            "because": word("clause", join["clause"], "en"), "tier": join["tier"],
            "bits": None if join["weight"] is None else round(join["weight"], 1),
            "most": _strongest(join["bits"]),
        }
        for step, join in enumerate(told["joins"], start=1)
    ]  # fmt: skip
    if joins:
        printing.show_rows(joins, JOIN, as_json=False, title="what holds them together")
    if told["apart"]:
        printing.say(f"by the edges of today these are not connected: {' | '.join(map(_numbers, told['apart']))}\n")
    _tell_around(told)


def _tell_around(told: dict[str, Any]) -> None:
    """What is open, judged and owned."""
    from tasks.identity.wording import word

    if told["open"]:
        questions = [{**pair, "because": word("clause", pair["clause"], "en")} for pair in told["open"]]
        columns = ("record_a", "record_b", "other_person", "other_name", "because", "weight")
        printing.show_rows(questions, columns, as_json=False, title="open questions")
    if told["judgements"]:
        columns = ("judgement_id", "record_a", "record_b", "verdict", "reason", "judged_by")
        printing.show_rows(told["judgements"], columns, as_json=False, title="judgements")
    for household in told["households"]:
        printing.say(f"household  {household['household_id']} ({household['person_count']} persons)")
    for business in told["businesses"]:
        printing.say(f"business   {business['business_id']} {business['business_name'] or ''}")


def _numbers(records: list[int]) -> str:
    return ", ".join(map(str, records))


def _strongest(bits: list[dict[str, Any]]) -> str:
    """The comparisons that say most, in bits."""
    ordered = sorted((bar for bar in bits if bar["bits"]), key=lambda bar: -abs(bar["bits"]))
    return ", ".join(f"{bar['comparison']} {bar['level']} {bar['bits']:+.1f}" for bar in ordered[:3])
