"""Names of places as offices write them -> dotted Kemendagri codes, found inside the regency that sent the file.

A name is compared as written, then without the word for its level (`Kec.`), then joined and with zero read as O, then by similarity.
Problems: `not_found`, `ambiguous` (two places fit equally, or a bare number that the Kemendagri and BPS systems read differently),
`other_regency` (the row names another regency than the one that sent it; the value is that regency), `other_district` (the village
lies in another district of the regency than the row says; the value is that village).

Does not belong here: the list of places (schemas/regions.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz, process

from schemas import regions
from schemas.regions import Region
from schemas.words import entries, placeholders, word_key

Reading = tuple[str | None, str | None]

#: similarity of joined names (0-100) from which a misspelt name is taken: one wrong letter in nine, one missing in five
SIMILAR_MIN = 88
#: by how much the best must lead the second best
SIMILAR_MARGIN = 5

_SIGNS = re.compile(r"[^a-z0-9]+")
#: short and old words in the names of places -> the word that official names have
_WRITTEN_OUT = {
    re.compile(r"\b(?:kab|pemkab)\b"): "kabupaten",
    re.compile(r"\b(?:kota madya|kotamadya|kodya|pemkot)\b"): "kota",
    re.compile(r"\bkep\b"): "kepulauan",
}
_NUMBER = re.compile(r"^\W*(\d{2}(?:[.\s]?\d{2}){0,2}(?:[.\s]?\d{4})?|\d{4,10})(?=\D|$)\W*")


@dataclass(frozen=True)
class Names:
    """Places of one level inside one area, ready for looking up: compared form -> codes."""

    plain: dict[str, list[str]] = field(default_factory=dict)
    joined: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, places: Iterable[Region], level: str) -> Names:
        """Collect the compared forms of the places' official names; a regency is also known by its name alone."""
        names = cls()
        for place in places:
            forms = {place_key(place.name)} | (
                {without_level(place_key(place.name), level)} if level == "regency" else set()
            )
            for form in forms:
                names.plain.setdefault(form, []).append(place.code)
            for form in {joined(form) for form in forms}:
                names.joined.setdefault(form, []).append(place.code)
        return names


def place_key(name: str) -> str:
    """Lower case letters and digits with single spaces, short words written out; accents, brackets and what is in brackets are dropped."""
    text = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)", " ", name)).encode("ascii", "ignore").decode().lower()
    return written_out(" ".join(_SIGNS.sub(" ", text).split()))


def written_out(words: str) -> str:
    """Lower case words with the names of levels and islands as official names have them: `kab bima` -> `kabupaten bima`."""
    for short, word in _WRITTEN_OUT.items():
        words = short.sub(word, words)
    return words


def joined(key: str) -> str:
    """The form without spaces in which zero is the letter O (`Kel0mpok`, `Sungai Liat` = `Sungailiat`)."""
    return key.replace(" ", "").replace("0", "o")


def without_level(key: str, level: str) -> str:
    """A compared name without the words for its level at the beginning (`kec`, `kab kota`); never empties a name."""
    words = key.split()
    while len(words) > 1 and words[0] in _level_words(level):
        words = words[1:]
    return " ".join(words)


def find_name(text: str, names: Names, level: str) -> tuple[list[str], bool]:
    """Codes whose name is the text's, best way of comparing first, and whether the way was similarity."""
    key = place_key(text)
    bare = without_level(key, level)
    for form in (key, bare):
        if form in names.plain:
            return names.plain[form], False
    for form in (joined(key), joined(bare)):
        if form in names.joined:
            return names.joined[form], False
    best = process.extract(
        joined(bare), names.joined.keys(), scorer=fuzz.ratio, limit=2, score_cutoff=SIMILAR_MIN - SIMILAR_MARGIN
    )
    if best and best[0][1] >= SIMILAR_MIN and (len(best) == 1 or best[0][1] - best[1][1] >= SIMILAR_MARGIN):
        return names.joined[best[0][0]], True
    return [], False


def is_place(text: str) -> bool:
    """Whether the text is the name of a province, regency or district, letter by letter."""
    key = place_key(text)
    return not {joined(key), joined(without_level(key, "regency")), joined(without_level(key, "district"))}.isdisjoint(
        _places()
    )


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    """The joined names of all provinces, regencies (with and without their level) and districts."""
    every = (*regions.provinces().values(), *regions.regencies().values(), *regions.districts().values())
    names = {place_key(place.name) for place in every}
    return frozenset(joined(form) for name in names for form in (name, without_level(name, "regency")))


def find_regency(text: str, submitting: str) -> Reading:
    """The regency a text names, seen from the submitting one: itself first, then its province, then the country.

    A name that is both a kabupaten and a kota means the one it says; where it says none the submitting one if it is one of them, else
    it must say which. A level that no place of the name has there is passed over (`Kab. Pangkal Pinang`, or `Kab. Banjar` from Jawa
    Barat).
    """
    if _is_absent(text):
        return None, None
    number, rest = _take_number(text)
    if number:
        return _regency_by_number(number, rest, submitting)
    found = [find_name(text, names, "regency") for names in _regency_names(submitting[:2])]
    near = [
        narrowed
        for codes, is_similar in found
        for narrowed in (_of_level(text, codes), [] if is_similar else codes)  # `Kota Bandung` from Bali is no Badung
    ]
    for codes in [*near, *(codes for codes, _ in found)]:
        if submitting in codes:
            return submitting, None
        if codes:
            return (codes[0], None) if len(codes) == 1 else (None, "ambiguous")
    return None, "not_found"


def find_district(text: str, regency: str | None) -> Reading:
    """The district a text names inside a regency."""
    if _is_absent(text):
        return None, None
    if regency is None:
        return None, "not_found"
    number, rest = _take_number(text)
    if number:
        code = _dotted(number)
        if code not in regions.districts() or not code.startswith(regency + "."):
            return None, "not_found"
        return _agreeing(code, rest, _district_names(regency), "district")
    return _single(find_name(text, _district_names(regency), "district")[0])


def find_village(text: str, regency: str | None, district: str | None) -> Reading:
    """The village a text names: inside its district first, else inside the regency when only one there is called so."""
    if _is_absent(text):
        return None, None
    if regency is None:
        return None, "not_found"
    number, rest = _take_number(text)
    if number:
        code = _dotted(number)
        if code not in regions.villages() or not code.startswith((district or regency) + "."):
            return None, "not_found"
        return _agreeing(code, rest, _village_names_of_regency(regency), "village")
    inside, is_similar = find_name(text, _village_names(district), "village") if district else ([], False)
    if inside and not is_similar:
        return _single(_of_kind(text, inside))
    around, is_far_similar = find_name(text, _village_names_of_regency(regency), "village")
    if inside and (is_far_similar or not around):
        return _single(_of_kind(text, inside))
    elsewhere, problem = _single(_of_kind(text, around))
    return (elsewhere, "other_district") if elsewhere is not None and district is not None else (elsewhere, problem)


def _regency_by_number(number: str, rest: str, submitting: str) -> Reading:
    """A dotted code is Kemendagri's; a bare one may be of either system and is told apart by the name beside it, or not at all."""
    readings = {code for code in (_dotted(number),) if code in regions.regencies()}
    if "." not in number and number in regions.bps_crosswalk():
        readings.add(regions.bps_crosswalk()[number])
    if rest and len(readings) > 1:
        named = find_regency(rest, submitting)[0]
        readings &= {named} if named else set()
    if not readings:
        return None, "not_found" if not rest else "ambiguous"
    return (readings.pop(), None) if len(readings) == 1 else (None, "ambiguous")


def _agreeing(code: str, rest: str, names: Names, level: str) -> Reading:
    """A code whose name, when one is written beside it, is its own."""
    if rest and code not in find_name(rest, names, level)[0]:
        return None, "ambiguous"
    return code, None


def _single(codes: list[str]) -> Reading:
    if not codes:
        return None, "not_found"
    return (codes[0], None) if len(codes) == 1 else (None, "ambiguous")


def _of_kind(text: str, codes: list[str]) -> list[str]:
    """Of several villages of one name those of the kind the text says: a kelurahan's number starts with 1, a desa's with 2."""
    first = (place_key(text).split() or [""])[0]
    wanted = {"kel": "1", "kelurahan": "1", "desa": "2", "ds": "2"}.get(first)
    narrowed = [code for code in codes if wanted and code.rsplit(".", 1)[1].startswith(wanted)]
    return narrowed if len(codes) > 1 and narrowed else codes


def _of_level(text: str, codes: list[str]) -> list[str]:
    """Of several regencies those of the level the text says, all when it says none or both (`Kab/Kota Bima`)."""
    said = {word for word in place_key(text).split()[:2] if word in ("kabupaten", "kota")}
    if len(said) != 1:
        return codes
    return [code for code in codes if place_key(regions.regencies()[code].name).split()[0] in said]


def _take_number(text: str) -> tuple[str, str]:
    """The code at the beginning of a text (blanks as dots) and what is written after it; empty when it starts otherwise."""
    match = _NUMBER.match(text)
    if match is None:
        return "", ""
    number = re.sub(r"\s", ".", match[1])
    return number.removesuffix(".0"), text[match.end() :].strip()


def _dotted(number: str) -> str:
    """A code of any level in dotted form: 2, 2, 2 and 4 digits."""
    digits = number.replace(".", "")
    return ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)


def _is_absent(text: str) -> bool:
    return word_key(text) in placeholders()


@lru_cache(maxsize=4)
def _level_words(level: str) -> frozenset[str]:
    return frozenset(part for word in entries("place_words")[level] for part in place_key(word).split())


@lru_cache(maxsize=64)
def _regency_names(province: str) -> tuple[Names, Names]:
    """The names of the province's regencies, and those of the country."""
    own = [regions.regencies()[code] for code in regions.regencies_of_province(province)]
    return Names.of(own, "regency"), Names.of(regions.regencies().values(), "regency")


@lru_cache(maxsize=600)
def _district_names(regency: str) -> Names:
    return Names.of(regions.districts_of_regency(regency), "district")


@lru_cache(maxsize=8000)
def _village_names(district: str) -> Names:
    return Names.of(regions.villages_of_district(district), "village")


@lru_cache(maxsize=600)
def _village_names_of_regency(regency: str) -> Names:
    places = [
        place
        for district in regions.districts_of_regency(regency)
        for place in regions.villages_of_district(district.code)
    ]
    return Names.of(places, "village")
