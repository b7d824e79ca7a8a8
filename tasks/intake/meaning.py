"""What one heading means in a kind of list: known words, another reading of them, likeness - in this order.

Belongs here: a single heading. Does not belong here: what its neighbours make of it, a person's word or an office's layout (columns.py),
the words (schemas/layouts). Nothing is guessed: readings that disagree, and a near miss that has a rival, mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz, process

from schemas.layouts import (
    ByValues,
    Claim,
    Family,
    Shared,
    common,
    heading_keys,
    is_note,
    normalise_heading,
)

#: a field's claim, a choice between fields, or why the column is no field (a reason of columns.REASONS)
Meaning = Claim | Shared | ByValues | str

#: how alike (0-100) a misspelt heading must be, and by how much more than to any heading of another meaning
ALIKE, MARGIN = 88.0, 3.0
#: how alike what is left of both must be when the words they share are taken away: a misspelling spoils a word, it is no other word
LEFT_ALIKE = 72.0
SHORTEST_MISSPELT = 5
_BRACKET = re.compile(r"^([^()\[\]]+)[(\[]([^()\[\]]+)[)\]]\W*$", re.DOTALL)
_OR = re.compile(r"\s*/\s*|\s+atau\s+", re.IGNORECASE)


def known_meaning(text: str, family: Family) -> Meaning | None:
    """What the heading's words say, as they stand or in another reading; None when they are not known."""
    exact = _exact(text, family)
    if exact is not None:
        return exact
    for readings in _other_readings(text, family):
        agreed = _agreed([known_meaning(reading, family) for reading in readings])
        if agreed is not None:
            return agreed
    return None


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
    bracket = _BRACKET.match(text)
    if bracket:
        outside, inside = bracket.groups()
        yield (outside,) if is_note(inside) else (outside, inside)
    parts = [part.split() for part in _OR.split(text)]
    if len(parts) > 1 and all(parts):
        before, after = parts[0][:-1], parts[-1][1:]
        alternatives = [parts[0][-1:], *parts[1:-1], parts[-1][:1]]
        yield tuple(" ".join([*before, *words, *after]) for words in alternatives)
        yield tuple(" ".join(words) for words in parts)
    words = normalise_heading(text)
    for ending in family.endings:
        if words.endswith(f" {ending}"):
            yield (words.removesuffix(f" {ending}"),)


def _agreed(meanings: list[Meaning | None]) -> Meaning | None:
    """The one meaning of all readings; the weaker claim of several to one field; None when they disagree."""
    if "sensitive" in meanings and all(isinstance(meaning, str) for meaning in meanings):
        return "sensitive"
    claims = [meaning for meaning in meanings if isinstance(meaning, Claim)]
    if len(claims) == len(meanings) and len({claim.field for claim in claims}) == 1:
        return max(claims, key=lambda claim: claim.level)
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
        if _is_misspelling(known, pattern)
    ]
    if not near or near[0][0] < ALIKE:
        return "unknown"
    best, claim = near[0]
    rival = next((score for score, other in near if other.field != claim.field), 0.0)
    return claim if best - rival >= MARGIN else "unknown"


def _is_misspelling(heading: str, pattern: str) -> bool:
    """Whether the words that only one of them has are spellings of each other: never one word more, another word or number."""
    one, other = heading.split(), pattern.split()
    if common().others & (set(one) - set(other)):
        return False
    left = "".join(word for word in one if word not in other)
    right = "".join(word for word in other if word not in one)
    return _digits(left) == _digits(right) and fuzz.ratio(left, right) >= LEFT_ALIKE


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
