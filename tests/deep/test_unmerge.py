"""What was parted stays parted: rows sent again, a rebuild, another model."""

from __future__ import annotations

import json

import pytest

from flows.unmerge import part
from tasks.identity.model import newest_model, parse_model
from tasks.identity.persons import PERSONS
from tasks.identity.steps.models import promote
from tasks.identity.steps.rebuild import rebuild
from tests.aid.population import rows
from tests.identity.records import new_run, work
from tests.identity.test_person_unmerge import MISTAKEN, TODAY, night, person_of, sisters  # noqa: F401 (a fixture)


@pytest.mark.deep
def test_neither_a_rebuild_nor_another_model_nor_the_rows_again_join_them(sisters: tuple[str, str]) -> None:  # noqa: F811
    work(MISTAKEN)
    part(person_of(1), TODAY, records=[3, 4], cores=None, reason="two cards", judged_by="sari")
    night()
    assert (person_of(1), person_of(3)) == sisters
    work([{**row, "kk_number": "9202121203150001"} for row in MISTAKEN])
    assert (person_of(1), person_of(3)) == sisters, "sent again, even more alike"
    rebuild(new_run(), None, lambda event: None)
    assert (person_of(1), person_of(3)) == sisters
    shipped = newest_model()
    body = json.loads(shipped.raw)
    body["note"] = "believes everything"
    for comparison in body["splink"]["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level.get("m_probability"):
                level["m_probability"] = 0.9
    promote(parse_model("persons-2026-11-30", json.dumps(body).encode(), PERSONS), reason="trial", by="sari")
    night()
    models = {model for (model,) in rows("SELECT DISTINCT model_id FROM identity.edge")}
    assert models == {"persons-2026-11-30"} and (person_of(1), person_of(3)) == sisters
