"""How names are written and how they compare: one table."""

import pytest

from tasks.identity.names import compare_name
from tasks.identity.places import compare_address, is_generic

SAME = [
    ("H. Moh. Soetjipto, S.Pd", "Muhammad Sucipto"),
    ("Hj. St. Aminah", "Siti Aminah"),
    ("Drs. Bambang Sutrisno M.Si", "Bambang Sutrisno"),
    ("Sutrisno, Bambang", "Bambang Sutrisno"),
    ("ACHMAD JUSUF alias Ucup", "Ahmad Yusuf"),
    ("Djoko Tjahjono", "Joko Cahyono"),
    ("Budi Santoso, S. Pd.", "Budi\u00a0Santoso"),
    ("Abd. Rahman (Pak De)", "Abdul Rahman"),
    ("Ahmad bin Saleh", "Ahmad Saleh"),
    ("Nur'aini", "NURAINI"),
]
DIFFERENT = [("Siti Aminah", "Siti Fatimah"), ("Rudi Wijaya", "Rina Wijaya"), ("Susanti M.", "Susanti Muhammad")]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_two_ways_of_writing_are_one_name(left: str, right: str) -> None:
    assert compare_name(left).sorted == compare_name(right).sorted


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_names_stay_different(left: str, right: str) -> None:
    assert compare_name(left).sorted != compare_name(right).sorted


@pytest.mark.parametrize("text", ["", "-", "...", "12345"])
def test_what_is_no_name_compares_as_nothing(text: str) -> None:
    assert compare_name(text).sorted == ""


def test_addresses_lose_what_every_address_says() -> None:
    assert compare_address("Jl. Merdeka No. 05 RT 003/RW 01 Kel. Bacang") == "merdeka 5 bacang"


def test_a_generic_business_name_proves_nothing() -> None:
    assert is_generic("warung kelontong") and not is_generic("warung mawar")
