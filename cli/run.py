"""`sinergi run` and `sinergi submit`: the nightly once, and one file on demand, in this process without a server."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import typer

from cli import inspection, printing
from cli.progress import in_words, reporter
from schemas.errors import EXIT_FILES_WAITING, EXIT_OUT_OF_REACH, UsageError
from schemas.settings import province_today


def day(text: str | None, option: str = "--today") -> date:
    """The day that an option gives (YYYY-MM-DD), else today in the province."""
    if text is None:
        return province_today()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text}: not a date", mend="Write it as 2020-04-30.") from error


def run(
    inbox: Path | None = typer.Option(
        None, "--inbox", help="folder with one folder per regency code (19.01, 19.02, ...)"
    ),
    is_rebuild: bool = typer.Option(
        False, "--rebuild", help="take nothing in; drop and remake all that is derived of who is who, and the drafts"
    ),
    reason: str | None = typer.Option(None, "--reason", help="why it is rebuilt; recorded with who did it"),
    today: str = typer.Option(None, "--today", help="the day to work with, YYYY-MM-DD; default: today in the province"),
    as_json: bool = typer.Option(False, "--json", help="progress and result as one JSON document a line"),
) -> None:
    """The nightly once: take in, validate, consolidate, draft lists, push what is published, report.

    With --rebuild instead: features, pairs, memberships, golden rows and drafts are dropped and made again from the records,
    judgements and ids that are kept; what comes out otherwise than it stood is counted. Nothing is published or sent.
    Exit 0 done; 3 done, but some files wait or were refused; 4 done, but a receiver is out of reach
    or took not everything; 1 stopped; 2 usage.
    """
    if is_rebuild:
        _rebuild(inbox, day(today), reason, as_json)
        return
    if reason is not None:
        raise UsageError("--reason belongs to --rebuild")
    if inbox is None:
        raise UsageError("an inbox is needed", mend="Give --inbox, or --rebuild to take nothing in.")
    from flows.nightly import run_nightly

    if not inbox.is_dir():
        raise UsageError(
            "there is no such inbox", where=str(inbox), mend="Name the folder that holds the regencies' folders."
        )
    result = run_nightly(inbox, day(today), reporter(as_json))
    _tell(result, as_json)
    leave(result)


def _rebuild(inbox: Path | None, today: date, reason: str | None, as_json: bool) -> None:
    """The rebuild, which leaves the inbox to the next night."""
    from flows.rebuild import rebuild_all

    progress = reporter(as_json)
    if inbox is not None:
        progress({"step": "inbox", "note": "a rebuild takes nothing in; the next run does"})
    _tell(rebuild_all(today, reason, progress), as_json)


def _tell(result: dict[str, Any], as_json: bool) -> None:
    """What a run did: its counts as the last JSON document, or as a table."""
    if as_json:
        printing.show_json({"step": "done", **result})
    else:
        summary(result)


def submit(
    file: Path = typer.Argument(help="the file, or zip of lists, that an office sent"),
    regency: str = typer.Option(
        ..., "--regency", help="dotted Kemendagri code of the regency that sent it, e.g. 19.01"
    ),
    period: str = typer.Option(None, "--period", help="YYYY-MM or YYYY; default: from the file's name or title"),
    today: str = typer.Option(None, "--today", help="the day to work with, YYYY-MM-DD"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Take in one file and wait for its answer; links, merges and rebuilds drafts, never publishes."""
    from expectations.apart import MUCH, checks_for

    if not file.is_file():
        raise UsageError("there is no such file", where=str(file))
    size = file.stat().st_size
    # a process of their own loads them while all else is imported here; this one loads them when it knows that the file is new
    with checks_for(size) if size < MUCH else nullcontext() as checks:
        from flows.submission import submit_file

        answer = submit_file(file, regency, period, day(today), reporter(as_json), checks)
    if as_json:
        printing.show_json(answer)
    else:
        printing.say(f"{answer['submission_id']}: {answer['state']}")
        printing.show_rows([answer["counts"]], list(answer["counts"]), as_json=False)
        for name in ("receipt", "workbook"):
            if answer.get(name):
                printing.say(f"{name}: {answer[name]}")
        inspection.tell_members(answer["members"])
    if any(each["state"] in ("waiting", "refused") or is_refused(each) for each in (answer, *answer["members"])):
        raise typer.Exit(EXIT_FILES_WAITING)


def is_refused(member: dict[str, Any]) -> bool:
    """Whether a member of a zip was a list that did not even become a submission."""
    return member["state"] is None and member["reason_code"] != "NOT_A_LIST"


def summary(result: dict[str, Any]) -> None:
    """The night in one table: a line a step, counts in words."""
    rows = [{"step": name, "result": in_words(counts)} for name, counts in result.items() if isinstance(counts, dict)]
    printing.show_rows(rows, ("step", "result"), as_json=False, title=f"run {result['run_id']}")


def leave(result: dict[str, Any]) -> None:
    """The exit code of a night that was done: 4 when messages did not arrive or were not taken, 3 when files wait or were refused."""
    from tasks.delivery.steps import NOT_DELIVERED

    if any(result["outbox"].get(word) for word in NOT_DELIVERED):
        raise typer.Exit(EXIT_OUT_OF_REACH)
    if any(result["intake"].get(state) for state in ("waiting", "refused", "received")):
        raise typer.Exit(EXIT_FILES_WAITING)
