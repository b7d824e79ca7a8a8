"""How who-is-who is told to people, in Indonesian and English: schemas/reference/identity_words.yaml.

Belongs here: looking a word up. Does not belong here: the words.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import schemas
from schemas.datafiles import read_yaml

LANGUAGES = ("id", "en")


@lru_cache(maxsize=1)
def words() -> dict[str, dict[str, list[str]]]:
    """Kind of word -> code -> [Indonesian, English]."""
    told: dict[str, dict[str, list[str]]] = read_yaml(
        Path(schemas.__file__).with_name("reference") / "identity_words.yaml"
    )
    return told


def word(kind: str, code: str, language: str) -> str:
    """What a code is called; a code without words is shown as it is."""
    told = words()[kind].get(code)
    return code if told is None else told[LANGUAGES.index(language)]


def in_both(kind: str, code: str) -> dict[str, str]:
    """What a code is called, by language."""
    return {language: word(kind, code, language) for language in LANGUAGES}
