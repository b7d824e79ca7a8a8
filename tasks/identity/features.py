"""From typed records to comparison features, column by column, over distinct values.

Belongs here: which column becomes which feature. Does not belong here: reading or writing the warehouse, comparing two records.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.identity.arrays import as_objects, as_text
from tasks.identity.names import Name, compare_name
from tasks.identity.places import compare_address, compare_business_name

TEXT = pd.ArrowDtype(pa.string())
DAY = pd.ArrowDtype(pa.date32())
#: two-digit years up to this one are 20xx: the youngest owners of a business were born about then
YOUNGEST_YEAR = 12
#: nobody who runs a business was born before
OLDEST_YEAR = 1900
#: the columns of identity.features that are compared, in order
COLUMNS = (
    "record_id", "match_hash", "regency_code", "nik", "nik_area", "nik_birth", "nik_serial", "is_nik_doubted", "kk_number",
    "written_name", "full_name", "name_sorted", "name_initials", "name_sound", "given_name", "birth_date", "born_on", "sex",
    "phone", "phone_other", "address", "district_code", "village_code", "business_name", "nib",
)  # fmt: skip


def make_features(records: pd.DataFrame) -> pd.DataFrame:
    """Features of current record versions (one row each, typed columns as in source.record_version).

    A field whose text is a placeholder is already absent; what leaves nothing to compare becomes absent here.
    """
    result = pd.DataFrame({"record_id": records["record_id"], "match_hash": records["match_hash"]})
    result["regency_code"] = records["sender_code"]
    result = result.join(split_nik(records["nik"]))
    birth_date = believable_birth(records["birth_date"])
    result["is_nik_doubted"] = is_doubted(result["nik_birth"], birth_date)
    result["kk_number"] = whole_number(records["kk_number"], 16)
    names = over_distinct(records["owner_name"], compare_name)
    for column, part in zip(
        ("written_name", "full_name", "name_sorted", "name_initials", "name_sound", "given_name"),
        Name._fields,
        strict=True,
    ):
        result[column] = names[part]
    result["birth_date"] = birth_date
    result["born_on"] = birth_date.fillna(result["nik_birth"])
    result["sex"] = records["sex"]
    phones = records["phone"].str.extract(r"^(?P<first>[^|]+)(?:\|(?P<other>[^|]+))?")
    result["phone"], result["phone_other"] = phones["first"], phones["other"]
    addresses = records["owner_address"].fillna(records["business_address"])
    result["address"] = over_distinct_text(addresses, compare_address)
    result["district_code"], result["village_code"] = records["district_code"], records["village_code"]
    result["business_name"] = over_distinct_text(records["business_name"], compare_business_name)
    result["nib"] = whole_number(records["nib"], 13)
    return result[list(COLUMNS)]


def split_nik(nik: pd.Series) -> pd.DataFrame:
    """NIK, area (6 digits), birth date and serial of intact NIKs; absent for everything else.

    Intact = 16 digits, a real date after taking 40 from a woman's day, a serial that is not 0000. The century is the one that
    makes the owner neither unborn nor over a hundred: years above the pivot are 19xx.
    """
    intact = nik.where(nik.str.fullmatch(r"[1-9]\d{15}").fillna(False).astype(bool))
    distinct = pd.Series(intact.dropna().unique(), dtype=object)
    digits = distinct.astype(str)
    day = pd.to_numeric(digits.str[6:8])
    day = day.where(day < 41, day - 40)
    year = pd.to_numeric(digits.str[10:12])
    year = year.where(year > YOUNGEST_YEAR, year + 100) + 1900
    month = pd.to_numeric(digits.str[8:10])
    born = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day}), errors="coerce")
    good = born.notna() & (digits.str[12:] != "0000") & (day >= 1)
    known = pd.DataFrame({
        "nik": digits, "nik_area": digits.str[:6], "nik_birth": born.dt.date, "nik_serial": digits.str[12:],
    })[good].set_index(distinct[good])  # fmt: skip
    spread = known.reindex(as_objects(intact))
    spread.index = nik.index
    for column in ("nik", "nik_area", "nik_serial"):
        spread[column] = spread[column].astype(TEXT)
    spread["nik_birth"] = spread["nik_birth"].astype(DAY)
    return spread


def believable_birth(birth_date: pd.Series) -> pd.Series:
    """Birth dates that an owner can have: neither a child's (a day in the future is one) nor before 1900; others are absent."""
    year = birth_date.astype(DAY).dt.year
    return birth_date.astype(DAY).where(year.between(OLDEST_YEAR, 2000 + YOUNGEST_YEAR).fillna(False).astype(bool))


def is_doubted(nik_birth: pd.Series, birth_date: pd.Series) -> pd.Series:
    """Whether a NIK says plainly another birth date than its row: two or more of day, month and year differ.

    One part that differs is a slip or a date corrected later, and leaves the number believable (DOMAIN, identifiers). More looks
    like somebody else's number: copied down, drawn on, or a family card's. Where one of the two is not told nothing speaks against the
    number.
    """
    told, stated = nik_birth.astype(DAY), birth_date.astype(DAY)
    differ = sum(
        (
            (getattr(told.dt, part) != getattr(stated.dt, part)).fillna(False).astype("int64")
            for part in ("day", "month", "year")
        ),
        start=pd.Series(0, index=told.index),
    )
    swapped = (
        (told.dt.day == stated.dt.month) & (told.dt.month == stated.dt.day) & (told.dt.year == stated.dt.year)
    ).fillna(False)
    doubted: pd.Series = (differ >= 2) & ~swapped.astype(bool)
    return doubted


def whole_number(values: pd.Series, length: int) -> pd.Series:
    """Identifiers of exactly `length` digits that are not one digit repeated; others are absent."""
    good = values.str.fullmatch(rf"\d{{{length}}}").fillna(False).astype(bool)
    same = values.str.fullmatch(r"(?:0+|1+|2+|3+|4+|5+|6+|7+|8+|9+)").fillna(False).astype(bool)
    return values.where(good & ~same)


def over_distinct(values: pd.Series, function: Callable[[str], Name]) -> pd.DataFrame:
    """`function` over the distinct texts, spread back to the rows as one column a part; empty parts are absent."""
    codes, distinct = pd.factorize(as_objects(values))
    parts = [function(text) for text in distinct]
    frame = pd.DataFrame(index=values.index)
    for number, name in enumerate(Name._fields):
        column = np.array([part[number] or None for part in parts] + [None], dtype=object)
        frame[name] = as_text(column[codes], values.index)
    return frame


def over_distinct_text(values: pd.Series, function: Callable[[str], str]) -> pd.Series:
    """`function` over the distinct texts, spread back to the rows; empty results are absent."""
    codes, distinct = pd.factorize(as_objects(values))
    results = np.array([function(text) or None for text in distinct] + [None], dtype=object)
    return as_text(results[codes], values.index)
