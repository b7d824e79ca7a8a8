"""`sinergi aid`: draft lists, their lock, approvals and publication; why somebody is on a list or not; who is reached.

Exit codes: 0 done; 1 refused (a rule of the house forbids the act) or a verification that found a difference; 2 usage.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import typer

from cli import blacklist, printing
from cli.progress import reporter
from cli.run import day
from cli.showing import SHOW, WHY, reason_to_show
from schemas.errors import EXIT_STOPPED, UsageError

app = typer.Typer(no_args_is_help=True, help="Aid lists: build, lock, approve, publish, verify, explain.")
app.add_typer(blacklist.app, name="blacklist")
LIST_COLUMNS = ("id", "state", "in", "out", "waiting", "amount_idr", "preparer", "approvals")
CONFLICT_COLUMNS = (
    "conflict_id", "cause", "conflict_group", "window", "unit_kind", "unit_ids", "persons", "amount_idr", "opened_run",
)  # fmt: skip
LIST = typer.Argument(help="list id, as `sinergi aid lists` shows it")
OFFICER = typer.Option(..., "--officer", help="id of the officer who acts")
JSON = typer.Option(False, "--json", help="one JSON document instead of text")


@app.command()
def lists(as_json: bool = JSON) -> None:
    """Every list version with its state and counts."""
    from tasks.aid.questions import lists as every_list

    every = every_list()
    printing.show_rows(every, LIST_COLUMNS, as_json=as_json, title="lists")
    warned = [row for row in every if row["warning"]]
    if warned and not as_json:
        printing.say(f"warning on {', '.join(row['id'] for row in warned)}: {warned[0]['warning']['en']}")
        printing.say("next: `sinergi model quality` shows where the errors are")


@app.command()
def build(today: str = typer.Option(None, "--today", help="YYYY-MM-DD"), as_json: bool = JSON) -> None:
    """Bring the draft of every open round up to date; nothing new writes nothing."""
    from flows.distribution import award
    from tasks import runs
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    with runs.run("aid", day(today)) as run:
        run.counts["aid"] = counts = award(run.run_id, day(today), reporter(as_json))
    if as_json:
        printing.show_json({"step": "done", **counts})


@app.command()
def lock(list_id: str = LIST, officer: str = OFFICER, as_json: bool = JSON) -> None:
    """Fix a draft: its SHA-256 is what officers approve from now on. The officer becomes its preparer and cannot approve it."""
    from tasks.aid.steps.lists import lock as work

    _tell(_with_warning(work(list_id, officer)), as_json)


@app.command()
def approve(list_id: str = LIST, officer: str = OFFICER, as_json: bool = JSON) -> None:
    """Sign a locked list as one of the approvers."""
    from tasks.aid.steps.lists import approve as work

    _tell(_with_warning(work(list_id, officer)), as_json)


@app.command()
def withdraw(
    list_id: str = LIST,
    officer: str = OFFICER,
    reason: str = typer.Option(..., "--reason", help="why; kept in the audit"),
    as_json: bool = JSON,
) -> None:
    """Take a locked list back; the next build makes a new version."""
    from tasks.aid.steps.lists import withdraw as work

    _tell(work(list_id, officer, reason), as_json)


@app.command()
def publish(
    list_id: str = LIST,
    officer: str = OFFICER,
    today: str = typer.Option(None, "--today", help="YYYY-MM-DD"),
    as_json: bool = JSON,
) -> None:
    """Publish a locked list with enough approvals: claims, signature and outbox in one transaction."""
    from tasks.aid.steps.publishing import publish as work

    _tell(work(list_id, officer, None, day(today)), as_json)


@app.command()
def stand(
    round_id: str = typer.Argument(help="<programme>.<round>, e.g. bpum_2020.2020-1"),
    officer: str = OFFICER,
    until: str = typer.Option(..., "--until", help="last day on which the nightly may publish, YYYY-MM-DD"),
    as_json: bool = JSON,
) -> None:
    """One officer's standing approval: with enough of them the nightly publishes this round's drafts by itself."""
    from tasks.aid.steps.publishing import stand as work

    programme, dot, round_name = round_id.partition(".")
    if not dot:
        raise UsageError(f"{round_id!r} is no round", mend="Write it as <programme>.<round>.")
    _tell(work(programme, round_name, officer, day(until, "--until")), as_json)


@app.command()
def verify(list_id: str = LIST, as_json: bool = JSON) -> None:
    """Run the frozen rules on the frozen facts again; compare decisions, bytes, hash, signatures, claims. Exit 1 on a difference."""
    from tasks.aid.steps.verifying import verify as work

    result = work(list_id)
    _tell({**asdict(result), "is_sound": result.is_sound}, as_json)
    if not result.is_sound:
        raise typer.Exit(EXIT_STOPPED)


@app.command()
def explain(
    list_id: str = LIST,
    person_id: str = typer.Argument(help="person id"),
    show_values: bool = SHOW,
    reason: str = WHY,
    as_json: bool = JSON,
) -> None:
    """Why a person is in, out or waiting: the decisive reason, all others, the values used and where they come from."""
    from tasks.aid.questions import explain as ask

    told = ask(list_id, person_id, reason_to_show=reason_to_show(show_values, reason))
    if as_json:
        printing.show_json(told)
        return
    decisive = told["decisive_reason"]
    printing.say(f"{told['person_id']}: {told['decision_id']} ({told['decision']})")
    printing.say(f"{decisive['code']}: {decisive['id']}")
    others = [entry["code"] for entry in told["reasons"] if entry["code"] != decisive["code"]]
    if others:
        printing.say(f"juga: {', '.join(others)}")
    if told["seats"] is not None:
        printing.say(f"peringkat {told['rank']} dari kuota {told['seats']}")
    for entry in told["blacklist"]:
        blacklist.tell_entry(entry, told["person_id"])
    printing.show_rows(told["facts"], ("fact", "label", "value", "source"), as_json=False)


@app.command()
def reasons(list_id: str = LIST, as_json: bool = JSON) -> None:
    """How many persons of a list were decided for which reason."""
    from tasks.aid.questions import reasons as ask

    printing.show_rows(ask(list_id), ("decision", "decisive_reason", "persons"), as_json=as_json, title=list_id)


@app.command()
def coverage(as_json: bool = JSON) -> None:
    """Every golden person once: aided, on a list, held, waiting, or not reached yet (belum terjangkau)."""
    from tasks.aid.questions import coverage as ask

    _tell(ask(), as_json)


@app.command()
def conflicts(as_json: bool = JSON) -> None:
    """Awards on what turned out to be somebody else, with the money: several on one person, or one on two persons."""
    from tasks.aid.questions import conflicts as ask

    printing.show_rows(ask(), CONFLICT_COLUMNS, as_json=as_json, title="conflicts")


@app.command()
def resolve(
    conflict_id: int = typer.Argument(help="number of the conflict, as `sinergi aid conflicts` shows it"),
    officer: str = OFFICER,
    resolution: str = typer.Option(..., "--resolution", help="what was decided about the money; it is kept"),
    as_json: bool = JSON,
) -> None:
    """Close a conflict by an approver's decision; claims stand. Whoever waited for it is judged by the next build.

    Leave the conflict of one award on two persons open while it may have been the other's money.
    """
    from tasks.aid.steps import resolve_conflict as work

    _tell(work(conflict_id, officer, resolution), as_json)


def _with_warning(told: dict[str, Any]) -> dict[str, Any]:
    """What an act on a list tells, with the warning that the list carries: whoever approves it knows."""
    from tasks.quality.labels import current_quality
    from tasks.quality.words import warning

    found = warning(current_quality())
    return told if found is None else {**told, "warning": found["en"]}


def _tell(told: dict[str, Any], as_json: bool) -> None:
    """A result as JSON, or one line a value."""
    if as_json:
        printing.show_json(told)
        return
    for name, value in told.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        printing.say(f"{name:<14} {shown}")
