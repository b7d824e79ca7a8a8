"""sample: pairs drawn at random, by strata, that officers are asked to judge, and the sizes of the strata as they are now.

Belongs here: reading the pairs that stand together or apart, writing identity.sample, sample_stratum, sample_pair (primary data). Does
not belong here: which strata there are and how many pairs of each are drawn (tasks/quality/strata), what labels say
(tasks/quality/estimates), judging (judge.py).

A pair's place in its stratum is the hash of seed and records: the same seed draws the same pairs from the same warehouse, and the place
says nothing of the pair. Pairs that were judged or drawn already are not drawn again.
"""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa

from schemas.errors import Refused, UsageError
from tasks import store
from tasks.quality.labels import MODEL_NOW
from tasks.quality.strata import APART, MERGED, THROUGH_OTHERS, Stratum, allocate, band_sql
from tasks.step import step

#: what is asked -> the sides that answer it
SIDES = {"precision": (MERGED,), "recall": (APART,), "both": (MERGED, APART)}

#: samples of the model that scores now: their pairs keep the stratum they were drawn from
_DRAWN = f"""
CREATE TEMP TABLE drawn ON COMMIT DROP AS
SELECT DISTINCT ON (p.record_a, p.record_b) p.record_a, p.record_b, p.side, p.clause, p.band
  FROM identity.sample_pair p JOIN identity.sample s USING (sample_id)
 WHERE s.model_id IS NOT DISTINCT FROM ({MODEL_NOW}) ORDER BY p.record_a, p.record_b, p.sample_id"""

#: every pair that stands under one person, by the clause that put it there, and every pair that was scored and stands apart
_FRAME = f"""
CREATE TEMP TABLE frame ON COMMIT DROP AS
SELECT pair.* FROM (
  SELECT a.record_id AS record_a, b.record_id AS record_b, '{MERGED}' AS side, coalesce(e.clause, '{THROUGH_OTHERS}') AS clause,
         {band_sql("e.weight")} AS band
    FROM identity.membership a JOIN identity.membership b ON b.unit_id = a.unit_id AND b.record_id > a.record_id
     AND b.unit_kind = 'person' AND b.to_run IS NULL
    LEFT JOIN identity.edge e ON e.record_a = a.record_id AND e.record_b = b.record_id AND e.verdict = 'merge' AND e.held_by IS NULL
   WHERE a.unit_kind = 'person' AND a.to_run IS NULL
   UNION ALL
  SELECT e.record_a, e.record_b, '{APART}', coalesce(e.held_by, e.clause), {band_sql("e.weight")}
    FROM identity.edge e
    JOIN identity.membership a ON a.record_id = e.record_a AND a.unit_kind = 'person' AND a.to_run IS NULL
    JOIN identity.membership b ON b.record_id = e.record_b AND b.unit_kind = 'person' AND b.to_run IS NULL
   WHERE a.unit_id <> b.unit_id
) pair
 WHERE NOT EXISTS (SELECT FROM drawn d WHERE (d.record_a, d.record_b) = (pair.record_a, pair.record_b))
   AND NOT EXISTS (SELECT FROM identity.judgement j WHERE j.record_a = pair.record_a AND j.record_b = pair.record_b
          AND j.verdict IN ('same', 'different') AND j.undone_at IS NULL)"""

#: the strata: what can be drawn, what was drawn before, and what was judged without being drawn (on the side where the machine had it)
_STRATA = f"""
SELECT side, clause, band, CAST(sum(free) AS bigint) AS free, CAST(sum(free) + sum(before) AS bigint) AS pair_count,
       CAST(sum(known_same) AS bigint) AS known_same, CAST(sum(known_different) AS bigint) AS known_different
  FROM (
  SELECT side, clause, band, count(*) AS free, 0 AS before, 0 AS known_same, 0 AS known_different FROM frame GROUP BY 1, 2, 3
   UNION ALL SELECT side, clause, band, 0, count(*), 0, 0 FROM drawn GROUP BY 1, 2, 3
   UNION ALL
  SELECT CASE WHEN e.verdict = 'merge' AND e.held_by IS NULL THEN '{MERGED}' ELSE '{APART}' END, coalesce(e.held_by, e.clause),
         {band_sql("e.weight")}, 0, 0,
         count(*) FILTER (WHERE j.verdict = 'same'), count(*) FILTER (WHERE j.verdict = 'different')
    FROM identity.judgement j JOIN identity.edge e ON e.record_a = j.record_a AND e.record_b = j.record_b
   WHERE j.undone_at IS NULL AND j.verdict IN ('same', 'different')
     AND NOT EXISTS (SELECT FROM drawn d WHERE (d.record_a, d.record_b) = (j.record_a, j.record_b))
   GROUP BY 1, 2, 3
) counted GROUP BY side, clause, band ORDER BY side, clause, band"""

_OPEN = f"""
INSERT INTO identity.sample (drawn_by, seed, size, about, model_id) VALUES (:by, :seed, :size, :about, ({MODEL_NOW}))
RETURNING sample_id"""

_KEEP_STRATUM = """
INSERT INTO identity.sample_stratum (sample_id, side, clause, band, pair_count, known_same, known_different)
VALUES (:sample_id, :side, :clause, :band, :pair_count, :known_same, :known_different)"""

_DRAW = """
INSERT INTO identity.sample_pair (sample_id, record_a, record_b, side, clause, band, place, match_hash_a, match_hash_b)
SELECT :sample_id, p.record_a, p.record_b, p.side, p.clause, p.band, row_number() OVER (ORDER BY p.lot), a.match_hash, b.match_hash
  FROM (SELECT f.*, md5(concat_ws('/', CAST(:seed AS bigint), f.record_a, f.record_b)) AS lot, w.size,
               row_number() OVER (PARTITION BY f.side, f.clause, f.band
                                  ORDER BY md5(concat_ws('/', CAST(:seed AS bigint), f.record_a, f.record_b))) AS rank
          FROM frame f JOIN wanted w USING (side, clause, band)) p
  JOIN source.record_version a ON a.record_id = p.record_a AND a.to_run IS NULL
  JOIN source.record_version b ON b.record_id = p.record_b AND b.to_run IS NULL
 WHERE p.rank <= p.size"""


@step()
def draw_sample(size: int, *, about: str = "both", seed: int | None = None, drawn_by: str) -> dict[str, Any]:
    """Draw `size` pairs more to be judged: about `precision` (pairs that stand together), `recall` (pairs kept apart), or `both`.

    Returns {sample_id, seed, size (as drawn), strata: [{side, clause, band, pair_count, drawn}]}; the sizes of all strata are kept, of
    the other side too. Raises UsageError for a size below one, an unknown `about` or nobody who draws, Refused when no pair is left.
    """
    if size < 1:
        raise UsageError("a sample has at least one pair")
    if about not in SIDES:
        raise UsageError(f"{about!r} cannot be asked", mend=f"Choose one of: {', '.join(SIDES)}.")
    if not drawn_by.strip():
        raise UsageError("who draws a sample is kept with it", mend="Give --by WHO.")
    seed = secrets.randbelow(2**31) if seed is None else seed
    with store.transaction() as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for statement in (_DRAWN, "ANALYZE drawn", _FRAME):
            connection.execute(sa.text(statement))
        strata = [dict(row) for row in connection.execute(sa.text(_STRATA)).mappings()]
        wanted = _wanted(strata, about, size)
        if not wanted:
            raise Refused("every pair was drawn or judged already", mend="`sinergi model quality` tells what is known.")
        values = {"by": drawn_by.strip(), "seed": seed, "size": size, "about": about}
        sample_id = connection.execute(sa.text(_OPEN), values).scalar_one()
        connection.execute(sa.text(_KEEP_STRATUM), [{**row, "sample_id": sample_id} for row in strata])
        drawn = _draw(connection, sample_id, seed, wanted)
    told = [
        {**{name: row[name] for name in ("side", "clause", "band", "pair_count")}, "drawn": wanted.get(_key(row), 0)}
        for row in strata
        if row["side"] in SIDES[about]
    ]
    return {"sample_id": sample_id, "seed": seed, "size": drawn, "strata": told}


def _key(row: dict[str, Any]) -> Stratum:
    return Stratum(row["side"], row["clause"], row["band"])


def _wanted(strata: list[dict[str, Any]], about: str, size: int) -> dict[Stratum, int]:
    """How many pairs to draw from each stratum, each side that is asked about by equal parts."""
    free = {_key(row): row["free"] for row in strata if row["free"]}
    sides = [{s: count for s, count in free.items() if s.side == side} for side in SIDES[about]]
    sides = sorted((side for side in sides if side), key=lambda side: sum(side.values()))
    wanted: dict[Stratum, int] = {}
    for number, side in enumerate(sides):  # the smaller side first: what it cannot give is asked of the other
        part = -(-(size - sum(wanted.values())) // (len(sides) - number))
        wanted |= allocate(side, part)
    return wanted


def _draw(connection: sa.Connection, sample_id: int, seed: int, wanted: dict[Stratum, int]) -> int:
    """Write the pairs that the seed draws; their count."""
    import pandas as pd

    rows = pd.DataFrame(
        [(*stratum, size) for stratum, size in wanted.items()], columns=["side", "clause", "band", "size"]
    )
    connection.execute(sa.text("CREATE TEMP TABLE wanted (side text, clause text, band int, size int) ON COMMIT DROP"))
    store.copy_in(connection, "wanted", rows)
    return connection.execute(sa.text(_DRAW), {"sample_id": sample_id, "seed": seed}).rowcount
