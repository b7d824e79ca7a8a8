"""Clusters of the touched records: their edges and what keeps them apart are read, the edges left out are marked.

Belongs here: that reading of identity.edge and identity.judgement, and edge.held_by. Does not belong here: the rule (clusters.py), what
is made of clusters (merge.py). Expects the temporary table `touched` of the merge under way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from tasks import store

if TYPE_CHECKING:
    import pandas as pd

#: what holds the records of a table `{among}` together: merge edges that nobody judged, and the word `same`, whose records may
#: name nobody any more (an edge goes with the features at its ends)
EDGES = """
    SELECT e.record_a, e.record_b, e.tier, e.weight, e.clause FROM identity.edge e
      JOIN {among} a ON a.record_id = e.record_a JOIN {among} b ON b.record_id = e.record_b
     WHERE e.verdict = 'merge' AND NOT EXISTS (
           SELECT FROM identity.judgement j WHERE j.record_a = e.record_a AND j.record_b = e.record_b
              AND j.undone_at IS NULL)
     UNION ALL
    SELECT j.record_a, j.record_b, 'judged', NULL, 'JUDGED_SAME' FROM identity.judgement j
      JOIN {among} a ON a.record_id = j.record_a JOIN {among} b ON b.record_id = j.record_b
      JOIN identity.features fa ON fa.record_id = j.record_a JOIN identity.features fb ON fb.record_id = j.record_b
     WHERE j.verdict = 'same' AND j.undone_at IS NULL"""

APART = """
    SELECT e.record_a, e.record_b FROM identity.edge e JOIN touched a ON a.record_id = e.record_a
      JOIN touched b ON b.record_id = e.record_b
     WHERE e.verdict <> 'merge' AND e.clause = ANY(CAST(:clauses AS text[])) AND NOT EXISTS (
           SELECT FROM identity.judgement j WHERE j.record_a = e.record_a AND j.record_b = e.record_b AND j.verdict = 'same'
              AND j.undone_at IS NULL)"""

TOLD_APART = """
    SELECT j.record_a, j.record_b FROM identity.judgement j JOIN touched a ON a.record_id = j.record_a
      JOIN touched b ON b.record_id = j.record_b WHERE j.verdict = 'different' AND j.undone_at IS NULL"""

#: merge edges about which people are unsure: they join nobody, and stay a question
UNSURE = """
    SELECT e.record_a, e.record_b FROM identity.edge e JOIN touched a ON a.record_id = e.record_a
      JOIN touched b ON b.record_id = e.record_b
      JOIN identity.judgement j ON (j.record_a, j.record_b) = (e.record_a, e.record_b)
     WHERE e.verdict = 'merge' AND j.verdict = 'unsure' AND j.undone_at IS NULL"""

#: edges of the touched components that were held and are no more, or by another clause
FREE = """
    UPDATE identity.edge e SET held_by = NULL FROM touched t WHERE e.record_a = t.record_id AND e.held_by IS NOT NULL
       AND NOT EXISTS (SELECT FROM held h WHERE (h.record_a, h.record_b, h.held_by) = (e.record_a, e.record_b, e.held_by))"""

HOLD = """
    UPDATE identity.edge e SET held_by = h.held_by FROM held h
     WHERE (e.record_a, e.record_b) = (h.record_a, h.record_b) AND e.held_by IS DISTINCT FROM h.held_by"""


def cluster_people(connection: sa.Connection, people: pd.DataFrame) -> pd.Series:
    """record id -> label of its person cluster, for the touched records that name a person; marks the edges that were left out."""
    import pandas as pd

    from tasks.identity.clusters import cluster
    from tasks.identity.policy import CANNOT_LINK

    edges = store.query(EDGES.format(among="touched"), connection)
    apart = store.query(APART, connection, clauses=list(CANNOT_LINK))
    records = people[["record_id", "intact_nik"]].rename(columns={"intact_nik": "nik"})
    found = cluster(records, edges, apart, store.query(TOLD_APART, connection))
    cut = edges.iloc[found.cut][["record_a", "record_b"]].assign(held_by=found.held_by)
    held = pd.concat([cut, store.query(UNSURE, connection).assign(held_by="UNSURE")])
    with store.staged(connection, "held", "identity.edge", held):
        connection.execute(sa.text(FREE))
        connection.execute(sa.text(HOLD))
    return pd.Series(found.label, index=people["record_id"].to_numpy(dtype="int64"))
