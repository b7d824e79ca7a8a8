"""Who is who on generated provinces, beside three rivals in the same run: the demo's generator, and one that shares nothing with it.

    python -m benchmarks.identity_provinces [--rows 20000] [--provinces 19 82 92] [--generators demo strangers]

Rivals: a valid NIK alone; a valid NIK with an equal birth date or name; bare Splink with its own comparison library, at the threshold
from .99 to .999 that is best by the truth. The model was trained on provinces 12, 32, 71 and 73 with seed 11; what was looked at while
clauses were written (demo 82, strangers 92) had other seeds than those here. Belongs here: rivals, scores, the table. Does not belong
here: generators (demo_records, strangers), the resolver's order (resolving).
"""

from __future__ import annotations

import argparse
import io
import logging
from collections.abc import Sequence
from contextlib import redirect_stdout

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from benchmarks.demo_records import demo_records
from benchmarks.resolving import Resolved, resolve
from benchmarks.results import table
from benchmarks.score_identity import score, wrongly_merged_kin
from benchmarks.strangers import stranger_records
from tasks.identity.clusters import connect

GENERATORS = {"demo": demo_records, "strangers": stranger_records}
PROVINCES, ROWS, SEED = ("19", "82", "92"), 20_000, 2020
THRESHOLDS = (0.99, 0.995, 0.999)
HEADING = (
    "data", "way", "precision", "recall, all rows", "F1", "twins merged", "spouses", "siblings", "of one household merged",
    "questions / their pairs per 100 rows", "businesses F1",
)  # fmt: skip
Labels = pd.Series


def measure(
    rows: int = ROWS,
    provinces: Sequence[str] = PROVINCES,
    generators: Sequence[str] = ("demo", "strangers"),
    seed: int = SEED,
) -> list[list[str]]:
    """One line (HEADING) per generator, province and way."""
    lines = []
    for generator in generators:
        for province in provinces:
            lines += measure_one(f"{generator} {province}, {rows:,}", GENERATORS[generator](province, rows, seed))
    return lines


def measure_one(name: str, records: pd.DataFrame) -> list[list[str]]:
    """The lines of one set of records with their truth."""
    found = resolve(records)
    compared = found.features.to_pandas()
    lines = [line(name, "this project", records, found.person, found)]
    lines.append(line(name, "valid NIK", records, by_nik(compared)))
    lines.append(line(name, "NIK and birth date or name", records, by_nik_and_more(compared)))
    tries = [(line(name, f"Splink, {at}", records, labels)) for at, labels in by_splink(compared).items()]
    return [*lines, max(tries, key=lambda told: float(told[4]))]


def line(name: str, way: str, records: pd.DataFrame, person: Labels, found: Resolved | None = None) -> list[str]:
    """One way's scores as texts."""
    judged = records.assign(
        person_id=told(records, person), business_id=told(records, found.business if found else None)
    )
    people = score(judged, "person")
    precision, recall = people["precision"], people["recall_of_all_rows"]
    kin = wrongly_merged_kin(judged)
    merged = [f"{kin[f'{tie}_pairs_merged']} of {kin[f'{tie}_pairs']}" for tie in ("twin", "spouse", "sibling")]
    asked = (found.question_count(), len(found.open_pairs())) if found else ()
    questions = " / ".join(f"{100 * count / len(records):.2f}" for count in asked)
    businesses = f"{score(judged, 'business')['f1']:.4f}" if found else ""
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    shares = [f"{share:.4f}" for share in (precision, recall, f1)]
    return [name, way, *shares, *merged, str(household_violations(judged)), questions, businesses]


def told(records: pd.DataFrame, labels: Labels | None) -> pd.Series:
    """The label of each record as text, empty where there is none."""
    if labels is None:
        return pd.Series("", index=records.index)
    return records["record_id"].map(labels).astype("Int64").astype("string").fillna("")


def household_violations(judged: pd.DataFrame) -> int:
    """Pairs of people of one household that stand under one id."""
    people = judged.loc[
        judged["person_id"] != "", ["person_id", "true_person_id", "true_household_id"]
    ].drop_duplicates()
    several = people[people.duplicated(["person_id", "true_household_id"], keep=False)]
    pairs = several.merge(several, on=["person_id", "true_household_id"])
    return int((pairs["true_person_id_x"] < pairs["true_person_id_y"]).sum())


def by_nik(compared: pd.DataFrame) -> Labels:
    """Records of one valid NIK are one person; others are alone."""
    ids = compared.set_index("record_id")
    return compared.groupby("nik")["record_id"].transform("min").fillna(compared["record_id"]).set_axis(ids.index)


def by_nik_and_more(compared: pd.DataFrame) -> Labels:
    """Records of one valid NIK that agree in birth date or name."""
    parts = []
    for column in ("birth_date", "name_sorted"):
        known = compared.dropna(subset=["nik", column])
        parts.append(
            known.assign(first=known.groupby(["nik", column])["record_id"].transform("min"))[["record_id", "first"]]
        )
    return joined(compared["record_id"].to_numpy(dtype=np.int64), pd.concat(parts).to_numpy(dtype=np.int64))


def joined(ids: npt.NDArray[np.int64], pairs: npt.NDArray[np.int64]) -> Labels:
    """Labels of records from pairs of record ids that are one; `ids` ascending."""
    label = connect(len(ids), np.searchsorted(ids, pairs[:, 0]), np.searchsorted(ids, pairs[:, 1]))
    return pd.Series(ids[label], index=ids)


def by_splink(compared: pd.DataFrame) -> dict[float, Labels]:
    """Splink with its own comparisons on the same cleaned columns, trained without labels; labels by threshold."""
    import splink.comparison_library as library
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    columns = ["written_name", "given_name", "born_on", "nik", "kk_number", "phone", "sex", "village_code", "address"]
    people = compared[columns].assign(unique_id=compared["record_id"], born_on=compared["born_on"].astype("string"))
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            library.JaroWinklerAtThresholds("written_name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
            library.DamerauLevenshteinAtThresholds("born_on", [1, 2]),
            library.DamerauLevenshteinAtThresholds("nik", [1, 2]),
            library.ExactMatch("kk_number"),
            library.ExactMatch("phone"),
            library.ExactMatch("sex"),
            library.ExactMatch("village_code"),
            library.JaroWinklerAtThresholds("address", [0.9]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("nik"), block_on("phone"), block_on("kk_number"), block_on("born_on", "given_name"),
        ],
    )  # fmt: skip
    with redirect_stdout(io.StringIO()):
        api = DuckDBAPI()
        linker = Linker(
            api.register(pa.Table.from_pandas(people, preserve_index=False)), settings, log_level=logging.ERROR
        )
        linker.training.estimate_probability_two_random_records_match([block_on("nik", "born_on")], recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
        for block in (block_on("nik"), block_on("born_on", "given_name")):
            linker.training.estimate_parameters_using_expectation_maximisation(block)
        scored = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
        pairs = scored.as_pandas_dataframe()[["unique_id_l", "unique_id_r", "match_probability"]]
    ids = np.sort(compared["record_id"].to_numpy(dtype=np.int64))
    return {
        at: joined(
            ids, pairs.loc[pairs["match_probability"] >= at, ["unique_id_l", "unique_id_r"]].to_numpy(dtype=np.int64)
        )
        for at in THRESHOLDS
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--provinces", nargs="*", default=PROVINCES)
    parser.add_argument("--generators", nargs="*", choices=sorted(GENERATORS), default=list(GENERATORS))
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    print(table(HEADING, measure(arguments.rows, arguments.provinces, arguments.generators, arguments.seed)))


if __name__ == "__main__":
    main()
