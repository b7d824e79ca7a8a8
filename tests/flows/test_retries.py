"""A step is tried again when a server does not answer, and only then."""

from __future__ import annotations

import pytest
from prefect.states import Failed

from schemas.errors import InvariantBroken, SinergiError, Unreachable
from tasks.step import TRY_AGAIN


@pytest.mark.parametrize(
    ("error", "again"),
    [(Unreachable("the database does not answer"), True), (InvariantBroken("the sums differ"), False)],
)
def test_only_what_was_out_of_reach_is_tried_again(error: SinergiError, again: bool) -> None:
    assert TRY_AGAIN["retry_condition_fn"](None, None, Failed(data=error)) is again
