"""Mass merges in one night: the run stops before it writes, says so, and goes on when a person allows it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from schemas.errors import InvariantBroken, UsageError
from tasks import store
from tasks.doctor import examine
from tasks.identity.steps.brake import MASS_LEAST, allow_mass_merge, is_mass
from tasks.identity.steps.judge import record_judgements
from tests.identity.records import load, new_run, partition

COUNT = MASS_LEAST + 5


@pytest.mark.parametrize(
    ("merged", "persons", "expected"),
    [
        (0, 0, False),
        (100, 200, False),
        (101, 200, True),
        (101, 20_000, False),
        (201, 20_000, True),
        (9_000, 1_000_000, False),
    ],
)
def test_so_many_of_so_many_are_too_many_for_one_night(merged: int, persons: int, expected: bool) -> None:
    assert is_mass(merged, persons) is expected


@pytest.fixture
def strangers(warehouse: sa.Engine) -> list[tuple[int, int]]:
    """Twice COUNT persons who have nothing in common, and a word that each is the same as another: somebody's wrong list."""
    run = new_run()
    load(
        run,
        [
            {"record_id": n, "owner_name": f"Orang {n}", "nik": f"9202120101{n % 90:02}{n:04}"}
            for n in range(1, 2 * COUNT + 1)
        ],
    )
    consolidate(run, lambda event: None)
    pairs = [(n, n + COUNT) for n in range(1, COUNT + 1)]
    record_judgements(pairs, "same", reason="list", judged_by="office")
    return pairs


def alarm() -> str:
    return next(finding.level for finding in examine() if finding.check == "mass merge")


def test_a_run_that_would_merge_masses_stops_before_it_writes_until_a_person_allows_it(
    strangers: list[tuple[int, int]],
) -> None:
    assert alarm() == "ok"
    before = partition("person")
    for _ in range(2):  # the work stays on the list: the next night stops as well
        with pytest.raises(InvariantBroken, match=f"{COUNT} of {2 * COUNT} persons"):
            consolidate(new_run(), lambda event: None)
    assert partition("person") == before and alarm() == "fail"
    allow_mass_merge(COUNT - 1, reason="looked at some", allowed_by="head")
    with pytest.raises(InvariantBroken):
        consolidate(new_run(), lambda event: None)
    allow_mass_merge(COUNT, reason="looked at all", allowed_by="head")
    consolidate(new_run(), lambda event: None)
    assert partition("person") == [set(pair) for pair in strangers] and alarm() == "ok"
    told = store.query("SELECT reason FROM audit.event WHERE action = 'mass_merge_passed'")
    assert told["reason"].tolist() == ["head: looked at all"]


def test_nobody_allows_masses_without_a_reason() -> None:
    with pytest.raises(UsageError):
        allow_mass_merge(1_000, reason=" ", allowed_by="head")
