"""Phone numbers as offices write them -> E.164, several in a cell joined by `|`.

Belongs here: splitting, placeholders, and asking the `phonenumbers` library (Google's numbering plan of Indonesia). Numbers that the
plan's own pattern for Indonesian mobiles accepts are answered in one go over the column; the library sees the rest.
Does not belong here: one number on forty rows (the checks, identity).
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from schemas.words import entries, placeholders, word_key
from tasks.intake.texts import Distinct

#: what stands between two numbers; a blank does (cleaning leaves it of a line break) before what is a number of its own
_SPLIT = re.compile(
    r"[/,;&|]|\batau\b|\bdan\b|(?<=\d{9})\s+(?=08|\+62|62)|(?<=\d{3})\s+(?=(?:08|\+?62)(?:[\s.()-]*\d){8})",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:[^\W\d_]|[.:\s()])+(?=[+\d(])")
#: whose number it is, written behind it: '0812... (istri)', '0812... an. Budi'; but an O or an l there is a digit mistyped
_WHOSE = re.compile(r"[\s(,.:-]*(?![OolI]+\b)[^\W\d_][^\d+]*$")
_EXTENSION = re.compile(r"[\s(,.:-]*(?:ext|eks|pes(?:awat)?)\W*\d{1,5}\W*$", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
#: the tail of a number that a spreadsheet wrote as text
_TAIL = r"\.0$"
#: what stands between the digits of one number
_BETWEEN = r"[\s.\-()']+"


def read_phones(values: pa.Array) -> tuple[pa.Array, pa.Array]:
    """E.164 numbers joined by `|`, in the order written, and the problem `unreadable`, for cleaned text.

    A placeholder (0812-0000-0000) is absent: no number and no problem. When one of several is unreadable the others are kept
    beside the problem.
    """
    compact = pc.replace_substring_regex(pc.replace_substring_regex(values, _TAIL, ""), _BETWEEN, "")
    national = pc.replace_substring_regex(compact, r"^(\+?62|0)", "")
    simple = pc.match_substring_regex(compact, f"^{_one_mobile()}$")
    simple = pc.and_not(simple, pc.is_in(_prefixed("0", national), pa.array(sorted(_placeholders()), values.type)))
    simple = pc.fill_null(simple, False)
    easy = pc.if_else(simple, _prefixed("+62", national), pa.scalar(None, values.type))
    number, problem = Distinct.of(pc.if_else(simple, pa.scalar(None, values.type), values)).each(
        parse_phones, pa.large_string(), pa.large_string()
    )
    return pc.coalesce(easy, number), problem


def parse_phones(text: str) -> tuple[str | None, str | None]:
    """All phone numbers of one cell as E.164 joined by `|`, each once, and `unreadable` when a part of it is none."""
    found: list[str] = []
    problem = None
    compact = re.sub(_BETWEEN, "", re.sub(_TAIL, "", text))
    is_one = re.fullmatch(_one_mobile(), compact)
    for part in [compact] if is_one else (part.strip() for part in _SPLIT.split(text)):
        if word_key(part) in placeholders():
            continue
        number = parse_phone(part)
        if number is None:
            problem = "unreadable"
        elif number and number not in found:
            found.append(number)
    return "|".join(found) or None, problem


def parse_phone(text: str) -> str | None:
    """One number as E.164; empty for a placeholder, None when it is no valid number. A lost leading zero (8123...) is understood.

    A letter among the digits stands for a digit that nobody knows: such a number is none.
    """
    plain = re.sub(_TAIL, "", _WHOSE.sub("", _EXTENSION.sub("", _LABEL.sub("", text))))
    if _LETTER.search(plain):
        return None
    digits = re.sub(r"\D", "", plain)
    national = "0" + digits.removeprefix("62").removeprefix("0")
    if national in _placeholders() or len(set(digits)) == 1:
        return ""
    try:
        number = phonenumbers.parse(
            plain if plain.startswith("+") or not digits.startswith("62") else "+" + digits, "ID"
        )
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _prefixed(prefix: str, values: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(prefix, values.type), values, pa.scalar("", values.type))


@lru_cache(maxsize=1)
def _placeholders() -> frozenset[str]:
    return frozenset(entries("placeholders")["phones"])


@lru_cache(maxsize=1)
def _one_mobile() -> str:
    """The pattern of one Indonesian mobile number in the library's numbering plan, with or without what is dialled before it."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region("ID")
    if plan is None or plan.mobile is None or plan.mobile.national_number_pattern is None:
        raise LookupError("the numbering plan of Indonesia is missing from the phonenumbers library")
    return rf"(?:\+?62|0)?(?:{plan.mobile.national_number_pattern})"
