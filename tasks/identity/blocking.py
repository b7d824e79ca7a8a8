"""Which pairs are looked at at all: the pairs that the rules of a layout find, on DuckDB in this process.

The first night and a small delta go one way: PostgreSQL gives, by the index of each rule, all that shares a block with the work (the
first night: nothing); counting blocks and pairing happens here. Belongs here: blocks, caps, pairs. Does not belong here: the
rules (persons.py), reading or writing the warehouse (steps/link.py), scoring (model.py).
A block over its cap is dropped whole and its narrower rule looks at it instead; identity.blocking_report says so. Whether a block
is over its cap depends on its size alone, so when a change moves a block across its cap all its records become work again.
Many records that say exactly the same are copies of the first of them: only that one stands in blocks, the others are looked at beside
it. A person whom every month's list repeats is then neither a block over its cap nor pairs by the square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from tasks.identity.layout import Layout, Rule
from tasks.identity.persons import PERSONS
from tasks.identity.scoring import DUCKDB_MEMORY

#: the narrower key is capped as well: rows that agree there and differ elsewhere are copied down, not a neighbourhood
NARROWER_CAP = 40
#: so many records may say exactly the same and still be looked at each beside each
COPIES = 10
#: the columns of identity.features that the rules of persons look at, and those that linking them needs
KEY_COLUMNS, LINKED_COLUMNS = PERSONS.key_columns, PERSONS.linked_columns


def agree(keys: tuple[str, ...], left: str, right: str) -> str:
    """SQL: the two sides agree on the keys."""
    return " AND ".join(f"{left}.{key} = {right}.{key}" for key in keys)


def known(keys: tuple[str, ...]) -> str:
    """SQL: no key is absent."""
    return " AND ".join(f"{key} IS NOT NULL" for key in keys)


def sharing_sql(met: str, rules: Sequence[Rule] = PERSONS.rules) -> str:
    """The stored features of every block that a row of the table `met` (KEY_COLUMNS) is in, for PostgreSQL; each rule by its index."""
    blocks = " UNION ".join(
        f"SELECT f.record_id FROM (SELECT DISTINCT {', '.join(rule.keys)} FROM {met} WHERE {known(rule.keys)}) m"
        f" JOIN identity.features f ON {agree(rule.keys, 'm', 'f')}"
        for rule in rules
    )
    return f"SELECT {', '.join(LINKED_COLUMNS)} FROM identity.features WHERE record_id IN ({blocks})"


@dataclass(frozen=True)
class Blocked:
    """What one rule found: pairs, and the blocks over the cap with their records."""

    rule: Rule
    pair_count: int
    capped_block_count: int
    capped_record_count: int


def find_pairs(features: pa.Table, work: pa.Array, layout: Layout = PERSONS) -> tuple[pa.Table, list[Blocked]]:
    """Pairs of work with everything inside blocks under the cap, by all rules together (`record_a` < `record_b`), and what each found.

    `features` (the layout's linked_columns) hold every record of every block that a record of `work` is in; others may be there too.
    """
    with duckdb.connect(config={"memory_limit": DUCKDB_MEMORY}) as connection:
        connection.register("given", features.append_column("is_work", is_among(features["record_id"], work)))
        connection.execute("CREATE TABLE pair (record_a BIGINT, record_b BIGINT)")
        _find_copies(connection, layout, "given")
        connection.execute("CREATE VIEW everything AS FROM given WHERE record_id NOT IN (SELECT record_id FROM copy)")
        connection.execute(
            "INSERT INTO pair SELECT first, c.record_id FROM copy c JOIN given g USING (record_id)"
            " JOIN everything e ON e.record_id = first WHERE g.is_work OR e.is_work"
        )
        report = [_block(connection, rule) for rule in layout.rules]
        return connection.sql("SELECT DISTINCT record_a, record_b FROM pair").to_arrow_table(), report


def content(layout: Layout) -> str:
    """SQL: a number that is equal where two records say exactly the same."""
    return f"hash({', '.join(layout.linked_columns[1:])})"


def _find_copies(connection: duckdb.DuckDBPyConnection, layout: Layout, source: str) -> None:
    """The table `copy` of the records of `source` that another one, `first`, stands for."""
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE copied AS SELECT {content(layout)} AS content, min(record_id) AS first
              FROM {source} GROUP BY content HAVING count(*) > {COPIES}"""
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE copy AS SELECT c.first, s.record_id FROM {source} s
              JOIN copied c ON c.content = {content(layout)} AND c.first <> s.record_id"""
    )


def _block(connection: duckdb.DuckDBPyConnection, rule: Rule) -> Blocked:
    """Add the pairs of one rule to the table `pair`."""
    _gather(connection, "block", "everything", rule.keys, f"{rule.count} > {rule.cap}")
    pairs = _pair_up(connection, "block", "everything", rule.keys)
    told = connection.execute("SELECT count(*), coalesce(sum(record_count), 0) FROM block WHERE is_over").fetchall()
    blocks, records = (int(number) for number in told[0])
    if rule.narrower and blocks:
        inside = f"FROM everything f JOIN block b ON b.is_over AND {agree(rule.keys, 'b', 'f')}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE crowd AS SELECT f.* {inside}")
        _gather(connection, "corner", "crowd", rule.narrower, f"count(*) > {NARROWER_CAP}")
        pairs += _pair_up(connection, "corner", "crowd", rule.narrower)
    return Blocked(rule, pairs, blocks, records)


def _gather(connection: duckdb.DuckDBPyConnection, name: str, source: str, keys: tuple[str, ...], over: str) -> None:
    """The table `name` of the blocks of `source` that hold work: block_no, keys, record_count, is_over."""
    columns = ", ".join(keys)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS"
        f" SELECT row_number() OVER () AS block_no, {columns}, count(*) AS record_count, {over} AS is_over"
        f" FROM {source} WHERE {known(keys)} GROUP BY {columns} HAVING count(*) > 1 AND bool_or(is_work)"
    )


def _pair_up(connection: duckdb.DuckDBPyConnection, blocks: str, source: str, keys: tuple[str, ...]) -> int:
    """Add the pairs of the blocks that are not over their cap to the table `pair`; their count."""
    added = connection.execute(
        f"""INSERT INTO pair
        WITH member AS (SELECT b.block_no, f.record_id, f.is_work FROM {source} f
                          JOIN {blocks} b ON NOT b.is_over AND {agree(keys, "b", "f")})
        SELECT l.record_id, r.record_id FROM member l JOIN member r ON l.block_no = r.block_no AND l.record_id < r.record_id
         WHERE l.is_work OR r.is_work"""
    ).fetchall()
    return int(added[0][0])


def crossing(near: pa.Table, fresh: pa.Table, work: pa.Array) -> pa.Array:
    """Records of blocks that the fresh features move across the cap, in either direction, and those that become or cease to be the one
    that stands for its copies; those of `work` left out.

    near: the stored features of every block that the work was or will be in; fresh: the new features of the work (both
    LINKED_COLUMNS).
    """
    stored = near.append_column("is_work", is_among(near["record_id"], work))
    coming = fresh.append_column("is_work", pa.repeat(True, fresh.num_rows))
    caps = [(rule.keys, rule.count, rule.cap) for rule in PERSONS.rules]
    caps += [(rule.narrower, "count(*)", NARROWER_CAP) for rule in PERSONS.rules if rule.narrower]
    moved = ["SELECT record_id FROM both_nights WHERE NOT is_work AND was <> now"]
    for keys, count, cap in caps:
        columns, over = ", ".join(keys), f"{count} FILTER (WHERE {{}}) > {cap}"
        blocks = (
            f"SELECT {columns} FROM both_nights WHERE {known(keys)} GROUP BY {columns}"
            f" HAVING bool_or(is_work) AND ({over.format('was')}) <> ({over.format('now')})"
        )
        moved.append(
            f"SELECT f.record_id FROM stored f JOIN ({blocks}) m ON {agree(keys, 'm', 'f')} WHERE NOT f.is_work"
        )
    with duckdb.connect(config={"memory_limit": DUCKDB_MEMORY}) as connection:
        connection.register("stored", stored)
        connection.register("coming", coming)
        connection.execute(
            "CREATE TEMP TABLE both_nights AS SELECT *, true AS was, NOT is_work AS now FROM stored"
            " UNION ALL BY NAME SELECT *, false AS was, true AS now FROM coming"
        )
        for night in ("was", "now"):
            _find_copies(connection, PERSONS, f"(FROM both_nights WHERE {night})")
            connection.execute(
                f"UPDATE both_nights SET {night} = false WHERE {night} AND record_id IN (SELECT record_id FROM copy)"
            )
        found: pa.Table = connection.sql(" UNION ".join(moved)).to_arrow_table()
    return found["record_id"].combine_chunks()


_PHONE = next(rule for rule in PERSONS.rules if rule.keys == ("phone",))
#: of the phones of a table `{met}`, those that more people have than one household, by stored features that are no work (PostgreSQL). How
#: many records have a phone is counted first, in its index alone: few have more than the cap
SHARED_PHONES = f"""
    SELECT f.phone FROM (SELECT phone FROM {{met}} JOIN identity.features USING (phone) GROUP BY phone HAVING count(*) > {_PHONE.cap}) m
      JOIN identity.features f USING (phone)
     WHERE NOT EXISTS (SELECT FROM work w WHERE w.record_id = f.record_id)
     GROUP BY f.phone HAVING count(DISTINCT f.{_PHONE.counted}) > {_PHONE.cap}"""


def without_shared_phones(features: pa.Table, elsewhere: pa.Array | None = None) -> pa.Table:
    """Features without the phones of more people than one household has: a field officer's phone, filled in for many, is no evidence.

    `elsewhere`: phones that are shared by what is not among `features`, so that a phone is blank for a pair or is not, whatever else is
    there.
    """
    owners = features.group_by("phone").aggregate([(_PHONE.counted, "count_distinct")])
    shared = owners.filter(pc.greater(owners[f"{_PHONE.counted}_count_distinct"], _PHONE.cap))["phone"].combine_chunks()
    if elsewhere is not None:
        shared = pa.concat_arrays([shared, elsewhere.cast(shared.type)])
    blank = pc.if_else(is_among(features["phone"], shared), pa.scalar(None, features["phone"].type), features["phone"])
    return features.set_column(features.column_names.index("phone"), "phone", blank)


def is_among(ids: pa.ChunkedArray, some: pa.Array) -> pa.ChunkedArray:
    """Which of the ids are among some."""
    return pc.is_in(ids, value_set=some)
