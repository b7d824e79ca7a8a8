"""link: features of what changed, its candidate pairs against everything, their scores and verdicts. One transaction.

Belongs here: reading records, writing identity.features, edge, model and blocking_report. Does not belong here: what a feature, a
rule or a verdict is (the pure modules of this room).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from tasks import store
from tasks.identity.persons import PERSONS
from tasks.identity.questions.model import is_unscored, model_in_force
from tasks.identity.steps.writing import (
    LOOK_UP,
    Server,
    filled_before_indexed,
    is_empty,
    look_again,
    looking_up_beside,
    one_after_the_other,
    typed,
)
from tasks.step import step

if TYPE_CHECKING:
    from concurrent.futures import Future

    import pandas as pd
    import pyarrow as pa

    from tasks.identity.blocking import Blocked
    from tasks.identity.layout import Rule
    from tasks.identity.model import Model

#: a record speaks of a person when it names one; of a cooperative's chair only when it gives a NIK
MENTIONS_A_PERSON = "(l.kind <> 'cooperative' AND (v.owner_name IS NOT NULL OR v.nik IS NOT NULL) OR v.nik IS NOT NULL)"

#: rows whose blocks are asked for on two connections
MOST_BESIDE = 100_000

#: records of the work list whose features are not those of their current version
UNLINKED = f"""
    SELECT record_id FROM (SELECT DISTINCT record_id FROM source.change) c JOIN source.logical_record l USING (record_id)
      LEFT JOIN identity.features f USING (record_id)
      LEFT JOIN (SELECT * FROM source.record_version WHERE to_run IS NULL) v USING (record_id)
     WHERE f.match_hash IS DISTINCT FROM CASE WHEN {MENTIONS_A_PERSON} THEN v.match_hash END"""

RECORDS = f"""
    SELECT v.record_id, v.match_hash, l.regency_code AS sender_code, v.nik, v.kk_number, v.owner_name, v.birth_date, v.sex, v.phone,
           v.owner_address, v.business_address, v.district_code, v.village_code, v.business_name, v.nib
      FROM work JOIN source.record_version v USING (record_id) JOIN source.logical_record l USING (record_id)
     WHERE v.to_run IS NULL AND {MENTIONS_A_PERSON}"""


@step()
def link(run_id: int) -> dict[str, int]:
    """Bring features and edges up to date with source.change; returns counts.

    The work list stays for merge. What is linked already (equal match_hash) is not work, so running again does nothing.
    """
    with store.transaction() as connection:
        return link_changes(connection, run_id)


def load_engines() -> None:
    """Import what makes features and scores pairs before there are any; takes half a second, once a process."""
    import splink  # noqa: F401

    from tasks.identity import features, scoring  # noqa: F401


def link_changes(connection: sa.Connection, run_id: int) -> dict[str, int]:
    """The body of link, in the caller's transaction."""
    is_new_model = is_unscored(connection)
    if not is_new_model and not connection.scalar(sa.text("SELECT EXISTS (SELECT FROM source.change)")):
        return {"records": 0, "pairs": 0, "edges": 0}
    connection.execute(sa.text(LOOK_UP))
    connection.execute(sa.text("ANALYZE source.change"))  # filled in bulk a moment ago
    connection.execute(sa.text(f"CREATE TEMP TABLE work ON COMMIT DROP AS {UNLINKED}"))
    connection.execute(sa.text("ANALYZE work"))
    changed = store.query_arrow("SELECT record_id FROM work", connection)["record_id"].combine_chunks()
    if not len(changed) and not is_new_model:
        return {"records": 0, "pairs": 0, "edges": 0}
    model = model_in_force(connection)
    fresh = _make_features(connection, run_id)
    with one_after_the_other(connection) as server:  # which reads and writes while pairs are found and scored here
        around = (_everything if is_new_model else _neighbourhood)(server, fresh, changed)
        done = [server(_replace_features, fresh), server(_remove_edges, run_id, around.again)]
        pairs, report = _find_pairs(around, changed)
        done.append(server(_report_blocks, run_id, report))
        edges = _decided(model, around, pairs)
        done += [server(_write_edges, run_id, edges, changed), server(_register_model, run_id, model)]
        for each in done:
            each.result()
    records = len(changed) + (len(around.again) if is_new_model else 0)
    return {"records": records, "pairs": pairs.num_rows, "edges": len(edges)}


class Around(NamedTuple):
    """What the work is looked at beside. `features`: of every block that it is in, as they will be; `again`: records that are linked again
    as well; `crowded`: the phones among the features that more people have than are seen there, once the server has found them."""

    features: pa.Table
    again: pa.Array
    crowded: list[Future[pa.Array]]


def _everything(server: Server, fresh: pa.Table, work: pa.Array) -> Around:
    """All features as they will be, and all records but the work: a new model scores every pair anew, and there is no elsewhere."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from tasks.identity.blocking import LINKED_COLUMNS, is_among

    stored = server(_ask, f"SELECT {', '.join(LINKED_COLUMNS)} FROM identity.features").result()
    others = stored.filter(pc.invert(is_among(stored["record_id"], work)))
    features = pa.concat_tables([fresh.select(LINKED_COLUMNS), others])
    return Around(features, others["record_id"].combine_chunks(), [])


def _ask(connection: sa.Connection, sql: str) -> pa.Table:
    return store.query_arrow(sql, connection)


def _make_features(connection: sa.Connection, run_id: int) -> pa.Table:
    """The new features of the work."""
    from tasks.identity.features import make_features

    fresh = make_features(store.query(RECORDS, connection)).assign(from_run=run_id)
    return typed("identity.features", fresh).sort_by("record_id")


def _neighbourhood(server: Server, fresh: pa.Table, work: pa.Array) -> Around:
    """The features of every block that the work is in, and the records of blocks that the work moves across a cap.

    Those records are linked again too: the features hold their blocks as well.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from tasks.identity.blocking import KEY_COLUMNS, LINKED_COLUMNS, crossing, is_among

    fresh = fresh.select(LINKED_COLUMNS)
    if server(is_empty, "identity.features").result():
        return Around(fresh, pa.array([], pa.int64()), [])
    keys = ", ".join(KEY_COLUMNS)
    before = server(_ask, f"SELECT {keys} FROM identity.features JOIN work USING (record_id)").result()
    near = server(_sharing_blocks, pa.concat_tables([fresh.select(KEY_COLUMNS), before])).result()
    crowded = [server(_crowded_phones, near, fresh)]
    moved = crossing(near, fresh, work)
    if len(moved):
        met = near.filter(is_among(near["record_id"], moved)).select(KEY_COLUMNS)
        further = server(_sharing_blocks, met).result()
        further = further.filter(pc.invert(is_among(further["record_id"], near["record_id"].combine_chunks())))
        crowded.append(server(_crowded_phones, further, near))
        near = pa.concat_tables([near, further])
    others = near.filter(pc.invert(is_among(near["record_id"], work)))
    return Around(pa.concat_tables([fresh, others]), moved, crowded)


def _sharing_blocks(connection: sa.Connection, met: pa.Table) -> pa.Table:
    """The stored features that share a block with a row of `met`. Half of the rules are asked on a connection beside this one: it reads
    what was committed, and this transaction has written no features yet. Of many rows both would find nearly the same records."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from tasks.identity.blocking import is_among

    rules = PERSONS.rules
    if met.num_rows > MOST_BESIDE:
        return _sharing(connection, met, rules)
    with ThreadPoolExecutor(1) as thread:
        beside = thread.submit(_sharing_beside, met, rules[1::2])
        near = _sharing(connection, met, rules[::2])
        further = beside.result()
    unseen = pc.invert(is_among(further["record_id"], near["record_id"].combine_chunks()))
    return pa.concat_tables([near, further.filter(unseen)])


def _sharing_beside(met: pa.Table, rules: Sequence[Rule]) -> pa.Table:
    with looking_up_beside() as connection:
        return _sharing(connection, met, rules)


def _sharing(connection: sa.Connection, met: pa.Table, rules: Sequence[Rule]) -> pa.Table:
    from tasks.identity.blocking import sharing_sql

    with store.staged(connection, "met", "identity.features", met) as staged:
        return store.query_arrow(sharing_sql(staged, rules), connection)


def _crowded_phones(connection: sa.Connection, met: pa.Table, known: pa.Table) -> pa.Array:
    """The phones of `met` that many people have who are no work; those of `known` were asked about, or all who have them are seen.

    Of a record that the work meets by its NIK, the others with its phone share no block with the work.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from tasks.identity.blocking import SHARED_PHONES

    phones = pc.unique(met["phone"].drop_null())
    phones = phones.filter(pc.invert(pc.is_in(phones, value_set=known["phone"].combine_chunks())))
    with store.staged(connection, "met", "identity.features", pa.table({"phone": phones})) as staged:
        return store.query_arrow(SHARED_PHONES.format(met=staged), connection)["phone"].combine_chunks()


def _find_pairs(around: Around, changed: pa.Array) -> tuple[pa.Table, list[Blocked]]:
    """The pairs of all blocking rules, and what the caps dropped."""
    import pyarrow as pa

    from tasks.identity.blocking import find_pairs

    return find_pairs(around.features, pa.concat_arrays([changed, around.again]))


def _report_blocks(connection: sa.Connection, run_id: int, report: list[Blocked]) -> None:
    connection.execute(sa.text("DELETE FROM identity.blocking_report WHERE run_id = :run"), {"run": run_id})
    lines = [
        {"run": run_id, "rule": found.rule.name, "pairs": found.pair_count, "blocks": found.capped_block_count,
         "records": found.capped_record_count, "replaced": bool(found.rule.narrower)}
        for found in report
    ]  # fmt: skip
    connection.execute(
        sa.text("INSERT INTO identity.blocking_report VALUES (:run, :rule, :pairs, :blocks, :records, :replaced)"),
        lines,
    )


def _paired(pairs: pa.Table) -> pa.Array:
    """The records of the pairs."""
    import pyarrow as pa

    return pa.concat_arrays([*pairs["record_a"].chunks, *pairs["record_b"].chunks]).unique()


def _replace_features(connection: sa.Connection, fresh: pa.Table) -> None:
    with filled_before_indexed(connection, "identity.features"):
        connection.execute(sa.text("DELETE FROM identity.features f USING work w WHERE f.record_id = w.record_id"))
        store.copy_in(connection, "identity.features", fresh)
    look_again(connection, "identity.features", fresh.num_rows)


def _remove_edges(connection: sa.Connection, run_id: int, again: pa.Array) -> None:
    """Remove the edges of the work and of what is linked `again`; who was at an end of one that merged or asked is work for merge."""
    import pyarrow as pa

    store.copy_in(connection, "work", pa.table({"record_id": again}))
    connection.execute(
        sa.text(
            "INSERT INTO source.change (record_id, run_id) SELECT e.record_b, :run FROM identity.edge e JOIN work w"
            " ON w.record_id = e.record_a WHERE e.verdict <> 'apart' UNION SELECT e.record_a, :run FROM identity.edge e JOIN work w"
            " ON w.record_id = e.record_b WHERE e.verdict <> 'apart'"
        ),
        {"run": run_id},
    )
    connection.execute(sa.text("DELETE FROM identity.edge e USING work w WHERE e.record_a = w.record_id"))
    connection.execute(sa.text("DELETE FROM identity.edge e USING work w WHERE e.record_b = w.record_id"))


def _write_edges(connection: sa.Connection, run_id: int, edges: pd.DataFrame, changed: pa.Array) -> None:
    """Write the new edges. Every record at an end of one that merges or asks is work for merge: clusters and review marks may change.

    An edge that keeps apart says something only of records that others join, and those are reached by these.
    """
    import numpy as np
    import pandas as pd

    telling = edges[edges["verdict"] != "apart"]
    ends = np.concatenate([telling["record_a"].to_numpy(), telling["record_b"].to_numpy()])
    reached = np.setdiff1d(ends.astype(np.int64), changed.to_numpy())
    store.copy_in(connection, "source.change", pd.DataFrame({"record_id": reached, "run_id": run_id}))
    with filled_before_indexed(connection, "identity.edge"):
        store.copy_in(connection, "identity.edge", edges.assign(from_run=run_id))
    look_again(connection, "identity.edge", len(edges))


def _decided(model: Model, around: Around, pairs: pa.Table) -> pd.DataFrame:
    """Scored and decided pairs as rows of identity.edge."""
    import pandas as pd
    import pyarrow as pa

    from tasks.identity.blocking import is_among, without_shared_phones
    from tasks.identity.comparisons import COMPARED_COLUMNS, COMPARISONS
    from tasks.identity.policy import decide
    from tasks.identity.scoring import score_pairs, with_generic_names

    columns = ["record_a", "record_b", "tier", "weight", "model_id", "verdict", "clause", "evidence"]
    if not pairs.num_rows:
        return pd.DataFrame(columns=columns)
    crowded = pa.chunked_array([each.result() for each in around.crowded], pa.string())
    own_phones = without_shared_phones(around.features, crowded.combine_chunks())
    compared = own_phones.filter(is_among(own_phones["record_id"], _paired(pairs))).select(
        ["record_id", *COMPARED_COLUMNS]
    )
    decided = decide(score_pairs(model, with_generic_names(compared), pairs))
    names = [comparison.name for comparison in COMPARISONS]
    pattern = decided.groupby(names, sort=False).ngroup()
    first = decided.loc[~pattern.duplicated(), names].to_dict("records")
    words = [json.dumps({c.name: c.word(int(line[c.name])) for c in COMPARISONS}) for line in first]
    decided["evidence"] = pattern.map(dict(enumerate(words)))
    decided["model_id"] = model.model_id
    return decided[columns]


def _register_model(connection: sa.Connection, run_id: int, model: Model) -> None:
    """From this run on the model scores, unless it did already."""
    sql = (
        "INSERT INTO identity.model AS m (model_id, sha256, used_run) VALUES (:id, :sha, :run) ON CONFLICT (model_id) DO UPDATE"
        " SET sha256 = :sha, used_run = :run WHERE :sha IS DISTINCT FROM (SELECT n.sha256 FROM identity.model n"
        " ORDER BY n.used_run DESC NULLS LAST, n.first_used_at DESC LIMIT 1)"
    )
    connection.execute(sa.text(sql), {"id": model.model_id, "sha": model.sha256, "run": run_id})
