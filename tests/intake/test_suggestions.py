"""What is suggested for a damaged NIK, with which evidence, and when nothing is. Every NIK here is invented."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.intake.suggestions import Damaged, suggest

TODAY = date(2026, 11, 22)
BORN = date(1990, 3, 5)
NIK = "1901014503900001"  # a woman of 5 March 1990
WOMAN = {"birth_date": BORN, "sex": "female"}
ELSEWHERE = "NIK ini sudah ada di data provinsi"

# code, what is written, what the row says, what is suggested, the evidence
FROM_THE_ROW = [
    ("NIK_LETTERS", "19O1014503900001", {}, NIK, "huruf yang mirip angka"),
    ("NIK_LETTERS", "190l0l45O39OOOO1", WOMAN, NIK, "cocok dengan tanggal lahir"),
    ("NIK_LETTERS", "19O1014503900001", {"birth_date": date(1970, 1, 1)}, None, ""),
    ("NIK_LETTERS", "99O1014503900001", {}, None, ""),  # no such area
    ("NIK_LETTERS", "19O1014503800001", WOMAN, None, ""),  # a letter and another year: two things are wrong, or the birth date is
    ("NIK_LETTERS", "KTP hilang", WOMAN, None, ""),
    ("NIK_NOT_16_DIGITS", "190101450390001", {}, None, ""),  # nothing tells which digit is lost
    ("NIK_NOT_16_DIGITS", "190101450390001", WOMAN, None, ""),  # one of the serial: ten NIKs are possible
    ("NIK_NOT_16_DIGITS", "190101453900001", WOMAN, NIK, "tanggal lahir serta jenis kelamin"),  # the month's 0
    ("NIK_NOT_16_DIGITS", "190101453900001", {"birth_date": BORN}, NIK, "tanggal lahir"),
    ("NIK_NOT_16_DIGITS", "190101453900001", {"birth_date": BORN, "sex": "male"}, None, ""),
    ("NIK_NOT_16_DIGITS", "190101 4503 90000 01", WOMAN, NIK, "tanggal lahir"),  # one digit too many in the serial: 00001
    ("NIK_NOT_16_DIGITS", "19010145503900001", WOMAN, NIK, "tanggal lahir"),  # a digit of the day typed twice
    ("NIK_NOT_16_DIGITS", "19010114503900001", WOMAN, NIK, "tanggal lahir"),  # a digit of the area typed twice
    ("NIK_NOT_16_DIGITS", "19011450390001", WOMAN, None, ""),  # two digits lost
    ("NIK_NOT_16_DIGITS", "190104503900001", WOMAN, None, ""),  # the last digit of the area: any district of the regency
    ("NIK_NOT_16_DIGITS", "190104503900001", {**WOMAN, "district_code": "19.01.01"}, NIK, "tanggal lahir dan kecamatan"),
    ("NIK_NOT_16_DIGITS", "901014503900001", {**WOMAN, "district_code": "19.01.01"}, NIK, "tanggal lahir dan kecamatan"),
    ("NIK_BAD_DATE", "1901014530900001", WOMAN, NIK, "tanggal lahir"),  # two digits exchanged
    ("NIK_BAD_DATE", "1901017530910001", WOMAN, None, ""),
    ("NIK_PRECISION_LOST", "1901014503900000", WOMAN, None, ""),
    ("NIK_SCIENTIFIC", "1,90101E+15", WOMAN, None, ""),
    ("NIK_MISSING", "", WOMAN, None, ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "written", "row", "suggested", "evidence"), FROM_THE_ROW)
def test_a_row_gives_evidence_for_one_nik_or_for_none(
    code: str, written: str, row: dict[str, object], suggested: str | None, evidence: str
) -> None:
    found = suggest(Damaged(code, written, **row), [], TODAY)  # type: ignore[arg-type]
    assert (found.value if found else None) == suggested
    assert found is None or evidence in found.evidence


@pytest.mark.parametrize(
    ("code", "written", "known", "suggested"),
    [
        ("NIK_PRECISION_LOST", "1901014503900000", [NIK], NIK),
        ("NIK_PRECISION_LOST", "1901014503900000", [NIK, "1901014503900002"], None),  # two namesakes of one day
        ("NIK_PRECISION_LOST", "1901014503900000", ["1901014503900011"], None),  # another number
        ("NIK_PRECISION_LOST", "9202120101800000", ["9202120101800001"], "9202120101800001"),
        ("NIK_SCIENTIFIC", "1.90101E+15", [NIK], NIK),
        ("NIK_SCIENTIFIC", "1,90102E+15", ["1901015503900001"], "1901015503900001"),  # rounded up
        ("NIK_SCIENTIFIC", "1,90103E+15", [NIK], None),
        ("NIK_SCIENTIFIC", "2E+15", [NIK], None),
        ("NIK_NOT_16_DIGITS", "190101450390001", [NIK], NIK),
        ("NIK_NOT_16_DIGITS", "19010145039000", [NIK], None),  # two digits lost
        ("NIK_LETTERS", "1901014503900OO1", [NIK], NIK),
        ("NIK_LETTERS", "masih diurus", [NIK], None),
    ],
)
def test_the_same_name_and_birth_date_elsewhere_give_evidence(
    code: str, written: str, known: list[str], suggested: str | None
) -> None:
    found = suggest(Damaged(code, written, birth_date=BORN), known, TODAY)
    assert (found.value if found else None) == suggested


def test_nothing_is_suggested_where_row_and_warehouse_say_otherwise() -> None:
    damaged = Damaged("NIK_NOT_16_DIGITS", "190101453900001", birth_date=BORN, sex="female")
    assert suggest(damaged, ["1901014539000011"], TODAY) is None


def test_swapped_numbers_are_suggested_for_both_cells() -> None:
    kk = "1901010506150003"
    nik_cell = Damaged("NIK_LOOKS_LIKE_KK", kk, NIK, BORN, "female")
    kk_cell = Damaged("KK_UNUSABLE", kk, NIK, BORN, "female")
    assert [str(suggest(cell, [], TODAY)) for cell in (nik_cell, kk_cell)] == [
        f"Saran: {NIK} (bukti: nomor di kolom KK memuat tanggal lahir pada baris ini).",
        f"Saran: {kk} (bukti: nomor ini ada di kolom NIK, dan NIK ada di kolom KK).",
    ]
    assert suggest(Damaged("KK_UNUSABLE", NIK, NIK, BORN, "female"), [], TODAY) is None


@given(st.integers(0, 15), st.integers(1, 9999), st.dates(date(1930, 1, 1), date(2005, 1, 1)))
def test_a_suggestion_for_a_lost_digit_is_the_true_nik_or_none(lost: int, serial: int, born: date) -> None:
    true = f"190101{born.day + 40:02}{born:%m%y}{serial:04}"
    found = suggest(
        Damaged("NIK_NOT_16_DIGITS", true[:lost] + true[lost + 1 :], birth_date=born, sex="female"), [], TODAY
    )
    assert found is None or found.value == true
