"""The faults of real lists, each with a name that the truth file tells.

Belongs here: functions that damage chosen rows of a frame of text. Does not belong here: how a repeated person is told otherwise
(listing), what an office's form does to every row (styles, office).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tasks.demo.draw import Ints, Mask, chance, data_file, digits, of, pick, pick_number, text, where
from tasks.demo.places import Places

#: share of rows with a fault of the table below
DIRTY_SHARE = 0.02
#: faults after which the NIK in the row is not the person's valid NIK
NIK_BROKEN = frozenset(
    {"nik_missing", "nik_digit", "nik_letter_o", "nik_short", "nik_long", "nik_placeholder", "nik_precision_lost",
     "nik_scientific", "nik_is_kk", "nik_copied_down", "nik_series", "columns_shifted"}
)  # fmt: skip


class Faults:
    """Which rows carry which faults: a mask per name, all of one length."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.marks: dict[str, Mask] = {}

    def mark(self, name: str, rows: Mask) -> Mask:
        """Remember that these rows carry the fault; returns the mask."""
        self.marks[name] = self.marks.get(name, np.zeros(self.count, bool)) | rows
        return rows

    def grow(self, count: int) -> None:
        """Rows were added at the end, without faults."""
        added = np.zeros(count - self.count, bool)
        self.marks = {name: np.concatenate([rows, added]) for name, rows in self.marks.items()}
        self.count = count

    def take(self, positions: Ints) -> None:
        """Reorder with the rows."""
        self.marks = {name: rows[positions] for name, rows in self.marks.items()}
        self.count = len(positions)

    def joined(self) -> pd.Series:
        """The names per row, sorted, joined by |; empty = none."""
        codes = np.zeros(self.count, np.int64)
        names = sorted(name for name, rows in self.marks.items() if rows.any())
        for number, name in enumerate(names):
            codes |= self.marks[name].astype(np.int64) << number
        distinct, positions = np.unique(codes, return_inverse=True)
        words = ["|".join(n for i, n in enumerate(names) if code >> i & 1) for code in distinct.tolist()]
        return of(words, positions)


def misspell(rng: np.random.Generator, column: pd.Series, rows: Mask) -> pd.Series:
    """Swap two neighbouring letters, or drop one, somewhere after the first letter of the chosen rows."""
    place = rng.integers(1, 8, len(column))
    drops = chance(rng, 0.5, len(column))
    for position in range(1, 8):
        here = rows & (place == position)
        head, one, two, tail = (
            column.str[:position], column.str[position : position + 1], column.str[position + 1 : position + 2],
            column.str[position + 2 :],
        )  # fmt: skip
        letters = here & (column.str.len() > position + 2).to_numpy(bool)
        column = where(letters & ~drops, head + two + one + tail, column)
        column = where(letters & drops, head + two + tail, column)
    return column


def shorten(rng: np.random.Generator, column: pd.Series, rows: Mask) -> pd.Series:
    """Write the last word as its initial, or leave the last word out, when there are two words at least."""
    initial = column.str.replace(r" (\S)\S+$", r" \1.", regex=True)
    without = column.str.replace(r" \S+$", "", regex=True)
    return where(rows, where(chance(rng, 0.5, len(column)), initial, without), column)


def swap_day_and_month(frame: pd.DataFrame, rows: Mask, faults: Faults) -> pd.DataFrame:
    """Exchange day and month of the birth where both could be a month; elsewhere nothing happens and no fault is told."""
    births = pd.DatetimeIndex(frame["birth"])
    possible = rows & (births.day <= 12) & (births.day != births.month)
    faults.marks["birth_swapped"] = possible
    years = births.year.to_numpy().astype("int64") - 1970
    months = np.where(possible, births.day, births.month) - 1
    days = np.where(possible, births.month, births.day) - 1
    swapped = years.astype("datetime64[Y]").astype("datetime64[M]") + months.astype("timedelta64[M]")
    frame["birth"] = swapped.astype("datetime64[D]") + days.astype("timedelta64[D]")
    return frame


def add_dirt(rng: np.random.Generator, frame: pd.DataFrame, faults: Faults, places: Places) -> pd.DataFrame:
    """Damage 2 % of the rows with one fault each, never a row that stands twice; returns the damaged frame."""
    count = len(frame)
    names = list(DIRT)
    chosen = chance(rng, DIRTY_SHARE, count) & ~frame["is_paired"].to_numpy(bool)
    kind = pick_number(rng, len(names), count, [share for share, _ in DIRT.values()])
    listed = (frame["kind"] == "umkm").to_numpy(bool)
    for number, name in enumerate(names):
        rows = chosen & (kind == number)
        if not name.startswith(("nik_", "name_", "phone_", "birth_")):
            rows &= listed
        if name.startswith(("nik_", "phone_")):
            rows &= (frame[name.split("_")[0]] != "").to_numpy(bool)
        faults.mark(name, rows)
        if rows.any():
            frame = DIRT[name][1](rng, frame, rows, places)
    return frame


def share_officer_phone(rng: np.random.Generator, frame: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    """In every regency the field officer's own number stands on about forty rows (a tenth of a short list)."""
    free = (frame["kind"] == "umkm").to_numpy(bool) & ~frame["is_paired"].to_numpy(bool)
    rows = np.zeros(len(frame), bool)
    for number in np.unique(frame["regency_no"].to_numpy()):
        own = np.flatnonzero(free & (frame["regency_no"].to_numpy() == number))
        rows[rng.choice(own, min(40, len(own) // 10), replace=False)] = True
    officers = "0811" + digits(7_100_000 + frame["regency_no"].to_numpy() * 137, 7)
    frame["phone"] = where(faults.mark("phone_of_officer", rows), officers, frame["phone"])
    return frame


def lose_precision(rng: np.random.Generator, frame: pd.DataFrame, faults: Faults, sender: int) -> pd.DataFrame:
    """In one regency a quarter of the NIKs was typed as numbers: the spreadsheet kept 15 digits and wrote a zero."""
    rows = (frame["regency_no"].to_numpy() == sender) & (frame["kind"] == "umkm").to_numpy(bool)
    rows &= chance(rng, 0.25, len(frame)) & ~frame["is_paired"].to_numpy(bool)
    rows &= frame["nik"].str.fullmatch(r"\d{16}").to_numpy(bool)
    faults.mark("nik_precision_lost", rows)
    frame["nik"] = where(rows, frame["nik"].str[:15] + "0", frame["nik"])
    return frame


Damage = Callable[[np.random.Generator, pd.DataFrame, Mask, Places], pd.DataFrame]


def _put_words(field: str, *words: str) -> Damage:
    def damage(rng: np.random.Generator, frame: pd.DataFrame, rows: Mask, _: Places) -> pd.DataFrame:
        frame[field] = where(rows, pick(rng, list(words), len(frame)), frame[field])
        return frame

    return damage


def _change(field: str, change: Callable[[pd.Series], pd.Series]) -> Damage:
    def damage(_: np.random.Generator, frame: pd.DataFrame, rows: Mask, __: Places) -> pd.DataFrame:
        frame[field] = where(rows, change(frame[field]), frame[field])
        return frame

    return damage


def _swap(one: str, other: str) -> Damage:
    def damage(_: np.random.Generator, frame: pd.DataFrame, rows: Mask, __: Places) -> pd.DataFrame:
        first, second = frame[one], frame[other]
        frame[one], frame[other] = where(rows, second, first), where(rows, first, second)
        return frame

    return damage


def _copy_down(rng: np.random.Generator, frame: pd.DataFrame, rows: Mask, _: Places) -> pd.DataFrame:
    above = frame["nik"].shift(1, fill_value="")
    frame["nik"] = where(rows & (above != "").to_numpy(bool), above, frame["nik"])
    return frame


def _continue_series(rng: np.random.Generator, frame: pd.DataFrame, rows: Mask, _: Places) -> pd.DataFrame:
    """Dragged down: the NIK of the row above with the serial one higher."""
    above = frame["nik"].shift(1, fill_value="")
    whole = above.str.fullmatch(r"\d{16}").fillna(False).to_numpy(bool)
    serial = above.str[12:].where(whole, "0").astype("int64").to_numpy()
    frame["nik"] = where(rows & whole, above.str[:12] + digits((serial + 1) % 10_000, 4), frame["nik"])
    return frame


def _lose_last_digit(column: pd.Series) -> pd.Series:
    return column.str[:15] + "0"


def _scientific(column: pd.Series) -> pd.Series:
    return column.str[:1] + "." + column.str[1:6] + "E+15"


def _bps_code(rng: np.random.Generator, frame: pd.DataFrame, rows: Mask, places: Places) -> pd.DataFrame:
    codes = of(list(places.regencies["bps_code"].fillna("")), frame["regency_no"].to_numpy())
    frame["regency_code"] = where(rows, codes, frame["regency_code"])
    return frame


def _misspell(field: str) -> Damage:
    def damage(rng: np.random.Generator, frame: pd.DataFrame, rows: Mask, _: Places) -> pd.DataFrame:
        frame[field] = misspell(rng, frame[field], rows)
        return frame

    return damage


def _birth_with_place(_: np.random.Generator, frame: pd.DataFrame, rows: Mask, __: Places) -> pd.DataFrame:
    dated = text(pc.strftime(pa.array(frame["birth"].to_numpy().astype("datetime64[s]")), "%d-%m-%Y"))
    frame["birth_text"] = where(rows, frame["birth_place"] + ", " + dated, frame["birth_text"])
    return frame


def _address_with_regions(_: np.random.Generator, frame: pd.DataFrame, rows: Mask, __: Places) -> pd.DataFrame:
    longer = frame["owner_address"] + " Desa " + frame["village_code"] + " Kec. " + frame["district_code"]
    frame["owner_address"] = where(rows, longer, frame["owner_address"])
    return frame


def _unchanged(_: np.random.Generator, frame: pd.DataFrame, __: Mask, ___: Places) -> pd.DataFrame:
    """The row is damaged when it is written: the cells move one column (styles.shift_cells)."""
    return frame


def _with_alias(rng: np.random.Generator, frame: pd.DataFrame, rows: Mask, _: Places) -> pd.DataFrame:
    alias = pick(rng, data_file("names.yaml")["groups"]["melayu"]["male"], len(frame))
    frame["owner_name"] = where(rows, frame["owner_name"] + " alias " + alias, frame["owner_name"])
    return frame


_NAN_WORDS: Any = ("-", "0", "BELUM ADA", "tidak ada", "kosong")

#: name of the fault -> (relative share, how it damages)
DIRT: dict[str, tuple[float, Damage]] = {
    "nik_letter_o": (3, _change("nik", lambda nik: nik.str.replace("0", "O", n=1))),
    "nik_short": (3, _change("nik", lambda nik: nik.str[:15])),
    "nik_long": (2, _change("nik", lambda nik: nik + "1")),
    "nik_placeholder": (4, _put_words("nik", *_NAN_WORDS, "1234567890123456", "0000000000000000")),
    "nik_precision_lost": (3, _change("nik", _lose_last_digit)),
    "nik_scientific": (2, _change("nik", _scientific)),
    "nik_punctuated": (3, _change("nik", lambda nik: nik.str[:6] + "." + nik.str[6:12] + "." + nik.str[12:])),
    "nik_spaced": (
        2,
        _change("nik", lambda nik: nik.str[:4] + " " + nik.str[4:8] + " " + nik.str[8:12] + " " + nik.str[12:]),
    ),
    "nik_apostrophe": (2, _change("nik", lambda nik: "'" + nik)),
    "nik_is_kk": (3, _swap("nik", "kk_number")),
    "nik_copied_down": (2, _copy_down),
    "nik_series": (2, _continue_series),
    "name_placeholder": (1, _put_words("owner_name", "-", "BELUM ADA", "kosong")),
    "name_nbsp": (2, _change("owner_name", lambda name: name.str.replace(" ", "\u00a0"))),
    "name_alias": (2, _with_alias),
    "birth_future": (2, _put_words("birth_text", "05/03/2031", "17/08/2045")),
    "birth_impossible": (2, _put_words("birth_text", "99-99--9999", "31/02/1980", "00/00/0000")),
    "birth_with_place": (3, _birth_with_place),
    "phone_zero_lost": (3, _change("phone", lambda phone: phone.str.lstrip("0"))),
    "phone_two": (3, _change("phone", lambda phone: phone + " / 081200" + phone.str[6:])),
    "phone_placeholder": (2, _put_words("phone", "-", "0812-0000-0000", "tidak ada")),
    "phone_international": (
        2,
        _change("phone", lambda phone: "+62 " + phone.str[1:4] + "-" + phone.str[4:8] + "-" + phone.str[8:]),
    ),
    "district_misspelt": (3, _misspell("district_code")),
    "village_misspelt": (4, _misspell("village_code")),
    "regency_is_bps_code": (2, _bps_code),
    "address_with_regions": (3, _address_with_regions),
    "sector_misspelt": (2, _put_words("sector", "Kulier", "Kerajian", "Perdagngan")),
    "sector_unknown": (2, _put_words("sector", "Lainnya", "Campuran", "???")),
    "workers_negative": (2, _put_words("workers_male_count", "-9")),
    "turnover_monthly": (3, _put_words("annual_turnover", "5 juta/bln", "2,5 juta/bulan", "3.000.000 per bulan")),
    "turnover_band": (2, _put_words("annual_turnover", "< 50 juta", "50 juta - 100 juta", "1M-5M")),
    "turnover_unclear": (2, _put_words("annual_turnover", "1,200", "tidak tentu", "lumayan")),
    "turnover_against_size": (2, _put_words("annual_turnover", "35000000000", "Rp 40.000.000.000")),
    "nib_short": (1, _put_words("nib", "912030", "02201054123")),
    "columns_shifted": (2, _unchanged),
}
