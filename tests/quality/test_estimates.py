"""Precision and recall from labels: tables of cases, and what is missing to say more."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tasks.quality.estimates import Drawn, Quality, estimate
from tasks.quality.strata import Stratum, allocate
from tasks.quality.words import percent, warning

DAY = dt.date(2026, 11, 22)
DRAWN = Drawn(1, DAY, "m", "m", DAY, 0, 0)


def quality(*lines: dict[str, Any], bound: float = 0.99) -> Quality:
    """Strata with their labels: `side clause size | same different unsure`, one regency unless told."""
    rows = [
        {
            "side": "merged", "clause": "SAME_NIK_AND_NAME", "band": 1, "pair_count": 10_000, "known_same": 0, "known_different": 0,
            "regency_code": "19.01", "same": 0, "different": 0, "unsure": 0, "pending": 0,
        } | line
        for line in lines
    ]  # fmt: skip
    strata = {(row["side"], row["clause"], row["band"]): row for row in rows}
    return estimate(DRAWN, list(strata.values()), rows, {}, bound)


def test_without_a_label_nothing_is_said() -> None:
    for known in (estimate(None, [], [], {}, 0.99), quality({})):
        assert known.state == "unmeasured" and warning(known) is None
        assert known.whole.precision.point is None and known.whole.recall[1] is None
    assert quality({}).asks[0].size == 361, "so many labels without an error say at least 99 %"


@pytest.mark.parametrize(
    ("same", "different", "state"),
    [(0, 0, "unmeasured"), (3, 0, "open"), (400, 0, "held"), (399, 1, "open"), (40, 1, "under"), (2_000, 4, "held")],
)
def test_precision_and_its_bound(same: int, different: int, state: str) -> None:
    assert quality({"same": same, "different": different}).state == state


def test_a_warning_tells_estimate_limits_and_bound() -> None:
    told = warning(quality({"same": 95, "different": 5}))
    assert told is not None and told["code"] == "PRECISION_UNDER_BOUND"
    assert "95 %" in told["id"] and "(antara 88,7" in told["id"] and "99 %" in told["id"]
    assert "95 %" in told["en"] and "98.3" in told["en"]


def test_missed_pairs_lower_recall_not_precision() -> None:
    known = quality(
        {"same": 100}, {"side": "apart", "clause": "TWINS", "pair_count": 1_000, "same": 10, "different": 90}
    )
    assert known.whole.precision.point == 1.0
    assert known.whole.recall[1] == pytest.approx(10_000 / 10_100)
    low, _, high = known.whole.recall
    assert low is not None and high is not None and 0.9 < low < 10_000 / 10_100 < high < 1


def test_each_kind_of_error_and_each_regency_has_its_line() -> None:
    known = quality(
        {"same": 50, "different": 0, "regency_code": "19.01"},
        {"same": 49, "different": 1, "regency_code": "19.02"},
        {"same": 0, "different": 0, "unsure": 2, "regency_code": ""},
        {"clause": "NAME_AND_BIRTH", "pair_count": 100, "same": 8, "different": 2, "regency_code": "19.02"},
    )
    assert [line.name for line in known.kinds] == ["borrowed_nik", "nik_missing"]
    assert [line.name for line in known.regencies] == ["19.01", "19.02", ""]
    assert [line.precision.labels for line in known.regencies] == [50, 60, 0]
    assert known.regencies[0].precision.point == 1.0 and known.regencies[0].precision.low < 0.95
    assert known.regencies[2].precision.unsure == 2 and known.regencies[2].precision.point is None
    sizes = [line.precision.pairs for line in known.regencies]
    assert sum(sizes) == pytest.approx(10_100), "the regencies share out what the strata hold"


def test_judgements_on_pairs_that_were_not_drawn_speak_for_themselves_only() -> None:
    drawn = {"side": "apart", "clause": "UNDECIDED", "pair_count": 1_000, "same": 0, "different": 50}
    alone, beside = quality(drawn), quality(drawn | {"known_same": 30, "known_different": 10})
    assert alone.whole.missed.point == 0.0
    assert beside.whole.missed.point == pytest.approx(30 / 1_040)
    assert beside.whole.missed.pairs == 1_040


def test_what_is_missing_is_asked_for_and_then_is_enough() -> None:
    nik, name = {"same": 40}, {"clause": "NAME_AND_BIRTH", "pair_count": 500, "same": 20}
    ask = quality(nik, name).asks[0]
    assert ask.about == "precision" and ask.widest.startswith("SAME_NIK_AND_NAME")
    by_clause = {"SAME_NIK_AND_NAME": 10_000 - 40, "NAME_AND_BIRTH": 500 - 20}
    drawn = allocate({Stratum("merged", clause, 1): left for clause, left in by_clause.items()}, ask.size)
    more = {stratum.clause: count for stratum, count in drawn.items()}
    after = quality({"same": 40 + more["SAME_NIK_AND_NAME"]}, name | {"same": 20 + more["NAME_AND_BIRTH"]})
    assert after.state == "held" and after.asks == ()


def test_pairs_that_are_drawn_already_are_not_asked_for_again() -> None:
    size = quality({"same": 40}).asks[0].size
    assert quality({"same": 40, "pending": 30}).asks[0].size == size - 30
    assert quality({"same": 40, "pending": size}).asks == ()


def test_more_labels_cannot_mend_what_is_wrong() -> None:
    assert [ask.about for ask in quality({"same": 30, "different": 3}).asks] == []


@pytest.mark.parametrize(
    ("value", "language", "end", "text"),
    [
        (0.8714, "en", "", "87.1 %"),
        (0.8714, "en", "high", "87.2 %"),
        (0.9871, "en", "", "98.71 %"),  # near the bound to a hundredth
        (0.9871, "id", "", "98,71 %"),
        (0.9, "id", "low", "90 %"),
        (1.0, "en", "", "100 %"),
        (0.99999, "en", "", "99.99 %"),  # never 100 % of what is less
        (0.99999, "en", "low", "99.99 %"),
        (0.98761, "en", "high", "98.77 %"),
        (0.0, "en", "", "0 %"),
        (0.00001, "id", "", "0,1 %"),
    ],
)
def test_shares_are_never_told_better_than_they_are(value: float, language: str, end: str, text: str) -> None:
    assert percent(value, language, end=end) == text
