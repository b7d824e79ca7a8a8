"""Businesses inside the owner's cluster: which records of one owner speak of one business.

Belongs here: that partition. Does not belong here: owners (clusters.py), values of the business (golden.py). Nothing outside the
owner's cluster is looked at, so spouses' businesses stay two whatever they share.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.identity.arrays import as_objects
from tasks.identity.clusters import connect
from tasks.identity.places import is_generic

#: names of one business as two offices write them; measured on spelling variants, below it different shops of one owner appear
SAME_NAME_RATIO = 86.0
TEXT_COLUMNS = ("business_name", "sector", "village_code", "regency_code", "nib", "address")

Mask = npt.NDArray[np.bool_]


def partition_businesses(records: pd.DataFrame) -> pd.Series:
    """The business label (smallest record id) of every business record.

    records: record_id, owner (the cluster's label), business_name (compared form), sector, village_code, regency_code, nib,
    address; text or absent. Rules, in this order: two records are one business when `pairs_of_one_business` says so; then a
    record without a business name joins its owner's only named business of the same regency and sector;
    else it stays a business of its own.
    """
    records = records.sort_values("record_id", ignore_index=True)
    ids = records["record_id"].to_numpy(dtype=np.int64)
    several = records["owner"].duplicated(keep=False).to_numpy()
    if not several.any():
        return pd.Series(ids, index=ids)
    inner = records[several].reset_index(names="position")
    pairs = inner.merge(inner, on="owner", suffixes=("_a", "_b"))
    pairs = pairs[pairs["position_a"] < pairs["position_b"]]
    one = pairs_of_one_business(pairs)
    found = connect(len(ids), pairs["position_a"].to_numpy()[one], pairs["position_b"].to_numpy()[one])
    joined = _join_nameless(records.assign(label=found)[several])
    found = connect(
        len(ids),
        np.concatenate([np.arange(len(ids)), joined["position"].to_numpy(dtype=np.int64)]),
        np.concatenate([found, joined["target"].to_numpy(dtype=np.int64)]),
    )
    return pd.Series(ids[found], index=ids)


def partition_with_recensus(records: pd.DataFrame) -> pd.Series:
    """As `partition_businesses`, for records of which some are a recensus' (is_recensus).

    A row of a recensus that names no business speaks of one that is known: the owner's only one. Of an owner with several it speaks of none
    of them, only of the owner, and is left out; of an owner without any it is a business like others.
    """
    vague = (records["is_recensus"] & records["business_name"].isna()).to_numpy(dtype=bool)
    vague &= records["owner"].isin(records.loc[~vague, "owner"]).to_numpy(dtype=bool)
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
    """Whether two records of one owner (columns `_a`, `_b`) speak of one business.

    A name of its own decides. A generic name, alike on both sides, needs the sector not to differ and the place to be the same,
    or the records to come from two regencies (which list one owner once each). An equal NIB is the owner's, so it needs the same
    sector. Two nameless records need the same sector and no different village in one regency.
    """
    side = {column: _sides(pairs, column) for column in TEXT_COLUMNS}
    name_a, name_b = side["business_name"]
    named = ~_absent(name_a) & ~_absent(name_b)
    alike = named & names_alike(name_a, name_b)
    own = _own_name(name_a) & _own_name(name_b)
    sector_fits = ~_differ(*side["sector"])
    other_sender = _differ(*side["regency_code"])
    place_fits = ~_differ(*side["village_code"]) | other_sender
    nameless = _absent(name_a) & _absent(name_b)
    by_name = alike & own
    by_generic_name = alike & ~own & sector_fits & place_fits
    by_nib = _equal(*side["nib"]) & _equal(*side["sector"]) & ~(own & ~alike)
    by_sector = nameless & sector_fits & place_fits
    result: Mask = by_name | by_generic_name | by_nib | by_sector
    return result


def names_alike(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> Mask:
    """Whether two compared names are one name written twice; over distinct pairs."""
    from rapidfuzz import fuzz

    frame = pd.DataFrame({"a": left, "b": right})
    codes = frame.groupby(["a", "b"], dropna=False, sort=False).ngroup().to_numpy()
    first = frame.drop_duplicates(["a", "b"])

    def same(a: object, b: object) -> bool:
        if not (isinstance(a, str) and isinstance(b, str)):
            return False
        whole = fuzz.ratio(a.replace(" ", ""), b.replace(" ", ""))
        return max(whole, fuzz.token_sort_ratio(a, b)) >= SAME_NAME_RATIO

    alike = np.array([same(a, b) for a, b in zip(first["a"], first["b"], strict=True)], dtype=bool)
    return alike[codes] if len(codes) else np.array([], dtype=bool)


def _join_nameless(records: pd.DataFrame) -> pd.DataFrame:
    """For nameless records: the label of the owner's only named business in the same regency and sector (position, target)."""
    named = records[records["business_name"].notna()]
    businesses = named.drop_duplicates(["owner", "regency_code", "sector", "label"])
    keys = ["owner", "regency_code", "sector"]
    only = businesses[~businesses.duplicated(keys, keep=False)][[*keys, "label"]]
    nameless = records[records["business_name"].isna()].reset_index(names="position")
    joined = nameless.merge(only, on=keys, suffixes=("", "_named"))
    return joined[["position", "label_named"]].rename(columns={"label_named": "target"})


def _sides(pairs: pd.DataFrame, column: str) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]]:
    return (
        as_objects(pairs[f"{column}_a"]),
        as_objects(pairs[f"{column}_b"]),
    )


def _absent(values: npt.NDArray[np.object_]) -> Mask:
    return np.asarray(pd.isna(pd.Series(values, dtype=object)), dtype=bool)


def _own_name(values: npt.NDArray[np.object_]) -> Mask:
    codes, distinct = pd.factorize(pd.Series(values, dtype=object))
    own = np.array([not is_generic(name) for name in distinct] + [False], dtype=bool)
    result: Mask = own[codes]
    return result


def _differ(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> Mask:
    """Both are known and differ."""
    differ: Mask = ~_absent(left) & ~_absent(right) & np.asarray(left != right, dtype=bool)
    return differ


def _equal(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> Mask:
    """Both are known and equal."""
    equal: Mask = ~_absent(left) & ~_absent(right) & np.asarray(left == right, dtype=bool)
    return equal
