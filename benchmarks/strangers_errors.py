"""What goes wrong when a stranger is written down again: one function per field, a row (dict of texts) in, what was done out.

Belongs here: the faults and how often they happen. Does not belong here: who the strangers are (strangers). Nothing is the demo's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Rates:
    """How often each fault happens to a row that tells a person again; `first` = the part of it for a person's first row."""

    nik_missing: float = 0.14
    nik_typed_as_number: float = 0.03
    nik_one_digit: float = 0.03
    nik_two_digits: float = 0.008
    nik_transposed: float = 0.012
    nik_of_kin: float = 0.006
    nik_of_officer: float = 0.003
    nik_is_kk: float = 0.012
    birth_absent: float = 0.06
    birth_swapped: float = 0.03
    birth_year_off: float = 0.015
    birth_digit_off: float = 0.015
    name_shortened: float = 0.06
    name_initials: float = 0.04
    name_alias: float = 0.02
    name_titled: float = 0.10
    name_old_spelling: float = 0.04
    name_turned: float = 0.02
    name_by_ear: float = 0.05
    name_typo: float = 0.06
    phone_changed: float = 0.25
    phone_absent: float = 0.12
    phone_of_officer: float = 0.02
    kk_absent: float = 0.22
    kk_changed: float = 0.04
    address_rewritten: float = 0.35
    address_absent: float = 0.08
    village_moved: float = 0.06
    village_absent: float = 0.04
    business_respelt: float = 0.25
    business_absent: float = 0.06
    product_otherwise: float = 0.2
    product_absent: float = 0.25
    since_otherwise: float = 0.1
    since_absent: float = 0.3
    business_address_absent: float = 0.3
    first: float = 0.15

    def scaled(self, by: float) -> Rates:
        """All faults more or less often."""
        return Rates(**{each.name: min(getattr(self, each.name) * by, 1.0) for each in fields(self)})


PROFILES = {"usual": Rates().scaled(0.6), "rough": Rates()}
OLD = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("y", "j"), ("kh", "ch"))
EAR = (
    ("f", "p"), ("z", "j"), ("v", "f"), ("sy", "s"), ("ai", "ae"), ("dd", "d"), ("nn", "n"), ("ss", "s"), ("i", "y"), ("h", ""), ("k", "q"),
    ("d", "t"),
)  # fmt: skip
KINDS_SHORT = {
    "Warung": "Wr.",
    "Toko": "Tk.",
    "Rumah Makan": "RM.",
    "Kedai": "Kdai",
    "Bengkel": "Bngkl",
    "Kerajinan": "Krjinan",
}


def add_faults(rng: random.Random, row: Row, rates: Rates, again: bool, words: dict[str, Any]) -> None:
    """Damage a row in place; `row["dirt"]` tells how."""
    part = 1.0 if again else rates.first
    told = []
    for name, change in FAULTS.items():
        if rng.random() < getattr(rates, name) * part and change(rng, row, words):
            told.append(name)
    row["dirt"] = "|".join(told)


def _nik(change: Callable[[random.Random, str, Row], str]) -> Callable[[random.Random, Row, dict[str, Any]], bool]:
    def damage(rng: random.Random, row: Row, _: dict[str, Any]) -> bool:
        if len(row["nik"]) != 16 or row["nik"] != row["nik_true"]:
            return False
        before, row["nik"] = row["nik"], change(rng, row["nik"], row)
        return bool(row["nik"] != before)

    return damage


def _digit(rng: random.Random, text: str) -> str:
    at = rng.choice([2, 3, 4, 5, 8, 9, 11, 12, 13, 14, 15, 15])
    return text[:at] + str((int(text[at]) + rng.randint(1, 9)) % 10) + text[at + 1 :]


def _transposed(rng: random.Random, nik: str, _: Row) -> str:
    at = rng.randrange(2, 15)
    return nik[:at] + nik[at + 1] + nik[at] + nik[at + 2 :]


def _typed_as_number(_: random.Random, nik: str, row: Row) -> str:
    row["nik_is_number"] = True
    return nik[:15] + "0"


def _birth(change: Callable[[random.Random, date], date]) -> Callable[[random.Random, Row, dict[str, Any]], bool]:
    def damage(rng: random.Random, row: Row, _: dict[str, Any]) -> bool:
        if row["birth"] is None:
            return False
        before, row["birth"] = row["birth"], change(rng, row["birth"])
        return bool(row["birth"] != before)

    return damage


def _swapped(_: random.Random, born: date) -> date:
    return born.replace(month=born.day, day=born.month) if born.day <= 12 else born


def _year_off(rng: random.Random, born: date) -> date:
    return born.replace(year=born.year + rng.choice([-10, -2, -1, 1, 2, 10]), day=min(born.day, 28))


def _digit_off(rng: random.Random, born: date) -> date:
    return born + timedelta(days=rng.choice([-10, -3, -1, 1, 2, 10]))


def _put(field: str, value: Any) -> Callable[[random.Random, Row, dict[str, Any]], bool]:
    def damage(_: random.Random, row: Row, __: dict[str, Any]) -> bool:
        had, row[field] = row[field], value
        return bool(had)

    return damage


def _words(change: Callable[[random.Random, list[str], Row, dict[str, Any]], list[str]]) -> Callable[..., bool]:
    def damage(rng: random.Random, row: Row, words: dict[str, Any]) -> bool:
        before = row["name"]
        row["name"] = " ".join(change(rng, before.split(), row, words))
        return bool(row["name"] != before)

    return damage


def misspelt(rng: random.Random, text: str) -> str:
    """One letter lost, doubled, exchanged with its neighbour or replaced, not the first of the text."""
    if len(text) < 4:
        return text
    at, kind = rng.randrange(1, len(text) - 1), rng.random()
    if kind < 0.3:
        return text[:at] + text[at + 1 :]
    if kind < 0.5:
        return text[:at] + text[at] + text[at:]
    if kind < 0.7:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + rng.choice("aeiounrstl") + text[at + 1 :]


def _replaced(rng: random.Random, text: str, rules: tuple[tuple[str, str], ...]) -> str:
    fitting = [rule for rule in rules if rule[0] in text.lower()[1:]]
    if not fitting:
        return text
    old, new = rng.choice(fitting)
    at = text.lower().index(old, 1)
    return text[:at] + new + text[at + len(old) :]


def _initials(_: random.Random, words: list[str], __: Row, ___: dict[str, Any]) -> list[str]:
    return [words[0], *[f"{word[0]}." for word in words[1:]]] if len(words) > 1 else words


def _titled(rng: random.Random, words: list[str], row: Row, told: dict[str, Any]) -> list[str]:
    if rng.random() < 0.25:
        return [*words[:-1], words[-1] + ",", rng.choice(told["degrees"])]
    return [rng.choice(told["titles"]["women" if row["sex"] == "P" else "men"]), *words]


def _new_phone(rng: random.Random, row: Row, words: dict[str, Any]) -> bool:
    row["phone"] = rng.choice(words["operators"]) + str(rng.randrange(10**7, 10**8))
    return True


def _other_address(rng: random.Random, row: Row, words: dict[str, Any]) -> bool:
    """The same place told in other words, or another house."""
    street, _, number = row["address"].partition(" No ")
    if rng.random() < 0.5 and number:
        street = street.replace("Jalan", "Jl.").replace("Jln.", "Jl")
        row["address"] = f"{street} no. {number} RT 0{rng.randint(1, 9)}/RW 0{rng.randint(1, 5)}"
    else:
        row["address"] = f"{rng.choice(words['streets'])} {rng.randint(1, 150)}"
    return True


def _other_card(rng: random.Random, row: Row, _: dict[str, Any]) -> bool:
    """A new family card of the same office and day."""
    had = bool(row["kk"])
    row["kk"] = row["kk"][:12] + f"{rng.randrange(1, 9999):04d}" if had else ""
    return had


def _other_year(rng: random.Random, row: Row, _: dict[str, Any]) -> bool:
    had = bool(row["since"])
    row["since"] = str(rng.randint(2000, 2020)) if had else ""
    return had


def _officers_phone(_: random.Random, row: Row, __: dict[str, Any]) -> bool:
    row["phone"] = row["phone_of_officer"]
    return True


def _moved(rng: random.Random, row: Row, _: dict[str, Any]) -> bool:
    row["village"] = rng.choice(row["neighbours"])
    return True


def respelt_business(rng: random.Random, name: str) -> str:
    """A business name as another office writes it: short word of form, a letter wrong, capitals, UD before it, words joined."""
    kind = rng.random()
    short = next((word for word in KINDS_SHORT if name.startswith(word + " ")), None)
    if kind < 0.25 and short:
        return KINDS_SHORT[short] + name[len(short) :]
    if kind < 0.4:
        return "UD. " + name
    if kind < 0.5 and name.count(" ") > 1:
        head, _, last = name.rpartition(" ")
        return head + last.lower()
    if kind < 0.6:
        return f'"{name.upper()}"'
    return misspelt(rng, name)


def _respelt(rng: random.Random, row: Row, _: dict[str, Any]) -> bool:
    before, row["business"] = row["business"], respelt_business(rng, row["business"]) if row["business"] else ""
    return bool(row["business"] != before)


FAULTS: dict[str, Callable[[random.Random, Row, dict[str, Any]], bool]] = {
    "nik_missing": _put("nik", ""),
    "nik_typed_as_number": _nik(_typed_as_number),
    "nik_one_digit": _nik(lambda rng, nik, _: _digit(rng, nik)),
    "nik_two_digits": _nik(lambda rng, nik, _: _digit(rng, _digit(rng, nik))),
    "nik_transposed": _nik(_transposed),
    "nik_of_kin": _nik(lambda _, nik, row: row["nik_of_kin"] or nik),
    "nik_of_officer": _nik(lambda _, __, row: row["nik_of_officer"]),
    "nik_is_kk": _nik(lambda _, nik, row: row["kk"] or nik),
    "birth_absent": _put("birth", None),
    "birth_swapped": _birth(_swapped),
    "birth_year_off": _birth(_year_off),
    "birth_digit_off": _birth(_digit_off),
    "name_shortened": _words(lambda _, words, __, ___: words[:-1] if len(words) > 1 else words),
    "name_initials": _words(_initials),
    "name_old_spelling": _words(lambda rng, words, _, __: [_replaced(rng, " ".join(words), OLD)]),
    "name_turned": _words(lambda _, words, __, ___: [*words[1:], words[0]]),
    "name_by_ear": _words(lambda rng, words, _, __: [_replaced(rng, " ".join(words), EAR)]),
    "name_typo": _words(lambda rng, words, _, __: [misspelt(rng, " ".join(words))]),
    "name_alias": _words(lambda rng, words, _, told: [*words, "alias", rng.choice(told["nicknames"])]),
    "name_titled": _words(_titled),
    "phone_changed": _new_phone,
    "phone_absent": _put("phone", ""),
    "phone_of_officer": _officers_phone,
    "kk_absent": _put("kk", ""),
    "kk_changed": _other_card,
    "address_rewritten": _other_address,
    "address_absent": _put("address", ""),
    "village_moved": _moved,
    "village_absent": _put("village", ""),
    "business_respelt": _respelt,
    "business_absent": _put("business", ""),
    "product_otherwise": _put("product", "campuran"),
    "product_absent": _put("product", ""),
    "since_otherwise": _other_year,
    "since_absent": _put("since", ""),
    "business_address_absent": _put("business_address", ""),
}
