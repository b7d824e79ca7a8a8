"""`sinergi aid blacklist`: whom officers bar from aid, the appeal, and what was decided.

A person is named by id: `sinergi person find` tells it, so that no NIK is written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from cli import printing
from cli.run import day

if TYPE_CHECKING:
    from tasks.aid.steps.blacklist import Act

app = typer.Typer(
    no_args_is_help=True, help="Who is barred from aid: add, list, appeal, uphold, lift. Nothing is deleted."
)
COLUMNS = ("blacklist_id", "person_id", "in_question", "state", "since", "until", "reason", "listed_by", "acts")
#: how an act on an entry is said in explanations
WORDS = {"appeal": "keberatan", "uphold": "keberatan ditolak", "lift": "dicabut"}
ENTRY = typer.Argument(help="number of the entry, as `sinergi aid blacklist list` shows it")
OFFICER = typer.Option(..., "--officer", "--by", help="id of the officer who acts")
REASON = typer.Option(..., "--reason", help="why, without names and numbers; it is kept")
TODAY = typer.Option(None, "--today", help="YYYY-MM-DD")
JSON = typer.Option(False, "--json", help="one JSON document instead of text")


@app.command()
def add(
    person: str = typer.Argument(help="person id or its beginning; an id that was merged is followed"),
    officer: str = OFFICER,
    reason: str = REASON,
    until: str = typer.Option(
        None, "--until", help="last reference date on which it bars, YYYY-MM-DD; without, until it is lifted"
    ),
    since: str = typer.Option(
        None, "--since", help="first reference date on which it bars; without, it bars in every open round"
    ),
    today: str = TODAY,
    as_json: bool = JSON,
) -> None:
    """Bar a person from aid, by an approver's word. Drafts leave the person out with the next build; published lists stand."""
    from tasks.aid.steps.blacklist import bar
    from tasks.identity.questions.person import find_person

    ends = None if until is None else day(until, "--until")
    begins = None if since is None else day(since, "--since")
    _tell(bar(find_person(person).person_id, officer, reason, day(today), since=begins, until=ends), as_json)


@app.command("list")
def list_(today: str = TODAY, as_json: bool = JSON) -> None:
    """Every entry ever made: whom it bars now, who was parted from that person since, what was said and decided."""
    from tasks.aid.questions import blacklist

    entries = blacklist(day(today))
    if not as_json:
        entries = [{**entry, "acts": "; ".join(map(_told, entry["acts"]))} for entry in entries]
    printing.show_rows(entries, COLUMNS, as_json=as_json, title="blacklist")


@app.command()
def appeal(
    blacklist_id: int = ENTRY, officer: str = OFFICER, reason: str = REASON, today: str = TODAY, as_json: bool = JSON
) -> None:
    """Keep what a person says against an entry, by the officer who heard it. It bars until it is lifted."""
    _act(blacklist_id, "appeal", officer, reason, today, as_json)


@app.command()
def uphold(
    blacklist_id: int = ENTRY, officer: str = OFFICER, reason: str = REASON, today: str = TODAY, as_json: bool = JSON
) -> None:
    """Turn an appeal down: another approver's word than of the one who listed."""
    _act(blacklist_id, "uphold", officer, reason, today, as_json)


@app.command()
def lift(
    blacklist_id: int = ENTRY, officer: str = OFFICER, reason: str = REASON, today: str = TODAY, as_json: bool = JSON
) -> None:
    """End an entry, by an approver's word, on appeal or not: the next build judges the person as if it were not there."""
    _act(blacklist_id, "lift", officer, reason, today, as_json)


def tell_entry(entry: dict[str, Any], person_id: str) -> None:
    """In the explanation of a person the entry that bars, and how to object; or that it is asked whom an entry means."""
    if person_id in (entry["in_question"] or "").split("|"):
        printing.say(f"menunggu: siapa yang dimaksud daftar hitam {entry['blacklist_id']} belum diputuskan petugas")
        return
    until = f" sampai {entry['until']}" if entry["until"] else ""
    printing.say(f"daftar hitam {entry['blacklist_id']}: {entry['reason']} (sejak {entry['since']}{until})")
    for act in entry["acts"]:
        printing.say(f"  {_told(act)}")
    if entry["state"] in ("in_force", "expired"):
        printing.say(f"keberatan: `sinergi aid blacklist appeal {entry['blacklist_id']} --officer ID --reason ...`")


def _act(blacklist_id: int, act: Act, officer: str, reason: str, today: str | None, as_json: bool) -> None:
    from tasks.aid.steps.blacklist import act_on_entry

    _tell(act_on_entry(blacklist_id, act, officer, reason, day(today)), as_json)


def _told(act: dict[str, Any]) -> str:
    return f"{WORDS[act['act']]} {act['on']} {act['officer']}: {act['reason']}"


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        printing.show_json(told)
        return
    for name, value in told.items():
        printing.say(f"{name:<14} {'' if value is None else value}".rstrip())
    if told.get("act") in (None, "lift"):
        printing.say("next: `sinergi aid build` brings the drafts up to date")
