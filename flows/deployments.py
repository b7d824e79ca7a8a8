"""The deployments of prefect.yaml as objects that a runner serves: the file stays the one list of them.

Belongs here: reading prefect.yaml and overriding what a setting says (zone, cadence). Does not belong here: serving (serve.py).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import yaml

from schemas.errors import UsageError

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

PREFECT_YAML = Path(__file__).resolve().parents[1] / "prefect.yaml"


def read_deployments(time_zone: str, every: timedelta | None = None) -> list[RunnerDeployment]:
    """Every deployment of prefect.yaml. Schedules are in the given zone; `every` replaces them by an interval from now on.
    To be called outside an event loop.

    Raises UsageError when the file is missing or names a flow that is not there.
    """
    if not PREFECT_YAML.is_file():
        raise UsageError("prefect.yaml is missing", where=str(PREFECT_YAML), mend="Serve from a whole checkout.")
    return [
        _deployment(entry, time_zone, every) for entry in yaml.safe_load(PREFECT_YAML.read_text("utf-8"))["deployments"]
    ]


def _check_parameters(flow: Any, entry: dict[str, Any]) -> None:
    """Raises UsageError for a parameter of prefect.yaml that the flow does not have or take; a run would fail of it every night."""
    from pydantic import TypeAdapter, ValidationError

    types = get_type_hints(flow.fn, include_extras=True)
    known = ", ".join(flow.parameters.properties)
    for name, value in (entry.get("parameters") or {}).items():
        where = f"prefect.yaml: {entry['name']}"
        if name not in flow.parameters.properties:
            raise UsageError(f"there is no parameter {name!r}", where=where, mend=f"Known: {known}.")
        try:
            TypeAdapter(types[name]).validate_python(value)
        except ValidationError as error:
            raise UsageError(f"the parameter {name!r} cannot be {value!r}", where=where) from error


def _deployment(entry: dict[str, Any], time_zone: str, every: timedelta | None) -> RunnerDeployment:
    from prefect.events.schemas.deployment_triggers import DeploymentTriggerTypes
    from prefect.flows import EntrypointType, Flow
    from prefect.schedules import Cron, Interval
    from pydantic import TypeAdapter

    import flows.deployed

    flow = getattr(flows.deployed, entry["entrypoint"].rpartition(":")[2], None)
    if not isinstance(flow, Flow):
        raise UsageError(f"prefect.yaml: there is no flow {entry['entrypoint']}")
    _check_parameters(flow, entry)
    schedules = entry.get("schedules", [])
    if every is not None:
        planned: list[Any] = [Interval(every, timezone=time_zone) for _ in schedules[:1]]
    else:
        planned = [Cron(each["cron"], timezone=time_zone, active=each.get("active", True)) for each in schedules]
    deployment: RunnerDeployment = flow.to_deployment(  # type: ignore[assignment]  # a coroutine only inside an event loop
        entry["name"],
        description=entry["description"],
        version=entry["version"],
        tags=entry["tags"],
        parameters=entry.get("parameters", {}),
        schedules=planned or None,
        triggers=[
            TypeAdapter(DeploymentTriggerTypes).validate_python(trigger) for trigger in entry.get("triggers", [])
        ],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return deployment
