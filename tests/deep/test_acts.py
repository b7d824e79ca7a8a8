"""People's acts - submit, a word on headings, rerun, officers, lock to push, backup, restore, reconcile - struck at every moment.

The walk of a whole inbox is in test_crashes.py and test_cuts.py; here are the commands that a walk does not use, on two small files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deep.house import TODAY, House, last_json
from tests.deep.promises import Watch
from tests.deep.test_crashes import DELIVERED, Faults
from tests.intake.offices import OWNERS, send

pytestmark = pytest.mark.deep
Commands = list[list[str]]

WAITING, LOADED = "82.01/dengan judul lain.csv", "82.02/umkm.csv"
#: headings that nobody knows; the word that explains them
UNCLEAR = "SI EMPUNYA;NIK;TANGGAL LAHIR;XYZ;ALAMAT USAHA"
WORD = ["--set", "SI EMPUNYA=owner_name", "--set", "XYZ=business_name", "--confirm", "--by", "sari"]
#: dates that are left out from now on
OTHER_WORD = ["--ignore", "TANGGAL LAHIR", "--confirm", "--by", "sari"]
DAY = ["--today", TODAY]


@pytest.fixture(scope="module")
def small_inbox(folder: Path, inbox: Path) -> Path:
    """One file with a heading that nobody knows, one that is clear, and the largest of the province's, in which people are aided."""
    largest = max(inbox.glob("*/*"), key=lambda path: path.stat().st_size)
    inbox = folder / "small inbox"
    (inbox / largest.parent.name).mkdir(parents=True)
    shutil.copy(largest, inbox / largest.parent.name)
    send(inbox, WAITING, OWNERS, UNCLEAR)
    send(inbox, LOADED, [row.replace(";1901", ";8202").replace("PEMILIK", "USAHAWAN") for row in OWNERS])
    return inbox


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


def test_a_backup_and_its_restore_struck_at_every_moment_bring_everything_back_once(
    small_inbox: Path, new_house: Callable[..., House], faults: Faults, folder: Path
) -> None:
    house, other = new_house(inbox=small_inbox), new_house(inbox=small_inbox)
    without_faults(house, [["run", "--inbox", str(small_inbox), *DAY], *given_out(house)[:-1]])
    file = folder / "backups" / "house.tar"
    file.parent.mkdir()
    faults(house.strike([["db", "backup", str(file)]], "killed", "cut", "no room", codes=(0, 2)))
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    house.sinergi("outbox", "send")
    told = other.strike(
        [["db", "restore", str(file)], ["db", "reconcile", "--by", "sari", "--reason", "dipulihkan"]],
        "killed",
        "cut",
        "no room",
    )
    faults(told)
    other.receiver_data = house.receiver_data
    other.environment["SINERGI_RECEIVER_URL"] = house.receiver_url
    without_faults(other, [["outbox", "send"], ["run", "--inbox", str(small_inbox), *DAY]])
    assert Watch(other).broken(at_rest=True) == []
    assert _without(other.facts(), "messages") == _without(house.facts(), "messages")
    assert house.received()["post_count"] == 1, "read back, not sent again"
    assert other.ask(
        "SELECT action, count(*) FROM audit.event WHERE action IN ('restore', 'release_restored') GROUP BY 1 ORDER BY 1"
    ) == [("release_restored", 1), ("restore", 1)]


def _without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}
