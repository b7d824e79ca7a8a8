"""Which value survives of several records, and from which record and by which rule it is said to come (P6)."""

import json
from datetime import date

import pandas as pd
import pytest

from tasks.identity.golden import golden_households, parts_of_businesses
from tasks.identity.survivors import survivors
from tasks.identity.survivorship import RULES, survive

PERSON = sorted({column for line in survivors()["person"] for column in line.sources})


def told(*records: dict[str, object]) -> tuple[dict[str, object], dict[str, list[object]], dict[str, int]]:
    """The golden values, sources and disagreements of one person of these records."""
    blank = dict.fromkeys([*PERSON, "period"])
    frame = pd.DataFrame([{**blank, "verified_on": None, "unit_id": "P-1", **each} for each in records])
    ((_, row),) = survive("person", frame).iterrows()
    values = {
        name: value for name, value in row.items() if name not in ("sources", "disagreements") and pd.notna(value)
    }
    return values, json.loads(row["sources"]), json.loads(row["disagreements"])


SITI = {"owner_name": "SITI AMINAH", "intact_nik": "9202014105900001", "phone": "6281200000001"}

#: what the records say, newest last -> the sources of the golden row
SOURCES = {
    "one record tells all there is": ([SITI], {"*": [1, "only"]}),
    "a second record says the same: the first stays the source": ([SITI, SITI], {"*": [1, "only"]}),
    "a second record says less": ([SITI, {"owner_name": "SITI AMINAH"}], {"*": [1, "only"]}),
    "a second record says nothing at all": ([SITI, {}], {"*": [1, "only"]}),
    "records that say nothing at all": ([{}, {}], {"*": [1, "only"]}),
    "a second record knows the phone": (
        [{"owner_name": "SITI AMINAH"}, {"owner_name": "SITI AMINAH", "phone": "6281200000001"}],
        {"full_name": [1, "only"], "phone": [2, "only"]},
    ),
    "the phone changed": (
        [SITI, {**SITI, "phone": "6281200000002"}],
        {"full_name": [1, "only"], "nik": [1, "only"], "phone": [2, "newest"]},
    ),
    "the phone changed, and a third record says it again": (
        [SITI, {**SITI, "phone": "6281200000002"}, {**SITI, "phone": "6281200000002"}],
        {"full_name": [1, "only"], "nik": [1, "only"], "phone": [2, "newest"]},
    ),
    "most say one name, which the second said first": (
        [{**SITI, "owner_name": "SITI AMINA"}, SITI, SITI],
        {"full_name": [2, "most_frequent"], "nik": [1, "only"], "phone": [1, "only"]},
    ),
}


@pytest.mark.parametrize("case", SOURCES)
def test_the_source_of_a_value_is_the_first_record_that_told_it(case: str) -> None:
    records, sources = SOURCES[case]
    months = [{**each, "record_id": n, "period": f"2020-{n:02}"} for n, each in enumerate(records, 1)]
    for shuffled in (months, months[::-1]):
        assert told(*shuffled)[1] == sources


def test_the_month_goes_before_the_number_of_a_record() -> None:
    later, earlier = ({**SITI, "record_id": 3, "period": "2020-05"}, {**SITI, "record_id": 7, "period": "2020-04"})
    assert told(later, earlier)[1] == {"*": [7, "only"]}
    assert told(later, {**earlier, "period": None})[1] == {"*": [3, "only"]}, "a record without a month comes last"


def test_what_is_taken_together_is_one_source_and_stays_visible_where_it_differs() -> None:
    near = {"record_id": 1, "period": "2020-01", "owner_address": "JL PASAR 3", "district_code": "92.02.01"}
    full = {**near, "record_id": 2, "period": "2020-02", "village_code": "92.02.01.2001"}
    values, sources, disagreements = told(
        near, full, {**full, "record_id": 3, "period": "2020-03", "owner_address": "JL PASAR 4"}
    )
    assert values == {"address": "JL PASAR 4", "district_code": "92.02.01", "village_code": "92.02.01.2001"}
    assert set(map(tuple, sources.values())) == {(3, "fullest")}
    assert disagreements == {"address": 2}


def test_a_yes_is_not_outvoted_and_the_newest_visit_is_the_status() -> None:
    january = {"own_activity_status": "active", "own_verified_on": date(2020, 1, 9), "verified_on": date(2020, 1, 9)}
    march = {"own_activity_status": "closed", "own_verified_on": date(2020, 3, 9), "verified_on": date(2020, 3, 9)}
    values, sources, disagreements = told(
        {**march, "record_id": 1, "period": "2020-03", "has_bank_credit": False},
        {**january, "record_id": 2, "period": "2020-01", "has_bank_credit": True},
    )
    assert (values["activity_status"], values["has_bank_credit"]) == ("closed", True)
    assert sources["activity_status"] == [1, "newest_told"] and sources["has_bank_credit"] == [2, "any_yes"]
    assert disagreements == {"has_bank_credit": 2, "activity_status": 2, "verified_on": 2}


def test_every_rule_of_the_file_is_known() -> None:
    assert {line.rule for lines in survivors().values() for line in lines} <= set(RULES)


def test_households_and_what_businesses_sell_name_the_first_record_that_told_them() -> None:
    members = pd.DataFrame(
        {"unit_id": "H-1", "kk_number": "9202010101200001", "regency_code": "92.02", "person_id": ["P-1", "P-2", "P-1"],
         "record_id": [1, 2, 3], "period": ["2020-03", "2020-02", "2020-03"]}
    )  # fmt: skip
    (row,) = golden_households(members).to_dict("records")
    assert (row["person_count"], json.loads(row["sources"])) == (2, {"kk_number": [2, "only"]})
    sold = pd.DataFrame(
        {"unit_id": "B-1", "record_id": [1, 2], "period": ["2020-03", "2020-02"], "product": ["KUE", "KUE"],
         "intact_nib": [None, "9120001234567"], "licence": [None, None], "marketplace": ["shopee|tokopedia", "shopee"]},
    ).astype(dict.fromkeys(("licence", "marketplace"), "string"))  # fmt: skip
    parts = {table: rows.iloc[:, 1:].to_dict("records") for table, rows in parts_of_businesses(sold).items()}
    assert [(part["name"], part["record_id"]) for part in parts["product"]] == [("KUE", 2)]
    assert sorted((part["platform"], part["record_id"]) for part in parts["channel"]) == [
        ("shopee", 2),
        ("tokopedia", 1),
    ]
