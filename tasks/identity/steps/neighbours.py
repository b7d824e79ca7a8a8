"""What a person's row says of others: whether an open question touches it, and which household is its own.

Both may change while nobody touches the person: whom it is asked about gains or loses the record by which somebody told the two apart;
who leaves a family card takes the household's id along. Belongs here: open questions of persons, and the persons for whom only such a
thing changed. Does not belong here: golden rows (golden.py), writing them (merge.py). Expects the temporary table `touched` of the
merge under way, and its persons and households as they shall stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from tasks import store

if TYPE_CHECKING:
    import pandas as pd

#: all records of the persons that nobody touched and whom policy asks about beside one that was, or of whom a record is of another
#: household now (`{moved}`). A held edge has no such end: whoever is at it was touched, as at any edge that merges. Where no row
#: stands, as in the first night, there is nobody else
NEIGHBOURS = """
    CREATE TEMP TABLE neighbour ON COMMIT DROP AS
    SELECT m.record_id, m.unit_id FROM (
        SELECT DISTINCT p.unit_id FROM (
            SELECT e.record_b AS record_id FROM touched t JOIN identity.edge e ON e.record_a = t.record_id WHERE e.verdict = 'review'
            UNION SELECT e.record_a FROM touched t JOIN identity.edge e ON e.record_b = t.record_id WHERE e.verdict = 'review'
            UNION SELECT record_id FROM {moved}) o
          JOIN identity.membership p ON p.record_id = o.record_id AND p.unit_kind = 'person' AND p.to_run IS NULL
         WHERE EXISTS (SELECT FROM gold.person) AND NOT EXISTS (SELECT FROM touched t WHERE t.record_id = o.record_id)) n
      JOIN identity.membership m ON m.unit_id = n.unit_id AND m.unit_kind = 'person' AND m.to_run IS NULL"""

#: an edge that policy asks about is settled by a person's `different` between any records of the two; one that would merge is not. Of
#: those that would merge only the held ones have two persons at their ends. Judgements are few: `same` is looked through as a whole
IN_REVIEW = """
    CREATE TEMP TABLE in_review ON COMMIT DROP AS
    WITH near AS NOT MATERIALIZED (
        SELECT record_id FROM touched UNION ALL SELECT record_id FROM neighbour
    ), question AS (
        SELECT e.record_a, e.record_b, e.verdict FROM near n JOIN identity.edge e ON e.record_a = n.record_id
         WHERE e.verdict = 'review' OR e.held_by IS NOT NULL
        UNION SELECT e.record_a, e.record_b, e.verdict FROM near n JOIN identity.edge e ON e.record_b = n.record_id
         WHERE e.verdict = 'review' OR e.held_by IS NOT NULL
        UNION SELECT record_a, record_b, 'judged' FROM identity.judgement WHERE verdict = 'same' AND undone_at IS NULL
    ), placed AS (
        SELECT q.*, least(ma.unit_id, mb.unit_id) AS one, greatest(ma.unit_id, mb.unit_id) AS other FROM question q
          JOIN identity.membership ma ON ma.record_id = q.record_a AND ma.unit_kind = 'person' AND ma.to_run IS NULL
          JOIN identity.membership mb ON mb.record_id = q.record_b AND mb.unit_kind = 'person' AND mb.to_run IS NULL
         WHERE ma.unit_id <> mb.unit_id
    ), told_apart AS (
        SELECT least(ma.unit_id, mb.unit_id) AS one, greatest(ma.unit_id, mb.unit_id) AS other FROM identity.judgement j
          JOIN identity.membership ma ON ma.record_id = j.record_a AND ma.unit_kind = 'person' AND ma.to_run IS NULL
          JOIN identity.membership mb ON mb.record_id = j.record_b AND mb.unit_kind = 'person' AND mb.to_run IS NULL
         WHERE j.verdict = 'different' AND j.undone_at IS NULL)
    SELECT DISTINCT unnest(ARRAY[one, other]) AS unit_id FROM placed p
     WHERE NOT EXISTS (
           SELECT FROM identity.judgement j WHERE j.record_a = p.record_a AND j.record_b = p.record_b AND p.verdict <> 'judged'
              AND j.verdict IN ('same', 'different') AND j.undone_at IS NULL)
       AND NOT EXISTS (SELECT FROM told_apart t WHERE t.one = p.one AND t.other = p.other AND p.verdict = 'review')"""

#: the neighbours whose row says something else of others than is so now
CHANGED = """
    CREATE TEMP TABLE changed ON COMMIT DROP AS
    SELECT record_id, unit_id FROM neighbour WHERE unit_id IN (
        SELECT n.unit_id FROM neighbour n JOIN gold.person p ON p.person_id = n.unit_id AND p.to_run IS NULL
          LEFT JOIN in_review r ON r.unit_id = n.unit_id
          LEFT JOIN identity.features f ON f.record_id = n.record_id AND f.kk_number = p.kk_number
          LEFT JOIN identity.membership h ON h.record_id = f.record_id AND h.unit_kind = 'household' AND h.to_run IS NULL
         WHERE p.is_in_review <> (r.unit_id IS NOT NULL) OR h.unit_id <> p.household_id)"""

#: their records (`{records}`: the query of merge, among them), with person and household
RECORDS = """
    SELECT r.*, c.unit_id, h.unit_id AS household_id FROM ({records}) r JOIN changed c USING (record_id)
      LEFT JOIN identity.membership h ON h.record_id = r.record_id AND h.unit_kind = 'household' AND h.to_run IS NULL
     ORDER BY record_id"""


class Around(NamedTuple):
    """`in_review`: the persons that an open question touches, of those that were touched and of their neighbours. `changed`: the records
    of the neighbours whose row is another now, with their `unit_id` and `household_id`."""

    in_review: pd.Series
    changed: pd.DataFrame


def look_around(connection: sa.Connection, moved: pd.Series, records: str) -> Around:
    """What questions and households come to. `moved`: records that went from one household to another; `records`: the query that reads
    the records of persons `{among}` a table."""
    with store.staged(connection, "moved", "identity.features", moved.to_frame("record_id")) as staged:
        connection.execute(sa.text(NEIGHBOURS.format(moved=staged)))
    connection.execute(sa.text("ANALYZE neighbour"))
    connection.execute(sa.text(IN_REVIEW))
    connection.execute(sa.text(CHANGED))
    return Around(
        store.query("SELECT unit_id FROM in_review", connection)["unit_id"],
        store.query(RECORDS.format(records=records.format(among="changed")), connection),
    )
