"""What rows are found to be: cells as sent, and the codes they get. Rows are read by the product before they are checked."""

from __future__ import annotations

import random
from datetime import date

import pytest

from expectations.catalogue import entries
from expectations.masks import Rows
from expectations.row_rule import failing_rows
from schemas.records import Kind
from tests.expectations.frames import BUDI, SITI, codes_of, sent

# what is written in one row beside a good name -> the codes it must get, and no others
ROWS: list[tuple[dict[str, str], set[str]]] = [
    ({}, set()),
    ({"nik": ""}, {"NIK_MISSING"}),
    ({"nik": "BELUM ADA"}, {"NIK_MISSING"}),
    ({"nik": "190101550390001"}, {"NIK_NOT_16_DIGITS"}),
    ({"nik": "19010155039000011"}, {"NIK_NOT_16_DIGITS"}),
    ({"nik": "19O1O15503900001"}, {"NIK_LETTERS"}),
    ({"nik": "1,90102E+15"}, {"NIK_SCIENTIFIC"}),
    ({"nik": "1234567890123456"}, {"NIK_PLACEHOLDER"}),
    ({"nik": "1901017513900001"}, {"NIK_BAD_DATE"}),
    ({"nik": "1901015503900000"}, {"NIK_BAD_SERIAL"}),
    ({"nik": "1999995503900001"}, {"NIK_AREA_UNKNOWN"}),
    ({"birth_date": "16/03/1990"}, {"NIK_BIRTH_DATE_DIFFERS"}),
    ({"sex": "L"}, {"NIK_SEX_DIFFERS"}),
    ({"sex": "perempuhan"}, {"SEX_UNKNOWN"}),
    ({"owner_name": "-"}, {"OWNER_NAME_MISSING"}),
    ({"owner_name": "-", "nik": "-"}, {"ROW_UNIDENTIFIABLE", "NIK_MISSING"}),
    ({"owner_name": "-", "nik": "190101550390001"}, {"ROW_UNIDENTIFIABLE", "NIK_NOT_16_DIGITS"}),
    ({"owner_name": "S"}, {"OWNER_NAME_TOO_SHORT"}),
    ({"owner_name": "Hj."}, {"OWNER_NAME_IS_TITLE"}),
    ({"owner_name": "Ibu Hj. Drs"}, {"OWNER_NAME_IS_TITLE"}),
    ({"owner_name": "Hj. Siti"}, set()),
    ({"phone": "+60 12-345 6789"}, {"PHONE_FOREIGN"}),
    ({"phone": "081271000001 / +65 8123 4567"}, {"PHONE_FOREIGN"}),
    ({"phone": "+62 812-7100-0001"}, set()),
    ({"owner_name": "Siti 0812"}, {"OWNER_NAME_HAS_DIGITS"}),
    ({"owner_name": "Siti / Budi"}, {"OWNER_NAME_IS_SEVERAL"}),
    ({"birth_date": "31/02/1990"}, {"BIRTH_DATE_UNREADABLE"}),
    ({"birth_date": "15/03/2090"}, {"BIRTH_DATE_IN_FUTURE"}),  # also the NIK's date
    ({"birth_date": "15/03/2019", "nik": ""}, {"OWNER_UNDER_17", "NIK_MISSING"}),
    ({"birth_date": "15/03/1900", "nik": ""}, {"OWNER_OVER_100", "NIK_MISSING"}),
    ({"kk_number": "190101050515003"}, {"KK_NOT_16_DIGITS"}),
    ({"kk_number": "0000000000000000"}, {"KK_UNUSABLE"}),
    ({"kk_number": "1901015503900001"}, {"KK_EQUALS_NIK"}),
    ({"kk_number": "1901014503900002"}, {"KK_UNUSABLE"}),
    ({"phone": "0812"}, {"PHONE_UNREADABLE"}),
    ({"district_code": "Sungailiat", "village_code": "Kenanga"}, set()),
    ({"district_code": "Entah"}, {"DISTRICT_UNKNOWN"}),
    ({"regency_code": "Bangka Barat"}, {"REGENCY_OTHER"}),
    ({"sector": "Lain2 saja"}, {"SECTOR_UNKNOWN"}),
    ({"annual_turnover": "lumayan"}, {"TURNOVER_UNREADABLE"}),
    ({"annual_turnover": "-5.000.000"}, {"TURNOVER_NEGATIVE"}),
    ({"annual_turnover": "5.000.000.000.000"}, {"TURNOVER_IMPLAUSIBLE"}),
    ({"annual_turnover": "3.000.000.000", "size_class": "Mikro"}, {"TURNOVER_ABOVE_SIZE"}),
    ({"annual_turnover": "3.000.000.000", "size_class": "Kecil"}, set()),
    ({"capital": "2.000.000.000", "size_class": "Mikro"}, {"CAPITAL_ABOVE_SIZE"}),
    ({"capital": "50.000.000", "annual_turnover": "5.000.000"}, {"CAPITAL_ABOVE_TURNOVER"}),
    ({"workers_count": "-9"}, {"WORKERS_NEGATIVE"}),
    ({"workers_count": "12000"}, {"WORKERS_TOO_MANY"}),
    ({"started_year": "2051"}, {"STARTED_YEAR_IN_FUTURE"}),
    ({"nib": "912000123456"}, {"NIB_NOT_13_DIGITS"}),
    ({"nib": "9120001234567"}, set()),
    ({"nib": "0000000000000"}, {"NIB_PLACEHOLDER"}),
    ({"nib": "9,12E+12"}, {"NIB_PRECISION_LOST"}),
    ({"npwp": "09.254.294"}, {"NPWP_UNREADABLE"}),
    ({"npwp": "00.000.000.0-000.000"}, {"NPWP_PLACEHOLDER"}),
    ({"npwp": "9,25429E+14"}, {"NPWP_PRECISION_LOST"}),
    ({"email": "siti.contoh.id"}, {"EMAIL_MALFORMED"}),
    ({"business_name": "Siti Aminah"}, {"BUSINESS_NAME_IS_OWNER"}),
    ({"activity_status": "Meninggal"}, {"OWNER_DECEASED"}),
    ({"activity_status": "Tutup"}, {"BUSINESS_NOT_ACTIVE"}),
    ({"residence_regency_code": "Kabupaten Bangka Barat"}, {"RESIDENCE_ELSEWHERE"}),
]


@pytest.mark.parametrize(("written", "expected"), ROWS, ids=[str(written) for written, _ in ROWS])
def test_a_row_gets_the_codes_of_what_is_wrong_with_it(written: dict[str, str], expected: set[str]) -> None:
    found = codes_of(sent([{**SITI, **written}]))[0]
    noted = {"NIK_BIRTH_DATE_DIFFERS"} if written.get("birth_date") == "15/03/2090" else set()
    assert found - noted == expected - noted


#: checks of one cell: what is found there depends on nothing else in the row
OF_ONE_CELL = {
    "problem_is", "matches", "does_not_match", "out_of_range", "in_future", "younger_than", "older_than", "later_than_this_year",
    "value_is",
}  # fmt: skip
#: their example speaks of more than the cell
OF_TWO_CELLS = {"NIK_LOOKS_LIKE_KK", "VILLAGE_AMBIGUOUS", "VILLAGE_OUTSIDE_DISTRICT"}
TOLD_BY_ONE_CELL = [
    (entry.code, kind)
    for entry in entries().values()
    if entry.level == "row" and entry.rule in OF_ONE_CELL and entry.field != "row_token"
    for kind in entry.kinds[:1]
    if entry.code not in OF_TWO_CELLS
]


@pytest.mark.parametrize(("code", "kind"), TOLD_BY_ONE_CELL)
def test_the_example_of_a_check_is_one(code: str, kind: Kind) -> None:
    entry = entries()[code]
    others = {"cooperative": {"cooperative_name": "KSP Maju"}, "group": {**SITI, "group_name": "KUB"}}.get(kind, SITI)
    was_number = [entry.field] if code in ("NIK_PRECISION_LOST", "KK_PRECISION_LOST") else []
    cells = [{**others, entry.field: cell} for cell in (entry.example.wrong, entry.example.right)]
    rows = Rows(sent(cells, kind, numeric=was_number), entry.field, date(2026, 1, 1))
    assert failing_rows(entry, rows).tolist() == [True, False]


def test_an_npwp_typed_as_a_number_has_lost_its_last_digit() -> None:
    assert codes_of(sent([{**SITI, "npwp": "1901015503900010"}], numeric=["npwp"]))[0] == {"NPWP_PRECISION_LOST"}


def test_a_nik_typed_as_a_number_has_lost_its_last_digit() -> None:
    assert codes_of(sent([{**SITI, "nik": "1901015503900000"}], numeric=["nik"]))[0] == {"NIK_PRECISION_LOST"}


def test_a_blank_cell_is_a_fault_only_where_the_sheet_keeps_the_column() -> None:
    without = codes_of(sent([SITI, BUDI]))
    beside = codes_of(sent([{**SITI, "business_name": "Kopi"}, BUDI]))
    assert without == [set(), set()]
    assert beside == [set(), {"BUSINESS_NAME_MISSING"}]


def test_one_nik_with_two_names_holds_both() -> None:
    found = codes_of(sent([SITI, {**BUDI, "nik": SITI["nik"], "birth_date": SITI["birth_date"], "sex": "P"}]))
    assert found == [{"NIK_TWO_NAMES"}, {"NIK_TWO_NAMES"}]


@pytest.mark.parametrize(
    "spelling", ["SITI AMINAH", "Hj. Siti Aminah, S.Pd", "Aminah Siti", "SITIAMINAH", "Siti Aminnah", "Siti"]
)
def test_another_spelling_of_a_name_is_the_same_person(spelling: str) -> None:
    assert codes_of(sent([SITI, {**SITI, "owner_name": spelling}])) == [set(), set()]


def test_one_nik_with_two_birth_dates_is_shown_on_both_rows() -> None:
    found = codes_of(sent([{**SITI}, {**SITI, "birth_date": "15/03/1991"}]))
    assert all("NIK_TWO_BIRTH_DATES" in codes for codes in found)


def test_one_person_with_two_niks_is_shown_on_both_rows() -> None:
    found = codes_of(sent([SITI, {**SITI, "nik": "1901015503900007"}]))
    assert found == [{"NIK_DIFFERS_FOR_ONE_PERSON"}, {"NIK_DIFFERS_FOR_ONE_PERSON"}]


def test_a_dragged_column_of_niks_holds_its_rows() -> None:
    rows = [
        {"owner_name": f"Nama {letter}", "nik": f"190101550390000{number}"} for number, letter in enumerate("ABCDE", 1)
    ]
    assert all(codes == {"NIK_SERIES"} for codes in codes_of(sent(rows)))


def test_the_field_officers_phone_on_many_owners_is_found_in_any_of_several_numbers() -> None:
    rows = [
        {"owner_name": f"Nama {letter * 3}", "phone": f"0812710000{number:02d} / 081371000099"}
        for number, letter in enumerate("ABCDE", 1)
    ]
    assert all("PHONE_SHARED_BY_MANY" in codes for codes in codes_of(sent(rows)))
    assert all("PHONE_SHARED_BY_MANY" not in codes for codes in codes_of(sent(rows[:4])))


def test_one_nib_with_two_owners_is_shown_on_both_rows() -> None:
    found = codes_of(sent([{**SITI, "nib": "9120001234567"}, {**BUDI, "nib": "9120001234567"}]))
    assert found == [{"NIB_TWO_OWNERS"}, {"NIB_TWO_OWNERS"}]


def test_an_unquoted_comma_that_shifts_the_cells_sends_the_row_back() -> None:
    shifted = {
        "owner_name": "Siti Aminah",
        "nik": SITI["nik"],
        "district_code": "RT 02",
        "village_code": "Sungailiat",
        "phone": "Kenanga",
        "sector": "081271000001",
    }
    assert "COLUMNS_SHIFTED" in codes_of(sent([shifted]))[0]


def test_a_comma_before_a_title_sends_the_row_back() -> None:
    shifted = {"owner_name": "Siti Aminah", "nik": " S.E.", "business_name": SITI["nik"], "district_code": "Jl. Jaya"}
    assert "COLUMNS_SHIFTED" in codes_of(sent([shifted]))[0]


def test_a_shift_behind_the_numbers_sends_the_row_back_by_the_many_cells_that_make_no_sense() -> None:
    words = ["phone", "district_code", "regency_code", "sector", "annual_turnover"]
    unreadable = dict(zip(words, ["RT 02", "Jl. Jaya", "Kopi", "Bangka", "Kuliner sekali"], strict=True))
    assert "COLUMNS_SHIFTED" in codes_of(sent([{**SITI, **unreadable}]))[0]
    assert "COLUMNS_SHIFTED" not in codes_of(sent([{**SITI, **unreadable, "phone": ""}]))[0]


def test_a_row_with_every_cell_under_its_heading_is_kept_however_many_words_are_unknown() -> None:
    misspelt = {
        "village_code": "Air Jukungg",
        "sector": "Warteg",
        "annual_turnover": "50rb/hari",
        "activity_status": "Musiman",
    }
    strange = {
        "has_bank_credit": "lunas",
        "occupation": "apa saja",
        "size_class": "lumayan",
        "district_code": "dekat pasar",
    }
    assert "COLUMNS_SHIFTED" not in codes_of(sent([{**SITI, **misspelt, **strange}]))[0]
    elsewhere = {"district_code": "Toboali", "regency_code": "Kab. Bangka Selatan", "phone": "rusak"}
    assert (
        "COLUMNS_SHIFTED"
        not in codes_of(sent([{**SITI, **elsewhere, "sector": "Warteg", "has_sku": "-", "occupation": "apa"}]))[0]
    )


def test_a_band_is_noted_where_the_others_write_amounts() -> None:
    amounts = [{**SITI, "annual_turnover": text} for text in ("5.000.000", "7 juta", "10 juta - 50 juta")]
    assert codes_of(sent(amounts))[2] == {"TURNOVER_IS_BAND"}
    assert codes_of(sent([amounts[0], amounts[2], amounts[2]]))[2] == set()


@pytest.mark.parametrize(
    "written",
    [
        {"phone": "tidak tentu"},
        {"phone": "lupa", "birth_date": "entah"},
        {"sector": "081271000001"},
        {"district_code": "19.01.01"},
    ],
)
def test_wrong_cells_without_a_shift_do_not_send_a_person_back(written: dict[str, str]) -> None:
    found = codes_of(sent([{**SITI, **written}]))[0]
    assert not {code for code in found if entries()[code].severity == "reject"}


COOPERATIVES: list[tuple[dict[str, str], set[str]]] = [
    ({"cooperative_name": "KSP Maju", "cooperative_nik": "1901040010001"}, set()),
    ({"cooperative_name": "", "cooperative_nik": ""}, {"COOPERATIVE_UNIDENTIFIABLE"}),
    ({"cooperative_name": "", "cooperative_nik": "1901040010001"}, {"COOPERATIVE_NAME_MISSING"}),
    ({"cooperative_name": "KSP Maju", "nik": "190101550390001"}, {"CHAIR_NIK_UNREADABLE"}),
    ({"cooperative_name": "KSP Maju", "members_count": "-20"}, {"MEMBERS_UNREADABLE"}),
    ({"cooperative_name": "KSP Maju", "activity_status": "Tidak aktif"}, {"COOPERATIVE_NOT_ACTIVE"}),
]
GROUPS: list[tuple[dict[str, str], set[str]]] = [
    ({**SITI, "group_name": "KUB Melati", "group_role": "Ketua"}, set()),
    ({**SITI, "group_name": ""}, {"GROUP_NAME_MISSING"}),
    ({**SITI, "group_name": "KUB Melati", "group_role": "pngrs"}, {"GROUP_ROLE_UNKNOWN"}),
]


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [("cooperative", *case) for case in COOPERATIVES] + [("group", *case) for case in GROUPS],
    ids=str,
)
def test_groups_and_cooperatives_have_their_own_checks(kind: Kind, written: dict[str, str], expected: set[str]) -> None:
    assert codes_of(sent([written], kind), kind)[0] == expected


def test_what_a_row_is_found_to_be_does_not_depend_on_the_order_of_the_rows() -> None:
    rows = [{**SITI, **written} for written, _ in ROWS] + [
        BUDI,
        {**BUDI, "nik": SITI["nik"]},
        {**BUDI, "nik": "1901011207850009"},
    ]
    before = codes_of(sent(rows))
    order = list(range(len(rows)))
    random.Random(7).shuffle(order)
    after = codes_of(sent([rows[number] for number in order]))
    assert [after[order.index(number)] for number in range(len(rows))] == before
