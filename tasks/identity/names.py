"""Names for comparing: titles gone, short forms full, one spelling, order-free; and a sound key for finding candidates.

Belongs here: pure functions from a written name to its comparison forms. Does not belong here: the name as stored (golden values
keep what an office wrote), the comparison of two names (tasks/identity/model.py).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

import schemas

#: spellings of one sound, in this order. Old spelling first (oe dj tj nj sj: before 1972), then Arabic and Dutch letters.
SPELLINGS = (
    ("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "sy"), ("ch", "h"), ("kh", "h"), ("sy", "s"), ("sh", "s"),
    ("dh", "d"), ("th", "t"), ("dz", "z"), ("ph", "p"), ("v", "f"), ("q", "k"), ("x", "ks"), ("ie", "i"),
)  # fmt: skip
#: letters that are heard alike and confused in writing (Fatimah/Patimah, Zainal/Jainal, Jusuf/Yusuf)
ALIKE = str.maketrans({"f": "p", "z": "j", "b": "p", "d": "t", "g": "k", "c": "k", "i": "i", "e": "i", "o": "u"})
_OLD_J = re.compile(r"y(?=[aiueo])")  # y before a vowel was written j: Jusuf, Noerhajati
_DOUBLED = re.compile(r"(.)\1+")
_WORDS = re.compile(r"[a-z]+")
_VOWELS = re.compile(r"[aiu]")
_DEGREE = re.compile(r"\b([a-z]{1,3})\s*\.\s*([a-z]{1,4})\b(?:\s*\.\s*([a-z]{1,4})\b)?")


class Name(NamedTuple):
    """The comparison forms of one name; every part is '' when nothing is left to compare."""

    written: str
    full: str
    sorted: str
    initials: str
    sound: str
    given: str


class Vocabulary(NamedTuple):
    """The words of schemas/reference/identity_honorifics.yaml."""

    before: frozenset[str]
    after: frozenset[str]
    relation: frozenset[str]
    alias: frozenset[str]
    full: dict[str, str]
    light: frozenset[str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Titles, degrees, short forms and the like, read once."""
    path = Path(schemas.__file__).with_name("reference") / "identity_honorifics.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    sets = {key: frozenset(data[key]) for key in ("before", "after", "relation", "alias")}
    full = {short: word for word, shorts in data["full"].items() for short in shorts}
    return Vocabulary(full=full, light=frozenset(spell(word) for word in data["light"]), **sets)


@lru_cache(maxsize=200_000)
def spell(word: str) -> str:
    """One word in canonical spelling: Soetjipto and Sucipto, Achmad and Ahmad, Nurhayati and Noerhajati come close or equal."""
    for old, new in SPELLINGS:
        word = word.replace(old, new)
    word = _DOUBLED.sub(r"\1", _OLD_J.sub("j", word).replace("y", "i"))
    return word[:-1] if len(word) > 3 and word.endswith("h") else word


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """The consonants of a canonically spelt word, letters heard alike made one, with its first letter kept."""
    alike = word.translate(ALIKE)
    return _DOUBLED.sub(r"\1", alike[:1] + _VOWELS.sub("", alike[1:]))


def compare_name(text: str) -> Name:
    """The comparison forms of a written name.

    Titles and degrees go, M./Moh. becomes muhammad, a leading St. siti, `bin` goes and the parent's name stays, what follows
    an alias word or stands in brackets goes. Words are in canonical spelling. Single letters alone name nobody.
    """
    written = name_words(text)
    words = [spell(word) for word in written]
    if not any(len(word) > 1 for word in words):
        return Name("", "", "", "", "", "")
    ordered = sorted(words)
    heavy = [word for word in words if word not in vocabulary().light and len(word) > 1] or words
    return Name(
        written=" ".join(written),
        full=" ".join(words),
        sorted=" ".join(ordered),
        initials="".join(sorted(word[0] for word in written)),
        sound=" ".join(sorted(sound(word) for word in heavy)),
        given=heavy[0],
    )


def name_words(text: str) -> list[str]:
    """The words of a name that are compared, in written order and spelling; short forms are made full.

    A single letter is a short form only where the name begins ('M. Ali' is Muhammad Ali, 'Susanti M.' is anybody).
    """
    known = vocabulary()
    plain = text.lower() if text.isascii() else _without_accents(text)
    plain = plain.partition("(")[0].replace("'", "").replace("`", "")
    head, comma, tail = plain.partition(",")
    if comma and not all(word in known.after or len(word) <= 4 for word in _WORDS.findall(tail)):
        head = plain  # "Sutrisno, Bambang" is a name, "Bambang, S.Pd" is not
    head = _DEGREE.sub(lambda found: _join_degree(found, known), head)
    words: list[str] = []
    for word in _WORDS.findall(head):
        if word in known.alias:
            break
        if not words and word in known.before:
            continue
        if word in known.relation or (words and word in known.after):
            continue
        words.append(word if words and len(word) == 1 else known.full.get(word, word))
    return words


def _join_degree(found: re.Match[str], known: Vocabulary) -> str:
    """'s. pd' -> 'spd' when that is a degree; anything else stays as it was."""
    joined = "".join(part for part in found.groups() if part)
    return joined if joined in known.after else found.group()


def _without_accents(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("\u00a0", " "))
    return "".join(sign for sign in folded if not unicodedata.combining(sign)).lower()
