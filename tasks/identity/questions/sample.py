"""Which pairs of the samples still wait for an officer's word. Read-only.

Belongs here: that question. Does not belong here: showing a pair (the review's questions), what the words say (tasks/quality).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tasks.asking import rows_of

if TYPE_CHECKING:
    import sqlalchemy as sa

#: samples of every model; a pair that was drawn twice waits once
WAITING = """
SELECT p.record_a, p.record_b, min(p.sample_id) AS sample_id, min(p.place) AS place
  FROM identity.sample_pair p
  JOIN source.record_version a ON a.record_id = p.record_a AND a.to_run IS NULL AND a.match_hash = p.match_hash_a
  JOIN source.record_version b ON b.record_id = p.record_b AND b.to_run IS NULL AND b.match_hash = p.match_hash_b
 WHERE NOT EXISTS (SELECT FROM identity.judgement j WHERE j.record_a = p.record_a AND j.record_b = p.record_b
          AND j.undone_at IS NULL)
 GROUP BY p.record_a, p.record_b ORDER BY sample_id, place"""

_WAITING_AMONG = f"""
SELECT record_a, record_b FROM ({WAITING}) w
  JOIN unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS asked (record_a, record_b) USING (record_a, record_b)"""


def waiting_pairs() -> list[dict[str, Any]]:
    """The drawn pairs that nobody has judged and that are as they were drawn, in the order of the draw: record_a, record_b,
    sample_id, place. The order says nothing of how the machine decided."""
    return rows_of(WAITING)


def waiting_among(pairs: Iterable[tuple[int, int]], connection: sa.Connection) -> set[tuple[int, int]]:
    """Which of these pairs wait so: who is to judge them is not told what the machine says, or the labels would repeat it."""
    wanted = set(pairs)
    values = {"a": [a for a, _ in wanted], "b": [b for _, b in wanted]}
    return {(row["record_a"], row["record_b"]) for row in rows_of(_WAITING_AMONG, connection, **values)}
