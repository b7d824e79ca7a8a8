"""P3: the same files in another order of arrival, at once or one by one, give the same units, golden values and draft decisions; what is
derived, dropped and made again, comes out as it stood."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deep.house import TODAY, House, last_json

pytestmark = [pytest.mark.deep, pytest.mark.more]

#: what does not depend on who came first; versions, marks of runs and answers' files do
COMPARED = ("rows", "findings", "units", "pairs", "gold", "lists", "decisions")


def submitted(house: House, files: list[Path]) -> House:
    """Every file by `sinergi submit`, one after the other."""
    commands = [
        ["submit", str(file), "--regency", file.parent.name, "--period", "2020-04", "--today", TODAY, "--json"]
        for file in files
    ]
    codes = last_json(house.run("tests.deep.commands", json.dumps(commands)))
    assert set(codes) <= {0, 3}
    return house


def test_any_order_of_arrival_gives_the_same_units_values_and_decisions(
    new_house: Callable[..., House], inbox: Path
) -> None:
    files = sorted(path for path in inbox.glob("*/*") if path.suffix in (".xlsx", ".csv"))
    shuffled = random.Random(3).sample(files, len(files))
    houses = [submitted(new_house(), order) for order in (files[::-1], shuffled)]
    at_once = new_house()
    at_once.sinergi(*at_once.inbox_command("run"))
    everywhere = (at_once, *houses)
    first, *others = stood = [house.facts() for house in everywhere]
    for other in others:
        for word in COMPARED:
            assert other[word] == first[word], word
    for house, before in zip(everywhere, stood, strict=True):
        rebuilt = last_json(house.sinergi("run", "--rebuild", "--today", TODAY, "--json"))
        assert (rebuilt["identity"]["differ"], rebuilt["aid"]["written"]) == (0, 0)
        assert house.facts() == before
