"""Mass merges in one night: the run stops before it writes, says so, and goes on when a person allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from flows.consolidation import consolidate
from flows.rebuild import rebuild_all
from schemas.errors import InvariantBroken, UsageError
from tasks import store
from tasks.doctor import examine
from tasks.identity.steps.brake import MASS_LEAST, allow_mass_merge, is_mass
from tasks.identity.steps.judge import record_judgements
from tasks.runs import take_turn
from tests.conftest import cloned
from tests.identity.conftest import made_once
from tests.identity.records import load, new_run, partition, versioned, work

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


PAIRS = [(n, n + COUNT) for n in range(1, COUNT + 1)]


def row(record_id: int, stranger: int) -> dict[str, object]:
    """A record of a stranger."""
    return {
        "record_id": record_id,
        "owner_name": f"Orang {stranger}",
        "nik": f"9202120101{stranger % 90:02}{stranger:04}",
    }


@pytest.fixture(scope="module")
def apart_template(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    rows = [row(n, n) for n in range(1, 2 * COUNT + 1)]
    return made_once(server, template, tmp_path_factory, "apart", lambda: work(rows))


@pytest.fixture
def apart(server: str, apart_template: str, tmp_path: Path) -> Iterator[None]:
    """Twice COUNT persons who have nothing in common; this test's own."""
    with cloned(server, apart_template, tmp_path / "home"):
        yield


def judge_all() -> None:
    """A word that each is the same as another: somebody's wrong list."""
    record_judgements(PAIRS, "same", reason="list", judged_by="office")


def send_filled_down() -> None:
    """Half of them come again under the name and NIK of the others: somebody's slipped column."""
    load(new_run(), [row(b, a) for a, b in PAIRS])


@pytest.fixture
def strangers(apart: None) -> list[tuple[int, int]]:
    judge_all()
    return PAIRS


def rebuild() -> int:
    """`sinergi run --rebuild`: how many rows came out otherwise than they stood."""
    differ: int = rebuild_all(date(2026, 11, 22), "to see", lambda event: None)["identity"]["differ"]
    return differ


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


@pytest.mark.parametrize("what_happened", [judge_all, send_filled_down])
def test_a_rebuild_that_would_merge_masses_stops_as_a_night_does_and_leaves_what_stood(
    apart: None, what_happened: Callable[[], None]
) -> None:
    what_happened()
    before = versioned()
    for _ in range(2):
        with pytest.raises(InvariantBroken, match=f"{COUNT} of {2 * COUNT} persons"):
            rebuild()
        assert versioned() == before and alarm() == "fail"
    allow_mass_merge(COUNT, reason="looked at all", allowed_by="head")
    assert rebuild() and partition("person") == [set(pair) for pair in PAIRS] and alarm() == "ok"


def test_a_rebuild_that_yields_what_stood_asks_nobody_however_much_was_merged_before(
    strangers: list[tuple[int, int]],
) -> None:
    allow_mass_merge(COUNT, reason="looked at all", allowed_by="head")
    consolidate(new_run(), lambda event: None)
    before = versioned()
    assert rebuild() == 0
    assert versioned() == before and alarm() == "ok"
    passed = store.query("SELECT event_id FROM audit.event WHERE action = 'mass_merge_passed'")
    assert len(passed) == 1, "the night's"


def test_the_number_that_an_overlapping_run_draws_does_not_end_the_alarm(strangers: list[tuple[int, int]]) -> None:
    overlapping = new_run()
    with pytest.raises(InvariantBroken):
        consolidate(new_run(), lambda event: None)
    with store.transaction(lock=True) as connection:
        assert take_turn(connection, overlapping, "consolidation") > overlapping
    assert alarm() == "fail"


def test_the_word_is_for_the_next_run_that_merges_though_it_needs_it_not(apart: None) -> None:
    allow_mass_merge(COUNT, reason="the list of May", allowed_by="head")
    record_judgements(PAIRS[:3], "same", reason="what was left of that list", judged_by="office")
    consolidate(new_run(), lambda event: None)
    assert partition("person")[:3] == [set(pair) for pair in PAIRS[:3]] and alarm() == "ok"
    record_judgements(PAIRS[3:], "same", reason="a wrong list, months later", judged_by="office")
    with pytest.raises(InvariantBroken):
        consolidate(new_run(), lambda event: None)
    assert alarm() == "fail"


def test_nobody_allows_masses_without_a_reason() -> None:
    with pytest.raises(UsageError):
        allow_mass_merge(1_000, reason=" ", allowed_by="head")
