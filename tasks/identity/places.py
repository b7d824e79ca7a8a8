"""Addresses and business names for comparing: what every address says (street words, RT/RW, region words) is taken out.

Belongs here: pure functions on one text. Does not belong here: region codes (schemas/regions.py), names of people (names.py).
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

import schemas
from tasks.identity.names import spell

_RT_RW = re.compile(r"\b(?:rt|rw)[\s.:/]*\d*(?:\s*/\s*(?:rw)?[\s.:]*\d+)?")
_WORDS = re.compile(r"[a-z]+|\d+")
#: words of every address; the names of the regions are compared as codes
ADDRESS_WORDS = frozenset({
    "jl", "jln", "jalan", "gg", "gang", "lorong", "lrg", "no", "nomor", "blok", "blk", "komplek", "kompleks", "komp", "perum",
    "perumahan", "dusun", "dsn", "desa", "ds", "kel", "kelurahan", "kampung", "kp", "kec", "kecamatan", "distrik", "kab",
    "kabupaten", "kota", "prov", "provinsi", "lingkungan", "link", "lingk", "rt", "rw", "kodepos",
})  # fmt: skip
#: words of form around a business name
BUSINESS_FORMS = frozenset({"ud", "cv", "pt", "pd"})


def compare_address(text: str) -> str:
    """The words that tell one address from another, in order; '' when none is left."""
    plain = text.lower()
    if "rt" in plain or "rw" in plain:
        plain = _RT_RW.sub(" ", plain)
    words = [word.lstrip("0") for word in _WORDS.findall(plain) if word not in ADDRESS_WORDS]
    return " ".join([word for word in words if word])


def compare_business_name(text: str) -> str:
    """The words of a business name without its legal form, in canonical spelling; '' when none is left."""
    words = _WORDS.findall(text.lower().replace("'", ""))
    return " ".join(spell(short_forms().get(word, word)) for word in words if word not in BUSINESS_FORMS)


@lru_cache(maxsize=1)
def generic_words() -> frozenset[str]:
    """Words that say what a business does, not which one it is (canonical spelling)."""
    path = Path(schemas.__file__).with_name("reference") / "identity_generic_business.yaml"
    return frozenset(spell(word) for word in yaml.safe_load(path.read_text("utf-8")))


@lru_cache(maxsize=1)
def short_forms() -> dict[str, str]:
    """Short forms of words in names of businesses and the full words, unspelt."""
    path = Path(schemas.__file__).with_name("reference") / "identity_short_business.yaml"
    return {short: full for full, shorts in yaml.safe_load(path.read_text("utf-8")).items() for short in shorts}


@lru_cache(maxsize=1)
def vague_products() -> frozenset[str]:
    """Products that say nothing of what is sold (compared form)."""
    path = Path(schemas.__file__).with_name("reference") / "identity_vague_products.yaml"
    return frozenset(compare_business_name(product) for product in yaml.safe_load(path.read_text("utf-8")))


def compare_product(text: str) -> str:
    """A product as a business name is compared; '' when it says only that there are many."""
    words = compare_business_name(text)
    return "" if words in vague_products() else words


def own_words(business_name: str) -> str:
    """The words of a compared business name that are not generic, in order."""
    return " ".join(word for word in business_name.split() if word not in generic_words() and not word.isdigit())


def is_generic(business_name: str) -> bool:
    """Whether a compared business name is made of generic words only ('warung kelontong')."""
    return all(word in generic_words() or word.isdigit() for word in business_name.split())
