"""One decorator: a step is a plain function that becomes a Prefect task when it is called inside a Prefect flow run.

Belongs here: that switch. Does not belong here: any work. Why it exists: docs/decisions/0002-steps.md - the same flow body runs
under the scheduler (with states, retries and logs per step) and in this process without a server, and questions on the command
line never import Prefect.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from schemas.errors import Unreachable
from tasks.faults import named

P = ParamSpec("P")
R = TypeVar("R")


def step(*, name: str | None = None, **task_options: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as a step. `task_options` are Prefect's (`retries`, `retry_delay_seconds`, `task_run_name`, ...).

    Results are neither cached nor persisted: what a step knows is in the warehouse, and frames of people never enter the
    orchestrator (P12).
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        made: list[Callable[P, R]] = []

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if not _inside_flow_run():
                return function(*args, **kwargs)
            if not made:
                from prefect import task
                from prefect.cache_policies import NO_CACHE

                options: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False, **task_options}
                made.append(task(name=name or function.__name__, **options)(_veiled(function)))
            return made[0](*args, **kwargs)

        return run

    return decorate


def _veiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function, whose failures Prefect may keep: their text holds no value."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 whatever it is, Prefect keeps its text
            raise named(error) from None

    return run


def _is_out_of_reach(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a step failed because a server did not answer; another error would only come again."""
    return isinstance(state.result(raise_on_failure=False), Unreachable)


#: task options of a step that reads or sends what may be read or sent again: two more tries when a server does not answer
TRY_AGAIN: dict[str, Any] = {
    "retries": 2,
    "retry_delay_seconds": [5, 30],
    "retry_condition_fn": _is_out_of_reach,
}


def _inside_flow_run() -> bool:
    """Whether a Prefect flow run is under way here; Prefect is not imported to find out."""
    if "prefect.context" not in sys.modules:
        return False
    from prefect.context import FlowRunContext

    return FlowRunContext.get() is not None
