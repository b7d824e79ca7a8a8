"""What a killed machine leaves in Prefect is put in order before anything runs again.

Belongs here: ending dead runs, dropping all but the newest of the missed nights, the automation that ends runs which fall silent later.
Does not belong here: the warehouse's own sweep (runs.run). Nothing here decides about data: a dead run's work is found and finished
by the next run, whatever Prefect believes (P11).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tasks.alive import is_alive

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.client.schemas.objects import FlowRun

#: silent for this long: a busy run sends a heartbeat every 30 s, even while a long query holds it
SILENT = timedelta(minutes=5)
MISSED = "missed; another one takes its place"
SILENT_RUNS = "sinergi: end runs that fell silent"


async def sweep_runs(client: PrefectClient) -> dict[str, int]:
    """Crash runs whose process is gone, cancel missed nights but the newest of each deployment; how many of each."""
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled, Crashed, State

    dead = [
        run
        for run in await _runs(client, StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)
        if not is_alive(str(run.id))
    ]
    missed = replaced(await _runs(client, StateType.SCHEDULED), datetime.now(UTC))
    for run in dead:
        gone: State[Any] = Crashed(message="its process is gone; the next run finishes its work")
        await client.set_flow_run_state(run.id, gone, force=True)
    for run in missed:
        await client.set_flow_run_state(run.id, Cancelled(message=MISSED), force=True)
    return {"dead": len(dead), "missed": len(missed)}


def replaced(runs: Iterable[FlowRun], now: datetime) -> list[FlowRun]:
    """The scheduled runs whose time has passed, without the newest of each deployment."""
    newest: dict[UUID | None, FlowRun] = {}
    replaced: list[FlowRun] = []
    due = [run for run in runs if run.auto_scheduled and run.expected_start_time and run.expected_start_time < now]
    for run in sorted(due, key=lambda run: (run.expected_start_time or now, run.id)):
        if run.deployment_id in newest:
            replaced.append(newest[run.deployment_id])
        newest[run.deployment_id] = run
    return replaced


def due_runs(deployment_id: str, now: datetime) -> FlowRunFilter:
    """What a deployment has due and not started."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterExpectedStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    return FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        deployment_id=FlowRunFilterDeploymentId(any_=[UUID(deployment_id)]),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=now),
    )


async def _runs(client: PrefectClient, *states: Any) -> list[FlowRun]:
    """Every flow run in one of these states, page by page."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType

    wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))))
    found: list[FlowRun] = []
    while page := await client.read_flow_runs(flow_run_filter=wanted, limit=200, offset=len(found)):
        found += page
    return found


async def end_silent_runs(client: PrefectClient, silent: timedelta = SILENT) -> None:
    """Create or replace the automation that crashes a run whose heartbeat stops for so long while the server goes on."""
    from prefect.client.schemas.objects import StateType
    from prefect.events.actions import ChangeFlowRunState
    from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

    heartbeat = "prefect.flow-run.heartbeat"
    ends = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed")}
    automation = AutomationCore(
        name=SILENT_RUNS,
        description="A run that sends heartbeats and then neither a heartbeat nor an end is dead.",
        trigger=EventTrigger(
            after={heartbeat},
            expect={heartbeat, *ends},
            match={"prefect.resource.id": "prefect.flow-run.*"},
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=silent,
        ),
        actions=[ChangeFlowRunState(state=StateType.CRASHED, message="no heartbeat: its process is gone")],
    )
    for old in await client.read_automations_by_name(SILENT_RUNS):
        await client.delete_automation(old.id)
    await client.create_automation(automation)
