"""Words for categories, answers yes or no, and marketplaces -> codes. The words themselves are data: schemas/reference/*.yaml.

An unknown word is `unknown_category` and never a default; several that differ, or one that may mean several, are `ambiguous`.
Does not belong here: places (places.py).
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from schemas.words import ambiguous_words, codes_by_word, entries, placeholders, word_key

Reading = tuple[str | None, str | None]

_SEVERAL = re.compile(r"[/,;+&|\n]|\bdan\b|\batau\b|\bserta\b", re.IGNORECASE)
_NOISE = re.compile(r"\bseller\b|\bonline\b|\btoko\b(?!\s*pedia)|\bsaya\b|[@:].*$", re.IGNORECASE)


def parse_category(text: str, category: str) -> Reading:
    """Code of the word, whole or as several parts that mean the same (`Kuliner / Makanan`); a placeholder is no word."""
    codes = codes_by_word(category)
    key = word_key(text)
    if key in codes:
        return codes[key], None
    if key in placeholders():
        return None, None
    parts = [word_key(part) for part in _SEVERAL.split(text)]
    if ambiguous_words(category) & {key, *parts}:
        return None, "ambiguous"
    found = {codes.get(part) for part in parts if part}
    if None in found or not found:
        return None, "unknown_category"
    return (found.pop(), None) if len(found) == 1 else (None, "ambiguous")


def parse_sex(text: str, *, is_p_unclear: bool = False) -> Reading:
    """Code of a sex. `is_p_unclear`: the column sets `P` beside `W`, where it may stand for Pria as well as for Perempuan."""
    if is_p_unclear and word_key(text) == "p":
        return None, "ambiguous"
    return parse_category(text, "sex")


def sets_p_beside_w(values: pa.Array) -> bool:
    """Whether a column of sexes writes W (wanita) and P but never L: its P is probably Pria, and nobody may guess."""
    used = {word_key(value) for value in pc.unique(values).drop_null().to_pylist()}
    return "w" in used and "p" in used and "l" not in used


def parse_yes_no(text: str) -> tuple[bool | None, str | None]:
    """Yes, no, or `unknown_category`. `tidak ada` is an answer here; `-` is none."""
    key = word_key(text)
    if key in codes_by_word("yes_no"):
        return codes_by_word("yes_no")[key] == "yes", None
    if key in placeholders():
        return None, None
    first = codes_by_word("yes_no").get(key.split()[0])
    if first is not None and re.search(r"[,(:-]", text):  # 'Ya, di BRI', 'Tidak (sudah lunas)'
        return first == "yes", None
    return None, "unknown_category"


def parse_platforms(text: str) -> Reading:
    """Codes of the marketplaces named, each once, in the order of the reference file, joined by `|`; none for one who sells offline."""
    codes = codes_by_word("platform")
    whole = codes.get(word_key(text))
    if whole is not None or word_key(text) in placeholders():
        return (whole if whole != "none" else None), None
    found: set[str] = set()
    problem = None
    for part in _SEVERAL.split(text):
        code = codes.get(word_key(part)) or codes.get(word_key(_NOISE.sub(" ", part)))
        if code is not None:
            found.add(code)
        elif word_key(part):
            problem = "unknown_category"
    return "|".join(code for code in entries("platform") if code in found - {"none"}) or None, problem
