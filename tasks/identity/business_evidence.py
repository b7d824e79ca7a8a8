"""What two records of one owner say of one business: their names, and the details beside the name.

Belongs here: pure functions over columns of pairs. Does not belong here: which pairs become one business (businesses.py), names of people.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.identity.arrays import as_objects
from tasks.identity.places import is_generic, own_words

#: names of one business as two offices write them; measured on spelling variants, below it different shops of one owner appear
SAME_NAME_RATIO = 86.0
#: from this length on one wrong letter is a slip: two shops of one owner do not differ by a letter
SLIP_LENGTH = 5
#: names that resemble so much are one business when two details more agree than deny: one shop does not bear two names by chance
SIMILAR_NAME_RATIO = 70.0

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]


def names_alike(left: Texts, right: Texts) -> Mask:
    """Whether two compared names are one name written twice."""
    return _over_distinct(_alike, left, right)


def names_resemble(left: Texts, right: Texts) -> Mask:
    """Whether two compared names could be one that somebody misread; numbers tell branches apart here too."""
    return _over_distinct(_resemble, left, right)


def _over_distinct(told: Callable[[str, str], bool], left: Texts, right: Texts) -> Mask:
    """What is told of two names, over distinct pairs; an absent name is like no other."""
    frame = pd.DataFrame({"a": left, "b": right})
    codes = frame.groupby(["a", "b"], dropna=False, sort=False).ngroup().to_numpy()
    first = frame.drop_duplicates(["a", "b"])
    found = np.array(
        [
            isinstance(a, str) and isinstance(b, str) and _numbers(a) == _numbers(b) and told(a, b)
            for a, b in zip(first["a"], first["b"], strict=True)
        ],
        dtype=bool,
    )
    return found[codes] if len(codes) else np.array([], dtype=bool)


def _alike(a: str, b: str) -> bool:
    """One name: nearly the same letters, one letter wrong or two that changed places, or one side leaves out what the other says is
    sold."""
    from rapidfuzz.distance import OSA

    one, other = a.replace(" ", ""), b.replace(" ", "")
    if min(len(one), len(other)) >= SLIP_LENGTH and OSA.distance(one, other, score_cutoff=1) <= 1:
        return True
    if _same_letters(a, b) >= SAME_NAME_RATIO:
        return True
    ours, theirs = own_words(a), own_words(b)
    return bool(ours) and ours == theirs and (a == ours or b == theirs)


def _resemble(a: str, b: str) -> bool:
    return _same_letters(a, b) >= SIMILAR_NAME_RATIO


def _same_letters(a: str, b: str) -> float:
    """How many of 100 letters are the same, in order or word by word."""
    from rapidfuzz import fuzz

    return max(fuzz.ratio(a.replace(" ", ""), b.replace(" ", "")), fuzz.token_sort_ratio(a, b))


def _numbers(name: str) -> list[str]:
    return [word for word in name.split() if word.isdigit()]


def says_agreed(pairs: pd.DataFrame) -> Ints:
    """How many details both records tell alike: product, year of start, turnover to the rupiah, an address that is not the owner's."""
    address = equal(*sides(pairs, "business_address"))
    for side in ("a", "b"):
        address &= ~equal(as_objects(pairs[f"business_address_{side}"]), as_objects(pairs[f"owner_address_{side}"]))
    product = names_alike(*sides(pairs, "product"))
    counted: Ints = sum(
        (
            each.astype(np.int64)
            for each in (product, *(equal(*sides(pairs, name)) for name in ("started_year", "annual_turnover_idr")))
        ),
        start=address.astype(np.int64),
    )
    return counted


def with_details(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs with the number of details that are told alike (`agreed`), that last and are told otherwise (`denied`), and of all that
    stand against one business (`against`): another address as well."""
    denied = says_denied(pairs)
    against = denied + stands_elsewhere(pairs).astype(np.int64)
    return pairs.assign(agreed=says_agreed(pairs), denied=denied, against=against)


def speaks_of_two(pairs: pd.DataFrame) -> Mask:
    """Two details or three stand against one business and fewer agree (pairs `with_details`). One alone is soon misremembered, or the
    business has moved."""
    two: Mask = ((pairs["against"] >= 2) & (pairs["against"] > pairs["agreed"])).to_numpy(dtype=bool)
    return two


def tells_the_same(pairs: pd.DataFrame) -> Mask:
    """Both records tell the same of place, goods, year and address, and are silent about the same."""
    same = np.ones(len(pairs), dtype=bool)
    for one, other in (sides(pairs, name) for name in ("village_code", "business_address", "product", "started_year")):
        same &= equal(one, other) | (absent(one) & absent(other))
    return same


def says_denied(pairs: pd.DataFrame) -> Ints:
    """How many details both tell that last, and tell otherwise: product and year of start. Turnovers and addresses change."""
    denied: Ints = sells_otherwise(pairs).astype(np.int64) + differ(*sides(pairs, "started_year")).astype(np.int64)
    return denied


def sells_otherwise(pairs: pd.DataFrame) -> Mask:
    """Both tell a product, and it is another."""
    one, other = sides(pairs, "product")
    return ~absent(one) & ~absent(other) & ~names_alike(one, other)


def stands_elsewhere(pairs: pd.DataFrame) -> Mask:
    """Both tell an address of the business, and it is another: they may have moved, so it denies only beside something else."""
    return differ(*sides(pairs, "business_address"))


def sides(pairs: pd.DataFrame, column: str) -> tuple[Texts, Texts]:
    """The values of a column on both sides of the pairs, None where absent."""
    return as_objects(pairs[f"{column}_a"]), as_objects(pairs[f"{column}_b"])


def absent(values: Texts) -> Mask:
    """Which values are absent."""
    return np.asarray(pd.isna(pd.Series(values, dtype=object)), dtype=bool)


def has_own_name(values: Texts) -> Mask:
    """Which names have a word beside what is sold; an absent name has none."""
    codes, distinct = pd.factorize(pd.Series(values, dtype=object))
    own = np.array([not is_generic(name) for name in distinct] + [False], dtype=bool)
    result: Mask = own[codes]
    return result


def differ(left: Texts, right: Texts) -> Mask:
    """Both are known and differ."""
    result: Mask = ~absent(left) & ~absent(right) & np.asarray(left != right, dtype=bool)
    return result


def equal(left: Texts, right: Texts) -> Mask:
    """Both are known and equal."""
    result: Mask = ~absent(left) & ~absent(right) & np.asarray(left == right, dtype=bool)
    return result
