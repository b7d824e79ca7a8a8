"""What a scored pair means. Models score, policy decides, people overrule (P5); the raw weight stays beside the verdict.

Belongs here: named clauses, the thresholds with their reasons, the order in which clauses speak. Does not belong here: scores
(model.py), what a whole cluster may hold (clusters.py), judgements (they overrule in clusters.py).
A pair is a row of the frame that model.score_pairs returns: `weight` and one level code per comparison (-1 = absent).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.identity.bounds import FLOOR_WEIGHT, MERGE_WEIGHT
from tasks.identity.comparisons import BY_NAME

Mask = npt.NDArray[np.bool_]


def at_least(pairs: pd.DataFrame, comparison: str, word: str) -> Mask:
    """The comparison reaches the level `word` or a stronger one."""
    result: Mask = pairs[comparison].to_numpy() >= BY_NAME[comparison].code(word)
    return result


def exactly(pairs: pd.DataFrame, comparison: str, word: str) -> Mask:
    """The comparison is at the level `word`."""
    result: Mask = pairs[comparison].to_numpy() == BY_NAME[comparison].code(word)
    return result


def absent(pairs: pd.DataFrame, comparison: str) -> Mask:
    """The comparison could not be made."""
    result: Mask = pairs[comparison].to_numpy() < 0
    return result


def name_holds(pairs: pd.DataFrame) -> Mask:
    """The name is equal, a slip of the pen, or one is a part of the other with the given name in it (two words, initials)."""
    return at_least(pairs, "name", "part")


def same_given_name(pairs: pd.DataFrame) -> Mask:
    """The given name is the same or its initial is, and the rest does not deny it: what twins with names of their own never have."""
    words = ("written", "slip", "part", "one_word", "initials")
    return np.isin(pairs["name"].to_numpy(), [BY_NAME["name"].code(word) for word in words])


def name_resembles(pairs: pd.DataFrame) -> Mask:
    """The name holds, is respelt or similar, or the one word of a one-word name is the given name of the other."""
    return at_least(pairs, "name", "similar")


def birth_holds(pairs: pd.DataFrame) -> Mask:
    """The birth date is equal, a digit off, or day and month stand swapped."""
    return at_least(pairs, "birth", "near")


def has_own_business(pairs: pd.DataFrame) -> Mask:
    """What no two of a household share unless they run one business: its own name, or the NIB."""
    return at_least(pairs, "nib", "equal") | at_least(pairs, "business", "equal")


def has_own_witness(pairs: pd.DataFrame) -> Mask:
    """Something of this person's own beside name and birth: phone, NIB, or a business name that is not generic."""
    return has_own_business(pairs) | at_least(pairs, "phone", "equal")


def has_others_own(pairs: pd.DataFrame) -> Mask:
    """Phone and business are told and are others: what the two share is a household's, as twins do."""
    return exactly(pairs, "phone", "other") & exactly(pairs, "business", "other") & ~has_own_witness(pairs)


def has_witness(pairs: pd.DataFrame) -> Mask:
    """Something of one's own, or of one's household: family card or address."""
    return has_own_witness(pairs) | at_least(pairs, "kk", "equal") | at_least(pairs, "address", "equal")


def has_nearness(pairs: pd.DataFrame) -> Mask:
    """A witness, or at least the same district or a similar address."""
    return has_witness(pairs) | at_least(pairs, "place", "district") | at_least(pairs, "address", "similar")


def convinces(pairs: pd.DataFrame) -> Mask:
    """The model alone would merge."""
    result: Mask = pairs["weight"].to_numpy() >= MERGE_WEIGHT
    return result


def is_a_question(pairs: pd.DataFrame) -> Mask:
    """A person could be in doubt: the model would merge, the names resemble, something is shared, no birth date denies it."""
    denied = exactly(pairs, "birth", "other") | exactly(pairs, "birth", "year")
    return convinces(pairs) & name_resembles(pairs) & has_witness(pairs) & ~denied


# --- the clauses, each a question about a pair -------------------------------------------------------------------------------


def same_nik_and_birth(pairs: pd.DataFrame) -> Mask:
    """Equal NIK, stated birth dates that hold, and something else: the NIK says the birth date already, so the two alone are one
    witness, and a slip in the serial hits a neighbour's number. Under quite another name all the rest must convince. Where the given
    name is another and phone and business are too, all that is shared is a twin's: it borrowed the number."""
    other_name = at_least(pairs, "birth", "equal") & convinces(pairs) & ~exactly(pairs, "sex", "other")
    plain = name_resembles(pairs) & ~exactly(pairs, "name", "similar")
    named = plain | ((name_resembles(pairs) | other_name) & ~has_others_own(pairs))
    return exactly(pairs, "nik", "equal") & birth_holds(pairs) & has_witness(pairs) & named


def same_nik_and_name(pairs: pd.DataFrame) -> Mask:
    """Equal NIK and a name that holds; where it only resembles the rest must convince, and not only a birth date under another phone
    (twins borrow). Where the birth dates deny it something of this person's own must be shared, and a phone beside another business is a
    house's: father and son of one name borrow too."""
    denied = exactly(pairs, "birth", "other")
    day_alone = birth_holds(pairs) & exactly(pairs, "phone", "other") & ~at_least(pairs, "business", "alike")
    resembles = name_resembles(pairs) & convinces(pairs) & (exactly(pairs, "name", "one_word") | ~day_alone)
    own = has_own_business(pairs) | (has_own_witness(pairs) & ~exactly(pairs, "business", "other"))
    return exactly(pairs, "nik", "equal") & (name_holds(pairs) | resembles) & (~denied | (own & convinces(pairs)))


def same_nik_question(pairs: pd.DataFrame) -> Mask:
    """Equal NIK under quite another name, a birth date nearly equal and all the rest convincing; or initials alone, which name nobody, and
    a birth date of the same year or none; or another birth date under one name and phone. Slips of one person, or kin: nothing denies
    for certain that they are one, so a third record may join them."""
    other_name = birth_holds(pairs) & convinces(pairs) & (has_witness(pairs) | name_resembles(pairs))
    no_name = absent(pairs, "name") & ~exactly(pairs, "birth", "other") & has_witness(pairs)
    other_birth = name_holds(pairs) & exactly(pairs, "birth", "other") & has_own_witness(pairs) & convinces(pairs)
    return exactly(pairs, "nik", "equal") & (other_name | no_name | other_birth) & ~exactly(pairs, "sex", "other")


def borrowed_nik(pairs: pd.DataFrame) -> Mask:
    """Equal NIK, but neither name nor birth date hold: a number copied down, or lent."""
    return exactly(pairs, "nik", "equal")


def serial_typo(pairs: pd.DataFrame) -> Mask:
    """Only the serial differs: one person when the name is the same to the letter and something is shared (no twins bear one name),
    when the name holds with a slip and something of this person's own is shared. Another spelling needs the same business (Rudi and Rudy,
    Arif and Arief are twins), and that not all else denies it: Dapur Rudi is not Dapur Rudy where the NIB, or card, phone and address, are
    others. A part of a name needs one that is alike: Lawing and Lawing Jau of one phone are twins too."""
    named = exactly(pairs, "name", "written") & has_witness(pairs)
    spelt = exactly(pairs, "name", "equal") | exactly(pairs, "name", "respelt")
    shortened = exactly(pairs, "name", "part") | exactly(pairs, "name", "one_word")
    alike = at_least(pairs, "business", "alike") | at_least(pairs, "nib", "equal")
    held = (exactly(pairs, "name", "slip") | (shortened & alike)) & has_own_witness(pairs)
    apart = exactly(pairs, "phone", "other") & exactly(pairs, "address", "other") & ~at_least(pairs, "kk", "equal")
    elsewhere = exactly(pairs, "nib", "other") | apart
    respelt = spelt & at_least(pairs, "birth", "equal") & has_own_business(pairs) & ~elsewhere
    return exactly(pairs, "nik", "serial") & (named | held | respelt) & convinces(pairs)


def serial_question(pairs: pd.DataFrame) -> Mask:
    """Only the serial differs and the given name is the same: a slip that nothing confirms, or a neighbour's number."""
    return exactly(pairs, "nik", "serial") & same_given_name(pairs)


def twins(pairs: pd.DataFrame) -> Mask:
    """Same area and birth date in the NIK, another serial, names that resemble, and a phone or business in common: twins of one sex, or
    one person with two slips of the pen. Where both tell another sex nobody is in doubt."""
    named = name_resembles(pairs) & ~exactly(pairs, "sex", "other")
    return exactly(pairs, "nik", "serial") & named & has_own_witness(pairs)


def born_together(pairs: pd.DataFrame) -> Mask:
    """Same area and birth date in the NIK, another serial, another given name, nothing of their own in common: two people of one day."""
    return exactly(pairs, "nik", "serial")


def nik_typo(pairs: pd.DataFrame) -> Mask:
    """NIKs one or two slips apart (not in the serial alone), name and birth date hold and something is shared. Where the birth dates
    are only nearly equal each may agree with its own NIK (siblings, namesakes, father and son): then it must be something of one's own,
    and a phone on one family card, or beside another business, is a house's. A respelt name needs the same business."""
    of_a_house = at_least(pairs, "kk", "equal") | exactly(pairs, "business", "other")
    own = has_own_business(pairs) | (at_least(pairs, "phone", "equal") & ~of_a_house)
    shared: Mask = np.where(at_least(pairs, "birth", "equal"), has_witness(pairs), own).astype(bool)
    respelt = exactly(pairs, "name", "respelt") & has_own_business(pairs)
    named = (name_holds(pairs) | same_given_name(pairs) | respelt) & ~exactly(pairs, "sex", "other")
    return exactly(pairs, "nik", "near") & birth_holds(pairs) & named & shared & convinces(pairs)


def doubted_nik(pairs: pd.DataFrame) -> Mask:
    """One NIK denies the birth date of its own row (copied down, drawn on, a family card's); name and birth date hold and
    something else is shared: the number is wrong, not the person."""
    same = name_holds(pairs) & at_least(pairs, "birth", "equal")
    return exactly(pairs, "nik", "doubted") & same & has_witness(pairs) & convinces(pairs)


def nik_question(pairs: pd.DataFrame) -> Mask:
    """Two intact NIKs that differ, of one name and birth date: one of the numbers may be wrong. A name that only resembles is enough where
    the numbers are two slips apart, or one is doubted: then name and number both slipped, or two people are near; the numbers keep
    those apart without this pair."""
    differ = ~absent(pairs, "nik") & ~exactly(pairs, "nik", "equal")
    slipped = (exactly(pairs, "nik", "near") | exactly(pairs, "nik", "doubted")) & ~exactly(pairs, "sex", "other")
    named = same_given_name(pairs) | (name_resembles(pairs) & slipped)
    return differ & named & birth_holds(pairs)


def different_nik(pairs: pd.DataFrame) -> Mask:
    """Two intact NIKs that differ: spouses, siblings, neighbours. Only a person may say otherwise."""
    return ~absent(pairs, "nik") & ~exactly(pairs, "nik", "equal")


def different_sex(pairs: pd.DataFrame) -> Mask:
    """One says man, the other woman."""
    return exactly(pairs, "sex", "other")


def name_and_birth(pairs: pd.DataFrame) -> Mask:
    """No NIK to compare; name and birth date hold and the two are not worlds apart. Where the birth dates are only nearly equal something
    must be shared: namesakes of one district are born a digit apart."""
    near: Mask = np.where(at_least(pairs, "birth", "equal"), has_nearness(pairs), has_witness(pairs)).astype(bool)
    return name_holds(pairs) & birth_holds(pairs) & near & convinces(pairs)


def respelt_and_business(pairs: pd.DataFrame) -> Mask:
    """No NIK to compare; the name is respelt as twins' names are, but the birth date is equal and the business is the same. A business
    that is only alike (its name generic, or nearly the same) needs phone and address besides: twins share those, but not a shop too.
    A name that is only similar, or initials, needs the same business and no other family card."""
    respelt = exactly(pairs, "name", "respelt")
    similar = (exactly(pairs, "name", "similar") | exactly(pairs, "name", "initials")) & ~exactly(pairs, "kk", "other")
    alike = (
        at_least(pairs, "business", "alike") & at_least(pairs, "phone", "equal") & at_least(pairs, "address", "equal")
    )
    shared = (has_own_business(pairs) & (respelt | similar)) | (alike & respelt)
    return at_least(pairs, "birth", "equal") & shared & convinces(pairs)


def one_word_and_birth(pairs: pd.DataFrame) -> Mask:
    """No NIK to compare; one writes the other's given name alone, the birth date holds and something else is shared: where it is only
    nearly equal, or phone and business are others, something of one's own."""
    house_too = at_least(pairs, "birth", "equal") & ~has_others_own(pairs)
    shared: Mask = np.where(house_too, has_witness(pairs), has_own_witness(pairs)).astype(bool)
    return exactly(pairs, "name", "one_word") & birth_holds(pairs) & shared & convinces(pairs)


def name_and_witness(pairs: pd.DataFrame) -> Mask:
    """No NIK and no birth date to compare; the name holds and something that belongs to this person is shared; where it is only a part,
    something of the household too."""
    household = at_least(pairs, "kk", "equal") | at_least(pairs, "address", "equal") | has_own_business(pairs)
    part = (exactly(pairs, "name", "part") | exactly(pairs, "name", "one_word")) & household
    named = at_least(pairs, "name", "slip") | part
    return named & absent(pairs, "birth") & has_own_witness(pairs) & convinces(pairs)


def one_household(pairs: pd.DataFrame) -> Mask:
    """One family card, phone and address, and no clause that makes them one: quite another name, or another birth date. All that is shared
    is the household's, so a third record does not make them one person either. A name that resembles, and a name that holds with
    another day of one year, are no two people of one house for certain: those a third record may join."""
    shared = at_least(pairs, "kk", "equal") & at_least(pairs, "phone", "equal") & at_least(pairs, "address", "equal")
    of_one_year = exactly(pairs, "birth", "year") & name_holds(pairs)
    denied = (exactly(pairs, "birth", "other") | exactly(pairs, "birth", "year")) & ~of_one_year
    return shared & (~name_resembles(pairs) | denied)


Clause = Callable[[pd.DataFrame], Mask]
#: clause -> verdict, in the order in which they speak; the first that holds decides. `review*` = review when it is a
#: question (is_a_question), else apart: what nobody would confuse is not a question for a person.
CLAUSES: tuple[tuple[Clause, str], ...] = (
    (same_nik_and_birth, "merge"),
    (same_nik_and_name, "merge"),
    (same_nik_question, "review"),
    (borrowed_nik, "review"),
    (serial_typo, "merge"),
    (serial_question, "review*"),
    (twins, "review*"),
    (born_together, "apart"),
    (nik_typo, "merge"),
    (doubted_nik, "merge"),
    (nik_question, "review*"),
    (different_nik, "review*"),
    (different_sex, "review*"),
    (name_and_birth, "merge"),
    (respelt_and_business, "merge"),
    (one_word_and_birth, "merge"),
    (name_and_witness, "merge"),
    (one_household, "review*"),
)
DETERMINISTIC = ("SAME_NIK_AND_BIRTH", "SAME_NIK_AND_NAME", "BORROWED_NIK")
#: clauses whose pairs may not end in one cluster through a third record either. The questions about NIKs are not among them: two NIKs
#: are kept apart as such (clusters.py) until a pair of records that carry them says that one is a slip of the other
CANNOT_LINK = ("BORROWED_NIK", "TWINS", "BORN_TOGETHER", "DIFFERENT_NIK", "DIFFERENT_SEX", "ONE_HOUSEHOLD")


def decide(pairs: pd.DataFrame) -> pd.DataFrame:
    """Add `tier`, `verdict` and `clause` to scored pairs and keep those above the floor.

    What no clause decides is UNDECIDED: a person's question or apart, as for `review*`.
    """
    clause = np.full(len(pairs), "UNDECIDED", dtype=object)
    verdict = np.full(len(pairs), "review*", dtype=object)
    open_ = np.ones(len(pairs), dtype=bool)
    for function, word in CLAUSES:
        hit = open_ & function(pairs)
        clause[hit], verdict[hit] = function.__name__.upper(), word
        open_ &= ~hit
    conditional = verdict == "review*"
    verdict[conditional] = np.where(is_a_question(pairs)[conditional], "review", "apart")
    # a NIK whose name only resembles may be a twin's, hit by a slip: it joins by its weight, among the others
    sure = np.isin(clause, DETERMINISTIC) & (name_holds(pairs) | same_given_name(pairs))
    result = pairs.assign(tier=np.where(sure, "deterministic", "model"), verdict=verdict, clause=clause)
    keep = (result["verdict"] != "apart") | (result["weight"] >= FLOOR_WEIGHT)
    return result[keep].reset_index(drop=True)
