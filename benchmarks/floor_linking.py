"""Splink's own block + score + cluster over the warehouse's features: `SINERGI_HOME=... python -m benchmarks.floor_linking` says JSON.

Splink on DuckDB, its public interface only, with the project's frozen model (settings, frozen name frequencies). Its blocking rules are
the project's: each rule is one key column, absent where the block is over its cap, and a rule with a narrower key has a second column for
what was over the cap. So Splink itself blocks the very pairs that `link` finds, scores them, keeps those above the floor weight and
clusters at the weight of a merge. Preparing the key columns and the table of name frequencies is not counted; reading the features out of
the warehouse is not either. What the house does beyond (policy, caps over a delta, evidence, register, golden rows) has no bare tool.
"""

from __future__ import annotations

import io
import json
import logging
import time
from contextlib import redirect_stdout
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from tasks import store
from tasks.identity.blocking import NARROWER_CAP
from tasks.identity.bounds import FLOOR_WEIGHT, MERGE_WEIGHT
from tasks.identity.comparisons import COMPARED_COLUMNS
from tasks.identity.layout import Rule
from tasks.identity.model import Model, newest_model
from tasks.identity.persons import RULES
from tasks.identity.scoring import with_generic_names

MEMORY = "6GB"


def key_columns(connection: Any) -> list[str]:
    """Add the key columns of all rules to the table `features`, as `people`; their names in the order of the rules."""
    columns: dict[str, str] = {}
    for rule in RULES:
        columns[f"by_{rule.name}"] = f"CASE WHEN {_size(rule)} <= {rule.cap} THEN {_key(rule.keys)} END"
        if rule.narrower:
            crowd = f"count(*) OVER (PARTITION BY {', '.join(rule.narrower)})"
            columns[f"by_{rule.name}_narrower"] = (
                f"CASE WHEN {_size(rule)} > {rule.cap} AND {crowd} <= {NARROWER_CAP} THEN {_key(rule.narrower)} END"
            )
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    connection.execute(f"CREATE TABLE people AS SELECT *, {listed} FROM features")
    return list(columns)


def _key(keys: tuple[str, ...]) -> str:
    """The keys as one text, null when one is absent (|| is null with a null)."""
    return " || '/' || ".join(f"CAST({key} AS VARCHAR)" for key in keys)


def _size(rule: Rule) -> str:
    """How large the record's block is, as the rule's cap counts; 0 when a key is absent."""
    if rule.counted == "*":
        return f"count({_key(rule.keys)}) OVER (PARTITION BY {', '.join(rule.keys)})"
    # DuckDB has no DISTINCT in windows: two windows of dense_rank count the distinct values
    keys = ", ".join(rule.keys)
    up, down = (
        f"dense_rank() OVER (PARTITION BY {keys} ORDER BY {rule.counted} {way})"
        for way in ("NULLS LAST", "DESC NULLS FIRST")
    )
    return f"({up} + {down} - 1 - max(CAST({rule.counted} IS NULL AS INTEGER)) OVER (PARTITION BY {keys}))"


def features() -> pa.Table:
    """All features of the warehouse under Splink's name for ids."""
    names = list(dict.fromkeys(["record_id", *COMPARED_COLUMNS, *_blocked_columns()]))
    table = with_generic_names(store.query_arrow(f"SELECT {', '.join(names)} FROM identity.features"))
    return table.rename_columns(["unique_id" if name == "record_id" else name for name in table.column_names])


def _blocked_columns() -> list[str]:
    return sorted({key for rule in RULES for key in (*rule.keys, *rule.narrower, rule.counted)} - {"*"})


def measure(model: Model, table: pa.Table) -> dict[str, Any]:
    """Seconds of block + score and of cluster, pairs above the floor, clusters of more than one record."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    with duckdb.connect(config={"memory_limit": MEMORY, "preserve_insertion_order": False}) as connection:
        connection.register("features", table)
        keys = key_columns(connection)
        api = DuckDBAPI(connection=connection)
        settings = {**model.settings, "blocking_rules_to_generate_predictions": [block_on(key) for key in keys]}
        people = api.register(connection.table("people").to_arrow_table())
        with redirect_stdout(io.StringIO()):  # Splink reports its progress by print
            linker = Linker(people, settings, log_level=logging.ERROR, validate_settings=False)
            names = [name for name in table["written_name"].unique().to_pylist() if name is not None]
            frequencies = pa.table({"written_name": names, "tf_written_name": [model.name_frequency(n) for n in names]})
            linker.table_management.register_term_frequency_lookup(api.register(frequencies), "written_name")
            started = time.perf_counter()
            edges = linker.inference.predict(
                threshold_match_weight=FLOOR_WEIGHT + model.prior_weight, warning_mode="never"
            )
            scored = time.perf_counter()
            merge = MERGE_WEIGHT + model.prior_weight
            clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, threshold_match_weight=merge)
            clustered = time.perf_counter()
        pairs = connection.execute(f"SELECT count(*) FROM {edges.physical_name}").fetchall()[0][0]
        found = connection.execute(f"SELECT count(DISTINCT cluster_id) FROM {clusters.physical_name}").fetchall()[0][0]
    return {
        "records": table.num_rows, "edges": pairs, "clusters": found,
        "block_and_score": scored - started, "cluster": clustered - scored,
    }  # fmt: skip


def main() -> None:
    """Measure and print one JSON document."""
    print(json.dumps(measure(newest_model(), features())))


if __name__ == "__main__":
    main()
