"""Who is listed where: the rows that the offices' lists hold, each with the person and business it speaks of.

Belongs here: which rows exist, and how a repeated person is told otherwise the second time. Does not belong here: the faults that any
row can have (dirt), formats (styles).

    base       every owner once, in the regency of the business
    second     an owner's second business
    repeat     the same owner again: in the same list, or in another regency's
    copy       a row that stands twice in one file
    group      members of groups (kelompok), half of them owners as well
    cooperative  one regency's list of cooperatives with their chairs
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tasks.demo.businesses import build_businesses, write_money
from tasks.demo.dirt import Faults, misspell, shorten, swap_day_and_month
from tasks.demo.draw import (
    Ints,
    Mask,
    blank,
    chance,
    data_file,
    digits,
    number_text,
    of,
    pick,
    take,
    text,
    where,
)  # fmt: skip
from tasks.demo.names import write_names
from tasks.demo.people import COLLECTED, build_people
from tasks.demo.places import Places

REPEAT_SHARE, SECOND_SHARE, COPY_SHARE = 0.14, 0.03, 0.008
GROUP_SHARE, COOPERATIVE_ROWS, GROUP_SIZE = 0.015, 60, 10
ELSEWHERE_SHARE = 0.35


@dataclass(frozen=True)
class Counts:
    """How many rows of each sort; together they are the rows asked for."""

    base: int
    second: int
    repeat: int
    copy: int
    group: int
    cooperative: int


def split_rows(rows: int) -> Counts:
    """The shares of DOMAIN applied to a number of rows: about 18 % speak of a person who is listed already."""
    cooperative = min(COOPERATIVE_ROWS, rows // 200)
    group, second = round(rows * GROUP_SHARE), round(rows * SECOND_SHARE)
    repeat, copy = round(rows * REPEAT_SHARE), round(rows * COPY_SHARE)
    return Counts(rows - cooperative - group - second - repeat - copy, second, repeat, copy, group, cooperative)


def build_rows(rng: np.random.Generator, rows: int, places: Places) -> tuple[pd.DataFrame, Faults]:
    """All rows in file order (regency, kind, district), as text by canonical field, with `person`, `business`, `household`,
    `kind`, `is_copy`; and the faults already in them. Blank cells are empty text, `birth` is a day."""
    counts = split_rows(rows)
    people = build_people(rng, counts.base + counts.group // 2, places)
    joins_only = _group_newcomers(rng, people, counts.group // 2, places)
    owners = np.setdiff1d(np.arange(len(people)), joins_only)
    base = np.arange(len(owners))
    again = rng.choice(base, counts.repeat, replace=False) if counts.repeat <= len(base) else base[: counts.repeat]
    elsewhere = chance(rng, ELSEWHERE_SHARE, len(again))
    branch = elsewhere & chance(rng, 0.3, len(again))
    extra = rng.choice(base, counts.second)
    owner_of = np.concatenate([owners, owners[extra], owners[again[branch]]])
    businesses = build_businesses(rng, owner_of, people)
    repeated = again.copy()
    repeated[branch] = len(owners) + len(extra) + np.arange(int(branch.sum()))
    business = np.concatenate([base, len(owners) + np.arange(len(extra)), repeated])
    is_repeat = np.arange(len(business)) >= len(owners) + len(extra)
    away = np.zeros(len(business), bool)
    away[is_repeat] = elsewhere
    umkm, faults = _umkm_rows(rng, people, businesses, business, is_repeat, away, places)
    members = _group_rows(rng, people, joins_only, owners, counts.group, places)
    chairs = _cooperative_rows(rng, people, owners, counts.cooperative, places)
    frame = pd.concat([umkm, members, chairs], ignore_index=True)
    frame = frame.fillna({name: "" for name in frame.columns if frame[name].dtype == umkm["owner_name"].dtype})
    faults.grow(len(frame))
    return _in_file_order(rng, frame, faults, counts.copy, places)


def _group_newcomers(rng: np.random.Generator, people: pd.DataFrame, count: int, places: Places) -> Ints:
    """People who are only in a group: drawn in the regencies that send a group list (every third)."""
    regency = places.villages["regency_no"].to_numpy()[people["village"]]
    return np.sort(rng.choice(np.flatnonzero(regency % 3 == 0), count, replace=False))


def _person_columns(rng: np.random.Generator, people: pd.DataFrame, person: Ints, places: Places) -> pd.DataFrame:
    """How a row tells a person, without faults."""
    told = people.take(person).reset_index(drop=True)
    regencies = list(places.regencies["name"])
    count = len(told)
    return pd.DataFrame(
        {
            "person": person,
            "household": told["household"],
            "tie": told["tie"],
            "elder": told["elder"],
            "owner_name": write_names(rng, told),
            "nik": told["nik"],
            "nik_true": told["nik"],
            "kk_number": where(chance(rng, 0.82, count), told["kk_number"], ""),
            "sex": of(["L", "P"], told["is_female"].to_numpy(np.int64)),
            "birth_place": told["birth_place"].str.replace("Kabupaten |Kota ", "", regex=True),
            "birth": told["birth"],
            "birth_text": blank(count),
            "phone": where(chance(rng, 0.93, count), told["phone"], ""),
            "owner_address": told["address"],
            "residence_regency_code": of(regencies, told["residence"].to_numpy()),
            "occupation": told["occupation"],
            "has_bank_credit": where(
                told["has_credit"].to_numpy(bool), "Ya", pick(rng, ["Tidak", ""], count, [0.85, 0.15])
            ),
            "religion": told["religion"],
            "mother": told["mother"],
        }
    )


def _place_columns(village: Ints, places: Places) -> pd.DataFrame:
    told = places.villages.take(village).reset_index(drop=True)
    return pd.DataFrame(
        {
            "regency_no": told["regency_no"],
            "regency_code": text(list(told["regency"])),
            "district_no": told["district_code"].str[-2:].astype("int64"),
            "district_true": text(list(told["district"])),
            "district_code": text(list(told["district"])),
            "village_code": text(list(told["village"])),
        }
    )


def _umkm_rows(
    rng: np.random.Generator, people: pd.DataFrame, businesses: pd.DataFrame, business: Ints,
    is_repeat: Mask, away: Mask, places: Places,
) -> tuple[pd.DataFrame, Faults]:  # fmt: skip
    told = businesses.take(business).reset_index(drop=True)
    village = told["village"].to_numpy().copy()
    regency = places.villages["regency_no"].to_numpy()
    village[away] = places.draw_villages_elsewhere(rng, regency[village[away]])
    count = len(told)
    assistants = _assistants(rng, regency[village])
    frame = pd.concat(
        [
            _person_columns(rng, people, told["owner"].to_numpy(), places),
            told.drop(columns=["owner", "village", "turnover"]),
            _place_columns(village, places),
        ],
        axis=1,
    ).assign(kind="umkm", business=business, business_address="", field_assistant=assistants)
    frame["business_address"] = where(chance(rng, 0.7, count), frame["owner_address"], spaced_address(rng, count))
    frame["verified"] = COLLECTED - rng.integers(0, 60, count).astype("timedelta64[D]")
    faults = Faults(count)
    away_from_home = regency[village] != people["residence"].to_numpy()[frame["person"]]
    frame["has_sku"] = where(away_from_home & chance(rng, 0.6, count), "Ada", frame["has_sku"])
    return _tell_otherwise(rng, frame, is_repeat, faults), faults


def spaced_address(rng: np.random.Generator, count: int) -> pd.Series:
    """A business address away from home."""
    return pick(rng, data_file("business.yaml")["streets"], count) + " No. " + number_text(rng.integers(1, 180, count))


def _assistants(rng: np.random.Generator, regency: Ints) -> pd.Series:
    """The field assistant of each row: about eight people a regency."""
    group = data_file("names.yaml")["groups"]["melayu"]
    names = [f"{a} {b}" for a in group["male"][:20] for b in group["second"][:10]]
    return of(names, (regency * 8 + rng.integers(0, 8, len(regency))) % len(names))


def _tell_otherwise(rng: np.random.Generator, frame: pd.DataFrame, is_repeat: Mask, faults: Faults) -> pd.DataFrame:
    """What differs when a person is told a second time; a few first rows have no NIK either."""
    count = len(frame)

    def some(name: str, share: float, first: float = 0.0) -> Mask:
        return faults.mark(name, (is_repeat & chance(rng, share, count)) | (~is_repeat & chance(rng, first, count)))

    frame["owner_name"] = misspell(rng, frame["owner_name"], some("name_typo", 0.12, 0.004))
    frame["owner_name"] = shorten(rng, frame["owner_name"], some("name_shortened", 0.15, 0.004))
    frame["nik"] = where(some("nik_missing", 0.15, 0.02), "", frame["nik"])
    typo = some("nik_digit", 0.06) & (frame["nik"] != "").to_numpy(bool)
    faults.marks["nik_digit"] = typo
    last = frame["nik"].str[15:]
    other = of([str((n + 3) % 10) for n in range(10)], last.where(typo, "0").astype("int64").to_numpy())
    frame["nik"] = where(typo, frame["nik"].str[:15] + other, frame["nik"])
    phones = pick(rng, data_file("business.yaml")["operators"], count) + digits(
        rng.integers(10_000_00, 99_999_999, count), 8
    )
    frame["phone"] = where(some("phone_changed", 0.3), phones, frame["phone"])
    frame = swap_day_and_month(frame, some("birth_swapped", 0.05), faults)
    frame["birth_text"] = where(some("birth_missing", 0.05, 0.01), "-", frame["birth_text"])
    frame["business_name"] = misspell(rng, frame["business_name"], some("business_typo", 0.1))
    moved = some("address_changed", 0.35)
    frame["owner_address"] = where(moved, spaced_address(rng, count), frame["owner_address"])
    again = is_repeat & chance(rng, 0.5, count)
    amounts = (rng.integers(10, 120, count) * 1_000_000).astype(np.int64)
    frame["annual_turnover"] = where(again, write_money(rng, amounts), frame["annual_turnover"])
    return frame


def _group_rows(
    rng: np.random.Generator, people: pd.DataFrame, newcomers: Ints, owners: Ints, count: int, places: Places
) -> pd.DataFrame:
    """Members by village neighbourhood, ten to a group, the first one leads; the village is the leader's."""
    regency = places.villages["regency_no"].to_numpy()[people["village"]]
    known = rng.choice(owners[regency[owners] % 3 == 0], count - len(newcomers), replace=False)
    member = np.concatenate([newcomers, known])
    member = member[np.argsort(people["village"].to_numpy()[member], kind="stable")]
    number = np.arange(len(member)) // GROUP_SIZE
    starts = pd.Series(regency[member]).ne(pd.Series(regency[member]).shift()).to_numpy()
    number = number + np.cumsum(starts) * 100_000
    leads = pd.Series(number).ne(pd.Series(number).shift()).to_numpy()
    first = np.maximum.accumulate(np.where(leads, np.arange(len(member)), 0))
    village = people["village"].to_numpy()[member][first]
    kinds, calls = data_file("business.yaml")["groups"], data_file("business.yaml")["calls"]
    named = pick(rng, kinds, len(member)) + " " + pick(rng, calls, len(member))
    size = pd.Series(number).groupby(number).transform("size").to_numpy()
    return pd.concat([_person_columns(rng, people, member, places), _place_columns(village, places)], axis=1).assign(
        kind="group",
        business=-1,
        group_name=take(named, first),
        group_role=of(["Anggota", "Ketua"], leads.astype(np.int64)),
        sector=take(pick(rng, ["Pertanian", "Kuliner", "Kerajinan", "Perikanan"], len(member)), first),
        members_count=number_text(size),
        verified=np.full(len(member), COLLECTED),
    )


def _cooperative_rows(
    rng: np.random.Generator, people: pd.DataFrame, owners: Ints, count: int, places: Places
) -> pd.DataFrame:
    """One regency's list of cooperatives; each chair is an owner of that regency."""
    regency = places.villages["regency_no"].to_numpy()[people["village"]]
    sender = 1 % len(places.regencies)
    near = owners[regency[owners] == sender]
    chair = rng.choice(near, min(count, len(near)), replace=False)
    words = data_file("business.yaml")
    village = people["village"].to_numpy()[chair]
    nik = number_text(np.arange(len(chair)) * 7 + int(places.province) * 10**11 + 10**12)
    return pd.concat([_person_columns(rng, people, chair, places), _place_columns(village, places)], axis=1).assign(
        kind="cooperative",
        business=-1,
        cooperative_name="Koperasi "
        + pick(rng, words["calls"], len(chair))
        + " "
        + pick(rng, words["calls"], len(chair)),
        cooperative_nik=nik,
        cooperative_type=pick(rng, words["cooperative_types"], len(chair)),
        legal_entity_number=digits(rng.integers(1, 900, len(chair)), 3)
        + "/BH/"
        + number_text(rng.integers(1998, 2019, len(chair))),
        members_count=number_text(rng.integers(20, 400, len(chair))),
        activity_status=pick(rng, ["Aktif", "Tidak Aktif"], len(chair), [0.8, 0.2]),
        verified=np.full(len(chair), COLLECTED),
    )


def _in_file_order(
    rng: np.random.Generator, frame: pd.DataFrame, faults: Faults, copies: int, places: Places
) -> tuple[pd.DataFrame, Faults]:
    """Sort by regency, kind, district (the sheets), shuffled within; then let some rows stand twice in their file."""
    kind = frame["kind"].map({"umkm": 0, "group": 1, "cooperative": 2}).to_numpy()
    keys = [frame["regency_no"].to_numpy(), kind, frame["district_no"].to_numpy()]
    within = np.where(kind == 1, np.arange(len(frame)), rng.permutation(len(frame)))
    order = np.lexsort([within, keys[2], keys[1], keys[0]])
    listed = np.flatnonzero(kind[order] == 0)
    copied = rng.choice(listed, copies, replace=False)
    place = np.concatenate([np.arange(len(order)), copied + 0.5 + rng.integers(0, 30, copies)])
    source = np.concatenate([np.arange(len(order)), copied])
    is_copy = np.arange(len(place)) >= len(order)
    # a copy stays within its file and sheet: it may not pass the last row of its district
    block = pd.Series(keys[0][order] * 10**6 + kind[order] * 10**5 + keys[2][order])
    last = block.groupby(block).transform(lambda rows: rows.index[-1]).to_numpy()
    place = np.minimum(place, np.where(is_copy, last[source] + 0.5, place))
    final = np.argsort(place, kind="stable")
    chosen = order[source[final]]
    frame = frame.take(chosen).reset_index(drop=True)
    frame["is_copy"] = is_copy[final]
    frame["is_paired"] = pd.Series(chosen).duplicated(keep=False).to_numpy()
    faults.take(chosen)
    return frame, faults
