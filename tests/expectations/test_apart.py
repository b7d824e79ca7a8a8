"""Validation by a process of its own finds what this process would find, and a process that dies costs nothing but time."""

from __future__ import annotations

import pandas as pd
import pytest

from expectations.apart import Apart
from expectations.validation import Findings, validate
from schemas.errors import InvariantBroken
from tests.expectations.frames import BUDI, SITI, TODAY, sent

BAD = sent([SITI, {**BUDI, "nik": "190101120785002", "workers_count": "-9"}, {"owner_name": "-", "nik": "-"}])


def assert_equal(found: Findings, expected: Findings) -> None:
    for name in ("rows", "file", "summary"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))
    assert found.checks == expected.checks


def test_it_finds_what_this_process_finds_list_after_list() -> None:
    with Apart() as apart:
        for frame in (BAD, sent([SITI]), BAD):
            assert_equal(apart.validate(frame, "umkm", today=TODAY), validate(frame, "umkm", today=TODAY))


def test_when_it_dies_the_list_is_validated_here() -> None:
    with Apart() as apart:
        apart._process.kill()
        assert_equal(apart.validate(BAD, "umkm", today=TODAY), validate(BAD, "umkm", today=TODAY))


def test_what_it_cannot_validate_is_told_by_this_process() -> None:
    with Apart() as apart, pytest.raises(InvariantBroken, match="could not be evaluated"):
        apart.validate(BAD.assign(nik__raw=1), "umkm", today=TODAY)


def test_it_ends_with_the_block() -> None:
    with Apart() as apart:
        process = apart._process
        assert process.poll() is None
    assert process.poll() is not None
