"""What a share of pairs may be, given what was said of some of them: stratified estimates with honest limits.

Belongs here: the arithmetic. Does not belong here: which pairs are a stratum (strata.py), what the shares mean (estimates.py).

A stratum's share is known by its labels (Clopper and Pearson's exact limits); strata are put together by their sizes, the distances
from estimate to limit by square and add (Zou and Donner's MOVER), with the correction for a finite stratum: a stratum of which every
pair was judged adds no doubt. Strata of which nobody judged a pair may be all right or all wrong, and widen the limits by their size. An
answer "unsure" counts against the lower limit and for the upper one. Three labels without an error are "at least 29 %", never 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

#: two-sided confidence of every interval that is told
LEVEL = 0.95


@dataclass(frozen=True)
class Cell:
    """One stratum, or the part of one that lies in a regency: its size in pairs, and how many were judged right, wrong, unsure."""

    size: float
    right: float = 0
    wrong: float = 0
    unsure: float = 0

    @property
    def labels(self) -> float:
        """The pairs of which somebody said one or the other."""
        return self.right + self.wrong

    @property
    def rest(self) -> float:
        """The pairs of which nobody has said anything yet."""
        return max(self.size - self.labels - self.unsure, 0)


@dataclass(frozen=True)
class Share:
    """A share of `pairs` pairs: `low` <= `point` <= `high`, all in [0, 1]; `point` is None while there is no label.

    `unseen`: pairs of strata without a label; they are in the limits, not in the point.
    """

    low: float
    point: float | None
    high: float
    pairs: float
    labels: int
    unsure: int
    unseen: float


def clopper_pearson_low(right: float, labels: float, level: float = LEVEL) -> float:
    """The exact lower limit of a share of which `right` of `labels` were seen; the upper one is 1 - low(labels - right, labels)."""
    if right <= 0:
        return 0.0
    from scipy.special import betaincinv

    return float(betaincinv(right, labels - right + 1, (1 - level) / 2))


def share(cells: Iterable[Cell], level: float = LEVEL) -> Share:
    """The share of right pairs over all cells; nothing is known (0 to 1) of no pairs at all."""
    cells = [cell for cell in cells if cell.size > 0]
    pairs = sum(cell.size for cell in cells)
    labelled = [cell for cell in cells if cell.labels]
    seen = sum(cell.size for cell in labelled)
    point = sum(cell.size * cell.right / cell.labels for cell in labelled) / seen if seen else None
    low = _low([(cell.size, cell.right, cell.wrong + cell.unsure) for cell in cells], level)
    high = 1 - _low([(cell.size, cell.wrong, cell.right + cell.unsure) for cell in cells], level)
    labels, unsure = (round(sum(numbers)) for numbers in ([c.labels for c in cells], [c.unsure for c in cells]))
    if point is not None:  # float noise must not put the estimate outside its limits
        low, high = min(low, point), max(high, point)
    return Share(low, point, high, pairs, labels, unsure, pairs - seen)


def _low(cells: Sequence[tuple[float, float, float]], level: float) -> float:
    """The lower limit over cells of (size, right, wrong); what nobody looked at counts as wrong, what was seen is known."""
    pairs = sum(size for size, _, _ in cells)
    total = doubt = known = 0.0
    for size, right, wrong in cells:
        labels = right + wrong
        if not labels:
            continue
        point = right / labels
        total += size * point
        doubt += size * max(size - labels, 0) * (point - clopper_pearson_low(right, labels, level)) ** 2
        known += right
    return max(known, total - sqrt(doubt)) / pairs if pairs else 0.0


def recall(found: Share, missed: Share) -> tuple[float | None, float | None, float | None]:
    """(low, point, high) of right pairs found among all right pairs: `found` is the share of right ones among the pairs that were put
    together, `missed` among those kept apart. The limits hold together at LEVEL when each share was made at `both_at(LEVEL)`.

    None where there is no right pair to be found.
    """
    low = _ratio(found.low * found.pairs, missed.high * missed.pairs)
    high = _ratio(found.high * found.pairs, missed.low * missed.pairs)
    if (found.pairs and found.point is None) or (missed.pairs and missed.point is None):
        return low, None, high
    return low, _ratio((found.point or 0) * found.pairs, (missed.point or 0) * missed.pairs), high


def both_at(level: float) -> float:
    """The level of each of two intervals that hold together at `level` (Bonferroni)."""
    return 1 - (1 - level) / 2


def _ratio(right: float, missed: float) -> float | None:
    return right / (right + missed) if right + missed else None
