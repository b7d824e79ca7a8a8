"""Businesses of one owner an officer can read: which two rows speak of one, and which do not; owners never share one."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import pytest

from tasks.identity.businesses import COLUMNS, is_vague, partition_businesses, partition_with_vague
from tasks.identity.places import compare_business_name

Row = dict[str, Any]
MAWAR: Row = {
    "business_name": "Kue Mawar", "sector": "culinary", "village_code": "92.02.12.2001", "regency_code": "92.02", "nib": None,
    "business_address": None, "owner_address": "Jl. Merdeka No. 5", "product": None, "started_year": None, "annual_turnover_idr": None,
    "owner": 1,
}  # fmt: skip
WARUNG: Row = {"business_name": "Warung Kelontong", "sector": "trade"}
NAMELESS: Row = {"business_name": None}
OTHER_VILLAGE: Row = {"village_code": "92.02.13.2004"}
OTHER_REGENCY: Row = {"village_code": "92.03.01.2001", "regency_code": "92.03"}


class Case(NamedTuple):
    """Two rows of one owner as changes of MAWAR, whether they are one business, and why."""

    told: str
    left: Row
    right: Row
    is_one: bool
    why: str


CASES = [
    Case("the same row twice", {}, {}, True, "everything agrees"),
    Case("told by two regencies", {}, OTHER_REGENCY, True, "a name of its own, wherever it is told"),
    Case("a letter wrong", {}, {"business_name": "Kue Mawra"}, True, "nobody opens two shops a letter apart"),
    Case("two letters that changed places", {"business_name": "UD Sinar"}, {"business_name": "UD Sinra"}, True, "a slip in a short name"),
    Case("a name misread, the same goods and year", {"business_name": "UD Duta", "product": "kertas", "started_year": 2009},
         {"business_name": "UD Dua", "product": "kertas", "started_year": 2009}, True, "nobody opens two shops alike in one year"),
    Case("names that resemble and nothing else", {"business_name": "UD Duta"}, {"business_name": "UD Dua"}, False,
         "half a short name differs"),
    Case("a short form", {"business_name": "Warung Nasi Ibu"}, {"business_name": "Wr. Nasi Ibu"}, True, "wr. is warung"),
    Case("UD before the name", {"business_name": "Toko Sinar Pagi"}, {"business_name": "UD. Sinar Pagi"}, True,
         "UD is a form, toko a kind; Sinar Pagi is the name"),
    Case("two numbered branches", {"business_name": "Toko Maju 1"}, {"business_name": "Toko Maju 2"}, False, "numbers tell branches apart"),
    Case("two names", {}, {"business_name": "Jahit Melati", "sector": "fashion"}, False, "one owner's two businesses stay two"),
    Case("one name, two sectors, other goods", {"business_name": "UD Markus", "sector": "trade", "product": "kain"},
         {"business_name": "Kedai Markus", "product": "nasi goreng"}, False, "the owner's name is on both of his businesses"),
    Case("one name, two sectors, nothing else told", {"business_name": "UD Markus", "sector": "trade"}, {"business_name": "Kedai Markus"},
         True, "offices sort one shop into two sectors; nothing denies it"),
    Case("one name, other goods, begun in another year", {"product": "kue basah", "started_year": 2009},
         {"product": "katering", "started_year": 2017}, False, "two details that deny outweigh the name: an owner calls all he runs alike"),
    Case("one name, the same goods, another year at another address", {"product": "kue basah", "started_year": 2009,
         "business_address": "Pasar Wosi Blok C 4"}, {"product": "kue basah", "started_year": 2017, "business_address": "Jl. Trikora 58"},
         False, "two details that deny outweigh one that agrees"),
    Case("one name, another year and nothing else", {"started_year": 2009}, {"started_year": 2017}, True, "a year is soon misremembered"),
    Case("one name at another address", {"business_address": "Pasar Wosi Blok C 4"}, {"business_address": "Jl. Trikora 58"}, True,
         "businesses move"),
    Case("two kinds with one name", {"business_name": "Bengkel Tiga Putra"}, {"business_name": "Salon Tiga Putra"}, False,
         "the name says who owns it, the kind what it is"),
    Case("a generic name in one village", WARUNG, WARUNG, True, "nobody keeps two stalls of one kind next to each other"),
    Case("a generic name in two villages", WARUNG, WARUNG | OTHER_VILLAGE, False, "a generic name alone proves nothing"),
    Case("a generic name in two villages, one address of its own", WARUNG | {"business_address": "Pasar Wosi Blok C 4"},
         WARUNG | OTHER_VILLAGE | {"business_address": "Pasar Wosi Blok C 4"}, True, "the stall is at one place, one village is wrong"),
    Case("a generic name in two villages, the owner's address on both", WARUNG | {"business_address": "Jl. Merdeka No. 5"},
         WARUNG | OTHER_VILLAGE | {"business_address": "Jl. Merdeka No. 5"}, False, "the house of the owner says nothing of a stall"),
    Case("a generic name, other goods, begun in other years", WARUNG | {"product": "sembako", "started_year": 2009},
         WARUNG | {"product": "pulsa", "started_year": 2017}, False, "what they say beside the name denies that they are one"),
    Case("a generic name, other goods at another address", WARUNG | {"product": "sembako", "business_address": "Pasar Wosi Blok C 4"},
         WARUNG | {"product": "pulsa", "business_address": "Jl. Trikora 58"}, False, "a stall elsewhere that sells something else"),
    Case("a generic name, mixed goods, begun in other years", WARUNG | {"product": "sembako", "started_year": 2009},
         WARUNG | {"product": "campuran", "started_year": 2017}, True, "mixed goods deny nothing, and a year alone is soon misremembered"),
    Case("a generic name in another sector", WARUNG, WARUNG | {"sector": "culinary"}, False, "a stall of food is not one of goods"),
    Case("no name on one side, and no detail", {}, NAMELESS, False, "an owner may have another business"),
    Case("no name on one side, the same goods and year", {"product": "kue basah", "started_year": 2012},
         NAMELESS | {"product": "kue basah", "started_year": 2012}, True, "two details agree, none denies"),
    Case("no name on one side, the same goods, another NIB", {"product": "kue basah", "nib": "1234567890123"},
         NAMELESS | {"product": "kue basah", "nib": "9876543210987"}, False, "two numbers are two businesses"),
    Case("no name on both sides", NAMELESS, NAMELESS, True, "one owner, one village, one sector"),
    Case("no name, the same goods at another address", {"product": "kue basah", "business_address": "Pasar Wosi Blok C 4"},
         NAMELESS | {"product": "kue basah", "business_address": "Jl. Trikora 58"}, False, "many sell cakes; the two places say two"),
    Case("no name on both sides, mixed goods on one", NAMELESS | {"product": "kue basah"}, NAMELESS | {"product": "Campuran"}, True,
         "'campuran' is what is written where nobody asked"),
    Case("no name on both sides, other goods of one year", NAMELESS | {"product": "kue basah", "started_year": 2012},
         NAMELESS | {"product": "bakso", "started_year": 2012}, False, "without a name the goods are all that tells two apart"),
    Case("no name on both sides, other years", NAMELESS | {"started_year": 2012}, NAMELESS | {"started_year": 2018}, False,
         "nothing stands against what denies"),
    Case("no name on both sides, other years at one address", NAMELESS | {"started_year": 2012, "business_address": "Jl. Merdeka No. 5"},
         NAMELESS | {"started_year": 2018, "business_address": "Jl. Merdeka No. 5"}, True,
         "one owner, sector and address; years are guessed"),
    Case("no name on both sides, two sectors", NAMELESS, NAMELESS | {"sector": "fashion"}, False, "two sectors are two businesses"),
    Case("one NIB, a name that was left out", {"nib": "1234567890123"}, NAMELESS | OTHER_VILLAGE | {"nib": "1234567890123"}, True,
         "the number and the sector agree"),
    Case("one NIB, two names", {"nib": "1234567890123"}, {"nib": "1234567890123", "business_name": "Jahit Melati"}, False,
         "a NIB is the owner's, not the shop's"),
    Case("spouses with one shop", {}, {"owner": 2}, False, "nothing outside the owner's cluster is looked at"),
]  # fmt: skip


def labels(*rows: Row) -> list[int]:
    """The business of each row, by the number of its first row."""
    frame = pd.DataFrame([MAWAR | row | {"record_id": number} for number, row in enumerate(rows, start=1)]).astype(
        object
    )
    frame["business_name"] = [
        compare_business_name(name) if isinstance(name, str) else None for name in frame["business_name"]
    ]
    return [int(label) for label in partition_businesses(frame[[*COLUMNS, "owner"]])]


@pytest.mark.parametrize("case", CASES, ids=[case.told for case in CASES])
def test_rows_of_one_owner_are_one_business_or_two(case: Case) -> None:
    assert (labels(case.left, case.right) == [1, 1]) == case.is_one, case.why
    assert (labels(case.right, case.left) == [1, 1]) == case.is_one, case.why


SILENT: Row = {"business_name": None, "sector": None, "village_code": None}


def partition(*rows: Row) -> dict[int, int]:
    """The business of each row that is of one, by the number of its first row; rows of a list of businesses unless they say otherwise."""
    frame = pd.DataFrame(
        [{"kind": "umkm"} | MAWAR | row | {"record_id": number} for number, row in enumerate(rows, start=1)]
    )
    frame = frame.astype(object).where(frame.notna(), None)
    return dict(partition_with_vague(frame.assign(is_vague=is_vague(frame))).sort_index())


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{}, SILENT], {1: 1, 2: 1}),
        ([SILENT, {}], {1: 1, 2: 1}),
        ([SILENT, SILENT], {1: 1, 2: 1}),
        ([{}, {"business_name": "Jahit Melati", "sector": "fashion"}, SILENT], {1: 1, 2: 2}),
        ([{}, SILENT | {"owner": 2}], {1: 1, 2: 2}),
        ([{}, NAMELESS | {"kind": "recensus", "product": "kain"}], {1: 1, 2: 1}),
    ],
    ids=["beside one", "before one", "alone", "beside two", "of another owner", "of a recensus"],
)
def test_a_row_that_tells_nothing_of_a_business_speaks_of_the_only_one(
    rows: list[Row], expected: dict[int, int]
) -> None:
    assert partition(*rows) == expected


@pytest.mark.parametrize(
    "told",
    [
        {"product": "kain"}, {"sector": "fashion"}, {"annual_turnover_low_idr": 300_000_000}, {"capital_idr": 1}, {"assets_idr": 1},
        {"workers_count": 7}, {"size_class": "small"}, {"licence": "PIRT 123"}, {"npwp": "1"}, {"has_sku": False},
        {"marketplace": "shopee"},
        {"activity_status": "active"}, {"covid_impact": "sepi"}, {"is_willing": True}, {"started_year": 2019}, {"nib": "1234567890123"},
    ],
    ids=lambda told: next(iter(told)),
)  # fmt: skip
def test_a_row_that_tells_anything_of_a_business_is_not_left_out(told: Row) -> None:
    jahit = {"business_name": "Jahit Melati", "sector": "craft"}
    assert 3 in partition({}, jahit, SILENT | told)


def test_a_nameless_row_that_fits_two_businesses_joins_neither() -> None:
    both = {"product": "kue basah", "started_year": 2012}
    assert labels(both, both | {"business_name": "Kue Melati"}, NAMELESS | both) == [1, 2, 3]


def test_a_nameless_row_joins_no_business_of_which_another_row_denies_it() -> None:
    told = {"business_name": "Meubel Imanuel", "started_year": 2020}
    phones = NAMELESS | {"product": "servis hp", "started_year": 2020}
    assert labels(told, phones) == [1, 1]
    assert labels(told, told | {"product": "las", "started_year": 2019}, phones) == [1, 1, 3]


SEMBAKO: Row = WARUNG | {"product": "sembako", "started_year": 2009}
PULSA: Row = WARUNG | {"product": "pulsa", "started_year": 2017}


@pytest.mark.parametrize(
    ("rows", "found", "why"),
    [
        ((SEMBAKO, PULSA, WARUNG), [1, 2, 3], "a row that tells nothing could be either's, and may not make the two one"),
        ((SEMBAKO, WARUNG, PULSA), [1, 2, 3], "the same in another order"),
        ((SEMBAKO, PULSA, WARUNG, WARUNG), [1, 2, 3, 3], "two rows that tell the same are one, whosever they are"),
        ((SEMBAKO, PULSA, WARUNG | {"product": "pulsa"}), [1, 2, 2], "a row that tells something is where it agrees"),
        ((SEMBAKO, WARUNG | {"product": "sembako"}, WARUNG), [1, 1, 1], "where nothing denies, a row that tells nothing is one with them"),
    ],
)  # fmt: skip
def test_a_row_that_tells_little_joins_no_two_businesses(rows: tuple[Row, ...], found: list[int], why: str) -> None:
    assert labels(*rows) == found, why


def test_a_nameless_row_joins_a_business_only_when_more_agrees_than_another_row_of_it_denies() -> None:
    baked, other = {"product": "kue basah"}, {"product": "katering"}
    assert labels(baked, other, NAMELESS | baked) == [1, 1, 3]
    assert labels(baked | {"started_year": 2012}, other, NAMELESS | baked | {"started_year": 2012}) == [1, 1, 1]
