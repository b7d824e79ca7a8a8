"""The list of places is whole, and both code systems are told apart."""

from __future__ import annotations

from itertools import pairwise

import pytest

from schemas import regions


def test_every_place_of_the_release_is_there() -> None:
    counts = [len(level()) for level in (regions.provinces, regions.regencies, regions.districts, regions.villages)]
    assert counts == [38, 514, 7285, 83_762]


@pytest.mark.parametrize(("province", "count"), [("19", 7), ("82", 10), ("92", 7), ("12", 33)])
def test_the_provinces_of_the_stories_have_their_regencies(province: str, count: int) -> None:
    assert len(regions.regencies_of_province(province)) == count


def test_every_place_lies_in_one_that_exists() -> None:
    levels = [regions.provinces(), regions.regencies(), regions.districts(), regions.villages()]
    for above, level in pairwise(levels):
        assert {place.parent_code for place in level.values()} <= above.keys()


@pytest.mark.parametrize(
    ("bps", "kemendagri", "name"),
    [("1903", "19.05", "Kabupaten Bangka Barat"), ("1271", "12.73", "Kota Sibolga"), ("1275", "12.71", "Kota Medan")],
)
def test_a_bps_number_names_another_regency_than_the_same_kemendagri_number(
    bps: str, kemendagri: str, name: str
) -> None:
    assert regions.bps_crosswalk()[bps] == kemendagri
    assert regions.regency_name(kemendagri) == name


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("19", "Asia/Jakarta"),
        ("12.71", "Asia/Jakarta"),
        ("73", "Asia/Makassar"),
        ("82", "Asia/Jayapura"),
        ("92.02", "Asia/Jayapura"),
    ],
)
def test_every_province_lives_in_its_time_zone(code: str, zone: str) -> None:
    assert regions.regency_time_zone(code) == zone


def test_folders_of_one_province_name_it_and_folders_of_two_do_not() -> None:
    assert regions.province_of_regencies(["19.01", "19.71"]) == "19"
    assert regions.province_of_regencies(["19.01", "82.71"]) is None
    assert regions.province_of_regencies(["99.99"]) is None
    assert regions.province_of_regencies([]) is None


def test_a_name_is_found_at_every_level() -> None:
    assert [regions.region_name(code) for code in ("19", "19.01", "19.01.01", "19.01.01.1003")] == [
        "Kepulauan Bangka Belitung", "Kabupaten Bangka", "Sungailiat", "Kudai",
    ]  # fmt: skip
