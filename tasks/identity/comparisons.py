"""What is compared between two records of persons, level by level: the one table behind the Splink settings, the policy and the evidence.

Belongs here: comparison names, level names, their conditions (DuckDB SQL over `_l` and `_r`), the start values for training.
Does not belong here: trained values (models/*.json), what a level means for a verdict (tasks/identity/policy.py).
"""

from __future__ import annotations

from tasks.identity.layout import Comparison, Level, both_ways, either_absent

_DAY_MONTH_SWAPPED = (
    "(year(born_on_l) = year(born_on_r) AND month(born_on_l) = day(born_on_r) AND day(born_on_l) = month(born_on_r))"
)
#: the same day of a neighbouring year or of another decade: a slip that changes more than one digit (1969 and 1970, 1992 and 2002)
_YEAR_OFF = (
    "(month(born_on_l) = month(born_on_r) AND day(born_on_l) = day(born_on_r)"
    " AND abs(year(born_on_l) - year(born_on_r)) IN (1, 2, 10))"
)
_ONE_DIGIT_OFF = "damerau_levenshtein(strftime(born_on_l, '%Y%m%d'), strftime(born_on_r, '%Y%m%d')) <= 1"
#: equal NIKs already say what a birth date derived from them would say again
_BIRTH_ABSENT = (
    f"{either_absent('born_on')} OR (coalesce(nik_l = nik_r, false) AND (birth_date_l IS NULL OR birth_date_r IS NULL))"
)
_ANY_PHONE = (
    "(phone_l = phone_r OR coalesce(phone_l = phone_other_r, false) OR coalesce(phone_other_l = phone_r, false))"
)
_WITHIN = (
    "list_unique(string_split(name_sorted_{b}, ' ')) = len(string_split(name_sorted_{b}, ' '))"
    " AND list_has_all(string_split(name_sorted_{a}, ' '), string_split(name_sorted_{b}, ' '))"
)
_SHORTENED = (
    "name_initials_l = name_initials_r AND length(name_initials_l) >= 2 AND list_has_any("
    "list_filter(string_split(name_sorted_l, ' '), lambda w: length(w) >= 2),"
    " list_filter(string_split(name_sorted_r, ' '), lambda w: length(w) >= 2))"
    " AND regexp_matches(name_sorted_l || ' ' || name_sorted_r, '(^| )[a-z]( |$)')"
)
#: Rudi and Rudy, Arif and Arief sound alike, but it is how parents tell twins apart and no old spelling
_TWIN_LETTERS = "len(regexp_extract_all(written_name_{a}, 'y( |$)|ie'))"
_SAME_LETTERS = f"{_TWIN_LETTERS.format(a='l')} = {_TWIN_LETTERS.format(a='r')}"
#: the same for the given name alone, which a Muhammad or Siti may stand before
_FIRST_LIKE_TWINS = "regexp_matches(written_name_{a}, '^[a-z]+y( |$)|^[a-z]*ie')"
_GIVEN_WITH_Y = "list_contains(string_split(written_name_{a}, ' '), regexp_replace(given_name_{a}, 'i$', 'y'))"
_GIVEN_WITH_IE = "list_contains(string_split(written_name_{a}, ' '), regexp_replace(given_name_{a}, 'i', 'ie'))"
_SAME_GIVEN = (
    "given_name_l = given_name_r"
    f" AND {_FIRST_LIKE_TWINS.format(a='l')} = {_FIRST_LIKE_TWINS.format(a='r')}"
    f" AND (NOT ends_with(given_name_l, 'i') OR {_GIVEN_WITH_Y.format(a='l')} = {_GIVEN_WITH_Y.format(a='r')})"
    f" AND (NOT contains(given_name_l, 'i') OR {_GIVEN_WITH_IE.format(a='l')} = {_GIVEN_WITH_IE.format(a='r')})"
)


def _exchanged(column: str) -> str:
    """Condition: two neighbouring letters changed places."""
    a, b = f"{column}_l", f"{column}_r"
    return (
        f"CASE WHEN length({a}) <> length({b}) THEN false WHEN hamming({a}, {b}) <> 2 THEN false"
        f" ELSE damerau_levenshtein({a}, {b}) = 1 END"
    )


def _lost(column: str) -> str:
    """Condition: a letter is lost or added."""
    a, b = f"{column}_l", f"{column}_r"
    return f"CASE WHEN abs(length({a}) - length({b})) <> 1 THEN false ELSE levenshtein({a}, {b}) = 1 END"


def _near(column: str) -> str:
    """Condition: a letter or, in long names, two are others."""
    a, b = f"{column}_l", f"{column}_r"
    limit = f"CASE WHEN least(length({a}), length({b})) >= 12 THEN 2 WHEN least(length({a}), length({b})) >= 5 THEN 1 ELSE 0 END"
    return f"{_within_two(a, b)} ELSE damerau_levenshtein({a}, {b}) <= {limit} END"


def _within_two(a: str, b: str) -> str:
    """The beginning of a CASE that says false where more than two changes lie between the texts, by what is cheaper to count: a change
    moves the length by one at most, and an exchange is two changes to Levenshtein. Most pairs end here."""
    return f"CASE WHEN abs(length({a}) - length({b})) > 2 THEN false WHEN levenshtein({a}, {b}) > 4 THEN false"


COMPARISONS: tuple[Comparison, ...] = (
    Comparison("name", either_absent("name_sorted"), (
        Level("written", "written_name_l = written_name_r", 0.70, 0.0002),
        Level("equal", f"{_SAME_LETTERS} AND (name_sorted_l = name_sorted_r"
              " OR replace(full_name_l, ' ', '') = replace(full_name_r, ' ', '')"
              " OR replace(written_name_l, ' ', '') = replace(written_name_r, ' ', ''))", 0.10, 0.00002),
        # two letters that changed places make no other name; a letter lost does in a given name (Mira and Mirna), elsewhere it is a slip
        Level("slip", "least(length(name_sorted_l), length(name_sorted_r)) >= 5"
              f" AND ({_exchanged('name_sorted')} OR {_exchanged('full_name')}"
              f" OR ({_SAME_GIVEN} AND ({_lost('name_sorted')} OR {_lost('full_name')})))", 0.04, 0.0001),
        # the same given name: twins share all the others
        Level("part", f"{_SAME_GIVEN} AND ({both_ways('len(string_split(name_sorted_{b}, chr(32))) >= 2 AND ' + _WITHIN)}"
              f" OR ({_SHORTENED}))", 0.05, 0.0005),
        # another letter in place of one, a slip in the given name, two slips: what twins' names also are (Heri and Hero)
        Level("respelt", f"{_near('name_sorted')} OR {_near('full_name')}", 0.04, 0.0003),
        Level("one_word", f"{_SAME_GIVEN} AND length(given_name_l) >= 3 AND "
              + both_ways("len(string_split(name_sorted_{b}, ' ')) = 1 AND " + _WITHIN), 0.03, 0.003),
        # initials stand for the given name too
        Level("initials", _SHORTENED, 0.02, 0.001),
        # twins and siblings are alike too: nearly the same letters, or a part without the given name
        Level("similar", "jaro_winkler_similarity(name_sorted_l, name_sorted_r) >= 0.88 OR "
              + both_ways("length(name_sorted_{b}) >= 3 AND " + _WITHIN), 0.03, 0.006),
        Level("other", "ELSE", 0.02, 0.9899),
    ), term_column="written_name"),
    Comparison("birth", _BIRTH_ABSENT, (
        Level("equal", "born_on_l = born_on_r", 0.92, 1 / 18_000),
        Level("near", f"({_DAY_MONTH_SWAPPED} OR {_YEAR_OFF} OR {_ONE_DIGIT_OFF})", 0.05, 0.002),
        Level("year", "year(born_on_l) = year(born_on_r)", 0.01, 0.02),
        Level("other", "ELSE", 0.02, 0.97794),
    )),
    Comparison("nik", either_absent("nik"), (
        Level("equal", "nik_l = nik_r", 0.95, 1e-6),
        # brother and sister of one birth too: her day stands 40 higher
        Level("serial", "nik_area_l = nik_area_r AND nik_birth_l = nik_birth_r", 0.006, 2e-6),
        Level("near", f"{_within_two('nik_l', 'nik_r')} ELSE damerau_levenshtein(nik_l, nik_r) <= 2 END", 0.03, 1e-6),
        Level("doubted", "is_nik_doubted_l OR is_nik_doubted_r", 0.02, 0.02),
        Level("area", "nik_area_l = nik_area_r", 0.007, 0.02),
        Level("other", "ELSE", 0.007, 0.959996),
    ), identifier="nik"),
    Comparison("kk", either_absent("kk_number"), (
        Level("equal", "kk_number_l = kk_number_r", 0.93, 3e-6),
        Level("other", "ELSE", 0.07, 0.999997),
    ), identifier="kk_number"),
    Comparison("phone", either_absent("phone"), (
        Level("equal", _ANY_PHONE, 0.75, 3e-6),
        Level("other", "ELSE", 0.25, 0.999997),
    ), identifier="phone"),
    Comparison("nib", either_absent("nib"), (
        Level("equal", "nib_l = nib_r", 0.9, 2e-6),
        Level("other", "ELSE", 0.1, 0.999998),
    ), identifier="nib"),
    Comparison("sex", either_absent("sex"), (
        Level("equal", "sex_l = sex_r", 0.99, 0.5),
        Level("other", "ELSE", 0.01, 0.5),
    )),
    Comparison("place", either_absent("district_code"), (
        Level("village", "village_code_l = village_code_r", 0.75, 0.005),
        Level("district", "district_code_l = district_code_r", 0.08, 0.02),
        Level("regency", "left(district_code_l, 5) = left(district_code_r, 5)", 0.05, 0.13),
        Level("other", "ELSE", 0.12, 0.845),
    )),
    Comparison("address", either_absent("address"), (
        Level("equal", "address_l = address_r", 0.6, 0.0005),
        Level("similar", "jaro_winkler_similarity(address_l, address_r) >= 0.92", 0.15, 0.004),
        Level("other", "ELSE", 0.25, 0.9955),
    )),
    Comparison("business", either_absent("business_name"), (
        Level("equal", "business_name_l = business_name_r AND NOT is_generic_l", 0.5, 0.0008),
        Level("alike", "business_name_l = business_name_r OR jaro_winkler_similarity(business_name_l, business_name_r) >= 0.92",
              0.25, 0.008),
        Level("other", "ELSE", 0.25, 0.9912),
    )),
)  # fmt: skip

BY_NAME = {comparison.name: comparison for comparison in COMPARISONS}

#: the columns of identity.features that the model reads
COMPARED_COLUMNS = (
    "written_name", "full_name", "name_sorted", "name_initials", "given_name", "birth_date", "born_on", "nik", "nik_area", "nik_birth",
    "is_nik_doubted", "kk_number", "phone", "phone_other", "nib", "sex", "district_code", "village_code", "address",
    "business_name",
)  # fmt: skip
