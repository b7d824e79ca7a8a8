"""A person is asked about under any id: those merged into it, and the one it was merged into."""

from __future__ import annotations

import pytest

from schemas.errors import UsageError
from tasks.aid.questions import explain
from tests.aid.population import LIST, add_person, merge_person, start_run

#: asked under, decided under
ASKED = [("P-1", "P-1"), ("P-9", "P-1"), ("P-8", "P-1"), ("P-2", "P-2")]


def test_a_list_explains_a_person_under_every_id_it_ever_had(draft: int) -> None:
    run = start_run()
    add_person(run, "P-8", number=8)
    add_person(run, "P-9", number=9)
    for old in ("P-1", "P-8"):
        merge_person(run, old, "P-9")
    assert [(asked, explain(LIST, asked)["person_id"]) for asked, _ in ASKED] == ASKED
    with pytest.raises(UsageError, match="no person"):
        explain(LIST, "P-77")
