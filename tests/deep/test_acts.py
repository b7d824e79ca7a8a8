"""People's acts - submit, a word on headings, rerun, officers, lock to push - struck at every moment.

The walk of a whole inbox is in test_crashes.py and test_cuts.py, backups in test_backups.py; here are the other commands that a walk does
not use, on two small files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deep.conftest import LOADED, WAITING
from tests.deep.house import TODAY, House, last_json
from tests.deep.promises import Watch
from tests.deep.test_crashes import DELIVERED, Faults

pytestmark = [pytest.mark.deep, pytest.mark.more]
Commands = list[list[str]]

#: what explains the heading that nobody knows
WORD = ["--set", "SI EMPUNYA=owner_name", "--set", "XYZ=business_name", "--confirm", "--by", "sari"]
#: dates that are left out from now on
OTHER_WORD = ["--ignore", "TANGGAL LAHIR", "--confirm", "--by", "sari"]
DAY = ["--today", TODAY]


def submissions(house: House) -> dict[str, str]:
    """File -> its submission."""
    return dict(house.ask("SELECT file, submission_id FROM intake.submission"))


def on_demand(house: House) -> Commands:
    """Every file by hand."""
    files = sorted(house.inbox.glob("*/*"))
    return [["submit", str(file), "--regency", file.parent.name, "--period", "2020-04", *DAY] for file in files]


def said_of_headings(house: House) -> Commands:
    """A word on the file that waits, one on the file that was loaded, and a rerun of both; then a night."""
    ids = submissions(house)
    return [
        ["submission", "map", ids[WAITING], *WORD, *DAY],
        ["submission", "map", ids[LOADED], *OTHER_WORD, *DAY],
        ["submission", "rerun", ids[LOADED], *DAY],
        ["run", "--inbox", str(house.inbox), *DAY],
    ]


def given_out(_house: House) -> Commands:
    """A list from its draft to the receiving system, by hand."""
    aid = "bpum_2020.2020-1.1.v1"
    officers = (("sari", "preparer"), ("budi", "approver"), ("rina", "approver"))
    return [
        *(["officer", "add", who, "--name", who.title(), "--role", role] for who, role in officers),
        ["aid", "build", *DAY],
        ["aid", "lock", aid, "--officer", "sari"],
        *(["aid", "approve", aid, "--officer", who] for who in ("budi", "rina")),
        ["aid", "publish", aid, "--officer", "budi", *DAY],
        ["outbox", "send"],
    ]


def without_faults(house: House, commands: Commands) -> None:
    codes = last_json(house.run("tests.deep.commands", json.dumps(commands)))
    assert set(codes) <= {0, 3}, codes


def test_what_people_do_struck_at_every_moment_ends_as_if_nothing_had_happened(
    small_inbox: Path, new_house: Callable[..., House], faults: Faults
) -> None:
    undisturbed, house = new_house(inbox=small_inbox), new_house(inbox=small_inbox)
    watch = Watch(house)
    first, *others = on_demand(house)
    without_faults(undisturbed, [*others, first])
    without_faults(house, others)
    faults(house.strike([first], "killed"))
    for part in (said_of_headings, given_out):
        without_faults(undisturbed, part(undisturbed))
        faults(house.strike(part(house), "killed"))
        assert watch.broken() == []
    for each in (undisturbed, house):  # the night sweeps halves, that of a key as well
        without_faults(each, [["run", "--inbox", str(small_inbox), *DAY]])
    assert watch.broken(at_rest=True) == []
    assert house.facts() == undisturbed.facts()
    seen, wanted = house.received(), undisturbed.received()
    assert {word: seen[word] for word in DELIVERED} == {word: wanted[word] for word in DELIVERED}
    assert house.ask(EVENTS) == undisturbed.ask(EVENTS)


#: who did what is told once, however often it was tried
EVENTS = "SELECT action, subject, reason, count(*) FROM audit.event GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
