"""Pairs an officer can read: who is one person, who is not, and who is a question. Scored by the committed model.

Every case tells two rows as changes of SITI (all invented), the verdict, the clause that speaks, and why.
"""

from __future__ import annotations

from datetime import date
from itertools import combinations
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pytest

from tasks.identity import scoring
from tasks.identity.blocking import LINKED_COLUMNS, without_shared_phones
from tasks.identity.clusters import cluster
from tasks.identity.features import make_features
from tasks.identity.model import newest_model
from tasks.identity.policy import CANNOT_LINK, decide
from tasks.identity.scoring import score_pairs, with_generic_names

TEXT = pd.ArrowDtype(pa.string())
Row = dict[str, Any]
SITI: Row = {
    "owner_name": "Siti Aminah", "nik": "9202126101800001", "kk_number": "9202121203150001", "birth_date": date(1980, 1, 21),
    "sex": "female", "phone": "+6281234567890", "owner_address": "Jl. Merdeka No. 5 RT 01/02", "district_code": "92.02.12",
    "village_code": "92.02.12.2001", "business_name": "Kue Mawar", "nib": None, "business_address": None,
}  # fmt: skip
OTHER_SHOP: Row = {"business_name": "Jahit Melati", "phone": "+6281355512345"}
TWIN: Row = {"owner_name": "Siti Fatimah", "nik": "9202126101800002", **OTHER_SHOP}
NO_NIK: Row = {"nik": None}
STRANGER: Row = {
    "kk_number": "9202120101110009", "phone": "+6285200000001", "owner_address": "Jl. Pasar Baru No. 77", "business_name": "Toko Sinar",
}  # fmt: skip
ELSEWHERE: Row = {"village_code": "92.03.01.2001", "district_code": "92.03.01"}
YUSUF: Row = {
    "owner_name": "Ahmad Yusuf", "sex": "male", "nik": "9202120203500004", "birth_date": date(1950, 3, 2), "business_name": "Bengkel Yusuf",
}  # fmt: skip
RUDI: Row = YUSUF | {"owner_name": "Rudi Umasugi", "business_name": "Dapur Rudi", "nib": "1234567890123"}
RUDY: Row = {"owner_name": "Rudy Umasugi", "business_name": "Dapur Rudy", "nik": "9202120203500011"}
FATHER: Row = YUSUF | {"nik": "9202121005400001", "birth_date": date(1940, 5, 10)}
BORN_LATER: Row = {"nik": "9202121005700003", "birth_date": date(1970, 5, 10)}
SON: Row = YUSUF | {"nik": "9202121107780002", "birth_date": date(1978, 7, 11), **OTHER_SHOP}


class Case(NamedTuple):
    """Two rows, what the machine says of them, by which clause, and why an officer would say so."""

    told: str
    left: Row
    right: Row
    verdict: str
    clause: str
    why: str


CASES = [
    # one person, told twice
    Case("the same row twice", {}, {}, "merge", "SAME_NIK_AND_BIRTH", "everything agrees"),
    Case("NIK and a shortened name", {}, {"owner_name": "Siti A.", "birth_date": None, "phone": None}, "merge", "SAME_NIK_AND_NAME",
         "the NIK agrees and the initial fits"),
    Case("titles and old spelling", {}, {"owner_name": "Hj. St. Aminah, S.Pd", **NO_NIK}, "merge", "NAME_AND_BIRTH",
         "titles and degrees are no part of a name"),
    Case("an initial of a name in Y", {"owner_name": "Besse Yusuf"}, {"owner_name": "Besse Y.", **NO_NIK}, "merge", "NAME_AND_BIRTH",
         "the initial is that of the name as written"),
    Case("day and month swapped, no NIK", {"birth_date": date(1980, 3, 4)}, {"birth_date": date(1980, 4, 3), **NO_NIK},
         "merge", "NAME_AND_BIRTH", "4 March and 3 April are one date read in two ways"),
    Case("the year slips into the next decade", {"birth_date": date(1969, 10, 28)}, {"birth_date": date(1970, 10, 28), **NO_NIK},
         "merge", "NAME_AND_BIRTH", "the day is the same and nobody of one name is born a year later to the day"),
    Case("a birth date in the future", {"birth_date": date(2045, 8, 17)}, NO_NIK, "merge", "NAME_AND_BIRTH",
         "no owner is unborn: the date is none, the NIK tells it"),
    Case("no NIK and no birth date, same phone", {}, NO_NIK | {"birth_date": None}, "merge", "NAME_AND_WITNESS",
         "the name is the same to the letter and the phone is her own"),
    Case("two letters joined wrongly", {}, NO_NIK | {"owner_name": "SitiA minah"}, "merge", "NAME_AND_BIRTH",
         "the letters are the same in the same order"),
    Case("a letter lost from the family name, no NIK", {"owner_name": "Heri Samola"}, NO_NIK | {"owner_name": "Heri Smola"}, "merge",
         "NAME_AND_BIRTH", "a lost letter is a slip of the pen, and not of the name that twins differ in"),
    Case("the first letters changed places", {"owner_name": "Hatija Samola"}, NO_NIK | {"owner_name": "Hatija aSmola"}, "merge",
         "NAME_AND_BIRTH", "the words stand in the same order, two letters do not"),
    Case("the given name alone", {"owner_name": "Nurlaila Tomagola"}, NO_NIK | {"owner_name": "Nurlaila"}, "merge",
         "ONE_WORD_AND_BIRTH", "people call themselves by their given name; birth date and phone agree"),
    Case("a digit of the serial, same name and phone", {}, {"nik": "9202126101800007"}, "merge", "SERIAL_TYPO",
         "no twins bear one name"),
    Case("a digit of the serial, the family name left out", {"owner_name": "Stevi Sahetapy"},
         {"owner_name": "Stevi", "nik": "9202126101800007"}, "merge", "SERIAL_TYPO", "twins have given names of their own"),
    Case("one digit of the area", {}, {"nik": "9202136101800001"}, "merge", "NIK_TYPO", "a digit off, and all else agrees"),
    Case("twins whose shops bear their names", RUDI, RUDI | RUDY | {"nib": "0234567890123"}, "review", "TWINS",
         "Dapur Rudi and Dapur Rudy sound alike as they do, and two NIBs are two owners"),
    Case("twins whose shops bear their names, far apart", RUDI, RUDI | RUDY | {"kk_number": None, "phone": "+6281355512345",
         "owner_address": "Jl. Kartini No. 161"}, "review", "TWINS", "all else is another, and the shop's name is the owner's again"),
    Case("one spelling more, one shop, one phone", RUDI, RUDI | RUDY, "merge", "SERIAL_TYPO",
         "the shop, the phone and the house are the same"),
    Case("father and son of one name and card", FATHER, FATHER | BORN_LATER | {"business_name": None}, "review", "NIK_QUESTION",
         "each number agrees with its own birth date, and card, phone and address are the house's"),
    Case("the son has married", FATHER, FATHER | BORN_LATER | {"kk_number": "9202120101110009", "business_name": "Toko Besi"}, "review",
         "NIK_QUESTION", "a card and a shop of his own, and his parents' phone"),
    Case("NIK and birth date a digit off, one business", {}, {"nik": "9202136101800001", "birth_date": date(1980, 1, 22)}, "merge",
         "NIK_TYPO", "the shop of that name is hers"),
    Case("two digits of the birth year in the NIK", {}, {"nik": "9202126101820011"}, "merge", "NIK_TYPO",
         "the stated birth date is the same, and all else"),
    Case("namesakes of one village with NIKs a digit apart", {}, STRANGER | {"nik": "9202126101810001", "birth_date": date(1981, 1, 21)},
         "apart", "NIK_QUESTION", "each NIK agrees with its own row's birth date"),
    Case("the family card's number in the NIK column", {}, {"nik": "9202121203150001"}, "merge", "DOUBTED_NIK",
         "the number denies the birth date of its own row: it is not hers"),
    Case("a digit of the NIK and a letter of the name", {}, OTHER_SHOP | {"nik": "9202136101800001", "owner_name": "Siti Amirah"},
         "review", "NIK_QUESTION", "two slips on one row, or two people whose numbers are near"),
    Case("initials under the same NIK, another day of the same month", {}, {"owner_name": "S. A.", "birth_date": date(1980, 2, 12)},
         "review", "SAME_NIK_QUESTION", "initials name nobody, so they deny nobody"),
    Case("a NIK whose last digit a spreadsheet lost", {}, {"nik": None, "owner_name": "SITI AMINAH"}, "merge", "NAME_AND_BIRTH",
         "such a NIK is not believed, so it neither joins nor parts"),
    # twins and others of one house
    Case("twins with names of their own", {}, TWIN, "apart", "BORN_TOGETHER", "two numbers of one day, two names"),
    Case("twins with names a letter apart and shops of their own", {"owner_name": "Rina Wati"}, TWIN | {"owner_name": "Rini Wati"},
         "apart", "BORN_TOGETHER", "two numbers, two names, two phones, two shops: nothing says that they are one"),
    Case("twins whose names differ by an ending, with one phone", {}, TWIN | {"owner_name": "Siti Aminatun", "phone": SITI["phone"]},
         "review", "TWINS", "an ending is soon forgotten, and only the serial differs"),
    Case("twins of whom one bears a word more, with one phone and a shop each", {"owner_name": "Lawing Lian"},
         TWIN | {"owner_name": "Lawing Jau Lian", "phone": SITI["phone"]}, "review", "SERIAL_QUESTION",
         "parents give twins names that begin alike; two shops and two numbers speak for two"),
    Case("a name shortened, a slip in the serial, one shop", {"owner_name": "Lawing Jau Lian"},
         {"owner_name": "Lawing Lian", "nik": "9202126101800002"}, "merge", "SERIAL_TYPO",
         "phone and shop are one, and the name leaves out a word"),
    Case("twins of one sound behind a Muhammad", {"owner_name": "Muhammad Rudi Hendrik"},
         TWIN | {"owner_name": "M. Rudy Hendrik", "phone": SITI["phone"]}, "review", "TWINS",
         "Muhammad is no given name: theirs differ by the letter that tells twins apart"),
    Case("twins of one sound and one phone", {"owner_name": "Rudi Hendrik"}, TWIN | {"owner_name": "Rudy Hendrik", "phone": SITI["phone"]},
         "review", "TWINS", "spelt otherwise and another serial: a slip or a twin"),
    Case("twins of two sexes with one phone", {"owner_name": "Dewa Lahai", "nik": "9202122101800001", "sex": None},
         {"owner_name": "Dewi Lahai", "sex": None, "business_name": "Jahit Melati"}, "review", "TWINS",
         "her day stands 40 higher in the NIK: one day, two numbers, one letter"),
    Case("twins of two sexes, both told, with one phone", {"owner_name": "Dewa Lahai", "nik": "9202122101800001", "sex": "male"},
         {"owner_name": "Dewi Lahai", "business_name": "Jahit Melati"}, "apart", "BORN_TOGETHER",
         "number, name and sex say brother and sister: no officer is needed"),
    Case("twins one letter apart, one without NIK", {"owner_name": "Heri Samola"}, NO_NIK | {"owner_name": "Hero Samola", **OTHER_SHOP},
         "review", "UNDECIDED", "one letter of the given name is a slip or a twin: nothing here tells"),
    Case("the same letter wrong, and the same shop", {"owner_name": "Heri Samola"}, NO_NIK | {"owner_name": "Hero Samola"}, "merge",
         "RESPELT_AND_BUSINESS", "a birth date and a shop with a name of its own: twins have a shop each"),
    Case("the same letter wrong, a generic shop, phone and address", {"owner_name": "Heri Samola", "business_name": "Rumah Makan"},
         NO_NIK | {"owner_name": "Hero Samola", "business_name": "Rumah Makan"}, "merge", "RESPELT_AND_BUSINESS",
         "twins share phone and house, but do not both run an eating house"),
    Case("the same letter wrong, a generic shop, another phone", {"owner_name": "Heri Samola", "business_name": "Rumah Makan"},
         NO_NIK | {"owner_name": "Hero Samola", "business_name": "Rumah Makan", "phone": "+6281355512345"}, "review", "UNDECIDED",
         "a generic name alone proves nothing"),
    Case("a name heard and written wrong twice, and the same shop", {"owner_name": "Tiar Sinaga"}, NO_NIK | {"owner_name": "Tyar iSnaga"},
         "merge", "RESPELT_AND_BUSINESS", "no two of one day run one shop"),
    Case("twins of whom one bears a word more, with one phone and one shop not told", {"owner_name": "Lawing Lian"},
         {"owner_name": "Lawing Jau Lian", "nik": "9202126101800002", "business_name": None}, "review", "SERIAL_QUESTION",
         "a house has one phone: it does not say that Jau was left out"),
    Case("twins told apart by an E, one without NIK", {"owner_name": "Arif Samola"}, NO_NIK | {"owner_name": "Arief Samola", **OTHER_SHOP},
         "review", "UNDECIDED", "an old spelling of one name, or how parents tell twins apart"),
    Case("twins told apart by an E behind a Muhammad, one shortened", {"owner_name": "Muhammad Arif Samola"},
         NO_NIK | {"owner_name": "M. Arief S.", **OTHER_SHOP}, "review", "UNDECIDED", "initials stand for the family, not for the E"),
    Case("twins told apart by an E, and a slip in one number", {"owner_name": "Arif Samola"},
         OTHER_SHOP | {"owner_name": "Arief Samola", "nik": "9202126105800002"}, "review", "NIK_QUESTION",
         "number and name both slipped, or two people are near"),
    Case("twins of whom one bears a word more, one without NIK", {"owner_name": "Parjono"},
         NO_NIK | {"owner_name": "Parjono Wicaksono", **OTHER_SHOP}, "review", "UNDECIDED",
         "phone and shop are others: the rest is the house's"),
    Case("a twin under the other's NIK", {"owner_name": "Meike Amina"}, {"owner_name": "Feby Amina", **OTHER_SHOP}, "review",
         "SAME_NIK_QUESTION", "another given name, phone and shop: a number borrowed in the house"),
    Case("a twin of quite another name under the other's NIK", {"owner_name": "Lamria Sinaga"}, {"owner_name": "Tiar Sinaga", **OTHER_SHOP},
         "review", "SAME_NIK_QUESTION", "day, card and address are the house's"),
    Case("a twin of another house under the other's NIK", {"owner_name": "Lisna Mattola"}, STRANGER | {"owner_name": "Lisda Mattola"},
         "review", "SAME_NIK_QUESTION", "the NIK tells the day: nothing else speaks for one person"),
    Case("a twin of another house under the other's NIK, with an initial", {"owner_name": "Arif Dalle"},
         STRANGER | {"owner_name": "Arief D."}, "review", "SAME_NIK_QUESTION", "the initial is the family's, the given name has an E"),
    Case("a letter wrong under one NIK, in one house", {"owner_name": "Lisna Mattola"}, {"owner_name": "Lisba Mattola", **OTHER_SHOP},
         "merge", "SAME_NIK_AND_BIRTH", "a slip of the pen is more common than a borrowed number"),
    Case("spouses", {}, {"owner_name": "Ahmad Yusuf", "nik": "9202120203790004", "sex": "male", "birth_date": date(1979, 3, 2)},
         "apart", "DIFFERENT_NIK", "house, phone and shop are shared, names and numbers are not"),
    Case("spouses, one without NIK", {}, NO_NIK | {"owner_name": "Ahmad Yusuf", "sex": "male", "birth_date": date(1979, 3, 2)},
         "apart", "DIFFERENT_SEX", "a family card does not make two one"),
    Case("father and son with one name", YUSUF, SON, "apart", "DIFFERENT_NIK", "born 28 years apart, two numbers"),
    Case("father and son with one name, one NIK and one phone", YUSUF, SON | {"nik": YUSUF["nik"], "phone": SITI["phone"]}, "review",
         "SAME_NIK_QUESTION", "born 28 years apart, a shop each: the son borrowed the number"),
    Case("father and son with one name, the son without NIK", YUSUF, SON | NO_NIK, "apart", "UNDECIDED", "born 28 years apart"),
    Case("father and son with one name, the son without NIK and birth date", YUSUF, SON | NO_NIK | {"birth_date": None}, "review",
         "UNDECIDED", "card and address are the house's: he or his father"),
    Case("mother and daughter of one name part", {}, NO_NIK | {"owner_name": "Aminah", "birth_date": date(1955, 5, 5)}, "apart",
         "ONE_HOUSEHOLD", "another birth date"),
    Case("one name in one house, born in one year, one without NIK", {}, NO_NIK | {"birth_date": date(1980, 2, 12)}, "apart", "UNDECIDED",
         "no house names two children of a year alike; a third record may tell"),
    # strangers
    Case("namesakes in one village", {}, STRANGER | {"nik": "9202124506910003", "birth_date": date(1991, 6, 5)}, "apart", "",
         "a name that many bear and nothing else"),
    Case("namesakes born on one day in two regencies, one without NIK", {"business_name": "Warung Siti"},
         STRANGER | ELSEWHERE | NO_NIK | {"business_name": "Warung Bu Siti"}, "apart", "UNDECIDED",
         "a common name, a date, and shops named after their owners: chance does that in a province"),
    Case("NIK copied down onto a stranger", {}, {"owner_name": "Bambang Sutrisno", "birth_date": date(1955, 8, 17), "sex": "male",
         "kk_number": None, "phone": None, "owner_address": None, "village_code": None, "district_code": None}, "review",
         "BORROWED_NIK", "one number on two people: somebody must ask whose it is"),
    Case("NIK borrowed by a namesake", {}, STRANGER | ELSEWHERE | {"birth_date": date(1991, 6, 5)}, "review", "BORROWED_NIK",
         "the number says 1980, the row 1991"),
    Case("the husband's NIK on the wife's row", {"owner_name": "Ahmad Yusuf", "sex": "male"}, {"birth_date": date(1983, 11, 30)}, "review",
         "BORROWED_NIK", "another name, another sex, another birth date under one number"),
]  # fmt: skip


def compared(rows: list[Row]) -> pa.Table:
    """The features of rows, numbered from 1, as scoring reads them."""
    frame = pd.DataFrame([SITI | row for row in rows]).astype(object)
    typed = frame.astype({column: TEXT for column in frame.columns if column != "birth_date"})
    typed["birth_date"] = typed["birth_date"].astype(pd.ArrowDtype(pa.date32()))
    numbers = list(range(1, len(rows) + 1))
    records = typed.assign(
        record_id=numbers, match_hash=numbers, sender_code=pd.array(["92.02"] * len(rows), dtype=TEXT)
    )
    features = pa.Table.from_pandas(make_features(records)[list(LINKED_COLUMNS)], preserve_index=False)
    return with_generic_names(without_shared_phones(features))


def judge(left: Row, right: Row, *others: Row) -> tuple[str, str]:
    """Verdict and clause for the first two rows; ('apart', '') when the pair is not kept."""
    pairs = pa.table({"record_a": pa.array([1], pa.int64()), "record_b": pa.array([2], pa.int64())})
    decided = decide(score_pairs(newest_model(), compared([left, right, *others]), pairs))
    return (decided["verdict"][0], decided["clause"][0]) if len(decided) else ("apart", "")


@pytest.mark.parametrize("case", CASES, ids=[case.told for case in CASES])
def test_pairs_are_judged_as_an_officer_would(case: Case) -> None:
    assert judge(case.left, case.right) == (case.verdict, case.clause), case.why


class Three(NamedTuple):
    """Three rows, and which of them are one person."""

    told: str
    rows: tuple[Row, Row, Row]
    persons: list[int]
    why: str


HERI: Row = {"owner_name": "Heri Samola"}
HERO: Row = {"owner_name": "Hero Samola", "nik": "9202126101800002"}
THREE = [
    Three("a misspelt name beside a slip in the NIK", ({"nik": "9202136101800001"}, {}, OTHER_SHOP | {"owner_name": "Siti Amirah"}),
          [1, 1, 1], "the second has the number of the one and the name of the other"),
    Three("a short name misspelt beside a row without NIK", (NO_NIK, {}, {"owner_name": "Siti Aminh Rukmana"}), [1, 1, 1],
          "the second has the name of the first and the number of the third"),
    Three("initials beside a birth date misread", ({"birth_date": date(1980, 2, 12)}, {}, {"owner_name": "S. A."}), [1, 1, 1],
          "one number on all; initials name nobody, so they deny nobody"),
    Three("twins, and a row without NIK of one", (HERI, HERO | OTHER_SHOP, HERI | NO_NIK), [1, 2, 1], "a third row joins no twins"),
    Three("spouses, and a row without NIK of one", ({}, {"owner_name": "Ahmad Yusuf", "sex": "male", **NO_NIK}, NO_NIK), [1, 2, 1],
          "all that is shared is the household's"),
]  # fmt: skip


@pytest.mark.parametrize("case", THREE, ids=[case.told for case in THREE])
def test_a_third_record_joins_what_nothing_denies(case: Three) -> None:
    records = compared(list(case.rows))
    pairs = pa.table({"record_a": pa.array([1, 1, 2], pa.int64()), "record_b": pa.array([2, 3, 3], pa.int64())})
    edges = decide(score_pairs(newest_model(), records, pairs))
    apart = edges[(edges["verdict"] != "merge") & edges["clause"].isin(CANNOT_LINK)]
    people = records.select(["record_id", "nik"]).to_pandas()
    merged = edges[edges["verdict"] == "merge"].reset_index(drop=True)
    assert cluster(people, merged, apart).label.tolist() == case.persons, case.why


@pytest.mark.parametrize("case", CASES[::6], ids=[case.told for case in CASES[::6]])
def test_the_order_of_the_two_makes_no_difference(case: Case) -> None:
    assert judge(case.right, case.left) == (case.verdict, case.clause)


def test_two_engines_score_as_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    records = compared([SITI, TWIN, YUSUF, SON, SITI | NO_NIK, SITI | ELSEWHERE])
    ends = list(combinations(range(1, 7), 2))
    pairs = pa.table({"record_a": [a for a, _ in ends], "record_b": [b for _, b in ends]})
    by_one = score_pairs(newest_model(), records, pairs)
    parts: list[int] = []
    score = scoring._score
    monkeypatch.setattr(
        scoring, "_score", lambda model, features, part: parts.append(part.num_rows) or score(model, features, part)
    )
    monkeypatch.setattr(scoring, "FEW_PAIRS", 0)
    assert score_pairs(newest_model(), records, pairs).equals(by_one)
    assert (sorted(parts), len(by_one)) == ([7, 8], 15)


def test_a_field_officers_phone_is_no_evidence() -> None:
    """Two rows without NIK and birth date agree in name and phone; when three others bear that phone too it is the officer's."""
    vague = NO_NIK | {"birth_date": None, "kk_number": None, "owner_address": None, "business_name": None}
    others = [
        STRANGER | vague | {"owner_name": name, "phone": SITI["phone"]}
        for name in ("Budi Santoso", "Dorkas Wonda", "Rotua Purba", "Lie Hwa")
    ]
    assert judge(vague, vague)[0] == "merge"
    assert judge(vague, vague, *others)[0] == "apart"
