"""What people run: businesses with sector, name, money, workers, licences.

Belongs here: true facts about businesses, one line a business. Does not belong here: how a list writes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tasks.demo.draw import (
    Ints,
    blank,
    chance,
    data_file,
    digits,
    number_text,
    of,
    pick,
    pick_number,
    put,
    rupiah_text,
    spaced,
    take,
    where,
)  # fmt: skip

GENERIC_SHARE, BLANK_SHARE, NIB_SHARE, SHARED_NIB_SHARE = 0.12, 0.15, 0.18, 0.06


def build_businesses(rng: np.random.Generator, owner: Ints, people: pd.DataFrame) -> pd.DataFrame:
    """One line a business of the owners at these positions of `people`; the number of the line is the business."""
    count, words = len(owner), data_file("business.yaml")
    sectors = list(words["sectors"].values())
    sector = pick_number(rng, len(sectors), count, [entry["share"] for entry in sectors])
    labels, kinds, products = (_by_sector(rng, sector, key) for key in ("labels", "names", "products"))
    turnover = _rounded(rng.lognormal(np.log(55e6), 0.95, count))
    nib = where(chance(rng, NIB_SHARE, count), digits(rng.integers(10**11, 10**12, count) + 10**11, 13), "")
    frame = pd.DataFrame(
        {
            "owner": owner,
            "village": people["village"].to_numpy()[owner],
            "business_name": _business_names(rng, kinds, take(people["given"], owner)),
            "sector": labels,
            "product": products,
            "turnover": turnover,
            "annual_turnover": write_money(rng, turnover),
            "capital": write_money(rng, _rounded(turnover * rng.uniform(0.08, 0.6, count))),
            "workers_male_count": number_text(rng.poisson(0.8, count)),
            "workers_female_count": number_text(rng.poisson(0.9, count)),
            "started_year": number_text(2020 - rng.geometric(0.12, count).clip(max=40)),
            "nib": _share_some(rng, nib),
            "has_sku": pick(rng, ["Ada", "Tidak Ada", ""], count, [0.35, 0.45, 0.2]),
            "licence": where(chance(rng, 0.3, count), pick(rng, words["licences"], count), ""),
            "marketplace": where(chance(rng, 0.13, count), pick(rng, words["platforms"], count), ""),
            "covid_impact": where(chance(rng, 0.7, count), pick(rng, words["covid"], count), ""),
            "activity_status": pick(rng, list(words["statuses"]), count, list(words["statuses"].values())),
        }
    )
    frame["size_class"] = of(["Mikro", "Kecil", "Menengah"], np.searchsorted([2e9, 15e9], turnover))
    return frame


def _by_sector(rng: np.random.Generator, sector: Ints, key: str) -> pd.Series:
    column = blank(len(sector))
    for number, entry in enumerate(data_file("business.yaml")["sectors"].values()):
        positions = np.flatnonzero(sector == number)
        column = put(column, positions, pick(rng, entry[key], len(positions)))
    return column


def _business_names(rng: np.random.Generator, kinds: pd.Series, given: pd.Series) -> pd.Series:
    """'Warung Berkah', 'Toko Siti', 'Bakso Pak Slamet', a generic name shared by many, or nothing (15 %)."""
    count, words = len(kinds), data_file("business.yaml")
    after_owner = spaced(kinds, pick(rng, ["", "Pak", "Bu", "Mak"], count, [0.5, 0.2, 0.2, 0.1]), given)
    called = spaced(kinds, pick(rng, words["calls"], count))
    name = where(chance(rng, 0.45, count), after_owner, called)
    drawn = rng.random(count)
    name = where(drawn < GENERIC_SHARE, pick(rng, words["generic"], count), name)
    return where(drawn > 1 - BLANK_SHARE, "", name)


def _share_some(rng: np.random.Generator, nib: pd.Series) -> pd.Series:
    """Some numbers stand at two businesses: one NIB is one actor's, not one business's."""
    carrying = np.flatnonzero((nib != "").to_numpy(bool))
    shared = carrying[chance(rng, SHARED_NIB_SHARE, len(carrying))]
    return put(nib, shared, take(nib, np.roll(shared, 1)))


def _rounded(amount: np.ndarray[Any, np.dtype[np.float64]]) -> Ints:
    """Rupiah as people say it: two leading digits, then zeros, half a million at least."""
    amount = np.maximum(amount, 500_000)
    unit = 10 ** (np.floor(np.log10(amount)) - 1)
    rounded: Ints = (np.round(amount / unit) * unit).astype(np.int64)
    return rounded


def write_money(rng: np.random.Generator, amount: Ints) -> pd.Series:
    """One amount as offices type it: 60000000, 60.000.000, Rp 60.000.000, Rp. 60.000.000,- or 60 juta."""
    count = len(amount)
    plain, dotted = number_text(amount), rupiah_text(amount)
    drawn = rng.random(count)
    column = where(drawn < 0.42, plain, dotted)
    column = where((drawn >= 0.60) & (drawn < 0.76), "Rp " + dotted, column)
    column = where((drawn >= 0.76) & (drawn < 0.86), "Rp. " + dotted + ",-", column)
    whole = (amount % 1_000_000 == 0) & (drawn >= 0.86)
    return where(whole, number_text(amount // 1_000_000) + " juta", column)
