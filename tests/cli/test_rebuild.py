"""`sinergi run --rebuild` as a person or a script calls it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.aid.population import rows
from tests.cli.conftest import Answer
from tests.identity.records import versioned, work
from tests.identity.test_consolidation import ROWS

Sinergi = Callable[..., Answer]


def test_it_says_what_it_drops_and_what_came_out_otherwise(warehouse: sa.Engine, sinergi: Sinergi) -> None:
    work(ROWS)
    before = versioned()
    answer = sinergi("run", "--rebuild", "--reason", "to see", "--json")
    assert answer.code == 0, answer.err
    told = [json.loads(line) for line in answer.out.splitlines()]
    assert [line["step"] for line in told if line["step"] != "draft"] == [
        "start", "drop", "link", "merge", "compare", "award", "done",
    ]  # fmt: skip
    assert told[1]["rows"]["gold.person"] == 4
    assert (told[-1]["identity"]["persons"], told[-1]["identity"]["differ"]) == (4, 0)
    assert versioned() == before
    assert rows("SELECT action, reason FROM audit.event WHERE action = 'rebuild'") == [("rebuild", "to see")]


def test_it_leaves_an_inbox_alone(warehouse: sa.Engine, sinergi: Sinergi) -> None:
    answer = sinergi("run", "--rebuild", "--inbox", "no-such-folder", "--json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out.splitlines()[0])["note"] == "a rebuild takes nothing in; the next run does"


@pytest.mark.parametrize(
    ("arguments", "says"), [([], "an inbox is needed"), (["--reason", "x"], "belongs to --rebuild")]
)
def test_a_run_of_nothing_is_one_sentence(
    arguments: list[str], says: str, warehouse: sa.Engine, sinergi: Sinergi
) -> None:
    answer = sinergi("run", *arguments)
    assert (answer.code, says in answer.err) == (2, True)
