"""Who lives in the demo province: people with kin, births, NIK and KK by the rule, addresses and phones. All invented.

Belongs here: true facts about people, one line a person. Does not belong here: how a list writes them (listing, dirt, styles).
The NIK follows the rule of the civil register: six digits of the district of first registration, DDMMYY with 40 added to the day for
women, a serial within that area and day.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tasks.demo.draw import Ints, Mask, chance, data_file, digits, number_text, of, pick, put, spaced, take
from tasks.demo.names import draw_groups, draw_names, name_twins
from tasks.demo.places import Places

#: the day the demo's lists were collected; ages and years are counted from it
COLLECTED = np.datetime64("2020-04-15")
SPOUSE_SHARE, TWIN_SHARE, SIBLING_SHARE = 0.04, 0.004, 0.02


def build_people(rng: np.random.Generator, count: int, places: Places) -> pd.DataFrame:
    """`count` people: the first ones head their families, the last ones are spouses, twins and siblings of some of them."""
    elder, tie = _kin(count)
    is_kin = elder >= 0
    base = np.where(is_kin, elder, np.arange(count))
    is_female = _sexes(rng, elder, tie)
    births = _births(rng, elder, tie)
    groups = draw_groups(rng, places.province, count)[base]
    names = draw_names(rng, groups, is_female)
    siblings = np.flatnonzero(tie == "sibling")
    names["family"] = put(names["family"], siblings, take(names["family"], elder[siblings]))
    twins = np.flatnonzero(tie == "twin")
    names = name_twins(rng, names, elder[twins], twins, is_female)
    together = is_kin & np.where(tie == "spouse", True, chance(rng, 0.5, count))
    household = np.where(together, elder, np.arange(count))
    village = places.draw_villages(rng, count)[household]
    area = _areas(rng, elder, tie, village, places)
    people = names.assign(
        is_female=is_female,
        birth=births,
        village=village,
        household=household,
        tie=tie,
        elder=elder,
        nik=write_nik(area, births, is_female),
        birth_place=of(
            list(places.regencies["name"]), places.villages["regency_no"].to_numpy()[places.draw_villages(rng, count)]
        ),
        is_pilgrim=(births < COLLECTED - np.timedelta64(45 * 365, "D")) & chance(rng, 0.13, count),
        has_degree=chance(rng, data_file("names.yaml")["titles"]["degree_share"], count),
    )
    people["kk_number"] = take(_kk_numbers(rng, village, places), household)
    people["phone"] = take(
        _phones(rng, count), np.where(together & chance(rng, 0.3, count), household, np.arange(count))
    )
    people["address"] = take(_addresses(rng, count), household)
    return _with_circumstances(rng, people, places)


def _kin(count: int) -> tuple[Ints, np.ndarray[Any, Any]]:
    """For each person the elder it belongs to (-1 = nobody) and the tie. Each elder has one kin at most."""
    sizes = {
        "spouse": int(count * SPOUSE_SHARE), "twin": max(1, int(count * TWIN_SHARE)), "sibling": int(count * SIBLING_SHARE),
    }  # fmt: skip
    ties = np.repeat(list(sizes), list(sizes.values()))
    elder = np.full(count, -1, np.int64)
    tie = np.full(count, "", dtype="U8")
    if len(ties) and count > 2 * len(ties):
        elder[count - len(ties) :] = np.arange(len(ties))
        tie[count - len(ties) :] = ties
    return elder, tie


def _sexes(rng: np.random.Generator, elder: Ints, tie: np.ndarray[Any, Any]) -> Mask:
    female = chance(rng, 0.54, len(elder))
    female = np.where(tie == "spouse", ~female[elder], female)
    return np.where((tie == "twin") & chance(rng, 0.7, len(elder)), female[elder], female)


def _births(rng: np.random.Generator, elder: Ints, tie: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Birth days: owners are 18 to 75, around 42; spouses a few years apart, twins the same day, siblings one to eight years."""
    count = len(elder)
    age = np.clip(rng.normal(42 * 365.25, 11 * 365.25, count), 18 * 365.25, 75 * 365.25)
    spouse = np.clip(age[elder] + rng.normal(0, 4 * 365, count), 18 * 365.25, 75 * 365.25)
    sibling = np.clip(age[elder] - rng.integers(365, 8 * 365, count), 17.5 * 365.25, 75 * 365.25)
    age = np.select([tie == "spouse", tie == "twin", tie == "sibling"], [spouse, age[elder], sibling], age)
    return COLLECTED - age.astype(np.int64).astype("timedelta64[D]")


def _areas(
    rng: np.random.Generator, elder: Ints, tie: np.ndarray[Any, Any], village: Ints, places: Places
) -> pd.Series:
    """The district of first registration, six digits: mostly where one lives, else in the province, else anywhere."""
    count = len(elder)
    homes = places.villages["district_code"].str.replace(".", "", regex=False)
    here, near = homes.to_numpy()[village], homes.to_numpy()[places.draw_villages(rng, count)]
    far = np.array(places.everywhere, object)[rng.integers(0, len(places.everywhere), count)]
    kind = rng.random(count)
    area = np.select([kind < 0.72, kind < 0.86], [here, near], far)
    same = (tie == "twin") | (tie == "sibling") | ((tie == "spouse") & chance(rng, 0.6, count))
    return pd.Series(np.where(same, area[elder], area)).astype(pd.ArrowDtype(_arrow_string()))


def _arrow_string() -> Any:
    import pyarrow as pa

    return pa.string()


def write_nik(area: pd.Series, births: np.ndarray[Any, Any], is_female: Mask) -> pd.Series:
    """The NIK by the rule; serials count up within area and written day, with gaps, so every NIK is one person's."""
    days = pd.DatetimeIndex(births.astype("datetime64[s]"))
    written_day = days.day.to_numpy() + np.where(is_female, 40, 0)
    dated = written_day * 10_000 + days.month.to_numpy() * 100 + days.year.to_numpy() % 100
    nth = pd.DataFrame({"area": area.astype("int64"), "day": dated}).groupby(["area", "day"]).cumcount().to_numpy()
    gap = (dated * 31 + nth * 17) % 5
    return area + digits(dated, 6) + digits(nth * 6 + 1 + gap, 4)


def _kk_numbers(rng: np.random.Generator, village: Ints, places: Places) -> pd.Series:
    count = len(village)
    issued = pd.DatetimeIndex(
        (np.datetime64("2004-01-01") + rng.integers(0, 16 * 365, count).astype("timedelta64[D]")).astype(
            "datetime64[s]"
        )
    )
    district = of(list(places.villages["district_code"].str.replace(".", "", regex=False)), village)
    dated = digits(issued.day.to_numpy() * 10_000 + issued.month.to_numpy() * 100 + issued.year.to_numpy() % 100, 6)
    return district + dated + digits(rng.integers(1, 9999, count), 4)


def _phones(rng: np.random.Generator, count: int) -> pd.Series:
    operator = pick(rng, data_file("business.yaml")["operators"], count)
    return operator + digits(rng.integers(10_000_00, 99_999_999, count), 8)


def _addresses(rng: np.random.Generator, count: int) -> pd.Series:
    street = pick(rng, data_file("business.yaml")["streets"], count)
    rt = "RT " + digits(rng.integers(1, 12, count), 3) + " RW " + digits(rng.integers(1, 6, count), 3)
    return spaced(street, "No. " + number_text(rng.integers(1, 180, count)), rt)


def _with_circumstances(rng: np.random.Generator, people: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Occupation, bank credit, where the KTP is from (5 % elsewhere), religion and mother's name (sensitive extras)."""
    count, words = len(people), data_file("business.yaml")
    work: dict[str, float] = words["occupations"]
    people["occupation"] = pick(rng, list(work), count, list(work.values()))
    housewife = (people["occupation"] == "Ibu Rumah Tangga").to_numpy(bool) & ~people["is_female"].to_numpy(bool)
    people["occupation"] = people["occupation"].mask(housewife, "Wiraswasta")
    people["has_credit"] = chance(rng, 0.08, count)
    regency = places.villages["regency_no"].to_numpy()[people["village"]]
    elsewhere = places.villages["regency_no"].to_numpy()[places.draw_villages(rng, count)]
    people["residence"] = np.where(chance(rng, 0.05, count), elsewhere, regency)
    people["religion"] = pick(rng, words["religions"], count, [0.8, 0.06, 0.04, 0.02, 0.05, 0.03])
    people["mother"] = pick_mother(rng, count)
    return people


def pick_mother(rng: np.random.Generator, count: int) -> pd.Series:
    """A mother's maiden name; offices ask for it and the pipeline must drop it."""
    return pick(rng, data_file("names.yaml")["groups"]["melayu"]["female"], count)
