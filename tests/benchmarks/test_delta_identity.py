"""What three sizes say of ten million records."""

from __future__ import annotations

import pytest

from benchmarks.delta_identity import Cost, Delta, extrapolate, section, slope


def cost(records: int, seconds: float, peak_bytes: int = 1) -> Cost:
    return Cost(records, seconds, seconds, peak_bytes, {"link": seconds, "merge": 0.0})


@pytest.mark.parametrize(
    ("sizes", "at_ten_million", "slopes"),
    [
        (((10_000, 1.0), (100_000, 10.0), (1_000_000, 100.0)), 1_000, (1.0, 1.0)),
        (((10_000, 5.0), (100_000, 10.0), (1_000_000, 40.0)), 400, (0.301, 0.602)),  # less than in proportion counts as in proportion
        (((10_000, 1.0), (100_000, 10.0), (1_000_000, 1_000.0)), 100_000, (1.0, 2.0)),
    ],
)  # fmt: skip
def test_growth_goes_on_as_between_the_two_largest_sizes_and_at_least_in_proportion(
    sizes: tuple[tuple[int, float], ...], at_ten_million: float, slopes: tuple[float, float]
) -> None:
    small, middle, large = (cost(*size) for size in sizes)
    assert extrapolate([large, small, middle], "seconds") == pytest.approx(at_ten_million)
    assert (slope(small, middle, "seconds"), slope(middle, large, "seconds")) == pytest.approx(slopes, abs=0.001)


def test_the_share_of_the_delta_is_told_and_from_three_sizes_on_the_slope() -> None:
    deltas = [
        Delta(cost(rows, rows / 1_000, rows * 1_000), cost(rows // 100, rows / 40_000))
        for rows in (1_000, 10_000, 100_000)
    ]
    told = section(deltas)
    assert told.count("**2.5%**") == 3
    assert "slopes 1.00, 1.00" in told
    assert "slopes" not in section(deltas[:2])
