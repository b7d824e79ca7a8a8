"""The estimate is honest: an officer who knows the truth of a demo province judges samples, and the limits hold the true figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from benchmarks.demo_records import TRUTH, demo_records
from benchmarks.loading import load_records, start_run
from benchmarks.score_identity import score
from flows.consolidation import consolidate
from tasks import store
from tasks.identity.steps.judge import record_judgements
from tasks.identity.steps.sample import draw_sample
from tasks.quality.estimates import Line
from tasks.quality.labels import current_quality
from tasks.quality.strata import APART, MERGED, kind_of

SEEDS = range(8)
DRAWN = 150
#: every so many records the machine is told to be wrong: the record is somebody else's, or the pair it kept apart is one person
WRONG_RECORD, MISSED_PAIR = 40, 6


@pytest.fixture
def truth(warehouse: sa.Engine) -> pd.Series:
    """Record -> true person, in a consolidated demo province on which the machine is made to err."""
    records = demo_records("82", 1500, 5)
    run = start_run(dt.date(2020, 5, 1))
    load_records(run, records.drop(columns=list(TRUTH)))
    consolidate(run, lambda event: None)
    people = store.query(
        "SELECT record_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL ORDER BY 1"
    )
    true = (
        records.set_index("record_id")["true_person_id"]
        .astype(str)
        .reindex(people["record_id"].to_numpy(dtype="int64"))
    )
    true.iloc[::WRONG_RECORD] = [f"another {number}" for number in range(len(true.iloc[::WRONG_RECORD]))]
    for pair in pairs_of(APART).iloc[::MISSED_PAIR].itertuples():
        true[true == true[pair.record_b]] = true[pair.record_a]
    return true


def pairs_of(side: str) -> pd.DataFrame:
    """Every pair that stands together, or that was scored and stands apart: counted here anew, one by one."""
    members = store.query(
        "SELECT record_id, unit_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL"
    )
    unit = members.set_index("record_id")["unit_id"]
    edges = store.query("SELECT record_a, record_b, clause, verdict, held_by FROM identity.edge ORDER BY 1, 2")
    if side == APART:
        return edges[(edges["record_a"].map(unit) != edges["record_b"].map(unit)).to_numpy()].reset_index(drop=True)
    both = members.merge(members, on="unit_id", suffixes=("_a", "_b"))
    both = both[both["record_id_a"] < both["record_id_b"]]
    both = both.rename(columns={"record_id_a": "record_a", "record_id_b": "record_b"})
    joined = edges[(edges["verdict"] == "merge").to_numpy() & edges["held_by"].isna().to_numpy()]
    return both.merge(joined, on=["record_a", "record_b"], how="left").fillna({"clause": "THROUGH_OTHERS"})


def is_one(pairs: pd.DataFrame, truth: pd.Series) -> pd.Series:
    return (pairs["record_a"].map(truth) == pairs["record_b"].map(truth)).astype(bool)


def judge_by(truth: pd.Series) -> None:
    """The officer: every drawn pair, by the truth."""
    drawn = store.query("SELECT record_a, record_b FROM identity.sample_pair ORDER BY sample_id, place")
    same = is_one(drawn, truth)
    for verdict, chosen in (("same", drawn[same]), ("different", drawn[~same])):
        pairs = list(zip(chosen["record_a"].astype(int), chosen["record_b"].astype(int), strict=True))
        record_judgements(pairs, verdict, reason="compared with the cards", judged_by="officer")


def forget() -> None:
    with store.transaction() as connection:
        connection.execute(sa.text("TRUNCATE identity.sample, identity.judgement CASCADE"))


def holds(interval: tuple[Any, Any, Any], true: float) -> bool:
    low, _, high = interval
    return low is None or low - 1e-9 <= true <= high + 1e-9


def test_the_limits_hold_the_true_precision_and_recall(truth: pd.Series) -> None:
    merged, apart = pairs_of(MERGED), pairs_of(APART)
    right, missed = is_one(merged, truth), is_one(apart, truth)
    unit = store.query(
        "SELECT record_id, unit_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL"
    )
    counted = score(
        pd.DataFrame({"true_person_id": unit["record_id"].map(truth), "person_id": unit["unit_id"]}), "person"
    )
    assert counted["precision"] == pytest.approx(right.mean(), abs=1e-5), "the frame is every pair under one person"
    assert 0.8 < right.mean() < 0.99 and 0.5 < right.sum() / (right.sum() + missed.sum()) < 0.99

    def true_of(line: Line) -> tuple[float, float]:
        chosen = [
            flags if line.name == "all" else flags[pairs["clause"].map(kind_of).to_numpy() == line.name]
            for pairs, flags in ((merged, right), (apart, missed))
        ]
        found, lost = chosen[0].sum(), chosen[1].sum()
        return chosen[0].mean(), found / (found + lost) if found + lost else 1.0

    outcomes, whole = [], []
    for seed in SEEDS:
        draw_sample(DRAWN, seed=seed, drawn_by="officer")
        judge_by(truth)
        known = current_quality()
        assert known.whole.precision.pairs == len(merged) and known.whole.missed.pairs == len(apart)
        for line in (known.whole, *known.kinds):
            precision, recall = true_of(line)
            limits = (line.precision.low, line.precision.point, line.precision.high)
            told = [holds(limits, precision) if line.precision.pairs else True, holds(line.recall, recall)]
            (whole if line is known.whole else outcomes).extend(told)
        assert known.whole.precision.high - known.whole.precision.low < 0.3, "limits that say nothing hold everything"
        forget()
    assert all(whole)
    assert sum(outcomes) >= 0.95 * len(outcomes)
