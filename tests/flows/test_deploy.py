"""`prefect deploy --all` with the shipped prefect.yaml registers what `sinergi serve` registers."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.runner import Runner

from flows.deployments import PREFECT_YAML, read_deployments

pytestmark = pytest.mark.deep


def _registered() -> dict[str, dict[str, Any]]:
    """What the server knows of every deployment that somebody who runs it could tell apart."""
    with get_client(sync_client=True) as client:
        found = client.read_deployments()
    return {
        each.name: {
            "flow": re.split("[.:]", each.entrypoint or "")[-1],
            "parameters": each.parameters,
            "form": each.parameter_openapi_schema,
            "tags": sorted(each.tags),
            "description": each.description,
            "version": each.version,
            "schedules": [(one.schedule.cron, one.schedule.timezone, one.active) for one in each.schedules],  # type: ignore[union-attr]
            "paused": each.paused,
        }
        for each in found
    }


def _triggers() -> list[tuple[Any, ...]]:
    """What starts a deployment by event."""

    async def read() -> list[Any]:
        async with get_client() as client:
            return list(await client.read_automations())

    return sorted(
        (sorted(each.trigger.expect), str(each.trigger.match), each.enabled, sorted(each.actions[0].parameters))  # type: ignore[union-attr]
        for each in asyncio.run(read())
    )


@pytest.mark.usefixtures("prefect_home")
def test_deploying_by_hand_registers_the_same() -> None:
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    pool = subprocess.run(
        [*prefect, "work-pool", "create", "sinergi", "--type", "process"], capture_output=True, text=True, check=False
    )
    assert pool.returncode == 0, pool.stderr
    by_hand = subprocess.run(
        [*prefect, "deploy", "--all"], cwd=PREFECT_YAML.parent, capture_output=True, text=True, check=False
    )
    assert by_hand.returncode == 0, by_hand.stdout + by_hand.stderr
    deployed, triggers = _registered(), _triggers()
    assert sorted(deployed) == ["consolidation", "distribution", "nightly", "report", "submission"]

    deployments = read_deployments("Asia/Jakarta")

    async def serve() -> None:
        async with get_client() as client:
            for each in await client.read_deployments():
                await client.delete_deployment(each.id)
            for each in await client.read_automations():
                await client.delete_automation(each.id)
        runner = Runner(name="test")
        for each in deployments:
            await runner.aadd_deployment(each)

    asyncio.run(serve())
    assert _registered() == deployed
    assert _triggers() == triggers
