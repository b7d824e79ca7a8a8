"""Make a model from features, without labels: u from random pairs, u of identifiers from value frequencies, m by expectation maximisation.

The same features give the same model: they are put in order, and one thread adds up. Belongs here: training and freezing. Does not
belong here: scoring (model.py), the choice of what is compared (the layout), where features and files are (steps/models.py).
"""

from __future__ import annotations

import io
import json
import logging
from collections import Counter
from contextlib import redirect_stdout
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import InvariantBroken, Refused
from tasks.identity.blocking import known
from tasks.identity.layout import Comparison, Layout
from tasks.identity.model import Model, parse_model
from tasks.identity.scoring import DUCKDB_MEMORY

#: words of names rarer than this in the training data are left to UNSEEN_WORD_FREQUENCY
WORD_FLOOR = 0.0005
#: m is learned, but never beyond these: a level that a training set saw once can be chance, one that it always saw can fail elsewhere
LOWEST_M, HIGHEST_M = 0.005, 0.98
#: a fixed prior, about one in the square of a province's lists; weights leave it out, verdicts use policy.MERGE_WEIGHT
PRIOR = 1e-6
#: pairs drawn for u
MOST_PAIRS = 2e6
#: fewer records than this, or fewer pairs in a block that m is learned from, teach chance
FEWEST_RECORDS, FEWEST_PAIRS = 1_000, 100


def train_model(layout: Layout, features: pa.Table, *, model_id: str, note: str) -> Model:
    """Train on features (`record_id`, and the layout's linked columns with what its comparisons read) and freeze the model.

    m is learned from blocks that find the same people in different ways, each for the comparisons that the block does not hold equal.
    Raises Refused when there is too little to learn from, InvariantBroken when a level stays untrained.
    """
    from splink import DuckDBAPI, Linker, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    features = features.sort_by("record_id")
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": DUCKDB_MEMORY, "threads": 1}
    with duckdb.connect(config=config) as connection, redirect_stdout(io.StringIO()):
        connection.execute("SET enable_progress_bar = false")
        connection.register("features", features)
        check_enough(connection, layout)
        start = {c.name: chance_of_equality(connection, layout, c) for c in layout.comparisons if c.identifier}
        api = DuckDBAPI(connection=connection)
        people = api.register(
            features.rename_columns(["unique_id" if n == "record_id" else n for n in features.column_names])
        )
        linker = Linker(people, make_settings(layout), log_level=logging.ERROR)
        linker.training.estimate_u_using_random_sampling(max_pairs=MOST_PAIRS, seed=1)
        for block in layout.learnt_from:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(*block), fix_u_probabilities=True, estimate_without_term_frequencies=True
            )
        settings = linker.misc.save_model_to_json()
    freeze(settings, layout, start)
    model = {
        "note": note,
        "record_count": features.num_rows,
        "word_frequency": word_frequency(features[layout.term_column]) if layout.term_column else {},
        "splink": settings,
    }
    return parse_model(model_id, (json.dumps(model, indent=1, sort_keys=True) + "\n").encode(), layout)


def make_settings(layout: Layout) -> dict[str, Any]:
    """Splink's settings of the comparisons with their start values."""
    import splink.comparison_level_library as levels
    import splink.comparison_library as library
    from splink import SettingsCreator, block_on

    def level(comparison: Comparison, number: int) -> Any:
        told = comparison.levels[number]
        made = levels.CustomLevel(told.condition, told.word).configure(
            m_probability=told.m, u_probability=told.u, fix_u_probability=comparison.identifier is not None
        )
        has_term = comparison.term_column and number == 0
        return made.configure(tf_adjustment_column=comparison.term_column) if has_term else made

    made: list[Any] = [
        library.CustomComparison(
            output_column_name=c.name,
            comparison_levels=[
                levels.CustomLevel(c.absent, "absent").configure(is_null_level=True),
                *[level(c, number) for number in range(len(c.levels))],
            ],
        )
        for c in layout.comparisons
    ]
    creator = SettingsCreator(
        link_type="dedupe_only",
        comparisons=made,
        blocking_rules_to_generate_predictions=[block_on(*layout.learnt_from[0])],
        probability_two_random_records_match=PRIOR,
        retain_matching_columns=True,  # Splink gives the levels only together with the values; model.py reads the levels alone
        retain_intermediate_calculation_columns=False,
        linker_uid="sinergi",
    )
    settings: dict[str, Any] = creator.create_settings_dict("duckdb")
    return settings


def check_enough(connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """There are records and pairs to learn from in the table `features`; raises Refused otherwise."""
    records = int(connection.execute("SELECT count(*) FROM features").fetchall()[0][0])
    if records < FEWEST_RECORDS:
        raise Refused(
            f"{records} records are too few to train on", mend=f"{FEWEST_RECORDS} are needed; use the model in force."
        )
    for block in layout.learnt_from:
        pairs = pairs_sharing(connection, block)
        if pairs < FEWEST_PAIRS:
            raise Refused(
                f"{pairs} pairs with equal {' and '.join(block)} are too few to train on",
                mend=f"{FEWEST_PAIRS} are needed; use the model in force.",
            )


def chance_of_equality(connection: duckdb.DuckDBPyConnection, layout: Layout, comparison: Comparison) -> float:
    """u of an identifier's first level: how often two records share its value although they are clearly not one.

    Counted from the frequencies of values: all pairs that share a value, without those that also share one of the layout's
    `different_when` (one person's rows do). The start value of the level counts as one such pair seen in as many pairs as it says, and is
    the lower bound: where a number is copied to many it proves less here, but nowhere does it prove more for want of accidents.
    """
    column, least = str(comparison.identifier), comparison.levels[0].u
    one, other = layout.different_when
    shared = (
        pairs_sharing(connection, (column,), also_known=(one, other))
        - pairs_sharing(connection, (column, one), also_known=(other,))
        - pairs_sharing(connection, (column, other), also_known=(one,))
        + pairs_sharing(connection, (column, one, other))
    )
    sql = f"SELECT count(*) FROM features WHERE {known((column, one, other))}"
    count = int(connection.execute(sql).fetchall()[0][0])
    pairs = count * (count - 1) // 2
    return max(least, float(f"{(shared + 1) / (pairs + 1 / least):.3g}"))


def pairs_sharing(
    connection: duckdb.DuckDBPyConnection, columns: tuple[str, ...], also_known: tuple[str, ...] = ()
) -> int:
    """How many pairs of records agree on the columns, among those with these and `also_known` told."""
    grouped = (
        f"SELECT count(*) AS size FROM features WHERE {known((*columns, *also_known))} GROUP BY {', '.join(columns)}"
    )
    told = connection.execute(f"SELECT coalesce(sum(size * (size - 1) // 2), 0) FROM ({grouped})").fetchall()
    return int(told[0][0])


def freeze(settings: dict[str, Any], layout: Layout, start: dict[str, float]) -> None:
    """Finish trained settings in place: the fixed prior, u of identifiers as found (`start`) or set, m within bounds.

    Raises InvariantBroken for a level that no likely match reaches: Splink leaves its m at the start value. A u that no random pair
    reached stays at the start value too: that is more than once in all pairs drawn, so the level proves less for it, never more.
    """
    settings["probability_two_random_records_match"] = PRIOR
    for told, comparison in zip(settings["comparisons"], layout.comparisons, strict=True):
        for number, (level, begun) in enumerate(zip(told["comparison_levels"][1:], comparison.levels, strict=True)):
            m, u = level["m_probability"], level["u_probability"]
            if m == begun.m:
                raise InvariantBroken(
                    "a level stays untrained: nothing in the data reaches it",
                    where=f"{comparison.name}: {begun.word}", mend="Train on more records.",
                )  # fmt: skip
            level["m_probability"] = round(min(max(m, LOWEST_M), HIGHEST_M), 6)
            found = start[comparison.name] if number == 0 and comparison.identifier else begun.u
            level["u_probability"] = found if comparison.identifier else float(f"{u:.3g}")


def word_frequency(names: pa.ChunkedArray) -> dict[str, float]:
    """Share of names that hold a word, for the words that are not rare."""
    known_names = [name for name in pc.drop_null(names).to_pylist() if name]
    counted = Counter(word for name in known_names for word in set(name.split()))
    total = len(known_names)
    return {word: round(n / total, 5) for word, n in sorted(counted.items()) if n / total >= WORD_FLOOR}
