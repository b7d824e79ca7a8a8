"""A second generator of test people, independent of the demo: other names, kin, faults and rates; typed records with their truth.

    stranger_records(province, rows, seed, profile="usual") -> frame of COLUMNS and TRUTH (demo_records)

People of ten regions of the country live in households; some are twins, spouses, siblings, father and son of one name, or bear a
neighbour's name. They own one to three businesses and stand in the lists of one or two regencies, told otherwise each time
(strangers_errors). The texts go through intake's standardisation, as the demo's do. Belongs here: who there is and which rows tell of them.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import yaml

from benchmarks.demo_records import TRUTH, typed_records
from benchmarks.strangers_errors import PROFILES, Row, add_faults
from schemas.regions import districts, regencies_of_province, region_name, villages

#: kin per person listed; the rest has nobody of the own house in the lists
TIES = {"twin": 0.012, "spouse": 0.05, "sibling": 0.03, "parent": 0.015, "namesake": 0.012}
AGAIN, ELSEWHERE, GROUP = 0.22, 0.35, 0.02
TELLERS = 12  # field officers a regency


@dataclass
class Person:
    """What is true of one person. `kin` is the number of the person that `tie` ties it to."""

    words: list[str]
    is_female: bool
    born: date
    nik: str
    kk: str
    house: int
    village: str
    address: str
    phone: str
    group: str
    tie: str = ""
    kin: int = -1
    shops: list[Row] = field(default_factory=list)


class Country:
    """Words and places, drawn from with one generator of chance."""

    def __init__(self, province: str, rng: random.Random) -> None:
        self.rng = rng
        self.words = yaml.safe_load(Path(__file__).with_name("strangers.yaml").read_text("utf-8"))
        self.regencies = regencies_of_province(province)
        own = set(self.regencies)
        self.districts = [code for code, each in districts().items() if each.parent_code in own]
        near = set(self.districts)
        self.villages = defaultdict(list)
        for code, each in villages().items():
            if each.parent_code in near:
                self.villages[each.parent_code].append(code)
        self.districts = [code for code in self.districts if self.villages[code]]
        self.everywhere = [code.replace(".", "") for code in districts()]
        self.groups = self.words["groups"]
        self.given: set[str] = set()

    def ranked(self, words: list[str]) -> str:
        """A word, the first ones more often."""
        return words[min(int(len(words) * self.rng.random() ** 1.5), len(words) - 1)]

    def village(self) -> str:
        """Any village of the province, districts alike."""
        return self.rng.choice(self.villages[self.rng.choice(self.districts)])

    def name(self, group: str, is_female: bool, family: str) -> list[str]:
        """The words of a name as its bearer would write them."""
        rng, told = self.rng, self.groups[group]
        sex = "women" if is_female else "men"
        words = [self.ranked(told[sex])]
        if told.get("order"):
            words.insert(0, rng.choice(self.words["bali_order"])[is_female])
        elif group in ("arab", "minang", "bugis", "jawa", "maluku") and rng.random() < 0.12:
            words.insert(0, self.words["prefixes"][sex])
        if rng.random() >= told["single"]:
            if not family or rng.random() < 0.3:
                words.append(self.ranked(told["then"]))
            if family:
                words.append(family)
        return words

    def family(self, group: str) -> str:
        """The name that a house shares, or nothing."""
        told = self.groups[group]
        return self.ranked(told["kin"]) if told["kin"] and self.rng.random() < told["marga"] else ""

    def nik(self, area: str, born: date, is_female: bool, like: str = "") -> str:
        """A number that nobody has yet; a twin's is the next free one after `like`."""
        head = f"{area}{born.day + 40 * is_female:02d}{born:%m%y}"
        serial = int(like[12:]) + 1 if like else 1 + int(self.rng.expovariate(0.4))
        while f"{head}{serial:04d}" in self.given:
            serial += 1
        self.given.add(f"{head}{serial:04d}")
        return f"{head}{serial:04d}"

    def address(self) -> str:
        """A street and a number."""
        return f"{self.rng.choice(self.words['streets'])} No {self.rng.randint(1, 220)}"

    def phone(self) -> str:
        """A mobile number."""
        return self.rng.choice(self.words["operators"]) + str(self.rng.randrange(10**7, 10**8))

    def area(self, village: str) -> str:
        """Where somebody of the village was first registered."""
        drawn = self.rng.random()
        if drawn < 0.7:
            return village[:8].replace(".", "")
        return self.rng.choice(self.everywhere if drawn > 0.9 else self.districts).replace(".", "")


def settle(country: Country, count: int) -> list[Person]:
    """The people; those with a tie come right after the one they are tied to."""
    rng, people = country.rng, []
    groups, shares = list(country.groups), [each["share"] for each in country.groups.values()]
    while len(people) < count:
        group = rng.choices(groups, shares)[0]
        head = _head(country, group, house=len(people))
        people.append(head)
        drawn = rng.random()
        for tie, share in TIES.items():
            if drawn < share:
                people.append(_kin(country, head, len(people) - 1, tie))
                break
            drawn -= share
    for person in people:
        _open_shops(country, person)
    return people[:count]


def _head(country: Country, group: str, house: int) -> Person:
    rng = country.rng
    is_female = rng.random() < 0.5
    age = next(years for _ in range(1000) if 18 <= (years := rng.gauss(41, 12)) <= 80)
    born = date(2020, 1, 1) - timedelta(days=int(age * 365.25))
    village = country.village()
    issued = date(2008, 1, 1) + timedelta(days=rng.randrange(4300))
    kk = f"{village[:8].replace('.', '')}{issued:%d%m%y}{rng.randrange(1, 400):04d}"
    nik = country.nik(country.area(village), born, is_female)
    words = country.name(group, is_female, country.family(group))
    return Person(words, is_female, born, nik, kk, house, village, country.address(), country.phone(), group)


def _kin(country: Country, head: Person, number: int, tie: str) -> Person:
    """Another person tied to the head; most of one house share the family card and the address, some the phone."""
    rng = country.rng
    is_female = not head.is_female if tie == "spouse" else head.is_female if rng.random() < 0.75 else not head.is_female
    apart = {"twin": 0, "spouse": rng.gauss(0, 4), "sibling": rng.uniform(1, 9), "parent": rng.uniform(19, 32)}
    years = apart.get(tie, rng.uniform(-15, 15))
    born = head.born if tie == "twin" else head.born - timedelta(days=int(years * 365.25) or 40)
    family = head.words[-1] if len(head.words) > 1 and tie != "spouse" else ""
    words = country.name(head.group, is_female, family)
    while tie == "twin" and words == head.words:
        words = country.name(head.group, is_female, family)
    if tie == "twin" and is_female == head.is_female and rng.random() < 0.6:
        one, other = rng.choice(country.words["twins"]["women" if is_female else "men"])
        head.words, words = [one, *head.words[1:]], [other, *head.words[1:]]
    if tie == "namesake" or (tie == "parent" and rng.random() < 0.3):
        is_female, words = head.is_female, list(head.words)
    other = _head(country, head.group, house=-number - 1)
    person = Person(
        words,
        is_female,
        born,
        "",
        other.kk,
        other.house,
        other.village,
        other.address,
        other.phone,
        head.group,
        tie,
        number,
    )
    person.village = head.village if tie == "namesake" or rng.random() < 0.8 else other.village
    if tie != "namesake" and rng.random() < (0.95 if tie == "spouse" else 0.6):
        person.kk, person.house, person.village, person.address = head.kk, head.house, head.village, head.address
        person.phone = head.phone if rng.random() < 0.25 else person.phone
    same_area = tie in ("twin", "sibling") or rng.random() < 0.5
    area = head.nik[:6] if same_area else country.area(person.village)
    person.nik = country.nik(area, born, is_female, head.nik if tie == "twin" and is_female == head.is_female else "")
    return person


def _open_shops(country: Country, person: Person) -> None:
    rng, words = country.rng, country.words["sectors"]
    for _ in range(rng.choices([1, 2, 3], [82, 14, 4])[0]):
        sector = rng.choices(list(words), [each["share"] for each in words.values()])[0]
        told, drawn = words[sector], rng.random()
        kind = rng.choice(told["kinds"])
        if drawn < 0.12:
            name = ""
        elif drawn < 0.30:
            name = rng.choice(told["plain"])
        elif drawn < 0.45:
            name = f"{kind} {rng.choice(['', 'Ibu ', 'Pak ', 'Mama '])}{person.words[0]}"
        elif drawn < 0.60:
            name = f"{rng.choice(told['plural'])} {rng.choice(country.words['calls'])}"
        else:
            name = f"{kind} {rng.choice(country.words['calls'])}"
        village = person.village if rng.random() < 0.88 else country.village()
        address = person.address if rng.random() < 0.6 else country.address()
        nib = f"{rng.randrange(10**12, 2 * 10**12)}" if rng.random() < 0.15 else ""
        since, product = str(2020 - int(rng.expovariate(0.15))), rng.choice(told["plural"])
        person.shops.append(
            {
                "name": name,
                "sector": sector,
                "village": village,
                "address": address,
                "nib": nib,
                "since": since,
                "product": product,
            }
        )


def stranger_records(province: str, rows: int, seed: int, profile: str = "usual") -> pd.DataFrame:
    """COLUMNS and TRUTH of about `rows` rows of a province of strangers, in shuffled order."""
    rng = random.Random(f"{province}/{rows}/{seed}/{profile}")
    country = Country(province, rng)
    people = settle(country, int(rows / (1.22 + AGAIN * 1.25 + GROUP)))
    told = [row for number, person in enumerate(people) for row in _tell(country, people, number, person, profile)]
    rng.shuffle(told)
    frame = pd.DataFrame(told)
    frame["record_id"] = range(1, len(frame) + 1)
    parts = []
    for (sender, kind), own in frame.groupby(["sender", "kind"], sort=True):
        own = own.reset_index(drop=True)
        raw = {name: own[source].replace("", pd.NA) for name, source in RAW.items()}
        mapped = pd.DataFrame(raw).assign(nik__is_number=own["nik_is_number"].to_numpy(dtype=bool))
        parts.append(typed_records(mapped, str(kind), str(sender), own["record_id"].to_numpy()).join(own[list(TRUTH)]))
    return pd.concat(parts, ignore_index=True).sort_values("record_id", ignore_index=True)


RAW = {
    "nik__raw": "nik", "kk_number__raw": "kk", "owner_name__raw": "name", "birth_date__raw": "birth_text", "sex__raw": "sex",
    "phone__raw": "phone", "owner_address__raw": "address", "business_address__raw": "business_address",
    "regency_code__raw": "regency_text", "district_code__raw": "district_text", "village_code__raw": "village_text",
    "business_name__raw": "business", "nib__raw": "nib", "sector__raw": "sector", "product__raw": "product",
    "started_year__raw": "since",
}  # fmt: skip


def _tell(country: Country, people: list[Person], number: int, person: Person, profile: str) -> list[Row]:
    """The rows that tell of one person: each business once, some again, some as members of groups."""
    rng, rows = country.rng, []
    for shop_no, shop in enumerate(person.shops):
        times = 1 + (rng.random() < AGAIN) * rng.choice([1, 1, 1, 2])
        rows += [
            _row(country, people, number, shop_no, shop, again=time > 0 or shop_no > 0, profile=profile)
            for time in range(times)
        ]
    if rng.random() < GROUP:
        rows.append(_row(country, people, number, -1, None, again=True, profile=profile))
    return rows


def _row(
    country: Country, people: list[Person], number: int, shop_no: int, shop: Row | None, *, again: bool, profile: str
) -> Row:
    rng, person = country.rng, people[number]
    home = shop["village"] if shop else person.village
    if again and shop and rng.random() < ELSEWHERE:
        home = country.village()
    words = list(person.words)
    writings = country.words["prefix_writings"].get(words[0])
    words[0] = rng.choice(writings) if writings and len(words) > 1 else words[0]
    teller = rng.randrange(TELLERS)
    kin = people[person.kin] if person.kin >= 0 else None
    row: Row = {
        "name": " ".join(words), "nik": person.nik, "nik_true": person.nik, "nik_is_number": False, "kk": person.kk,
        "birth": person.born, "sex": "P" if person.is_female else "L", "phone": person.phone, "address": person.address,
        "village": home, "neighbours": country.villages[home[:8]], "business": shop["name"] if shop else "",
        "sector": shop["sector"] if shop else "", "nib": shop["nib"] if shop else "",
        "product": shop["product"] if shop else "", "since": shop["since"] if shop else "",
        "business_address": shop["address"] if shop else "", "sender": home[:5], "kind": "umkm" if shop else "group",
        "phone_of_officer": f"0817{home[:5].replace('.', '')}{teller:02d}0",
        "nik_of_officer": f"{home[:5].replace('.', '')}01{teller + 1:02d}01800001",
        "nik_of_kin": kin.nik if kin else "", "tie": person.tie, "true_person_id": f"P{number}",
        "true_household_id": f"H{person.house}", "true_business_id": f"B{number}-{shop_no}" if shop else "",
        "kin_person_id": f"P{person.kin}" if kin else "",
    }  # fmt: skip
    add_faults(rng, row, PROFILES[profile], again, country.words)
    village = row["village"]
    row["regency_text"] = region_name(home[:5])
    row["district_text"] = region_name(home[:8])
    row["village_text"] = region_name(village) if village else ""
    row["birth_text"] = f"{row['birth']:%d-%m-%Y}" if row["birth"] else ""
    row["name"] = row["name"].upper() if rng.random() < 0.4 else row["name"]
    return row
