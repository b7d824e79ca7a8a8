"""What the strata of a sample are, which kind of error each stands for, and how the pairs to be asked are shared out among them.

Belongs here: names and numbers of strata. Does not belong here: SQL (labels.py, tasks/identity/steps/sample), what a clause is
(tasks/identity/policy), intervals.

A stratum is a side (the pair was put together, or kept apart), the clause of the policy that decided, and a band of the pair's weight. A
pair that stands together through a third record only, whatever is said of it directly, is of the clause THROUGH_OTHERS, without band.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MERGED, APART = "merged", "apart"
THROUGH_OTHERS = "THROUGH_OTHERS"
#: weights (bits) at which a band begins; below the first is band 0
BANDS = (24.0, 36.0)
BAND_WORDS = ("under 24 bits", "24 to 36 bits", "over 36 bits", "no weight")
NO_BAND = len(BANDS) + 1

#: which kind of error is told by a pair of a clause: put together wrongly, or wrongly kept apart
KINDS: dict[str, tuple[str, ...]] = {
    "borrowed_nik": ("SAME_NIK_AND_BIRTH", "SAME_NIK_AND_NAME", "SAME_NIK_QUESTION", "BORROWED_NIK"),
    "twins": ("SERIAL_TYPO", "SERIAL_QUESTION", "TWINS", "BORN_TOGETHER"),
    "nik_slip": ("NIK_TYPO", "DOUBTED_NIK", "NIK_QUESTION"),
    "household": ("DIFFERENT_NIK", "DIFFERENT_SEX", "ONE_HOUSEHOLD"),
    "nik_missing": ("NAME_AND_BIRTH", "RESPELT_AND_BUSINESS", "ONE_WORD_AND_BIRTH", "NAME_AND_WITNESS", "UNDECIDED"),
    "whole_cluster": ("KEPT_APART", "NIK_CONFLICT", "LARGEST_CLUSTER", "UNSURE"),
    "through_others": (THROUGH_OTHERS,),
}
OTHER_KIND = "other"
_KIND_OF = {clause: kind for kind, clauses in KINDS.items() for clause in clauses}


class Stratum(NamedTuple):
    """Side, clause and number of the weight band."""

    side: str
    clause: str
    band: int

    def __str__(self) -> str:
        return f"{self.clause}, {BAND_WORDS[self.band]}"


def kind_of(clause: str) -> str:
    """The kind of error that a clause's pairs tell about."""
    return _KIND_OF.get(clause, OTHER_KIND)


def band_sql(weight: str) -> str:
    """SQL: the number of the band of a weight."""
    cases = " ".join(f"WHEN {weight} < {start} THEN {number}" for number, start in enumerate(BANDS))
    return f"CASE WHEN {weight} IS NULL THEN {NO_BAND} {cases} ELSE {len(BANDS)} END"


def allocate(remaining: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """How many of `size` pairs to draw from each stratum with so many pairs left: half of them in equal parts, so that every kind
    says something, half by size, so that the whole is known; never more than there are. In all min(size, what is left).
    """
    left = {stratum: count for stratum, count in sorted(remaining.items()) if count > 0}
    drawn = dict.fromkeys(left, 0)
    to_draw = min(size, sum(left.values()))
    while to_draw:
        total = sum(left.values())
        wanted = {stratum: to_draw * (0.5 / len(left) + 0.5 * count / total) for stratum, count in left.items()}
        parts = {stratum: min(int(wanted[stratum]), left[stratum]) for stratum in left}
        if not any(parts.values()):  # fewer to draw than strata: the largest parts first
            most = sorted(left, key=lambda stratum: (-wanted[stratum], stratum))[:to_draw]
            parts = dict.fromkeys(most, 1)
        for stratum, part in parts.items():
            drawn[stratum] += part
            left[stratum] -= part
            to_draw -= part
        left = {stratum: count for stratum, count in left.items() if count}
    return {stratum: count for stratum, count in drawn.items() if count}
