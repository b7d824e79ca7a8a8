"""A zip of lists, struck where its lists become submissions: nothing is lost, nothing comes twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deep.house import House
from tests.deep.promises import Watch
from tests.deep.test_crashes import Faults
from tests.intake.offices import HEADING, OWNERS
from tests.intake.zip_making import packed

pytestmark = pytest.mark.deep

MEMBERS = """
SELECT m.member_no, m.name, s.file, s.state, m.reason_code
  FROM intake.member m LEFT JOIN intake.submission s USING (submission_id) ORDER BY 1"""


def test_a_zip_struck_while_its_lists_become_submissions_ends_as_if_nothing_had_happened(
    folder: Path, new_house: Callable[..., House], faults: Faults
) -> None:
    inbox = folder / "zips"
    (inbox / "82.01").mkdir(parents=True)
    others = [row.replace("PEMILIK", "USAHAWAN").replace("0580", "0680").replace("/05/", "/06/") for row in OWNERS]
    lists = {
        f"{name}_2020-04.csv": "\n".join([HEADING, *rows]).encode() for name, rows in (("a", OWNERS), ("b", others))
    }
    (inbox / "82.01/kiriman.zip").write_bytes(packed({**lists, "kosong.csv": b"", "foto.jpg": b"x"}))
    undisturbed, house = new_house(inbox=inbox), new_house(inbox=inbox)
    undisturbed.sinergi(*undisturbed.inbox_command("run"))
    faults(house.strike([[*house.inbox_command("run")]], "killed", "cut", within=("unpack",)))
    assert Watch(house).broken(at_rest=True) == []
    assert house.facts() == undisturbed.facts()
    assert house.ask(MEMBERS) == undisturbed.ask(MEMBERS)
    assert len(house.ask(MEMBERS)) == len(lists) + 2
    before = house.row_versions()
    house.sinergi(*house.inbox_command("run"))
    assert house.row_versions() == before
    shutil.rmtree(inbox)
