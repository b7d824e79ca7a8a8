"""How the server goes about the statements of a night on a table of any size: no row is held against a list that is gone through anew.

A filter by a subquery (`x NOT IN (SELECT ...)`) is quick while the subquery fits into the server's work memory and takes hours when it does
not; a join is quick in both cases. Which tables grow is not asked: no statement filters by a subquery.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tasks.identity.questions.review import list_questions
from tasks.identity.steps.judge import record_judgements
from tasks.identity.steps.rebuild import rebuild
from tests.identity.records import new_run, work
from tests.identity.test_consolidation import ROWS

PLANNED = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE TEMP TABLE \w+ ON COMMIT DROP AS)\b")
BY_SUBQUERY = re.compile(r"Filter: .*SubPlan")


@contextmanager
def plans(engine: sa.Engine) -> Iterator[dict[str, str]]:
    """Statement -> its plan, of all that are sent meanwhile."""
    found: dict[str, str] = {}

    def explain(connection: sa.Connection, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if PLANNED.match(statement):
            given = parameters[0] if isinstance(parameters, list) else parameters
            found[statement] = "\n".join(line for (line,) in cursor.execute(f"EXPLAIN {statement}", given).fetchall())

    sa.event.listen(engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", explain)


def test_no_statement_of_a_night_a_rebuild_or_the_list_of_questions_filters_by_a_subquery(warehouse: sa.Engine) -> None:
    with plans(warehouse) as found:
        work(ROWS)
        record_judgements([(1, 3)], "different", reason="seen", judged_by="officer")
        work([ROWS[1] | {"phone": "+6281299999999"}])
        rebuild(new_run(), "to see", lambda event: None)
        assert list_questions()["count"] == 1
    asked = "\n".join(found)
    assert "INTO touched" in asked and "TABLE in_review" in asked and "FROM identity.judgement j" in asked
    assert [statement for statement, plan in found.items() if BY_SUBQUERY.search(plan)] == []
