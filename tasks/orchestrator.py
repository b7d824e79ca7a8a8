"""What the doctor asks of Prefect: does it answer, is everything deployed, which of its runs are dead, late or failed.

Belongs here: asking Prefect's API by plain HTTP, so that a question on the command line need not import Prefect. Does not belong here:
ending runs or registering anything (flows/sweep.py, flows/serve.py). The lists of prefect.yaml are what should be there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import yaml

from schemas.errors import SinergiError
from schemas.settings import settings
from tasks.alive import is_alive
from tasks.health import Finding

PREFECT_YAML = Path(__file__).resolve().parents[1] / "prefect.yaml"
ANSWER_SECONDS = 5
#: a run that has just started imports for a while before it says that it lives
STARTING = timedelta(minutes=2)
LATE = timedelta(minutes=15)
#: how far back a failure still asks for somebody: the night before last
RECENT = timedelta(hours=36)
PAGE = 200
SHOWN = 3


def serving_note() -> Path:
    """Where `sinergi serve` writes who and where it is: `{"pid", "api"}`; gone when it was stopped in order."""
    return settings().home / "prefect" / "serving.json"


def examine_orchestrator() -> list[Finding]:
    """The lines about Prefect; one line when no server is named or none answers."""
    note = _note()
    api = (os.environ.get("PREFECT_API_URL") or note.get("api") or "").rstrip("/")
    if not api:
        says = "no server is named (PREFECT_API_URL) and none is served here: flows run in their own process"
        return [Finding("prefect", "ok", says)]
    if note and not Path("/proc", str(note["pid"])).exists():
        gone = "`sinergi serve` ended without being stopped: no night starts by itself"
        return [Finding("prefect", "fail", gone, "Start it again: `make serve`.")]
    try:
        return [*_examined(api)]
    except (requests.RequestException, ValueError):
        mend = "Start it with `make serve`, or unset PREFECT_API_URL."
        return [Finding("prefect", "fail", f"{api} does not answer as a Prefect server does", mend)]


def _examined(api: str) -> list[Finding]:
    def ask(what: str, **wanted: Any) -> Any:
        answer = requests.post(f"{api}/{what}/filter", json=wanted, timeout=ANSWER_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        return answer.json()

    health = requests.get(f"{api}/health", timeout=ANSWER_SECONDS, allow_redirects=False)
    if health.status_code != 200:
        return [
            Finding("prefect", "fail", f"{api} answers {health.status_code}", "Is this a Prefect API? See its log.")
        ]
    deployed = {each["id"]: each for each in ask("deployments")}
    return [
        Finding("prefect", "ok", f"{api} answers"),
        _deployments(list(deployed.values()), ask("automations")),
        _dead(ask),
        _late(ask),
        _failed(ask, {key: each["name"] for key, each in deployed.items()}),
        _not_started(ask),
    ]


def _deployments(deployed: list[dict[str, Any]], automations: list[dict[str, Any]]) -> Finding:
    """Everything that prefect.yaml names is deployed as it says there, not paused, and its triggers are on."""
    found = {each["name"]: each for each in deployed}
    wrong: list[str] = []
    for wanted in yaml.safe_load(PREFECT_YAML.read_text("utf-8"))["deployments"]:
        name = wanted["name"]
        each = found.get(name)
        if each is None:
            wrong.append(f"{name} is not deployed")
            continue
        on = [schedule for schedule in each["schedules"] if schedule["active"]]
        known = each["parameter_openapi_schema"].get("properties", {})
        wrong += [f"{name} is paused"] if each["paused"] else []
        wrong += [f"{name} has no schedule that is on"] if wanted.get("schedules") and not on else []
        wrong += [f"{name} has the unknown parameter {word}" for word in each["parameters"] if word not in known]
        wrong += (
            [f"{name} is deployed with other parameters"] if each["parameters"] != wanted.get("parameters", {}) else []
        )
        wrong += [f"{name} is deployed as version {each['version']}"] if each["version"] != wanted["version"] else []
    wrong += [f"the automation {each['name']!r} is off" for each in automations if not each["enabled"]]
    if wrong:
        mend = "Start `sinergi serve` again: it deploys prefect.yaml as it is (or `prefect deploy --all`); turn on what is off."
        return Finding("deployments", "fail", "; ".join(wrong), mend)
    return Finding("deployments", "ok", f"{len(found)} deployments as prefect.yaml has them")


def _dead(ask: Callable[..., Any]) -> Finding:
    """Runs that Prefect calls running and whose process is gone."""
    states = {"type": {"any_": ["RUNNING", "CANCELLING"]}}
    runs = ask("flow_runs", flow_runs={"state": states}, limit=PAGE)
    try:
        dead = [run for run in runs if _age(run["start_time"]) > STARTING and not is_alive(run["id"])]
    except SinergiError:
        return Finding("dead flow runs", "warn", "unknown: the database does not answer", "See `database`.")
    if dead:
        mend = "`sinergi serve` ends them when it starts and after five silent minutes; or cancel them on their page."
        return Finding(
            "dead flow runs", "warn", f"{_named(dead)}: running for Prefect, but their process is gone", mend
        )
    return Finding("dead flow runs", "ok", f"{len(runs)} runs are under way")


def _late(ask: Callable[..., Any]) -> Finding:
    """Runs whose time has passed and that nobody starts."""
    before = (datetime.now(UTC) - LATE).isoformat()
    wanted = {"state": {"type": {"any_": ["SCHEDULED"]}}, "expected_start_time": {"before_": before}}
    runs = ask("flow_runs", flow_runs=wanted, limit=PAGE)
    if runs:
        mend = "Does `sinergi serve` run? Two runs work at once; see what holds them (line `lock`)."
        return Finding("late flow runs", "warn", f"{_named(runs)}: their time has passed", mend)
    return Finding("late flow runs", "ok", "nothing is late")


def _failed(ask: Callable[..., Any], names: dict[str, str]) -> Finding:
    """Failures of the last day and a half that no later run of the same deployment with the same parameters has made good."""
    since = (datetime.now(UTC) - RECENT).isoformat()
    wanted = {"state": {"type": {"any_": ["FAILED", "CRASHED", "COMPLETED"]}}, "end_time": {"after_": since}}
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for run in ask("flow_runs", flow_runs=wanted, sort="END_TIME_DESC", limit=PAGE):
        key = (names.get(run["deployment_id"], run["name"]), json.dumps(run["parameters"], sort_keys=True))
        newest.setdefault(key, run)
    failed = [run for run in newest.values() if run["state_type"] != "COMPLETED"]
    if failed:
        why = " ".join(str(failed[0]["state"]["message"] or "").split())[:200]
        mend = "Mend the cause, then *Retry* on its page, or wait for the night: it goes on from where this one stood."
        return Finding("failed flow runs", "warn", f"{_named(failed)}: {why}", mend)
    return Finding("failed flow runs", "ok", "what failed lately was made good")


def _not_started(ask: Callable[..., Any]) -> Finding:
    """Landed files whose run Prefect would not make."""
    since = (datetime.now(UTC) - RECENT).isoformat()
    wanted = {"event": {"name": ["prefect.automation.action.failed"]}, "occurred": {"since": since}}
    count = ask("events", filter=wanted, limit=50)["total"]
    if count:
        mend = "See the event feed for the reason; the nightly takes in every file that lies in the inbox."
        return Finding("automations", "warn", f"{count} actions of automations failed lately", mend)
    return Finding("automations", "ok", "every landed file started its run")


def _named(runs: list[dict[str, Any]]) -> str:
    """How many, and the names of the first."""
    more = ", ..." if len(runs) > SHOWN else ""
    return f"{len(runs)} ({', '.join(run['name'] for run in runs[:SHOWN])}{more})"


def _age(moment: str | None) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(moment) if moment else timedelta()


def _note() -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(serving_note().read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told
