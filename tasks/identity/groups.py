"""Groups and cooperatives: units beside the person, found by their names, places and numbers.

Belongs here: which records speak of one group or one cooperative. Does not belong here: their members (persons, clusters.py).
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def partition_groups(records: pd.DataFrame) -> pd.Series:
    """The group label (smallest record id) per record that names a group: same group name in the same village.

    records: record_id, group_name (compared form), regency_code, district_code, village_code. Without a village the district
    stands for it, without both the regency. The leader is a value of the group, not a key: a group that elects another leader is
    the same group.
    """
    place = records["village_code"].fillna(records["district_code"]).fillna(records["regency_code"])
    return _smallest(records, records["group_name"] + "|" + place)


def partition_cooperatives(records: pd.DataFrame) -> pd.Series:
    """The cooperative label (smallest record id) per cooperative record.

    records: record_id, cooperative_nik, nib, cooperative_name (compared form), regency_code, village_code. The cooperative's own
    NIK decides; without it the NIB, then name and village (or regency): a record without a number joins the only numbered
    cooperative of that NIB or that name and village, else it is held by name and village.
    """
    nik, nib = records["cooperative_nik"].astype(object), records["nib"].astype(object)
    place = records["village_code"].fillna(records["regency_code"])
    name = (records["cooperative_name"] + "|" + place).astype(object)
    number = nik.where(nik.notna(), nib.map(_only_number(nib, nik)))
    number = number.where(number.notna(), name.map(_only_number(name, nik)))
    key = ("nik|" + number.astype(object)).where(number.notna(), "nib|" + nib)
    return _smallest(records, key.where(key.notna(), "name|" + name))


def _only_number(key: pd.Series, number: pd.Series) -> pd.Series:
    """key -> the one number that goes with it; keys with several numbers are left out."""
    known = pd.DataFrame({"key": key, "number": number}).dropna().drop_duplicates()
    return known[~known["key"].duplicated(keep=False)].set_index("key")["number"]


def _smallest(records: pd.DataFrame, key: pd.Series) -> pd.Series:
    """The smallest record id per key, for the records that have one; index = record id."""
    known = records.loc[key.notna(), ["record_id"]].assign(key=key.dropna().astype(object))
    label = known.groupby("key")["record_id"].transform("min")
    return pd.Series(label.to_numpy(dtype=np.int64), index=known["record_id"].to_numpy(dtype=np.int64))
