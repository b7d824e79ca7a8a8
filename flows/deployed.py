"""The flows as Prefect runs them: names, typed parameters that make a form, run names, artifacts. prefect.yaml deploys these.

Belongs here: what the orchestrator sees - ids and counts only (P12). Does not belong here: the order of steps (the other modules),
how they are served (serve.py), the wording of artifacts (artifacts.py). `sinergi run` calls the same flows without Prefect. `Args:` in
a docstring are the texts of the form.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from prefect import flow, get_run_logger
from prefect.client.orchestration import get_client
from prefect.runtime import deployment, flow_run
from prefect.states import Cancelled, Completed, Running, State
from pydantic import Field

from flows.artifacts import tell_counts, tell_night, tell_submission
from flows.consolidation import WAITING, consolidate
from flows.distribution import award, publish_standing, push
from flows.nightly import run_nightly
from flows.report import report as build_report
from flows.submission import submit_file
from flows.sweep import MISSED, due_runs
from schemas.settings import province_today, settings
from tasks import runs, store
from tasks.alive import alive
from tasks.delivery.steps import NOT_DELIVERED
from tasks.faults import named
from tasks.intake.questions import submission_head
from tasks.upgrade import upgrade_warehouse

#: a regency, or the province itself, which sends the answers of registers
Office = Annotated[str, Field(pattern=r"^\d\d(\.\d\d)?$")]
Period = Annotated[str, Field(pattern=r"^20\d\d(-(0[1-9]|1[0-2]))?$")]

#: what a night says that somebody should look at
ALARMS = ("lock", "late", "skip")


def _dated(name: str) -> Any:
    """A run name that says which day the run works with."""

    def run_name() -> str:
        given = flow_run.get_parameters() or {}
        return f"{name} {given.get('today') or province_today().isoformat()}"

    return run_name


def _submission_name() -> str:
    """The name until the file is read; then period and version are known and it is renamed."""
    given = flow_run.get_parameters() or {}
    return f"submission {given.get('regency')} {Path(str(given.get('file'))).name}"


@flow(name="nightly", flow_run_name=_dated("nightly"))
def nightly(inbox: Path | None = None, today: date | None = None) -> State[dict[str, Any]]:
    """Take in all that is new in the inbox, consolidate, rebuild drafts, publish under standing approvals, push, report.

    Args:
        inbox: Folder with one folder per regency code. Empty - the setting SINERGI_INBOX.
        today: The day to work with, YYYY-MM-DD. Empty - today in the province.
    """
    with _living() as tell:
        _cover_missed()
        day = today or province_today()
        counts = run_nightly(inbox or settings().inbox, day, tell)
        tell_night(_name(), counts, day)
    return Completed(message=_in_short(counts), data=counts)


@flow(name="submission", flow_run_name=_submission_name)
def submission(
    file: Path, regency: Office, period: Period | None = None, today: date | None = None
) -> State[dict[str, Any]]:
    """Take in one file, or zip of lists, on demand, through its answer, link, merge and drafts; never publishes.

    Args:
        file: The file on the server, within the inbox (19.01/data.xlsx) or as a whole path.
        regency: Dotted Kemendagri code of the regency that sent it, for example 19.01; the province's (19) for a register's answer.
        period: YYYY-MM or YYYY. Empty - from the file's name or title.
        today: The day to work with, YYYY-MM-DD. Empty - today in the province.
    """
    with _living() as tell:
        inside = settings().inbox / file
        answer = submit_file(inside if inside.is_file() else file, regency, period, today or province_today(), tell)
        head = submission_head(answer["submission_id"])
        name = f"submission {regency} {head['period'] or 'without period'}" + (
            f" v{head['version']}" if head["version"] else ""
        )
        name = _submission_name() if answer["members"] else name
        _rename(name)
        tell_submission(name, answer)
    return Completed(message=f"{answer['submission_id']}: {answer['state']}", data=answer)


@flow(name="consolidation", flow_run_name=_dated("consolidation"))
def consolidation(today: date | None = None) -> dict[str, Any]:
    """Link and merge whatever changed since the last time.

    Args:
        today: The day to work with, YYYY-MM-DD. Empty - today in the province.
    """
    with _living() as tell, runs.run("consolidation", today or province_today()) as run:
        with store.consolidation_lock(on_wait=lambda: tell({"step": "lock", "note": WAITING})):
            run.counts.update(consolidate(run.run_id, tell))
        tell_counts("consolidation", _name(), run.counts)
        return run.counts


@flow(name="distribution", flow_run_name=_dated("distribution"))
def distribution(today: date | None = None) -> State[dict[str, Any]]:
    """Rebuild drafts, publish under standing approvals, push what is published.

    Args:
        today: The day to work with, YYYY-MM-DD. Empty - today in the province.
    """
    day = today or province_today()
    with _living() as tell, runs.run("distribution", day) as run:
        run.counts["aid"] = award(run.run_id, day, tell)
        run.counts["published"] = publish_standing(run.run_id, day, tell)
        run.counts["outbox"] = push(run.run_id, tell)
        tell_counts("distribution", _name(), run.counts)
    return Completed(message="; ".join(_not_delivered(run.counts["outbox"])) or None, data=run.counts)


@flow(name="report", flow_run_name=_dated("report"))
def report(today: date | None = None) -> dict[str, Any]:
    """Write the report of what is in the warehouse now.

    Args:
        today: The day to work with, YYYY-MM-DD. Empty - today in the province.
    """
    day = today or province_today()
    with _living() as tell, runs.run("report", day) as run:
        run.counts.update(build_report(run.run_id, day, tell))
        tell_counts("report", _name(), run.counts)
        return run.counts


@contextmanager
def _living() -> Iterator[_Teller]:
    """This run lives for as long as the block runs, the start-up sweep and the doctor ask for it; gives who takes its word.

    What fails in the block reaches Prefect without a value.
    """
    try:
        upgrade_warehouse()
        with alive(str(flow_run.get_id())):
            yield _Teller()
    except Exception as error:  # noqa: BLE001 whatever it is, Prefect keeps its text
        raise named(error) from None


def _cover_missed() -> None:
    """Cancel the nights that are due and have not started: this one takes in all that is new until now."""
    mine = deployment.get_id()
    if mine is None:
        return
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=due_runs(mine, datetime.now(UTC))):
            if run.auto_scheduled:
                client.set_flow_run_state(run.id, Cancelled(message=MISSED))


class _Teller:
    """Takes what a flow says while it works: into the log, and into the run's state for as long as it waits for another run."""

    def __init__(self) -> None:
        self.is_waiting = False

    def __call__(self, event: dict[str, Any]) -> None:
        log = get_run_logger()
        (log.warning if event["step"] in ALARMS else log.info)("%s", event)
        if event["step"] == "lock":
            self.is_waiting = True
            _show(Running(name="Waiting", message=event["note"]))
        elif self.is_waiting:
            self.is_waiting = False
            _show(Running())


def _show(state: State[Any]) -> None:
    """Put a state on the run's page without asking anybody: the run goes on either way."""
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(UUID(flow_run.get_id()), state, force=True)


def _name() -> str:
    return str(flow_run.get_name())


def _rename(name: str) -> None:
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(flow_run.get_id()), name=name)


def _in_short(counts: dict[str, Any]) -> str:
    """The night in one sentence for the run's state: what waits for somebody is said first."""
    intake = counts["intake"]
    told = [f"{intake[state]} files {state}" for state in ("waiting", "refused") if intake.get(state)]
    if counts["late"]["lists"]:
        told.append(f"{counts['late']['lists']} lists of {counts['late']['regencies']} regencies are overdue")
    return "; ".join([*told, *_not_delivered(counts["outbox"]), f"{intake['new']} new of {intake['files']} files"])


#: how a state says each count of what a receiving system did not take
_NOT_DELIVERED_WORDS = {
    "out_of_reach": "a receiving system was out of reach",
    "held": "{} messages held: a receiving system has something else",
    "refused": "{} messages refused by a receiving system",
    "refused_lines": "{} lines refused by a receiving system",
}


def _not_delivered(outbox: dict[str, int]) -> list[str]:
    """What a receiving system did not take, one part of a sentence each."""
    return [_NOT_DELIVERED_WORDS[word].format(outbox[word]) for word in NOT_DELIVERED if outbox.get(word)]
