"""Old workbooks: chains of sectors that end, and those that never do."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.intake.olechecks import runs_in_circle

END, FREE = 0xFFFFFFFE, 0xFFFFFFFF


@pytest.mark.parametrize(
    ("following", "is_circle"),
    [
        ([], False),
        ([END], False),
        ([1, 2, 3, END], False),
        ([3, FREE, FREE, END], False),
        ([9, END], False),
        ([0], True),
        ([1, 0], True),
        ([END, 2, 3, 1], True),
        ([1, 2, 3, 1], True),
        ([*range(1, 1000), END], False),
        ([*range(1, 1000), 500], True),
    ],
)
def test_a_chain_that_never_ends_is_found(following: list[int], is_circle: bool) -> None:
    assert runs_in_circle(np.array(following, dtype=np.int64)) is is_circle
