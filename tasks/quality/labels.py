"""The labels in the warehouse: the newest sample, its strata, what was judged of its pairs, and what was judged of others. Read-only.

Belongs here: these questions. Does not belong here: what the answers mean (estimates.py), drawing and judging (tasks/identity/steps).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from schemas.settings import settings
from tasks import store
from tasks.asking import rows_of
from tasks.quality.estimates import Drawn, Quality, estimate

Question = Callable[..., list[dict[str, Any]]]

#: the model that scores now: the one that was taken into use last
MODEL_NOW = "SELECT model_id FROM identity.model ORDER BY used_run DESC NULLS LAST, first_used_at DESC LIMIT 1"

_NEWEST = f"""
SELECT sample_id, CAST(drawn_at AS date) AS drawn_on, model_id, ({MODEL_NOW}) AS model_now
  FROM identity.sample ORDER BY sample_id DESC LIMIT 1"""

_STRATA = """
SELECT side, clause, band, pair_count, known_same, known_different FROM identity.sample_stratum WHERE sample_id = :sample
 ORDER BY side, clause, band"""

#: samples of one model count together; a judgement counts when it saw what was drawn, and a pair of which a record has changed or
#: gone since can no longer be judged as it was drawn; '' = between two regencies
_LABELS = """
SELECT p.side, p.clause, p.band, CASE WHEN a.regency_code = b.regency_code THEN a.regency_code ELSE '' END AS regency_code,
       count(*) FILTER (WHERE j.verdict = 'same') AS same, count(*) FILTER (WHERE j.verdict = 'different') AS different,
       count(*) FILTER (WHERE j.verdict = 'unsure') AS unsure,
       count(*) FILTER (WHERE j.verdict IS NULL AND va.record_id IS NOT NULL AND vb.record_id IS NOT NULL) AS pending,
       count(*) FILTER (WHERE j.verdict IS NULL AND (va.record_id IS NULL OR vb.record_id IS NULL)) AS changed,
       CAST(max(j.judged_at) AS date) AS judged_on
  FROM identity.sample s JOIN identity.sample_pair p USING (sample_id)
  JOIN source.logical_record a ON a.record_id = p.record_a JOIN source.logical_record b ON b.record_id = p.record_b
  LEFT JOIN identity.judgement j ON j.record_a = p.record_a AND j.record_b = p.record_b AND j.undone_at IS NULL
   AND (j.match_hash_a, j.match_hash_b) = (p.match_hash_a, p.match_hash_b)
  LEFT JOIN source.record_version va ON va.record_id = p.record_a AND va.to_run IS NULL AND va.match_hash = p.match_hash_a
  LEFT JOIN source.record_version vb ON vb.record_id = p.record_b AND vb.to_run IS NULL AND vb.match_hash = p.match_hash_b
 WHERE s.model_id IS NOT DISTINCT FROM :model
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""

_OUTSIDE = """
SELECT j.verdict, count(*) AS pair_count FROM identity.judgement j
 WHERE j.undone_at IS NULL AND NOT EXISTS (
       SELECT FROM identity.sample_pair p WHERE p.record_a = j.record_a AND p.record_b = j.record_b)
 GROUP BY j.verdict"""


def current_quality(connection: sa.Connection | None = None) -> Quality:
    """What is known now of the merging of persons."""
    if connection is None:
        with store.transaction() as own:
            return current_quality(own)
    return read_quality(lambda sql, **values: rows_of(sql, connection, **values))


def read_quality(ask: Question) -> Quality:
    """The same by somebody else's way of asking: `ask(sql, **values)` gives rows as dictionaries."""
    outside = {str(row["verdict"]): int(row["pair_count"]) for row in ask(_OUTSIDE)}
    newest = next(iter(ask(_NEWEST)), None)
    if newest is None:
        return estimate(None, [], [], outside, settings().min_precision)
    labels = ask(_LABELS, model=newest["model_id"])
    drawn = Drawn(
        **newest,
        judged_on=max((row["judged_on"] for row in labels if row["judged_on"]), default=None),
        pending=sum(row["pending"] for row in labels),
        changed=sum(row["changed"] for row in labels),
    )
    strata = ask(_STRATA, sample=newest["sample_id"])
    return estimate(drawn, strata, labels, outside, settings().min_precision)
