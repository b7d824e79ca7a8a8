"""Golden rows: survivors, and what is computed from all records of a unit (who claims a person, what holds one from aid).

Belongs here: frames of golden rows from frames of records. Does not belong here: single values (survivorship.py), the warehouse.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from tasks.identity.arrays import as_objects
from tasks.identity.sizes import classify
from tasks.identity.survivorship import RECENCY, TEXT, by_recency, oldest_first, survive

NIK_CODES = "NIK_"


def golden_persons(records: pd.DataFrame) -> pd.DataFrame:
    """One row per person (index unit_id) from person records (sender_code, aid_hold and the typed columns)."""
    rows = survive("person", _with_own_activity(records))
    rows["claiming_regency_codes"] = joined_words(records["unit_id"], records["sender_code"])
    rows["regency_code"] = responsible_regency(rows, records)
    rows["aid_hold"] = holds(rows, records)
    return rows


def _with_own_activity(records: pd.DataFrame) -> pd.DataFrame:
    """Records with the status that each tells of its person's own work and the day on which that was seen; a cooperative's is not its
    chair's, and a day without a status tells nothing of a person."""
    status = records["activity_status"].mask(records["kind"] == "cooperative")
    return records.assign(own_activity_status=status, own_verified_on=records["verified_on"].where(status.notna()))


def without_doubted_niks(records: pd.DataFrame) -> pd.DataFrame:
    """Person records without the NIKs that deny their own row's birth date, where the person has a NIK that does not."""
    doubted = records["is_nik_doubted"].fillna(False).astype(bool)
    has_sound = (records["intact_nik"].notna() & ~doubted).groupby(records["unit_id"]).transform("any")
    weak = doubted & has_sound.astype(bool)
    return records.assign(intact_nik=records["intact_nik"].mask(weak))


def responsible_regency(persons: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """The regency that answers for a person: where the person lives when that regency claims the person, else the one that
    verified last, else the lower code."""
    residence = persons["residence_regency_code"]
    claimed = pd.Series(
        [isinstance(home, str) and home in codes.split("|")
         for home, codes in zip(as_objects(residence), as_objects(persons["claiming_regency_codes"]), strict=True)],
        index=persons.index,
    )  # fmt: skip
    order = records[["unit_id", "verified_on", "sender_code"]].sort_values(
        ["verified_on", "sender_code"], ascending=[False, True], na_position="last"
    )
    newest = order.drop_duplicates("unit_id").set_index("unit_id")["sender_code"].reindex(persons.index)
    return residence.where(claimed, newest)


def holds(persons: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """The codes that hold a person from aid: those of all records, except that a NIK which one record fails to give does not
    hold a person whose NIK another record gives. A NIK that is given and doubted still holds."""
    held = records.loc[records["aid_hold"].notna(), ["unit_id", "aid_hold", "intact_nik"]]
    if held.empty:
        return pd.Series(pd.NA, index=persons.index, dtype=TEXT)
    codes = held.assign(code=held["aid_hold"].str.split("|")).explode("code")
    has_nik = codes["unit_id"].map(persons["nik"].notna()).astype(bool)
    mended = codes["code"].str.startswith(NIK_CODES).astype(bool) & codes["intact_nik"].isna() & has_nik
    left = codes[~mended]
    return joined_words(left["unit_id"], left["code"]).reindex(persons.index).astype(TEXT)


def joined_words(units: pd.Series, words: pd.Series) -> pd.Series:
    """The different words of each unit in sorted order, joined by |; index unit_id."""
    pairs = pd.DataFrame({"unit": units.to_numpy(), "word": as_objects(words)}).drop_duplicates()
    pairs = pairs.sort_values(["unit", "word"])
    several = pairs["unit"].duplicated(keep=False)
    joined = pairs[several].groupby("unit")["word"].agg("|".join)
    words_of: pd.Series = pd.concat([pairs[~several].set_index("unit")["word"], joined]).astype(TEXT)
    return words_of


def golden_businesses(records: pd.DataFrame, owner: pd.Series) -> pd.DataFrame:
    """One row per business (index unit_id); `owner`: unit_id -> person id. A stated size stands, a size that the amounts deny is
    a visible disagreement; a size not stated is the law's."""
    workers = records["workers_count"].fillna(
        records["workers_male_count"].fillna(0) + records["workers_female_count"].fillna(0)
    )
    nothing = records[["workers_count", "workers_male_count", "workers_female_count"]].isna().all(axis=1)
    rows = survive("business", records.assign(all_workers_count=workers.mask(nothing)))
    ordered = by_recency(records[["unit_id", "sender_code", *RECENCY]]).drop_duplicates("unit_id")
    ordered = ordered.set_index("unit_id").reindex(rows.index)
    law = classify(rows, ordered["period"])
    computed, stated = law["size_class"].astype(object), rows["size_class"].astype(object)
    denied = (stated.notna() & computed.notna() & (stated != computed)).to_numpy(dtype=bool)
    rows["size_class"] = stated.where(stated.notna(), computed)
    rows["criteria_version"] = law["criteria_version"].where(rows["size_class"].notna())
    rows["disagreements"] = rows["disagreements"].where(~denied, _add_key(rows["disagreements"], '"size_class": 2'))
    rows["person_id"] = owner.reindex(rows.index)
    rows["regency_code"] = rows["district_code"].str[:5].fillna(ordered["sender_code"])
    return rows


def _add_key(objects: pd.Series, key: str) -> pd.Series:
    """JSON objects (text) with one more key; an equal key that stood there before is overruled by JSON's last-wins rule."""
    return (objects.str[:-1] + ", " + key + "}").str.replace("{, ", "{", regex=False)


def golden_households(members: pd.DataFrame) -> pd.DataFrame:
    """One row per household (index unit_id) from its records: record_id, kk_number, regency_code, period, person_id. The regency is the one
    that most records come from, of several the lower code."""
    units = members.groupby("unit_id")
    rows = units.agg(kk_number=("kk_number", "min"), person_count=("person_id", "nunique"))
    sent = members.groupby(["unit_id", "regency_code"]).size().reset_index(name="count")
    most = sent.sort_values(["unit_id", "count", "regency_code"], ascending=[True, False, True])
    rows["regency_code"] = most.drop_duplicates("unit_id").set_index("unit_id")["regency_code"]
    rows["disagreements"] = "{}"
    first = oldest_first(members).drop_duplicates("unit_id").set_index("unit_id")["record_id"]
    rows["sources"] = '{"kk_number": [' + first.reindex(rows.index).astype(str) + ', "only"]}'
    return rows


def golden_groups(records: pd.DataFrame) -> pd.DataFrame:
    """One row per group (index unit_id) from member records with person_id and group_role. The leader is the person of the newest
    row that says so."""
    leads = (records["group_role"] == "leader").fillna(False).astype(bool)
    rows = survive("group", records.assign(leader_person_id=records["person_id"].where(leads)))
    rows["member_count"] = records.groupby("unit_id")["person_id"].nunique().reindex(rows.index).astype(np.int64)
    rows["regency_code"] = _first_sender(records).reindex(rows.index)
    return rows


def golden_cooperatives(records: pd.DataFrame) -> pd.DataFrame:
    """One row per cooperative (index unit_id) from its records; person_id = the chair, when the row gives a NIK."""
    rows = survive("cooperative", records.assign(chair_person_id=records["person_id"]))
    rows["regency_code"] = _first_sender(records).reindex(rows.index)
    return rows


def _first_sender(records: pd.DataFrame) -> pd.Series:
    told = records[["unit_id", "sender_code", *RECENCY]]
    return by_recency(told).drop_duplicates("unit_id").set_index("unit_id")["sender_code"]


def parts_of_businesses(records: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What businesses sell, hold and use: table -> unit_id (the business), the part's own columns, record_id of the first that told it."""
    told = oldest_first(records)
    ids = told[["unit_id", "record_id"]]
    product = ids.assign(name=told["product"])
    nib = ids.assign(licence_kind="nib", number=told["intact_nib"])
    named = ids.assign(licence_kind="other", number=told["licence"])
    channel = ids.assign(platform=told["marketplace"].str.split("|")).explode("platform")
    return {
        "product": product.dropna(subset="name").drop_duplicates(["unit_id", "name"]),
        "licence": pd.concat([nib, named])
        .dropna(subset="number")
        .drop_duplicates(["unit_id", "licence_kind", "number"]),
        "channel": channel.dropna(subset="platform").drop_duplicates(["unit_id", "platform"]),
    }
