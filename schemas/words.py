"""The words offices write for a category, read strictly from `reference/*.yaml`: one file a category, code -> words.

A new spelling is a new line in such a file. A word that stands under two codes is an error at load: a category is never guessed.
Does not belong here: matching (tasks/intake/words.py), regions (schemas/regions.py).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from schemas.datafiles import read_yaml

FOLDER = Path(__file__).with_name("reference")
_NOT_A_SIGN = re.compile(r"[^\w<>=√✓✔☑]+|_")


def word_key(text: str) -> str:
    """The form in which two spellings of a word are compared: lower case, without punctuation, single spaces."""
    return " ".join(_NOT_A_SIGN.sub(" ", unicodedata.normalize("NFKC", text).lower()).split())


@lru_cache(maxsize=32)
def codes_by_word(category: str) -> dict[str, str]:
    """Compared form of every word of `reference/<category>.yaml` -> code. The code itself is a word too.

    Raises ValueError when a word stands under two codes.
    """
    result: dict[str, str] = {}
    for code, words in entries(category).items():
        for key in {word_key(word) for word in [code, *words]} - {""}:
            if result.setdefault(key, code) != code:
                raise ValueError(f"reference/{category}.yaml: {key!r} stands under {result[key]} and {code}")
    return result


@lru_cache(maxsize=32)
def entries(category: str) -> dict[str, list[str]]:
    """Code -> words of `reference/<category>.yaml`, as written and in file order; raises ValueError when it is shaped otherwise."""
    content = read_yaml(FOLDER / f"{category}.yaml")
    if not isinstance(content, dict) or not all(
        isinstance(code, str) and isinstance(words, list) and all(isinstance(word, str) for word in words)
        for code, words in content.items()
    ):
        raise ValueError(f"reference/{category}.yaml: must be a map from code to a list of quoted words")
    return content


@lru_cache(maxsize=32)
def words_pattern(category: str) -> str:
    """The words of a category in lower case as alternatives of a pattern, the longest first."""
    words = {word.lower() for words in entries(category).values() for word in words}
    return "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))


@lru_cache(maxsize=32)
def ambiguous_words(category: str) -> frozenset[str]:
    """Compared forms of the words that may mean several codes of a category ('Guru': a civil servant or not)."""
    return frozenset(word_key(word) for word in entries("ambiguous").get(category, ()))


@lru_cache(maxsize=1)
def placeholders() -> frozenset[str]:
    """Compared forms of what offices write where they have nothing to write; the empty form stands for '-', '...' and the like."""
    return frozenset(word_key(word) for word in entries("placeholders")["absent"]) | {""}
