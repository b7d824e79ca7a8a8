"""`sinergi submission`: which files came, what became of each, what was found in one; a word on headings; reading one again."""

from __future__ import annotations

from typing import Any

import typer

from cli import inspection, printing
from cli.progress import in_words, reporter
from cli.run import day
from cli.showing import WHY, reason_to_show
from schemas.errors import EXIT_FILES_WAITING, UsageError

app = typer.Typer(
    no_args_is_help=True, help="Files that offices sent: list, look into one, explain headings, read again."
)
ID = typer.Argument(help="the id that `sinergi submission list` and every receipt show, or its beginning")
JSON = typer.Option(False, "--json", help="one JSON document instead of text")


@app.command("list")
def list_(
    state: str = typer.Option(
        None, "--state", help="received, loaded, answered, waiting, refused, same_bytes, no_change or unpacked"
    ),
    regency: str = typer.Option(None, "--regency", help="only this regency, e.g. 19.01"),
    as_json: bool = JSON,
) -> None:
    """Every submission in order of receipt, with its counts by outcome."""
    from tasks.intake.questions import list_submissions

    found = list_submissions(state, regency)
    if as_json:
        printing.show_json(found)
    else:
        inspection.tell_list(found)


@app.command()
def show(submission_id: str = ID, as_json: bool = JSON) -> None:
    """One submission: its series' history, and what changed since the version before it."""
    from tasks.intake.questions import find_submission, show_submission

    told = show_submission(find_submission(submission_id))
    if as_json:
        printing.show_json(told)
    else:
        inspection.tell_submission(told)


@app.command()
def inspect(
    submission_id: str = ID,
    code: str = typer.Option(None, "--code", help="only this check, e.g. NIK_NOT_16_DIGITS"),
    column: str = typer.Option(None, "--column", help="only this column: its letter, its heading or a field"),
    examples: int = typer.Option(3, "--examples", min=1, help="examples shown per check and column"),
    show_values: bool = typer.Option(
        False, "--show-values", help="show examples unmasked; needs --reason and is recorded"
    ),
    reason: str = WHY,
    as_json: bool = JSON,
) -> None:
    """One submission: counts, sheets, findings by check and by column, with masked examples by cell."""
    from tasks.intake.questions import find_submission, inspect_submission

    why = reason_to_show(show_values, reason)
    found = inspect_submission(
        find_submission(submission_id),
        reason=why,
        code=code,
        column=column,
        examples=examples,
    )
    if as_json:
        printing.show_json(found)
    else:
        inspection.tell_inspection(found)


@app.command("map")
def map_(
    submission_id: str = ID,
    set_: list[str] = typer.Option([], "--set", help='"HEADING=field": this heading is that field; may be repeated'),
    ignore: list[str] = typer.Option([], "--ignore", help="a heading to leave out; may be repeated"),
    confirm: bool = typer.Option(False, "--confirm", help="keep the word for this office, and let the file go on"),
    by: str = typer.Option(None, "--by", help="who says so; needed with --confirm and recorded"),
    today: str = typer.Option(None, "--today", help="the day to work with, YYYY-MM-DD"),
    as_json: bool = JSON,
) -> None:
    """What the headings of a file are. Shows the proposal; --set and --ignore try a word on it; --confirm keeps it.

    A confirmed word is remembered for the office. A waiting file is taken in at once; one that was loaded is read again.
    """
    from tasks.intake.questions import find_submission

    words = _words(set_, ignore)
    if confirm and not (words and (by or "").strip()):
        raise UsageError(
            "--confirm needs --set or --ignore, and --by", mend="Say what the headings are, and who says so."
        )
    submission_id = find_submission(submission_id)
    if not words:
        from tasks.intake.steps.confirm import headings_of

        _show_proposal(headings_of(submission_id).proposal, as_json)
        return
    from flows.rerun import confirm_headings, try_headings

    if not confirm:
        _show_proposal(try_headings(submission_id, words, day(today)), as_json)
        return
    told = confirm_headings(submission_id, words, by.strip(), day(today), reporter(as_json))
    _tell(told, as_json)
    if told["state"] in ("waiting", "refused"):
        raise typer.Exit(EXIT_FILES_WAITING)


@app.command()
def rerun(
    submission_id: str = typer.Argument(
        None, help="one submission, by its id or its beginning; or say which with the flags"
    ),
    every: bool = typer.Option(False, "--all", help="all that was decided so far"),
    outdated: bool = typer.Option(False, "--outdated", help="what was decided by other rules than today's"),
    regency: str = typer.Option(None, "--regency", help="what this regency sent, e.g. 19.01"),
    code: str = typer.Option(None, "--code", help="what has this finding now, e.g. NIK_NOT_16_DIGITS"),
    dry_run: bool = typer.Option(False, "--dry-run", help="show what would change, write nothing"),
    today: str = typer.Option(None, "--today", help="the day to work with, YYYY-MM-DD"),
    as_json: bool = JSON,
) -> None:
    """Read the kept bytes again with today's layouts and rules; outcomes before and after. Touches only what changed.

    After a rule or layout changed: --outdated, with --dry-run first. --regency and --code narrow, and may stand alone.
    """
    from flows.rerun import rerun_many, rerun_submission
    from tasks.intake.questions import check_code, check_regency, find_submission
    from tasks.intake.steps.scope import Scope

    many = every or outdated or regency or code
    if bool(submission_id) == bool(many):
        raise UsageError("name one submission, or say which", mend="ID, or --all, --outdated, --regency, --code.")
    if many:
        check_regency(regency)
        check_code(code)
        found = rerun_many(Scope(regency, code, outdated), day(today), reporter(as_json), dry_run=dry_run)
        stopped = bool(found["stopped"])
        tell = inspection.tell_many
    else:
        found = rerun_submission(find_submission(submission_id), day(today), reporter(as_json), dry_run=dry_run)
        stopped = bool(found["reason_code"] and found["after"] is None)
        tell = inspection.tell_rerun
    if as_json:
        printing.show_json(found)
    else:
        tell(found, dry_run=dry_run)
    if stopped:
        raise typer.Exit(EXIT_FILES_WAITING)


@app.command()
def missing(
    today: str = typer.Option(None, "--today", help="the day to look from, YYYY-MM-DD; default: today in the province"),
    as_json: bool = JSON,
) -> None:
    """Who has not sent: lists that were expected (schemas/reference/calendar.yaml) and are overdue."""
    from tasks.late import late_lists

    columns = ("regency_code", "regency", "kind", "period", "due_on", "days_late", "state")
    printing.show_rows(late_lists(day(today)), columns, as_json=as_json, title="overdue")


@app.command()
def docs(
    submission_id: str = ID,
    today: str = typer.Option(None, "--today", help="the day on which dates are judged, YYYY-MM-DD"),
    as_json: bool = JSON,
) -> None:
    """Write the Data Docs of one submission (Great Expectations' page; counts only, readable offline) and print the path."""
    from tasks.intake.steps.docs import write_docs

    path = write_docs(submission_id, day(today) if today else None)
    if as_json:
        printing.show_json({"submission_id": submission_id, "docs": str(path)})
    else:
        printing.say(f"docs: {path}")


def _words(said: list[str], ignored: list[str]) -> dict[str, str | None]:
    """`--set` and `--ignore` as heading -> field, null = leave out; a heading may hold `=` itself."""
    words: dict[str, str | None] = dict.fromkeys(ignored)
    for each in said:
        heading, sign, field = each.rpartition("=")
        if not sign or not heading.strip() or not field.strip():
            raise UsageError(f"--set {each!r} says nothing", mend='Write it as --set "NAMA=owner_name".')
        words[heading] = field.strip()
    return words


def _show_proposal(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        printing.show_json(told)
        return
    inspection.tell_proposal(told)


def _tell(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        printing.show_json(told)
    else:
        _lines(told)


def _lines(told: dict[str, Any]) -> None:
    for name, value in told.items():
        printing.say(f"{name:<18} {'' if value is None else in_words(value) if isinstance(value, dict) else value}")
