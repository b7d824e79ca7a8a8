"""The frozen Splink model: read, checked, and asked to score given pairs on DuckDB.

A model file is data of the project (`models/persons-<date>.json`): Splink's settings with trained m and u, the frozen
frequencies of the words of names, and what it was trained on. Belongs here: using it. Does not belong here: making it (train.py),
finding pairs (blocking.py, steps), verdicts (policy.py). Only Splink's public interface is used.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import math
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from schemas.errors import InvariantBroken
from tasks.identity.layout import Layout
from tasks.identity.persons import PERSONS, SHIPPED, model_files

#: a word of a name that training has never seen counts as common as this: rare enough to help, common enough not to decide alone
UNSEEN_WORD_FREQUENCY = 0.004
#: no name is rarer than this, however many words it has: words of one name are not independent (families, regions, fashions)
RAREST_NAME_FREQUENCY = 1e-6
DUCKDB_MEMORY = "3GB"
#: pairs scored in one go; bounds the memory, not the result
PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Model:
    """A frozen model. `prior_weight` is log2 of the prior odds that Splink adds; it is taken out of every weight again.

    `raw`: the bytes of its file; `note`: what it was trained on, of how many records.
    """

    model_id: str
    layout: Layout
    settings: dict[str, Any]
    word_frequency: dict[str, float]
    note: str
    record_count: int
    raw: bytes

    @property
    def sha256(self) -> str:
        """What tells this model from every other."""
        return hashlib.sha256(self.raw).hexdigest()

    def named(self, model_id: str) -> Model:
        """The same model under another id."""
        return replace(self, model_id=model_id)

    @property
    def prior_weight(self) -> float:
        """log2 of the prior odds in the settings."""
        prior = float(self.settings["probability_two_random_records_match"])
        return math.log2(prior / (1 - prior))

    def name_frequency(self, written_name: str) -> float:
        """How common a name is: the product of its words' frozen frequencies, never below RAREST_NAME_FREQUENCY.

        A pure function of the name, so no name is missing from the table and no arrival order changes a weight.
        """
        product = 1.0
        for word in written_name.split():
            product *= self.word_frequency.get(word, UNSEEN_WORD_FREQUENCY)
        return max(product, RAREST_NAME_FREQUENCY)


def newest_model() -> Model:
    """The newest model of persons that the project ships; raises InvariantBroken when there is none or it does not fit."""
    files = model_files(SHIPPED)
    if not files:
        raise InvariantBroken("there is no model file", where="tasks/identity/models", mend="Train one.")
    return read_model(files[-1])


def read_model(path: Path, layout: Layout = PERSONS) -> Model:
    """A model file, checked: the comparisons of its layout, every level trained. Raises InvariantBroken otherwise."""
    return parse_model(path.stem, path.read_bytes(), layout)


def parse_model(model_id: str, raw: bytes, layout: Layout) -> Model:
    """The bytes of a model file, checked as by read_model."""
    try:
        data = json.loads(raw)
        words = {str(word): float(share) for word, share in data["word_frequency"].items()}
        model = Model(model_id, layout, data["splink"], words, str(data["note"]), int(data["record_count"]), raw)
        _check_prior(model)
        _check_comparisons(model)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvariantBroken(
            "the model file is damaged", where=model_id, mend="Use another one, or train a new one."
        ) from error
    return model


def _check_prior(model: Model) -> None:
    """There is a prior that can be taken out again; raises ValueError or KeyError."""
    if not 0 < float(model.settings["probability_two_random_records_match"]) < 1:
        raise ValueError("no prior")


def _check_comparisons(model: Model) -> None:
    """Every comparison of the layout with the same levels, and m and u of every level; raises InvariantBroken."""
    told = {c["output_column_name"]: c["comparison_levels"] for c in model.settings["comparisons"]}
    expected = {c.name: [c.absent, *[level.condition for level in c.levels]] for c in model.layout.comparisons}
    found = {name: [level["sql_condition"] for level in levels] for name, levels in told.items()}
    if found != expected:
        raise InvariantBroken(
            "the model file is for other comparisons", where=model.model_id, mend="Train a new model."
        )
    for name, levels in told.items():
        for level in levels:
            chances = (level.get("m_probability"), level.get("u_probability"))
            if not level.get("is_null_level") and not all(chance and 0 < chance <= 1 for chance in chances):
                raise InvariantBroken(
                    "a level of the model is untrained", where=f"{model.model_id}: {name}: {level['label_for_charts']}",
                    mend="Train on more records.",
                )  # fmt: skip


def score_pairs(model: Model, features: pa.Table, pairs: pa.Table) -> pd.DataFrame:
    """Score given pairs with the frozen model.

    `features`: `record_id` and what the comparisons of its layout read, one row for every record in `pairs`
    (`record_a`, `record_b`). Returns record_a, record_b, weight (log2 Bayes factor, prior left out) and one int8 column per
    comparison: the level (-1 = absent, 0 = other).
    """
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    with duckdb.connect(config={"memory_limit": DUCKDB_MEMORY, "preserve_insertion_order": False}) as connection:
        api = DuckDBAPI(connection=connection)
        people = api.register(
            features.rename_columns(["unique_id" if n == "record_id" else n for n in features.column_names])
        )
        with redirect_stdout(io.StringIO()):  # Splink reports its progress by print
            linker = Linker(people, model.settings, log_level=logging.ERROR, validate_settings=False)
            if model.layout.term_column:
                terms = api.register(_term_frequencies(model, features, model.layout.term_column))
                linker.table_management.register_term_frequency_lookup(terms, model.layout.term_column)
            parts = [
                _score_part(model, linker, api, connection, pairs.slice(start, PAIRS_AT_ONCE))
                for start in range(0, pairs.num_rows, PAIRS_AT_ONCE)
            ]
    result = pd.concat(parts).sort_values(["record_a", "record_b"], ignore_index=True)
    result["weight"] = (result["weight"] - model.prior_weight).round(6)
    return result


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
