"""link: features of what changed, its candidate pairs against everything, their scores and verdicts. One transaction.

Belongs here: reading records, writing identity.features, edge, model and blocking_report. Does not belong here: what a feature, a
rule or a verdict is (the pure modules of this room).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tasks import store
from tasks.identity.blocking import (
    RULES,
    crossing_sql,
    narrower_pairs_sql,
    over_cap_anywhere_sql,
    over_cap_sql,
    pairs_sql,
)
from tasks.identity.comparisons import COMPARED_COLUMNS
from tasks.identity.steps.writing import filled_before_indexed, is_empty, known_rows, look_again
from tasks.step import step

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from tasks.identity.model import Model

#: when at least this share of the warehouse is work, whole tables are read instead of one key after the other
MOSTLY_WORK = 0.3

#: a record speaks of a person when it names one; of a cooperative's chair only when it gives a NIK
MENTIONS_A_PERSON = "(l.kind <> 'cooperative' AND (v.owner_name IS NOT NULL OR v.nik IS NOT NULL) OR v.nik IS NOT NULL)"

#: records of the work list whose features are not those of their current version
UNLINKED = f"""
    SELECT record_id FROM (SELECT DISTINCT record_id FROM source.change) c
      LEFT JOIN identity.features f USING (record_id)
      LEFT JOIN source.record_version v USING (record_id)
      LEFT JOIN source.logical_record l USING (record_id)
     WHERE v.to_run IS NULL
     GROUP BY record_id
    HAVING max(f.match_hash) IS DISTINCT FROM max(v.match_hash) FILTER (WHERE {MENTIONS_A_PERSON})
    UNION
    SELECT f.record_id FROM identity.features f
     WHERE f.record_id IN (SELECT record_id FROM source.change)
       AND NOT EXISTS (SELECT FROM source.record_version v WHERE v.record_id = f.record_id AND v.to_run IS NULL)"""

RECORDS = f"""
    SELECT v.record_id, v.match_hash, l.regency_code AS sender_code, v.nik, v.kk_number, v.owner_name, v.birth_date, v.sex, v.phone,
           v.owner_address, v.business_address, v.district_code, v.village_code, v.business_name, v.nib
      FROM work JOIN source.record_version v USING (record_id) JOIN source.logical_record l USING (record_id)
     WHERE v.to_run IS NULL AND {MENTIONS_A_PERSON}"""

SCORED_RECORDS = f"""
    SELECT f.record_id, {", ".join(f"f.{column}" for column in COMPARED_COLUMNS)} FROM identity.features f
     WHERE f.record_id IN (SELECT record_a FROM pair UNION SELECT record_b FROM pair)"""


@step()
def link(run_id: int) -> dict[str, int]:
    """Bring features and edges up to date with source.change; returns counts.

    The work list stays for merge. What is linked already (equal match_hash) is not work, so running again does nothing.
    """
    with store.transaction() as connection:
        if not connection.scalar(sa.text("SELECT EXISTS (SELECT FROM source.change)")):
            return {"records": 0, "pairs": 0, "edges": 0}
        connection.execute(sa.text("ANALYZE source.change"))  # filled in bulk a moment ago
        connection.execute(sa.text(f"CREATE TEMP TABLE work ON COMMIT DROP AS {UNLINKED}"))
        records = store.query(RECORDS, connection)
        changed = _count(connection, "work")
        if not changed:
            return {"records": 0, "pairs": 0, "edges": 0}
        _replace_features(connection, run_id, records)
        pairs = _find_pairs(connection, run_id)
        edges = _score(connection, run_id, pairs)
        _widen_work_list(connection, run_id)
    return {"records": changed, "pairs": pairs, "edges": edges}


def _count(connection: sa.Connection, table: str) -> int:
    return int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)


def _replace_features(connection: sa.Connection, run_id: int, records: pd.DataFrame) -> None:
    """Write the new features; records of blocks that they move across a cap become work as well."""
    from tasks.identity.features import make_features

    fresh = make_features(records).assign(from_run=run_id)
    if is_empty(connection, "identity.features"):
        with filled_before_indexed(connection, "identity.features"):
            store.copy_in(connection, "identity.features", fresh)
        _index_work(connection, len(fresh))
        return
    with store.staged(connection, "fresh", "identity.features", fresh) as staged:
        connection.execute(sa.text("ANALYZE work"))
        crossing = " UNION ".join(f"({crossing_sql(rule)})" for rule in RULES)
        connection.execute(sa.text(f"CREATE TEMP TABLE crossing ON COMMIT DROP AS {crossing}"))
        connection.execute(sa.text("DELETE FROM identity.features f USING work w WHERE f.record_id = w.record_id"))
        columns = ", ".join(f'"{column}"' for column in fresh.columns)
        connection.execute(sa.text(f"INSERT INTO identity.features ({columns}) SELECT {columns} FROM {staged}"))
    connection.execute(sa.text("INSERT INTO work SELECT record_id FROM crossing EXCEPT SELECT record_id FROM work"))
    _index_work(connection, len(fresh))


def _index_work(connection: sa.Connection, feature_count: int) -> None:
    """Tell the planner what the new features and the work are like."""
    connection.execute(sa.text("CREATE UNIQUE INDEX ON work (record_id)"))
    connection.execute(sa.text("ANALYZE work"))
    look_again(connection, "identity.features", feature_count)


def _find_pairs(connection: sa.Connection, run_id: int) -> int:
    """The union of all blocking rules into the temporary table `pair`; reports what the caps dropped. Returns the pair count."""
    whole = _count(connection, "work") >= MOSTLY_WORK * known_rows(connection, "identity.features")
    connection.execute(sa.text("DELETE FROM identity.blocking_report WHERE run_id = :run"), {"run": run_id})
    found: list[str] = []
    for rule in RULES:
        capped, table = f"capped_{rule.name}", f"pair_{rule.name}"
        blocks = over_cap_anywhere_sql(rule) if whole else over_cap_sql(rule)
        connection.execute(sa.text(f"CREATE TEMP TABLE {capped} ON COMMIT DROP AS {blocks}"))
        connection.execute(sa.text(f"ANALYZE {capped}"))
        report = connection.execute(sa.text(f"SELECT count(*), coalesce(sum(record_count), 0) FROM {capped}")).one()
        sql = pairs_sql(rule, capped)
        if rule.narrower and report[0]:
            sql = f"{sql} UNION ALL {narrower_pairs_sql(rule, capped)}"
        made = connection.execute(sa.text(f"CREATE TEMP TABLE {table} ON COMMIT DROP AS {sql}"))
        found.append(f"SELECT record_a, record_b FROM {table}")
        connection.execute(
            sa.text("INSERT INTO identity.blocking_report VALUES (:run, :rule, :pairs, :blocks, :records, :replaced)"),
            {"run": run_id, "rule": rule.name, "pairs": made.rowcount, "blocks": report[0], "records": int(report[1]),
             "replaced": bool(rule.narrower)},
        )  # fmt: skip
    connection.execute(sa.text(f"CREATE TEMP TABLE pair ON COMMIT DROP AS {' UNION '.join(found)}"))
    connection.execute(sa.text("ANALYZE pair"))
    return _count(connection, "pair")


def _score(connection: sa.Connection, run_id: int, pair_count: int) -> int:
    """Score the pairs, decide, and write the edges above the floor in place of the old edges of the work. Returns their count."""
    from tasks.identity.model import newest_model

    # the other ends of the old edges are touched too: their clusters may fall apart
    connection.execute(
        sa.text(
            "INSERT INTO source.change (record_id, run_id) SELECT e.record_b, :run FROM identity.edge e JOIN work w"
            " ON w.record_id = e.record_a UNION SELECT e.record_a, :run FROM identity.edge e JOIN work w"
            " ON w.record_id = e.record_b"
        ),
        {"run": run_id},
    )
    connection.execute(sa.text("DELETE FROM identity.edge e USING work w WHERE e.record_a = w.record_id"))
    connection.execute(sa.text("DELETE FROM identity.edge e USING work w WHERE e.record_b = w.record_id"))
    if not pair_count:
        return 0
    model = newest_model()
    _register_model(connection, model)
    edges = _decided(
        model, store.query_arrow(SCORED_RECORDS, connection), store.query_arrow("SELECT * FROM pair", connection)
    )
    edges["from_run"] = run_id
    return store.copy_in(connection, "identity.edge", edges)


def _register_model(connection: sa.Connection, model: Model) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO identity.model (model_id, sha256) VALUES (:id, :sha) ON CONFLICT (model_id) DO UPDATE SET sha256 = :sha"
        ),
        {"id": model.model_id, "sha": model.sha256},
    )


def _decided(model: Model, features: pa.Table, pairs: pa.Table) -> pd.DataFrame:
    """Scored and decided pairs as rows of identity.edge."""
    from tasks.identity.comparisons import COMPARISONS
    from tasks.identity.model import score_pairs, with_generic_names
    from tasks.identity.policy import decide

    decided = decide(score_pairs(model, with_generic_names(features), pairs))
    names = [comparison.name for comparison in COMPARISONS]
    pattern = decided.groupby(names, sort=False).ngroup()
    first = decided.loc[~pattern.duplicated(), names].to_dict("records")
    words = [json.dumps({c.name: c.word(int(line[c.name])) for c in COMPARISONS}) for line in first]
    decided["evidence"] = pattern.map(dict(enumerate(words)))
    decided["model_id"] = model.model_id
    columns = ["record_a", "record_b", "tier", "weight", "model_id", "verdict", "clause", "evidence"]
    return decided[columns]


def _widen_work_list(connection: sa.Connection, run_id: int) -> None:
    """Every record at the end of a new edge, or linked again, is work for merge: clusters and review marks may change."""
    connection.execute(
        sa.text(
            "INSERT INTO source.change (record_id, run_id)"
            " SELECT record_id, :run FROM (SELECT record_id FROM work"
            " UNION SELECT e.record_a FROM identity.edge e JOIN work w ON w.record_id = e.record_b"
            " UNION SELECT e.record_b FROM identity.edge e JOIN work w ON w.record_id = e.record_a) t"
            " WHERE record_id NOT IN (SELECT record_id FROM source.change)"
        ),
        {"run": run_id},
    )
