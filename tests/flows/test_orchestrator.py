"""The doctor and Prefect's own server: what is not deployed, dead, late, failed or never started is said, with how to mend it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.exceptions import PrefectHTTPStatusError
from prefect.runner import Runner
from prefect.states import Completed, Failed, Running, Scheduled

from flows.deployed import nightly
from flows.deployments import read_deployments
from flows.serve import _emit as emit
from flows.sweep import sweep_runs
from schemas.settings import settings
from tasks import orchestrator, store
from tasks.alive import alive
from tasks.doctor import examine
from tasks.health import Finding
from tasks.intake.steps.watch import Landed
from tasks.orchestrator import examine_orchestrator, serving_note

PATIENCE = 600


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """A busy machine is no server that does not answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orchestrator, "ANSWER_SECONDS", PATIENCE)
        yield


@pytest.fixture(scope="module")
def deployed(prefect_api: str) -> dict[str, Any]:
    """The deployments as `sinergi serve` registers them: name -> id."""
    missing = _asked(prefect_api)["deployments"]
    assert missing.level == "fail"
    assert all(f"{name} is not deployed" in missing.says for name in ("nightly", "submission", "report"))
    deployments = read_deployments("Asia/Jakarta")

    async def register() -> dict[str, Any]:
        runner = Runner(name="test")
        return {each.name: await runner.aadd_deployment(each) for each in deployments}

    return asyncio.run(register())


@pytest.fixture
def ask(
    warehouse: sa.Engine, prefect_api: str, deployed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], dict[str, Finding]]:
    """The doctor's lines about this server; a run is expected to say at once that it lives."""
    monkeypatch.setattr(orchestrator, "STARTING", timedelta())
    return lambda: _asked(prefect_api)


def _asked(api: str) -> dict[str, Finding]:
    before = os.environ.get("PREFECT_API_URL")
    os.environ["PREFECT_API_URL"] = api
    try:
        found = {line.check: line for line in examine_orchestrator()}
    finally:
        if before is None:
            del os.environ["PREFECT_API_URL"]
        else:
            os.environ["PREFECT_API_URL"] = before
    assert all(line.mend for line in found.values() if line.level != "ok")
    return found


def _run(deployment: Any, state: Any, **parameters: Any) -> Any:
    """A run of a deployment, in a state."""
    with get_client(sync_client=True) as client:
        run = client.create_flow_run_from_deployment(deployment, parameters=parameters, state=state)
        client.set_flow_run_state(run.id, state, force=True)
        return client.read_flow_run(run.id)


def test_a_server_with_everything_deployed_is_well(ask: Callable[[], dict[str, Finding]]) -> None:
    assert {line.level for line in ask().values()} == {"ok"}


def test_what_is_paused_or_was_deployed_otherwise_is_said(
    ask: Callable[[], dict[str, Finding]], deployed: dict[str, Any]
) -> None:
    with get_client(sync_client=True) as client:
        client.pause_deployment(deployed["nightly"])
        assert "nightly is paused" in ask()["deployments"].says
        client.resume_deployment(deployed["nightly"])
    assert ask()["deployments"].level == "ok"


def test_a_dead_run_is_said_until_the_sweep_ends_it(
    ask: Callable[[], dict[str, Finding]], deployed: dict[str, Any]
) -> None:
    run = _run(deployed["report"], Running())
    with alive(str(run.id)):
        assert ask()["dead flow runs"].level == "ok"
    said = ask()["dead flow runs"]
    assert (said.level, run.name in said.says) == ("warn", True)

    async def sweep() -> dict[str, int]:
        async with get_client() as client:
            return await sweep_runs(client)

    assert asyncio.run(sweep())["dead"] == 1
    assert ask()["dead flow runs"].level == "ok"
    assert run.name in ask()["failed flow runs"].says


def test_a_run_that_nobody_starts_is_late(ask: Callable[[], dict[str, Finding]], deployed: dict[str, Any]) -> None:
    run = _run(deployed["report"], Scheduled(scheduled_time=datetime.now(UTC) - timedelta(hours=1)), today="2020-05-01")
    assert run.name in ask()["late flow runs"].says
    with get_client(sync_client=True) as client:
        client.delete_flow_run(run.id)


def test_a_failure_is_said_until_the_same_was_made_good(
    ask: Callable[[], dict[str, Finding]], deployed: dict[str, Any]
) -> None:
    asked = {"file": "19.01/umkm.csv", "regency": "19.01"}
    run = _run(deployed["submission"], Failed(message="the database does not answer"), **asked)
    said = ask()["failed flow runs"].says
    assert run.name in said
    _run(deployed["submission"], Completed(), **{**asked, "file": "19.01/other.csv"})
    assert run.name in ask()["failed flow runs"].says
    _run(deployed["submission"], Completed(), **asked)
    assert run.name not in ask()["failed flow runs"].says


def test_a_form_with_a_regency_that_is_none_is_refused_before_anything_runs(deployed: dict[str, Any]) -> None:
    with pytest.raises(PrefectHTTPStatusError) as error:
        _run(deployed["submission"], Running(), file="x.csv", regency="Bangka")
    assert error.value.response.status_code in (409, 422)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"inbox": "/srv/elsewhere"}, "nightly is deployed with other parameters"),
        ({"inbx": "/srv/inbox"}, "nightly has the unknown parameter inbx"),
    ],
)
def test_a_deployment_whose_parameters_are_wrong_is_said(
    ask: Callable[[], dict[str, Finding]], deployed: dict[str, Any], parameters: dict[str, str], said: str
) -> None:
    def change(parameters: dict[str, str]) -> None:
        change = DeploymentUpdate(parameters=parameters, enforce_parameter_schema=False)
        with get_client(sync_client=True) as client:
            client.update_deployment(deployed["nightly"], change)

    change(parameters)
    line = ask()["deployments"]
    change({})
    assert (line.level, said in line.says) == ("fail", True)
    assert ask()["deployments"].level == "ok"


def test_a_run_with_a_wrong_parameter_says_so_in_its_state_and_to_the_doctor(
    ask: Callable[[], dict[str, Finding]], tmp_path: Path
) -> None:
    state = nightly(tmp_path, "tomorrow", return_state=True)
    assert state.is_failed()
    assert "Validation of flow parameters failed" in str(state.message)
    assert "Validation of flow parameters failed" in ask()["failed flow runs"].says


@contextmanager
def gone(url: sa.URL) -> Iterator[sa.URL]:
    """The address of a server that is not there any more."""
    yield url.set(host="127.0.0.1", port=9).difference_update_query(["host"])


@contextmanager
def crowded(url: sa.URL) -> Iterator[sa.URL]:
    """The address of a database whose every connection is taken."""
    name, admin = f"crowded_{url.database}", sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 1 PASSWORD 'invented'"))
        try:
            theirs = url.set(username=name, password="invented")
            with sa.create_engine(theirs, poolclass=sa.NullPool).connect():
                yield theirs
        finally:
            connection.execute(sa.text(f"DROP ROLE {name}"))
    admin.dispose()


@pytest.mark.parametrize(
    ("database", "said"), [(gone, "the database does not answer"), (crowded, "the database has no free connection")]
)
def test_a_night_that_cannot_reach_its_database_says_so_in_its_state_and_to_the_doctor(
    ask: Callable[[], dict[str, Finding]],
    warehouse: sa.Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    database: Callable[[sa.URL], AbstractContextManager[sa.URL]],
    said: str,
) -> None:
    with database(warehouse.url) as url, monkeypatch.context() as patch:
        patch.setenv("SINERGI_DATABASE_URL", url.render_as_string(hide_password=False))
        settings.cache_clear()
        store.engine.cache_clear()
        state = nightly(tmp_path, date(2020, 5, 11), return_state=True)
        lines = {line.check: line for line in examine()}
        store.engine().dispose()
    settings.cache_clear()
    store.engine.cache_clear()
    assert state.is_failed()
    assert said in str(state.message)
    assert (lines["database"].level, lines["database"].says) == ("fail", said)
    assert said in ask()["failed flow runs"].says


def test_a_landed_file_whose_run_cannot_be_made_is_said(ask: Callable[[], dict[str, Finding]]) -> None:
    assert ask()["automations"].level == "ok"
    asyncio.run(emit(Landed("1901", "1901/umkm.csv")))
    end = time.monotonic() + PATIENCE
    while ask()["automations"].level == "ok" and time.monotonic() < end:
        time.sleep(1)
    assert ask()["automations"].level == "warn"


def test_a_server_that_ended_without_being_stopped_is_said(warehouse: sa.Engine, tmp_path: Path) -> None:
    note = serving_note()
    note.parent.mkdir(parents=True)
    for told, level in (({"pid": 2**22 + 1, "api": "http://127.0.0.1:9/api"}, "fail"), (None, "ok")):
        note.unlink(missing_ok=True)
        if told is not None:
            note.write_text(json.dumps(told))
        assert [line.level for line in examine_orchestrator() if line.check == "prefect"] == [level]
