"""What one heading means in a kind of list: known words, another reading of them, its words in any order, likeness - in this order.

Belongs here: a single heading. Does not belong here: what its neighbours make of it, a person's word or an office's layout (columns.py),
the words (schemas/layouts). Nothing is guessed: readings that disagree, and a near miss that has a rival, mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from schemas.fields import fields
from schemas.layouts import (
    ByValues,
    Claim,
    Family,
    Phrasing,
    Shared,
    common,
    heading_keys,
    is_note,
    normalise_heading,
)
from schemas.layouts import family as family_of
from schemas.records import Kind
from schemas.words import codes_by_word, word_key

#: a field's claim, a choice between fields, or why the column is no field (a reason of columns.REASONS)
Meaning = Claim | Shared | ByValues | str

#: how alike (0-100) a misspelt heading must be, and by how much more than to any heading of another meaning
ALIKE, MARGIN = 88.0, 3.0
#: how alike what is left of both must be when the words they share are taken away: a misspelling spoils a word, it is no other word
LEFT_ALIKE = 72.0
SHORTEST_MISSPELT = 5
#: how often a reading is read again
DEEPEST_READING = 4
#: a heading told by its words in any order has the least right of all synonyms but shared ones
PHRASING_LEVEL = 6
#: an abbreviation leaves out vowels and keeps at least so many letters
SHORTEST_ABBREVIATION = 3
_BRACKET = re.compile(r"^([^()\[\]]+)[(\[]([^()\[\]]+)[)\]]([^()\[\]]*)$", re.DOTALL)
_ANY_BRACKET = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_OR = re.compile(r"\s*/\s*|\s+atau\s+", re.IGNORECASE)
_AND_OR = re.compile(r"[,;/|]|\s+(?:dan|atau|-)\s+", re.IGNORECASE)
_BREAK = re.compile(r"\s+[-–—|]+\s*|[-–—]+\s+|[:;,*?]\s*")
_LAST_NOTE = re.compile(
    r"\s+(?:(?:jika|bila|kalau) ada|wajib( diisi)?|huruf (?:kapital|besar)|tanpa gelar|sebutkan|\d+ (?:digit|angka))\W*$",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^\W*(?:siapa(?:kah)?|di\s?mana(?:kah)?|sebutkan|tuliskan|tulis|isikan|masukkan)\s+", re.IGNORECASE
)
_YOU = re.compile(r"\b(?:bapak|bpk)\s*/?\s*ibu(?:\s*/?\s*saudara(?:/i)?)?\b", re.IGNORECASE)
_YES_OR_NO = re.compile(r"^\W*apakah\b", re.IGNORECASE)
_OWNER = re.compile(r"\b(?:pelaku|pemilik) (?:usaha|umkm|ukm)\b|\bpelaku\b|\bowner\b")
_VOWELS = str.maketrans("", "", "aeiou")

#: category of schemas/reference -> the field that a bracket listing its words tells
LISTED = {
    "sector": "sector",
    "size_class": "size_class",
    "platform": "marketplace",
    "sex": "sex",
    "occupation": "occupation",
    "activity_status": "activity_status",
}
#: fields that may list the words of another's category
ALSO_LISTED = {"sector": ("product",), "platform": ("social_media",)}
_AND_SO_ON = frozenset(("dll", "dsb", "dst", "lainnya", "lain lain", "lainya", "dan lain lain", "dan lainnya", "lain"))
#: what 'ya' or 'tidak' can stand in beside yes/no fields
_TAKES_YES = frozenset(
    (
        "marketplace",
        "activity_status",
        "licence",
        "covid_impact",
        "social_media",
        "licence_request",
        "copyright_request",
    )
)
#: first words of a heading, for headings written the wrong way round: 'Usaha Bidang'
_FIRST_WORDS = frozenset(
    ("nama", "nomor", "alamat", "tanggal", "tempat", "jenis", "bidang", "sektor", "skala", "tahun", "jumlah", "omzet")
)
#: a question for a licence may name kinds of licences in its bracket
_NAMES_KINDS = {"licence_request": frozenset(("licence", "nib"))}
_ADDRESS_PARTS = frozenset(("jalan", "nomor", "no", "rt", "rw", "dusun", "desa", "kelurahan", "kecamatan"))
_LICENCES = frozenset(
    ("nib", "siup", "tdp", "iumk", "pirt", "p irt", "halal", "bpom", "situ", "ho", "skdu", "sku", "sni")
)


@lru_cache(maxsize=4096)
def known_meaning(text: str, family: Family, depth: int = 0) -> Meaning | None:
    """What the heading's words say, as they stand or in another reading; None when they are not known."""
    meaning = _listed(text, family, depth) or _exact(text, family) or _read_otherwise(text, family, depth)
    if isinstance(meaning, Claim) and _asks_yes_or_no(text, meaning.field):
        return "unknown"
    return meaning


def _read_otherwise(text: str, family: Family, depth: int) -> Meaning | None:
    """The meaning of another reading; None also when the parts of one mean different fields: then no word of them counts."""
    disagree = False
    for readings in _other_readings(text, family) if depth < DEEPEST_READING else ():
        meanings = [known_meaning(reading, family, depth + 1) for reading in readings]
        agreed = _agreed(meanings)
        if agreed is not None:
            return agreed
        disagree |= sum(isinstance(meaning, Claim | ByValues) for meaning in meanings) > 1
    if disagree:
        return None
    return _phrased(text, family) or _without_redundant(text, family, depth) or _repaired(text, family, depth)


def _asks_yes_or_no(text: str, name: str) -> bool:
    """Whether the answers under a heading are yes and no, and the field is one that cannot have them: 'Apakah sudah punya NIB?'"""
    entry = fields()[name]
    if entry.type == "yes_no" or name in _TAKES_YES:
        return False
    if _YES_OR_NO.match(text):
        return entry.type != "category"
    return any(
        len(parts := _parts(inside)) > 1 and set(parts) <= set(codes_by_word("yes_no"))
        for inside in _ANY_BRACKET.findall(text)
    )


def _parts(listing: str) -> list[str]:
    """The compared forms of what a bracket lists, without 'dll'."""
    parts = [word_key(part).removesuffix(" dll").removesuffix(" dsb") for part in _AND_OR.split(listing)]
    return [part for part in parts if part and part not in _AND_SO_ON]


def _listed(text: str, family: Family, depth: int) -> Meaning | None:
    """What a heading means whose bracket lists the words of a category: the words tell the field, or that it is none of these.

    'Kelompok Usaha (Kuliner, Fashion)' is no group's name. None when no category is listed.
    """
    bracket = _BRACKET.match(text)
    if not bracket or any(sign.isalnum() for sign in bracket.group(3)) or depth >= DEEPEST_READING:
        return None
    outside, parts = bracket.group(1), _parts(bracket.group(2))
    meant = known_meaning(outside, family, depth + 1)
    if (
        isinstance(meant, ByValues)
        and meant.words & set(parts)
        and set(parts) <= meant.words | set(codes_by_word("yes_no"))
    ):
        return Claim(meant.field, 2)
    if isinstance(meant, Claim) and meant.field in ("licence", "licence_request") and set(parts) <= _LICENCES:
        return meant if len(parts) > 1 else None
    if (
        isinstance(meant, Claim)
        and meant.field.endswith("_address")
        and "jalan" in parts
        and set(" ".join(parts).split()) <= _ADDRESS_PARTS
    ):
        return meant
    categories = {category for category in LISTED if _lists(parts, category)}
    if not categories or (len(parts) < 2 and not isinstance(meant, ByValues)):
        return None
    named = {LISTED[category] for category in categories}
    also = {name for category in categories for name in ALSO_LISTED.get(category, ())}
    if isinstance(meant, Claim) and meant.field in named | also:
        return meant
    if set(normalise_heading(outside).split()) <= common().kinds_of and len(named) == 1:
        return Claim(min(named), 2)
    if isinstance(meant, ByValues):
        fit = named & {meant.field, meant.otherwise}
        return Claim(min(fit), 2) if len(fit) == 1 else "unknown"
    return "unknown" if isinstance(meant, Claim | Shared) else meant


def _lists(parts: list[str], category: str) -> bool:
    """Whether all parts are words of a category; sizes also as their first letters in order ('Mi/K/M')."""
    if parts and set(parts) <= set(codes_by_word(category)):
        return True
    if category != "size_class" or len(parts) < 2:
        return False
    sizes = iter(("mikro", "kecil", "menengah", "besar"))
    return all(any(size.startswith(part) for size in sizes) for part in parts)


def _exact(text: str, family: Family) -> Meaning | None:
    everyone = common()
    for key in heading_keys(text):
        for reason, keys in (
            ("sensitive", everyone.sensitive),
            ("returned", everyone.returned),
            ("row_number", everyone.row_number),
        ):
            if key in keys:
                return reason
        for choices in (family.by_values, family.shared, family.claims):
            if key in choices:
                return choices[key]
        if key in family.not_needed or key in everyone.not_needed:
            return "not_needed"
    return None


def _other_readings(text: str, family: Family) -> Iterator[tuple[str, ...]]:
    """What else a heading can be read as: each a set of shorter headings that must mean the same.

    'Nama Usaha (sesuai SKU)' is 'Nama Usaha'; 'No Identitas (KTP)' is both; 'Sektor/Bidang Usaha' is 'Sektor Usaha' and
    'Bidang Usaha'; in a list of cooperatives 'Email Koperasi' is 'Email'.
    """
    notes = [match for match in _ANY_BRACKET.finditer(text) if is_note(match.group(1))]
    if notes:
        yield (_ANY_BRACKET.sub(lambda match: " " if is_note(match.group(1)) else match.group(0), text),)
    bracket = _BRACKET.match(text)
    if bracket and not notes:
        before, inside, after = bracket.groups()
        yield (f"{before} {after}", inside)
    yield from _without_notes(text)
    yield from _alternatives(text)
    words = normalise_heading(text)
    for ending in family.endings:
        if words.endswith(f" {ending}"):
            yield (words.removesuffix(f" {ending}"),)


def _without_notes(text: str) -> Iterator[tuple[str]]:
    """The heading without what only says how it is filled in, or to whom the question goes."""
    parts = [part for part in _BREAK.split(text) if part.strip()]
    kept = parts[:1] + [part for part in parts[1:] if not is_note(part)]
    if len(kept) < len(parts):
        yield (" ".join(kept),)
    for pattern in (_LAST_NOTE, _ASKING):
        if pattern.search(text) and (rest := pattern.sub("", text).strip()):
            yield (rest,)
    if _YOU.search(text) and ("?" in text or _YES_OR_NO.match(text) or _ASKING.match(text)):
        yield (_YOU.sub(" ", text),)


def _alternatives(text: str) -> Iterator[tuple[str, ...]]:
    """'Sektor/Bidang Usaha': each alternative with the words that stand once for all, at the beginning and at the end."""
    parts = [part.split() for part in _OR.split(text)]
    if len(parts) < 2 or not all(parts) or "(" in text:
        return
    for leading in range(len(parts[0]) - 1, -1, -1):
        for trailing in range(len(parts[-1]) - 1, -1, -1):
            before, after = parts[0][:leading], parts[-1][len(parts[-1]) - trailing :]
            alone = [parts[0][leading:], *parts[1:-1], parts[-1][: len(parts[-1]) - trailing]]
            yield tuple(" ".join([*before, *words, *after]) for words in alone)


def _phrased(text: str, family: Family) -> Claim | None:
    """The one field that the heading's words tell in whatever order; every word must be one that changes nothing."""
    words = _OWNER.sub("pemilik", normalise_heading(re.sub(r"[()\[\]]", " ", text)))
    told = {phrasing.field for phrasing in family.phrasings if _fits(words, phrasing)}
    return Claim(min(told), PHRASING_LEVEL) if len(told) == 1 else None


def _fits(text: str, phrasing: Phrasing) -> bool:
    allowed = frozenset().union(*phrasing.needs) | phrasing.may
    for several in sorted((word for word in allowed if " " in word), key=len, reverse=True):
        text = f" {text} ".replace(f" {several} ", f" {several.replace(' ', '_')} ").strip()
    words = set(text.split()) - common().fillers
    return all(words & _joined(need) for need in phrasing.needs) and words <= _joined(allowed)


def _joined(words: frozenset[str]) -> set[str]:
    return {word.replace(" ", "_") for word in words}


def _without_redundant(text: str, family: Family, depth: int) -> Meaning | None:
    """The heading without a last word that adds nothing to it, or with its last word first ('Usaha Bidang')."""
    if depth >= DEEPEST_READING:
        return None
    words = _OWNER.sub("pemilik", normalise_heading(text))
    for ending, names in family.redundant:
        if words.endswith(f" {ending}"):
            meaning = known_meaning(words.removesuffix(f" {ending}"), family, depth + 1)
            if isinstance(meaning, Claim) and meaning.field in names:
                return meaning
    several = words.split()
    if 1 < len(several) < 4 and several[-1] in _FIRST_WORDS and several[0] not in _FIRST_WORDS:
        return _exact(" ".join([several[-1], *several[:-1]]), family)
    return None


def _repaired(text: str, family: Family, depth: int) -> Meaning | None:
    """The meaning with abbreviations written out ('Pkrjaan', 'Mdl') and two letters put back in order ('Emial')."""
    if depth:
        return None
    words = normalise_heading(text).split()
    repaired = [_repair(word, family) for word in words]
    return known_meaning(" ".join(repaired), family, depth + 1) if repaired != words else None


def _repair(word: str, family: Family) -> str:
    """The one known word that a word is a short form or a slip of; the word itself when it is known or there is none or several."""
    known = _words_of(family.kind)
    if word in known or len(word) < SHORTEST_ABBREVIATION or not word.isalpha():
        return word
    meant = {one for one in known - common().acronyms if _is_short_for(word, one) or _is_slip(word, one)}
    return meant.pop() if len(meant) == 1 else word


@lru_cache(maxsize=8)
def _words_of(kind: Kind) -> frozenset[str]:
    """Every word that headings of the kind are made of, and those that make a heading somebody else's."""
    family = family_of(kind)
    patterns = {word for pattern in family.patterns for word in pattern.split()}
    phrased = frozenset().union(*(phrasing.may.union(*phrasing.needs) for phrasing in family.phrasings))
    return frozenset(patterns) | phrased | common().others | common().persons


def _is_short_for(word: str, known: str) -> bool:
    """Whether a word is another without some of its vowels."""
    letters = iter(known)
    return (
        len(word) < len(known)
        and word[0] == known[0]
        and word.translate(_VOWELS) == known.translate(_VOWELS)
        and len(known.translate(_VOWELS)) >= 2
        and all(letter in letters for letter in word)
    )


def _is_slip(word: str, known: str) -> bool:
    return (
        len(word) == len(known) >= SHORTEST_MISSPELT
        and sorted(word) == sorted(known)
        and OSA.distance(word, known) == 1
    )


def _agreed(meanings: list[Meaning | None]) -> Meaning | None:
    """The one meaning of all readings; the weaker claim of several to one field; None when they disagree."""
    if "sensitive" in meanings and all(isinstance(meaning, str) for meaning in meanings):
        return "sensitive"
    claims = [meaning for meaning in meanings if isinstance(meaning, Claim)]
    if claims and len({claim.field for claim in claims}) == 1:
        name = claims[0].field
        meanings = [
            claims[0] if isinstance(meaning, ByValues) and name == meaning.otherwise else meaning
            for meaning in meanings
        ]
        claims = [meaning for meaning in meanings if isinstance(meaning, Claim)]
    if len(claims) == len(meanings) and len({claim.field for claim in claims}) == 1:
        return max(claims, key=lambda claim: claim.level)
    if len(claims) == len(meanings) == 2 and claims[1].field in _NAMES_KINDS.get(claims[0].field, ()):
        return claims[0]
    return meanings[0] if all(meaning == meanings[0] for meaning in meanings) else None


def similar_meaning(text: str, family: Family) -> Claim | str:
    """A misspelt heading: very like one meaning and clearly less like any other; else `unknown`."""
    known = normalise_heading(text)
    compact = known.replace(" ", "")
    if len(compact) < SHORTEST_MISSPELT:
        return "unknown"
    everyone = common()
    for reason, keys in (("sensitive", everyone.sensitive), ("not_needed", everyone.not_needed | family.not_needed)):
        if process.extractOne(compact, keys, scorer=fuzz.ratio, score_cutoff=ALIKE):
            return reason
    near = [
        (score, family.patterns[pattern])
        for pattern, score, _ in process.extract(
            known, family.patterns.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE - MARGIN, limit=60
        )
        if _is_misspelling(known, pattern, family)
    ]
    if not near or near[0][0] < ALIKE:
        return "unknown"
    best, claim = near[0]
    rival = next((score for score, other in near if other.field != claim.field), 0.0)
    return claim if best - rival >= MARGIN else "unknown"


def _is_misspelling(heading: str, pattern: str, family: Family) -> bool:
    """Whether the words that only one of them has are spellings of each other: never one word more, another word, acronym or number."""
    one, other = heading.split(), pattern.split()
    if _words_of(family.kind) & (set(one) - set(other)) or common().acronyms & (set(one) ^ set(other)):
        return False
    left = "".join(word for word in one if word not in other)
    right = "".join(word for word in other if word not in one)
    return _digits(left) == _digits(right) and fuzz.ratio(left, right) >= LEFT_ALIKE


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
