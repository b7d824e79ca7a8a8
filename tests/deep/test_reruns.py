"""Rules have changed: a rerun of everything during a night, a night during a rerun, two reruns at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest
import sqlalchemy as sa

from tests.deep.house import TODAY, House
from tests.deep.promises import Watch
from tests.deep.test_together import ended
from tests.intake.offices import OWNERS, send

pytestmark = pytest.mark.deep

#: two people whose NIK is too short: from today on such rows go back
SHORT = ["SITI AMINAH;82010112058000;11/05/1980;TOKO;JALAN", "ANDI LAU;82010112058;12/06/1981;KIOS;JALAN"]
GRAVER = json.dumps({"NIK_NOT_16_DIGITS": "reject"})
MOVED = [row.replace("JALAN", "GANG").replace("WARUNG", "KEDAI") for row in OWNERS[5:11]]
RERUN, SECOND = ["submission", "rerun", "--all", "--today", TODAY, "--json"], "82.02/umkm_2020-04.csv"
COMPARED = ("files", "rows", "findings", "units", "pairs", "gold", "lists", "decisions", "left to do", "running")


@pytest.fixture
def read_once(folder: Path, new_house: Callable[..., House]) -> Callable[[], House]:
    """Makes houses that have read the first list by the old rules; the second one has come since."""

    def make() -> House:
        house = new_house(inbox=folder / "lists")
        send(house.inbox, "82.01/umkm_2020-04.csv", [*OWNERS, *SHORT])
        (house.inbox / SECOND).unlink(missing_ok=True)
        house.sinergi(*house.inbox_command("run"))
        send(house.inbox, SECOND, [*MOVED, SHORT[1].replace("JALAN", "GANG")])
        house.sent = {path: path.read_bytes() for path in house.inbox.glob("*/*")}
        return house

    return make


def by_new_rules(house: House, command: list[str]) -> Popen[str]:
    """A command that works by the graver rules."""
    return house.start("tests.deep.commands", json.dumps([command]), GRAVER)


@contextmanager
def held_up_in_merge(house: House, process: Popen[str]) -> Iterator[None]:
    """While the block runs the process stands in the midst of consolidation."""
    assert house.url is not None
    engine = sa.create_engine(house.url, poolclass=sa.NullPool)
    with engine.begin() as blocker:
        blocker.execute(sa.text("LOCK TABLE gold.person IN SHARE MODE"))
        stands = "SELECT count(*) FROM pg_locks WHERE relation = 'gold.person'::regclass AND NOT granted"
        while house.ask(stands) == [(0,)]:
            assert process.poll() is None, ended(process)
            time.sleep(0.1)
        yield


def is_done(house: House, process: Popen[str]) -> None:
    code, said = ended(process)
    assert (code, json.loads(said.splitlines()[-1])) in ((0, [0]), (0, [3])), said[-3000:]
    assert "Traceback" not in said


@pytest.mark.more
@pytest.mark.parametrize("first", ["night", "rerun"])
def test_a_rerun_and_a_night_at_once_wait_for_each_other_and_end_as_one_after_the_other(
    first: str, read_once: Callable[[], House]
) -> None:
    house, wanted = read_once(), read_once()
    night = [*house.inbox_command("run")]
    works = [night, RERUN] if first == "night" else [RERUN, night]
    watch = Watch(house)
    assert watch.broken() == []
    earlier = by_new_rules(house, works[0])
    with held_up_in_merge(house, earlier):
        later = by_new_rules(house, works[1])
        assert later.stdout is not None
        assert any('"step": "lock"' in line and "waiting" in line for line in later.stdout)
        assert watch.broken() == []
    for process in (earlier, later):
        is_done(house, process)
    for work in works:
        is_done(wanted, by_new_rules(wanted, work))
    for each in (house, wanted):
        assert Watch(each).broken(at_rest=True) == []
    facts, others = house.facts(), wanted.facts()
    for word in COMPARED:
        assert facts[word] == others[word], word
    quarantined = "SELECT count(*) FROM intake.source_row WHERE outcome = 'quarantined'"
    assert house.ask(quarantined) == [(len(SHORT) + 1,)], "the rules have changed indeed"


def test_two_reruns_and_a_night_at_once_do_what_one_after_the_other_does(read_once: Callable[[], House]) -> None:
    house, wanted = read_once(), read_once()
    night = [*house.inbox_command("run")]
    together = [by_new_rules(house, work) for work in (RERUN, night, RERUN)]
    for process in together:
        is_done(house, process)
    for work in (RERUN, night):
        is_done(wanted, by_new_rules(wanted, work))
    assert Watch(house).broken(at_rest=True) == []
    facts, others = house.facts(), wanted.facts()
    for word in COMPARED:
        assert facts[word] == others[word], word
