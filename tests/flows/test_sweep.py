"""After days without power only the newest of the missed nights runs; files that landed are never dropped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from prefect.client.schemas.objects import FlowRun

from flows.sweep import replaced

NOW = datetime(2020, 5, 5, 8, 0, tzinfo=UTC)
NIGHTLY, REPORT = UUID(int=1), UUID(int=2)


def _run(deployment: UUID, nights_ago: float, *, by_schedule: bool = True) -> FlowRun:
    return FlowRun(
        flow_id=uuid4(),
        deployment_id=deployment,
        auto_scheduled=by_schedule,
        expected_start_time=NOW - timedelta(days=nights_ago),
    )


def test_of_the_missed_nights_only_the_newest_runs() -> None:
    three, two, last, coming = [_run(NIGHTLY, ago) for ago in (3, 2, 1, -1)]
    assert replaced([last, coming, three, two], NOW) == [three, two]


def test_every_deployment_keeps_its_own_newest() -> None:
    assert replaced([_run(NIGHTLY, 1), _run(REPORT, 2)], NOW) == []


def test_runs_that_somebody_asked_for_are_kept() -> None:
    assert replaced([_run(NIGHTLY, ago, by_schedule=False) for ago in (3, 2, 1)], NOW) == []
