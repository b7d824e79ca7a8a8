"""Provinces, regencies, districts and villages by dotted Kemendagri code, and the BPS crosswalk of the regencies.

Source: idn-area-data 4.0.1 (data ODbL, code MIT; licences beside the files). The counts are asserted at load, so that a half
replaced file stops the run instead of silently losing a regency. Only the standard library is used: the command line looks up
a name here without paying for a data library.

Does not belong here: matching of written text (tasks/intake/places.py).
"""

from __future__ import annotations

import csv
import gzip
import io
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from schemas.errors import InvariantBroken

FOLDER = Path(__file__).with_name("reference") / "regions"

#: Permendagri counts of the release above (38 provinces; 416 kabupaten + 98 kota)
COUNTS = {"provinces": 38, "regencies": 514, "districts": 7285, "villages": 83_762}
#: regencies of the provinces whose stories the tests tell
REGENCY_COUNTS = {"12": 33, "19": 7, "82": 10, "92": 7}

TimeZone = Literal["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"]
_WITA = {"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}
_WIT = {"81", "82", "91", "92", "93", "94", "95", "96"}


class Region(NamedTuple):
    """A region: its dotted Kemendagri code, the code of what contains it (province: empty), its official name."""

    code: str
    parent_code: str
    name: str


@lru_cache(maxsize=1)
def provinces() -> dict[str, Region]:
    """The provinces by code (`19`), in order of code."""
    return _load("provinces", "provinces.csv", parent="")


@lru_cache(maxsize=1)
def regencies() -> dict[str, Region]:
    """The regencies (kabupaten and kota) by code (`19.01`), in order of code; the name says which of both."""
    result = _load("regencies", "regencies.csv", parent="province_code")
    for province, count in REGENCY_COUNTS.items():
        found = sum(region.parent_code == province for region in result.values())
        if found != count:
            raise InvariantBroken(f"province {province} has {found} regencies, expected {count}", where="regencies.csv")
    return result


@lru_cache(maxsize=1)
def districts() -> dict[str, Region]:
    """The districts (kecamatan, distrik, kapanewon) by code (`19.01.01`)."""
    return _load("districts", "districts.csv", parent="regency_code")


@lru_cache(maxsize=1)
def villages() -> dict[str, Region]:
    """The villages (desa, kelurahan, kampung, nagari, gampong) by code (`19.01.01.2001`)."""
    return _load("villages", "villages.csv.gz", parent="district_code")


@lru_cache(maxsize=1)
def bps_crosswalk() -> dict[str, str]:
    """BPS regency code of 2018 (`1903`) -> Kemendagri code (`19.05`).

    Both systems share numbers and differ: 164 numbers name another regency in the other system, so that a bare number alone
    never says which regency is meant.
    """
    result = {
        line["bps_code_34prov"]: line["kemendagri_code"]
        for line in csv.DictReader(_text("crosswalk_kemendagri_bps2018.csv"))
    }
    if len(result) != COUNTS["regencies"] or not set(result.values()) <= regencies().keys():
        raise InvariantBroken(
            "the BPS crosswalk does not cover every regency once", where="crosswalk_kemendagri_bps2018.csv"
        )
    return result


@lru_cache(maxsize=1)
def nik_areas() -> frozenset[str]:
    """The six digits a NIK of today's districts can start with. Older NIKs keep the area of their first registration."""
    return frozenset(code.replace(".", "") for code in districts())


def province_name(code: str) -> str:
    """Official name of a province; raises KeyError when there is none."""
    return provinces()[code].name


def regency_name(code: str) -> str:
    """Official name of a regency (`Kabupaten Bangka`); raises KeyError when there is none."""
    return regencies()[code].name


def office_name(code: str) -> str | None:
    """Name of the regency, or of the province, whose office sends files under a code; None when there is none."""
    office = regencies().get(code) or provinces().get(code)
    return office.name if office else None


def region_name(code: str) -> str:
    """Official name of a region of any level; raises KeyError when there is none."""
    return (provinces, regencies, districts, villages)[code.count(".")]()[code].name


def regencies_of_province(province: str) -> list[str]:
    """Codes of a province's regencies in order; empty when there is no such province."""
    return [code for code, region in regencies().items() if region.parent_code == province]


def province_of_regencies(codes: list[str]) -> str | None:
    """The one province that all the given codes of offices are of; None when they name none or several."""
    found = {code[:2] if office_name(code) else "" for code in codes}
    return found.pop() or None if len(found) == 1 else None


def districts_of_regency(regency: str) -> list[Region]:
    """The districts of a regency, in order of code."""
    return _children("districts").get(regency, [])


def villages_of_district(district: str) -> list[Region]:
    """The villages of a district, in order of code."""
    return _children("villages").get(district, [])


def regency_time_zone(code: str) -> TimeZone:
    """The time zone of a province or regency code: WIB, WITA or WIT (Keppres 41/1987, provinces split since follow theirs)."""
    province = code[:2]
    if province in _WIT:
        return "Asia/Jayapura"
    return "Asia/Makassar" if province in _WITA else "Asia/Jakarta"


@lru_cache(maxsize=2)
def _children(level: Literal["districts", "villages"]) -> dict[str, list[Region]]:
    result: dict[str, list[Region]] = {}
    for region in (districts() if level == "districts" else villages()).values():
        result.setdefault(region.parent_code, []).append(region)
    return result


def _load(level: str, file: str, *, parent: str) -> dict[str, Region]:
    heading, *lines = csv.reader(_text(file))
    code, name = heading.index("code"), heading.index("name")
    above = heading.index(parent) if parent else None
    result = {line[code]: Region(line[code], "" if above is None else line[above], line[name]) for line in lines}
    if len(result) != COUNTS[level]:
        raise InvariantBroken(f"{len(result)} {level}, expected {COUNTS[level]}", where=file)
    return result


def _text(file: str) -> io.StringIO:
    content = (FOLDER / file).read_bytes()
    return io.StringIO((gzip.decompress(content) if file.endswith(".gz") else content).decode("utf-8"))
