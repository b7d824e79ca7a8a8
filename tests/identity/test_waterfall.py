"""The weight of a pair is the sum of what its comparisons say: held against pairs that Splink really scored."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from schemas.errors import InvariantBroken
from tasks.identity.arrays import as_objects
from tasks.identity.comparisons import COMPARED_COLUMNS, COMPARISONS
from tasks.identity.features import make_features
from tasks.identity.model import Model, newest_model
from tasks.identity.scoring import score_pairs, with_generic_names
from tasks.identity.waterfall import waterfall, weight
from tests.identity.test_pairs import CASES, SITI, TEXT

#: the officer's pairs, and pairs of a common, a rare, an unknown and a one-word name
NAMES = ("Siti Aminah", "Muhammad", "Xaverius Qorrymbo Wanggai", "Sumarni", "M. Ali")
PAIRS = [(case.left, case.right) for case in CASES] + [({"owner_name": n}, {"owner_name": n}) for n in NAMES]


@pytest.fixture(scope="module")
def model() -> Model:
    return newest_model()


@pytest.fixture(scope="module")
def scored(model: Model) -> list[dict[str, Any]]:
    """Every pair with its weight, its evidence in words and its written names."""
    sides = [SITI | side for pair in PAIRS for side in pair]
    rows = pd.DataFrame(sides).astype(object)
    typed = rows.astype({c: TEXT for c in rows.columns if c != "birth_date"})
    typed["birth_date"] = typed["birth_date"].astype(pd.ArrowDtype(pa.date32()))
    count = len(sides)
    records = typed.assign(record_id=range(count), match_hash=1, sender_code=pd.array(["92.02"] * count, dtype=TEXT))
    features = make_features(records)[["record_id", *COMPARED_COLUMNS]]
    table = with_generic_names(pa.Table.from_pandas(features, preserve_index=False))
    pairs = pa.table({
        "record_a": pa.array(range(0, count, 2), pa.int64()), "record_b": pa.array(range(1, count, 2), pa.int64()),
    })  # fmt: skip
    names = as_objects(features["written_name"])
    return [
        {
            "weight": line["weight"],
            "evidence": {c.name: c.word(int(line[c.name])) for c in COMPARISONS},
            "names": (names[line["record_a"]], names[line["record_b"]]),
        }
        for line in score_pairs(model, table, pairs).to_dict("records")
    ]


def test_the_bits_of_every_scored_pair_add_up_to_its_weight(model: Model, scored: list[dict[str, Any]]) -> None:
    assert len(scored) == len(PAIRS)
    for pair in scored:
        bars = waterfall(model, pair["evidence"], pair["names"])
        assert weight(bars) == pytest.approx(pair["weight"], abs=1e-4), pair["evidence"]


def test_what_is_absent_says_nothing_and_what_differs_speaks_against(model: Model) -> None:
    evidence = {c.name: "absent" for c in COMPARISONS} | {"sex": "other"}
    bars = {bar.comparison: bar for bar in waterfall(model, evidence, (None, None))}
    assert {name for name, bar in bars.items() if bar.total} == {"sex"}
    assert bars["sex"].total < 0


def test_a_rare_name_says_more_than_a_common_one(model: Model) -> None:
    evidence = {c.name: "absent" for c in COMPARISONS} | {"name": "written"}
    common, rare = (waterfall(model, evidence, (name, name))[0] for name in ("siti", "qorrymbo wanggai"))
    assert common.bits == rare.bits and common.rarity_bits < 0 < rare.rarity_bits


def test_evidence_of_another_model_is_a_named_error(model: Model) -> None:
    with pytest.raises(InvariantBroken, match="other comparisons"):
        waterfall(model, {"name": "pronounced"}, (None, None))
