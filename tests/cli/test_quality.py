"""`sinergi review sample`, `sinergi model quality` and what the aid commands say of it, as an officer sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from tests.aid.population import FIRST, LIST, PREPARER, fill_draft, judge_a_sample
from tests.cli.conftest import Answer
from tests.identity.records import work
from tests.identity.test_consolidation import ROWS

Sinergi = Callable[..., Answer]


def test_from_a_sample_to_a_figure(warehouse: sa.Engine, sinergi: Sinergi) -> None:
    work(ROWS)
    told = sinergi("model", "quality").out
    assert "nobody has judged a pair of a random sample yet" in told and "review sample" in told
    drawn = sinergi(
        "review", "sample", "--size", "3", "--about", "precision", "--seed", "7", "--by", "Sari", "--json"
    ).last
    assert (drawn["sample_id"], drawn["size"], drawn["seed"]) == (1, 3, 7)
    assert sum(row["pair_count"] for row in drawn["strata"]) == 4
    waiting = sinergi("review", "list", "--sample", "--json").last["questions"]
    assert len(waiting) == 3 and not {"clause", "weight", "side"} & waiting[0].keys(), (
        "who judges is not told what the machine says"
    )
    for line in waiting:
        assert sinergi("review", "decide", line["pair"], "same", "--reason", "one card", "--by", "Sari").code == 0
    known = sinergi("model", "quality", "--json").last
    assert (known["state"], known["sample"]["pending"], known["whole"]["precision"]["labels"]) == ("open", 0, 3)
    assert known["whole"]["precision"]["point"] == 1.0 and known["whole"]["precision"]["low"] < 0.99
    told = sinergi("model", "quality").out
    (whole,) = (line for line in told.splitlines() if line.startswith("all "))
    assert "at least" in whole and "100 %" not in whole and "too few labels" in told


def test_drafts_carry_the_warning_where_officers_look(warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path) -> None:
    fill_draft()
    assert "warning" not in sinergi("aid", "lists").out
    judge_a_sample(95, 5)
    listed = sinergi("aid", "lists")
    assert f"warning on {LIST}" in listed.out and "95 % of pairs" in listed.out
    (line,) = sinergi("aid", "lists", "--json").last
    assert line["warning"]["code"] == "PRECISION_UNDER_BOUND" and "disatukan" in line["warning"]["id"]
    for name in (f"list:{LIST}", "lists"):
        assert "warning: " in sinergi("export", name, str(tmp_path / "list.csv")).out
    assert "warning" not in sinergi("export", "persons", str(tmp_path / "persons.csv"), "--json").last
    assert "95 % of pairs" in sinergi("aid", "lock", LIST, "--officer", PREPARER).out
    assert "95 % of pairs" in sinergi("aid", "approve", LIST, "--officer", FIRST, "--json").last["warning"]
