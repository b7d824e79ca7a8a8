"""Which strata there are, which kind of error each tells about, and how a sample is shared out among them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.identity.clusters import HELD_BY
from tasks.identity.policy import CLAUSES
from tasks.quality.strata import APART, KINDS, MERGED, NO_BAND, OTHER_KIND, Stratum, allocate, kind_of
from tasks.quality.words import KIND_WORDS

NIK, NAME, TWINS = (
    Stratum(MERGED, "SAME_NIK_AND_NAME", 2),
    Stratum(MERGED, "NAME_AND_BIRTH", 1),
    Stratum(APART, "TWINS", 0),
)


@pytest.mark.parametrize(
    ("left", "size", "drawn"),
    [
        ({NIK: 9_000, NAME: 1_000}, 100, {NIK: 70, NAME: 30}),  # half in equal parts, half by size
        ({NIK: 9_000, NAME: 4}, 100, {NIK: 96, NAME: 4}),  # no more than there are
        ({NIK: 3, NAME: 4}, 100, {NIK: 3, NAME: 4}),
        ({NIK: 9_000, NAME: 100, TWINS: 5}, 1, {NIK: 1}),
        ({NIK: 0}, 10, {}),
        ({}, 10, {}),
    ],
)
def test_who_is_asked(left: dict[Stratum, int], size: int, drawn: dict[Stratum, int]) -> None:
    assert allocate(left, size) == drawn


strata = st.builds(Stratum, st.sampled_from([MERGED, APART]), st.sampled_from("ABCDE"), st.integers(0, NO_BAND))


@given(st.dictionaries(strata, st.integers(0, 5_000), max_size=12), st.integers(0, 2_000))
def test_a_sample_is_as_large_as_asked_or_all_there_is(left: dict[Stratum, int], size: int) -> None:
    drawn = allocate(left, size)
    assert sum(drawn.values()) == min(size, sum(left.values()))
    assert all(0 < count <= left[stratum] for stratum, count in drawn.items())


def test_every_clause_of_the_policy_tells_about_a_kind_of_error() -> None:
    clauses = [clause.__name__.upper() for clause, _ in CLAUSES] + ["UNDECIDED", *HELD_BY]
    unknown = [clause for clause in clauses if kind_of(clause) == OTHER_KIND]
    assert unknown == [], "name its kind in tasks/quality/strata.py"


def test_every_kind_has_words() -> None:
    assert {*KINDS, OTHER_KIND} == KIND_WORDS.keys()
