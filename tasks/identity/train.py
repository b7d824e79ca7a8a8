"""Make a model file from features, without labels: u from random pairs, u of identifiers as set, m by expectation maximisation.

Belongs here: training and freezing. Does not belong here: scoring (model.py), the choice of what is compared (comparisons.py).
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tasks.identity.comparisons import COMPARISONS, Comparison

#: words of names rarer than this in the training data are left to UNSEEN_WORD_FREQUENCY
WORD_FLOOR = 0.0005
#: m is learned, but never beyond these: a level that a training set never saw can happen elsewhere
LOWEST_M, HIGHEST_M = 0.005, 0.98
#: a fixed prior, about one in the square of a province's lists; weights leave it out, verdicts use policy.MERGE_WEIGHT
PRIOR = 1e-6
MOST_PAIRS = 2e6
#: levels whose weight depends on how common the name is
TERM_LEVELS = ("written",)


def make_settings() -> dict[str, Any]:
    """Splink's settings of the comparisons with their start values."""
    import splink.comparison_level_library as levels
    import splink.comparison_library as library
    from splink import SettingsCreator, block_on

    def level(comparison: Comparison, number: int) -> Any:
        told = comparison.levels[number]
        term = comparison.term_column if told.word in TERM_LEVELS else None
        made = levels.CustomLevel(told.condition, told.word).configure(
            m_probability=told.m, u_probability=told.u, fix_u_probability=comparison.is_u_fixed
        )
        return made.configure(tf_adjustment_column=term) if term else made

    made: list[Any] = [
        library.CustomComparison(
            output_column_name=c.name,
            comparison_levels=[
                levels.CustomLevel(c.absent, "absent").configure(is_null_level=True),
                *[level(c, number) for number in range(len(c.levels))],
            ],
        )
        for c in COMPARISONS
    ]
    creator = SettingsCreator(
        link_type="dedupe_only",
        comparisons=made,
        blocking_rules_to_generate_predictions=[block_on("nik")],
        probability_two_random_records_match=PRIOR,
        retain_matching_columns=True,  # Splink gives the levels only together with the values; model.py reads the levels alone
        retain_intermediate_calculation_columns=False,
        linker_uid="sinergi",
    )
    settings: dict[str, Any] = creator.create_settings_dict("duckdb")
    return settings


def train_model(features: pa.Table, path: Path, *, note: str) -> dict[str, Any]:
    """Train on features (as for model.score_pairs) and freeze the model at `path`; returns what was written.

    m is learned from two blocks that find the same people in different ways (equal NIK; equal name and birth date), each for the
    comparisons that the block does not hold equal.
    """
    from splink import DuckDBAPI, Linker, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    with duckdb.connect() as connection:
        api = DuckDBAPI(connection=connection)
        people = api.register(
            features.rename_columns(["unique_id" if n == "record_id" else n for n in features.column_names])
        )
        linker = Linker(people, make_settings())
        linker.training.estimate_u_using_random_sampling(max_pairs=MOST_PAIRS, seed=1)
        for block in (block_on("nik"), block_on("name_sorted", "born_on"), block_on("phone")):
            linker.training.estimate_parameters_using_expectation_maximisation(
                block, fix_u_probabilities=True, estimate_without_term_frequencies=True
            )
        settings = linker.misc.save_model_to_json()
    freeze(settings)
    model = {
        "note": note,
        "record_count": features.num_rows,
        "word_frequency": word_frequency(features),
        "splink": settings,
    }
    path.write_text(json.dumps(model, indent=1, sort_keys=True) + "\n", "utf-8")
    return model


def freeze(settings: dict[str, Any]) -> None:
    """Finish trained settings in place: the fixed prior, u of identifiers as set, m within bounds, levels never seen as they began."""
    settings["probability_two_random_records_match"] = PRIOR
    for told, comparison in zip(settings["comparisons"], COMPARISONS, strict=True):
        levels = told["comparison_levels"][1:]
        for level, start in zip(levels, comparison.levels, strict=True):
            learned = level.get("m_probability") or start.m
            level["m_probability"] = round(min(max(learned, LOWEST_M), HIGHEST_M), 6)
            level["u_probability"] = (
                start.u if comparison.is_u_fixed else float(f"{level.get('u_probability') or start.u:.3g}")
            )


def word_frequency(features: pa.Table) -> dict[str, float]:
    """Share of names that hold a word, for the words that are not rare."""
    names = [name for name in features["written_name"].to_pylist() if name]
    counted = Counter(word for name in names for word in set(name.split()))
    return {word: round(n / len(names), 5) for word, n in sorted(counted.items()) if n / len(names) >= WORD_FLOOR}
