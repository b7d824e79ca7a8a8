"""Businesses inside the owner's cluster: which records of one owner speak of one business.

Belongs here: that partition. Does not belong here: owners (clusters.py), what two records say of a business (business_evidence.py),
values of the business (golden.py). Nothing outside the owner's cluster is looked at, so spouses' businesses stay two whatever they share.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from schemas.fields import fields
from tasks.identity.business_evidence import (
    absent,
    differ,
    equal,
    has_own_name,
    names_alike,
    names_resemble,
    sells_otherwise,
    sides,
    speaks_of_two,
    tells_the_same,
    with_details,
)
from tasks.identity.clusters import connect
from tasks.identity.features import over_distinct_text
from tasks.identity.places import compare_address, compare_product

#: what is compared of a record beside its owner; texts but for the last two
COLUMNS = (
    "record_id", "business_name", "sector", "village_code", "regency_code", "nib", "business_address", "owner_address", "product",
    "started_year", "annual_turnover_idr",
)  # fmt: skip

#: what a row of a list of businesses tells of its owner, of itself, and of a place, which may be where the owner lives; every other
#: field tells of the business
NOT_OF_THE_BUSINESS = frozenset({
    "owner_name", "nik", "kk_number", "sex", "birth_place", "birth_date", "phone", "email", "owner_address", "residence_regency_code",
    "occupation", "has_bank_credit", "group_name", "verified_on", "row_token", "regency_code", "district_code", "village_code",
})  # fmt: skip

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def partition_businesses(records: pd.DataFrame) -> pd.Series:
    """The business label (smallest record id) of every business record.

    records: COLUMNS and `owner` (the cluster's label); business_name and nib in compared form, addresses and product as written.
    Two records are one business when `pairs_of_one_business` says so, as far as it holds among all of them (`_firm`); then a nameless
    record joins the one business of its owner that it speaks of (`_join_nameless`), else it stays a business of its own.
    """
    records = records.sort_values("record_id", ignore_index=True)
    ids = records["record_id"].to_numpy(dtype=np.int64)
    several = records["owner"].duplicated(keep=False).to_numpy()
    if not several.any():
        return pd.Series(ids, index=ids)
    inner = _compared(records[several]).reset_index(names="position")
    pairs = inner.merge(inner, on="owner", suffixes=("_a", "_b"))
    pairs = with_details(pairs[pairs["position_a"] < pairs["position_b"]].reset_index(drop=True))
    left, right = (pairs[f"position_{side}"].to_numpy(dtype=np.int64) for side in "ab")
    one = pairs_of_one_business(pairs)
    one = _firm(pairs, one, connect(len(ids), left[one], right[one]))
    found = connect(len(ids), left[one], right[one])
    nameless, named = _join_nameless(pairs, found)
    found = connect(len(ids), np.concatenate([np.arange(len(ids)), nameless]), np.concatenate([found, found[named]]))
    return pd.Series(ids[found], index=ids)


def is_vague(records: pd.DataFrame) -> pd.Series:
    """Which records of owners name no business and tell nothing of one either, or are a recensus'.

    records: `kind` and the columns of source.record_version, business_name in compared form.
    """
    of_business = [
        field for field in fields().values() if "umkm" in field.kinds and field.name not in NOT_OF_THE_BUSINESS
    ]
    told = records.columns.intersection([column for field in of_business for column in field.columns])
    return records[told].isna().all(axis=1) | (records["business_name"].isna() & (records["kind"] == "recensus"))


def partition_with_vague(records: pd.DataFrame) -> pd.Series:
    """As `partition_businesses`, for records of which some are vague (`is_vague`): they speak of no business of their own.

    Such a record speaks of one that is known, the owner's only one. Of an owner with several it speaks of none of them, only of the
    owner, and is left out; of an owner without any it is a business like others.
    """
    vague = records["is_vague"].to_numpy(dtype=bool)
    vague = vague & records["owner"].isin(records.loc[~vague, "owner"]).to_numpy(dtype=bool)
    found = partition_businesses(records[~vague])
    if not vague.any():
        return found
    businesses = pd.DataFrame(
        {"owner": records.loc[~vague, "owner"].to_numpy(), "label": records.loc[~vague, "record_id"].map(found)}
    )
    businesses = businesses.drop_duplicates()
    only = businesses[~businesses["owner"].duplicated(keep=False)].set_index("owner")["label"]
    placed = records.loc[vague, "owner"].map(only).set_axis(records.loc[vague, "record_id"]).dropna().astype(np.int64)
    every = pd.concat([found, placed])
    smallest = pd.Series(every.index.to_numpy(), index=every.index).groupby(every.to_numpy()).transform("min")
    return smallest.astype(np.int64)


def pairs_of_one_business(pairs: pd.DataFrame) -> Mask:
    """Whether two records of one owner (columns `_a`, `_b`; `with_details`) speak of one business.

    Two details that deny outweigh one that agrees, under any name (`speaks_of_two`). Else a name of its own decides; under another sector
    no more may deny than agree.
    A name that only resembles needs the sector, the place and two details more that agree than deny.
    A generic name, alike on both sides, proves nothing: it needs the sector not to differ, and a detail that agrees, or the same place, or
    two regencies (which list one owner once each).
    Two nameless records need the same, the same goods if both tell them, and for another year of start the same address or a detail that
    agrees. An equal NIB is the owner's, so it needs the same sector.
    """
    name_a, name_b = sides(pairs, "business_name")
    named = ~absent(name_a) & ~absent(name_b)
    nameless = absent(name_a) & absent(name_b)
    alike = named & names_alike(name_a, name_b)
    own = has_own_name(name_a) & has_own_name(name_b)
    sector_fits = ~differ(*sides(pairs, "sector"))
    place_fits = ~differ(*sides(pairs, "village_code")) | differ(*sides(pairs, "regency_code"))
    agreed, denied, against = (pairs[count].to_numpy() for count in ("agreed", "denied", "against"))
    two = speaks_of_two(pairs)
    by_name = alike & own & (sector_fits | (agreed >= against)) & ~two
    generic_fits = sector_fits & (place_fits | (agreed > 0)) & ~two
    by_generic_name = alike & ~own & generic_fits
    by_likeness = named & names_resemble(name_a, name_b) & sector_fits & place_fits & (agreed - against >= 2)
    by_nib = equal(*sides(pairs, "nib")) & equal(*sides(pairs, "sector")) & ~(own & ~alike)
    at_one_address = equal(*sides(pairs, "business_address"))
    by_sector = nameless & generic_fits & ~sells_otherwise(pairs) & ((denied <= agreed) | at_one_address)
    result: Mask = by_name | by_generic_name | by_likeness | by_nib | by_sector
    return result


def _firm(pairs: pd.DataFrame, one: Mask, label: Ints) -> Mask:
    """Which of the pairs that are `one` hold among all records that they bring together (`label` by position).

    Where two of these records speak of two businesses, a record that tells little could be either's: there only pairs hold in which more
    agrees than denies, or that tell the same.
    """
    left, right = (pairs[f"position_{side}"].to_numpy(dtype=np.int64) for side in "ab")
    of_two = speaks_of_two(pairs) & (label[left] == label[right])
    doubtful = np.isin(label[left], label[left[of_two]])
    agree = (pairs["agreed"] > pairs["against"]).to_numpy(dtype=bool)
    firm: Mask = one & (~doubtful | agree | tells_the_same(pairs))
    return firm


def _join_nameless(pairs: pd.DataFrame, label: Ints) -> tuple[Ints, Ints]:
    """Positions of nameless records and of a named record whose business each of them speaks of.

    It is the only business of the owner that it fits: in that sector, and of the records that speak of either one agrees in more details
    than any other denies (another address among these); a record that tells no detail speaks of a business of its own. Two numbers (NIB)
    that differ are two businesses.
    """
    a, b = (absent(side) for side in sides(pairs, "business_name"))
    chosen, first = pairs[a != b], a[a != b]
    nameless = np.where(first, chosen["position_a"], chosen["position_b"]).astype(np.int64)
    named = np.where(first, chosen["position_b"], chosen["position_a"]).astype(np.int64)
    differs = differ(*sides(chosen, "sector")) | differ(*sides(chosen, "nib"))
    found = pd.DataFrame(
        {"nameless": nameless, "named": named, "differs": differs, "vague": label[nameless], "business": label[named]}
    ).assign(agreed=chosen["agreed"].to_numpy(), against=chosen["against"].to_numpy())
    found = found[~np.isin(found["vague"], found["business"])]
    told = found.groupby(["vague", "business"], as_index=False).agg(
        nameless=("nameless", "min"),
        named=("named", "min"),
        agreed=("agreed", "max"),
        against=("against", "max"),
        differs=("differs", "any"),
    )
    told = told[(told["agreed"] > told["against"]) & ~told["differs"]]
    only = told[~told["vague"].duplicated(keep=False)]
    return only["nameless"].to_numpy(dtype=np.int64), only["named"].to_numpy(dtype=np.int64)


def _compared(records: pd.DataFrame) -> pd.DataFrame:
    """The records with addresses and products in compared form."""
    return records.assign(
        business_address=over_distinct_text(records["business_address"], compare_address),
        owner_address=over_distinct_text(records["owner_address"], compare_address),
        product=over_distinct_text(records["product"], compare_product),
    )
