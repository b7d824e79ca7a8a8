"""Given pairs of records scored with a frozen model, by Splink on DuckDB.

Belongs here: that. Does not belong here: the model (model.py), finding pairs (blocking.py, steps), verdicts (policy.py). Only Splink's
public interface is used.
"""

from __future__ import annotations

import io
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from tasks.identity.model import Model

DUCKDB_MEMORY = "3GB"
#: pairs scored in one go; bounds the memory, not the result
PAIRS_AT_ONCE = 1_000_000
#: what one thread of DuckDB works on by itself: fewer pairs than two of these are scored by two engines, half each
ROW_GROUP = 122_880
#: fewer pairs are sooner scored than a second engine stands
FEW_PAIRS = 20_000


def score_pairs(model: Model, features: pa.Table, pairs: pa.Table) -> pd.DataFrame:
    """Score given pairs with the frozen model.

    `features`: `record_id` and what the comparisons of its layout read, one row for every record in `pairs`
    (`record_a`, `record_b`). Returns record_a, record_b, weight (log2 Bayes factor, prior left out) and one int8 column per
    comparison: the level (-1 = absent, 0 = other).
    """
    half = pairs.num_rows // 2
    sides = [pairs.slice(0, half), pairs.slice(half)] if FEW_PAIRS < pairs.num_rows < 2 * ROW_GROUP else [pairs]
    logging.getLogger("splink").setLevel(logging.ERROR)
    with redirect_stdout(io.StringIO()), ThreadPoolExecutor(len(sides)) as threads:  # Splink prints its progress
        parts = list(threads.map(lambda side: _score(model, features, side), sides))
    result = pd.concat(parts).sort_values(["record_a", "record_b"], ignore_index=True)
    result["weight"] = (result["weight"] - model.prior_weight).round(6)
    return result


def _score(model: Model, features: pa.Table, pairs: pa.Table) -> pd.DataFrame:
    """Score pairs with an engine of their own; the weights still hold the prior."""
    from splink import DuckDBAPI, Linker

    with duckdb.connect(config={"memory_limit": DUCKDB_MEMORY, "preserve_insertion_order": False}) as connection:
        api = DuckDBAPI(connection=connection)
        people = api.register(
            features.rename_columns(["unique_id" if n == "record_id" else n for n in features.column_names])
        )
        linker = Linker(people, model.settings, log_level=logging.ERROR, validate_settings=False)
        if model.layout.term_column:
            terms = api.register(_term_frequencies(model, features, model.layout.term_column))
            linker.table_management.register_term_frequency_lookup(terms, model.layout.term_column)
        return pd.concat(
            _score_part(model, linker, api, connection, pairs.slice(start, PAIRS_AT_ONCE))
            for start in range(0, pairs.num_rows, PAIRS_AT_ONCE)
        )


def _score_part(model: Model, linker: Any, api: Any, connection: Any, pairs: pa.Table) -> pd.DataFrame:
    """Score some of the pairs; what Splink made for them is dropped again."""
    blocked = pa.table({
        "match_key": pa.repeat("0", pairs.num_rows), "join_key_l": pairs["record_a"], "join_key_r": pairs["record_b"],
    })  # fmt: skip
    linker.table_management.register_blocked_pairs_for_predict(api.register(blocked))
    scored = linker.inference.predict(warning_mode="never")
    columns = ", ".join(f"CAST(gamma_{c.name} AS TINYINT) AS {c.name}" for c in model.layout.comparisons)
    sql = (
        "SELECT least(unique_id_l, unique_id_r) AS record_a, greatest(unique_id_l, unique_id_r) AS record_b,"
        f" match_weight AS weight, {columns} FROM {scored.physical_name}"
    )
    result: pd.DataFrame = connection.execute(sql).df()
    scored.drop_table_from_database_and_remove_from_cache()
    return result


def _term_frequencies(model: Model, features: pa.Table, column: str) -> pa.Table:
    """The frozen frequency of every text that occurs in the column."""
    texts = [text for text in features[column].unique().to_pylist() if text is not None]
    frequencies = [model.name_frequency(text) for text in texts]
    return pa.table({column: pa.array(texts, pa.string()), f"tf_{column}": pa.array(frequencies, pa.float64())})


def with_generic_names(features: pa.Table) -> pa.Table:
    """Features with `is_generic`: whether the business name says only what is sold."""
    from tasks.identity.places import is_generic

    names = features["business_name"].combine_chunks().dictionary_encode()
    generic = pa.array([is_generic(name) for name in names.dictionary.to_pylist()], pa.bool_())
    taken = generic.take(names.indices) if len(generic) else pa.nulls(len(names), pa.bool_())
    return features.append_column("is_generic", taken.fill_null(False))
