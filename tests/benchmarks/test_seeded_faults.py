"""What goes wrong in lists is found in the right cell, and nothing is said of what is right. The kinds: benchmarks/faultkinds.py."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from benchmarks.faultkinds import FAULTS
from benchmarks.lists import clean_lists, save
from benchmarks.seeded_faults import Tally, count, measure, report, seed, understand
from expectations.catalogue import entries


def missed(tally: Tally) -> list[tuple[str, str]]:
    return [(fault.field, fault.kind) for fault in tally.missed]


def test_what_must_be_said_of_a_fault_is_a_check_of_the_catalogue() -> None:
    kinds = [fault for faults in FAULTS.values() for fault in faults]
    assert len({(fault.field, fault.kind) for fault in kinds if fault.codes}) >= 100
    assert {code for fault in kinds for code in fault.codes} <= entries().keys()
    for fault in kinds:
        assert bool(fault.codes) + bool(fault.outcome) + fault.is_understood == 1


def test_every_kind_that_has_room_in_two_lists_is_found_there(tmp_path: Path) -> None:
    tally = Tally()
    for listed in list(clean_lists("19", 1, 330, size=3_000))[:2]:  # a text file and a workbook
        damaged, seeded = seed(listed, FAULTS["umkm"], Random(listed.regency))
        count(tally, damaged, seeded, understand(damaged, save(damaged, tmp_path, listed.regency)))
    assert missed(tally) == []
    assert len(tally.found) >= 100
    assert tally.clean >= 150
    assert not tally.clean_stopped + tally.clean_asked


@pytest.mark.deep
def test_every_kind_is_found_in_the_lists_of_a_province(tmp_path: Path) -> None:
    tally = measure(["92"], [1], 330, tmp_path)
    assert missed(tally) == []
    assert tally.clean_stopped_share < 0.005
    assert len(report(tally).splitlines()) == 4 + sum(len(faults) for faults in FAULTS.values())
