"""What people are called: parts of a name by group and sex, and the ways one name gets written.

Belongs here: names. Does not belong here: typing faults (dirt), identity numbers (people).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tasks.demo.draw import (
    Ints,
    Mask,
    blank,
    chance,
    data_file,
    of,
    pick,
    pick_number,
    pick_ranked,
    put,
    spaced,
    take,
    where,
)

PARTS = ("prefix", "given", "second", "family")


def draw_groups(rng: np.random.Generator, province: str, count: int) -> Ints:
    """The population group of each person, by the mix of the province; numbers follow the order of the data file."""
    mixes: dict[str, dict[str, float]] = data_file("names.yaml")["mixes"]
    mix = mixes[next(prefix for prefix in sorted(mixes, key=len, reverse=True) if province.startswith(prefix))]
    order = list(data_file("names.yaml")["groups"])
    known = np.array([order.index(name) for name in mix], np.int64)
    return known[pick_number(rng, len(mix), count, list(mix.values()))]


def draw_names(rng: np.random.Generator, groups: Ints, is_female: Mask) -> pd.DataFrame:
    """The parts of each person's true name: prefix (Muhammad or empty), given, second, family; empty = not carried."""
    drawn = pd.DataFrame({part: blank(len(groups)) for part in PARTS})
    for number, group in enumerate(data_file("names.yaml")["groups"].values()):
        for female in (False, True):
            positions = np.flatnonzero((groups == number) & (is_female == female))
            if len(positions):
                parts = _names_of(rng, group, female, len(positions))
                for part in PARTS:
                    drawn[part] = put(drawn[part], positions, parts[part])
    return drawn


def _names_of(rng: np.random.Generator, group: dict[str, Any], female: bool, count: int) -> dict[str, pd.Series]:
    given = pick_ranked(rng, group["female" if female else "male"], count)
    second = pick_ranked(rng, group["second_female" if female else "second"], count)
    third = pick_ranked(rng, group["second_female" if female else "second"], count)
    single = chance(rng, group["one_word"], count)
    carries = chance(rng, group["family_share"], count) & ~single
    family = where(carries, pick_ranked(rng, group["family"], count), "") if "family" in group else blank(count)
    has_second = ~single & (~carries | chance(rng, 0.18, count))
    long = has_second & chance(rng, 0.1, count)
    muhammad = chance(rng, 0.0 if female else group["muhammad"], count)
    return {
        "prefix": where(muhammad, "Muhammad", ""),
        "given": given,
        "second": where(has_second, where(long, spaced(second, third), second), ""),
        "family": family,
    }


def name_twins(
    rng: np.random.Generator, names: pd.DataFrame, elder: Ints, younger: Ints, is_female: Mask
) -> pd.DataFrame:
    """Give pairs of twins of one sex alike names (Hasan and Husin): same second and family name, another given name."""
    for sex, female in (("male", False), ("female", True)):
        chosen = np.flatnonzero((is_female[elder] == female) & (is_female[younger] == female))
        pairs: list[list[str]] = data_file("names.yaml")["twins"][sex]
        drawn = pick_number(rng, len(pairs), len(chosen))
        names["given"] = put(names["given"], elder[chosen], of([a for a, _ in pairs], drawn))
        names["given"] = put(names["given"], younger[chosen], of([b for _, b in pairs], drawn))
        for part in ("prefix", "second", "family"):
            names[part] = put(names[part], younger[chosen], take(names[part], elder[chosen]))
    return names


def write_names(rng: np.random.Generator, people: pd.DataFrame) -> pd.Series:
    """One way of writing each name: a Muhammad variant, perhaps a title before or a degree after."""
    count, rules = len(people), data_file("names.yaml")
    variants: dict[str, float] = rules["muhammad_variants"]
    prefix = where(
        (people["prefix"] != "").to_numpy(bool), pick(rng, list(variants), count, list(variants.values())), ""
    )
    pilgrim = people["is_pilgrim"].to_numpy(bool) & chance(rng, 0.75, count)
    title = where(pilgrim, where(people["is_female"].to_numpy(bool), "Hj.", "H."), "")
    degree = where(
        people["has_degree"].to_numpy(bool) & chance(rng, 0.6, count), pick(rng, rules["titles"]["degrees"], count), ""
    )
    name = spaced(title, prefix, people["given"], people["second"], people["family"])
    return where((degree != "").to_numpy(bool), name + ", " + degree, name)
