"""The layouts: which heading means which canonical field, read strictly from `layouts/*.yaml`.

`common.yaml` evens out heading words and knows what is not kept; `<kind>_general.yaml` is the family of a kind; every other file
`<code>_<name>.yaml` is one office's exact heading set. Belongs here: loading and the form in which headings are compared. Does not
belong here: deciding about a sheet (tasks/intake/headings.py, mapping.py).
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast, get_args

from schemas.datafiles import read_yaml
from schemas.fields import fields
from schemas.records import Kind
from schemas.words import codes_by_word

FOLDER = Path(__file__).with_name("layouts")
KINDS: tuple[Kind, ...] = get_args(Kind)
#: in place of a heading set: words on whatever headings a file has
EVERY_SET = ""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])(?!App)")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_NO_WORD = re.compile(r"[^\w#]+|_+")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
#: what a bracket says of money written without its last zeros: (Rp. 000), (x 1.000), (Rp 1.000.000)
_THOUSANDS = re.compile(r"(?:x|dalam|dlm)? ?(?:rp|rupiah)? ?1? ?(?:000 ?)+")
_CURRENCY = {"rp", "rupiah", "idr"}


@dataclass(frozen=True)
class Claim:
    """A heading's right to a field; the lower level goes first when two columns claim the field."""

    field: str
    level: int


@dataclass(frozen=True)
class Shared:
    """A heading that several fields have a right to, and the fields whose presence speaks for each of them."""

    fields: tuple[str, ...]
    evidence: tuple[frozenset[str], ...]


@dataclass(frozen=True)
class ByValues:
    """A heading that is `field` when most of its values are `words`, or numbers of so many `digits`, and `otherwise` when not (None: no
    field)."""

    field: str
    otherwise: str | None
    words: frozenset[str]
    digits: int = 0


@dataclass(frozen=True)
class Phrasing:
    """A field told by its words in any order: one word of each of `needs`, and no word beside them that is not in `may`."""

    field: str
    needs: tuple[frozenset[str], ...]
    may: frozenset[str]


@dataclass(frozen=True, eq=False)
class Family:
    """Everything a kind's headings can be. Keys are `heading_keys`; `patterns` are the evened texts for similarity.
    `endings`: last words that only say what the whole list is about ('Email Koperasi'). `redundant`: last words that add nothing to
    a heading of one of these fields ('No KK Pemilik Usaha')."""

    kind: Kind
    name: str
    required: tuple[frozenset[str], ...]
    claims: dict[str, Claim]
    patterns: dict[str, Claim]
    shared: dict[str, Shared]
    by_values: dict[str, ByValues]
    not_needed: frozenset[str]
    endings: tuple[str, ...] = ()
    phrasings: tuple[Phrasing, ...] = ()
    redundant: tuple[tuple[str, frozenset[str]], ...] = ()


@dataclass(frozen=True)
class Layout:
    """One office's exact heading set: evened heading key -> field, or None for a column that is known and not kept."""

    code: str
    name: str
    kind: Kind
    headings: dict[str, str | None]
    hints: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Common:
    """What all families share."""

    words: dict[str, str]
    macros: dict[str, str]
    units: frozenset[str]
    notes: tuple[str, ...]
    answers: frozenset[str]
    others: frozenset[str]
    groups: frozenset[str]
    persons: frozenset[str]
    acronyms: frozenset[str]
    fillers: frozenset[str]
    kinds_of: frozenset[str]
    sensitive: frozenset[str]
    returned: frozenset[str]
    row_number: frozenset[str]
    not_needed: frozenset[str]


def normalise_heading(text: str) -> str:
    """A heading in the form that is compared and remembered: evened words, lower case, without units and punctuation."""
    return even_words(plain_heading(text))


def heading_set(texts: Iterable[str]) -> str:
    """The fingerprint of a sheet's headings in order: SHA-256 of their normalised forms, nameless columns passed over."""
    keys = [normalise_heading(text) for text in texts if text]
    return hashlib.sha256("\x1f".join(keys).encode()).hexdigest()


def plain_heading(text: str) -> str:
    """A heading without case, punctuation, line breaks, zero-width signs, units in brackets, currency and leading counter."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _BRACKETS.sub(_keep_meaning, _CAMEL.sub(" ", text).lower())
    words = [word for word in _NO_WORD.sub(" ", text).split() if word not in _CURRENCY]
    if len(words) > 1 and words[0].isdigit():
        words = words[1:]
    return " ".join(words)


def _keep_meaning(bracket: re.Match[str]) -> str:
    """What is left of a bracket: nothing when it is a unit or a note on filling in, else its words."""
    inner = " ".join(_NO_WORD.sub(" ", bracket.group(1)).split())
    return " " if inner in _units() or inner.isdigit() or _THOUSANDS.fullmatch(inner) else f" {inner} "


def is_note(text: str) -> bool:
    """Whether the words of a bracket only say how to fill the column in: a unit, the answers to choose from, 'sesuai KTP', or several such
    with commas between. A note that names another person is none."""
    parts = [part for part in re.split(r"[,;]", text) if part.strip()]
    words = " ".join(_NO_WORD.sub(" ", text.lower()).split())
    if common().persons & set(words.split()):
        return False
    return words.endswith((" dll", " dsb")) or (bool(parts) and all(map(_is_one_note, parts)))


def _is_one_note(text: str) -> bool:
    words = " ".join(_NO_WORD.sub(" ", text.lower()).split())
    return (
        words in _units()
        or words.startswith(common().notes)
        or all(word.isdigit() or word in common().answers for word in words.split())
    )


def even_words(text: str) -> str:
    """The same words in their usual spelling (`tgl` -> `tanggal`), a word said twice in a row said once."""
    words = _words()
    evened = " ".join(words.get(word, word) for word in text.split()).split()
    return " ".join(word for word, _ in itertools.groupby(evened))


def heading_keys(text: str) -> tuple[str, str]:
    """The two keys a heading is looked up by: as written and with evened words, both without spaces."""
    plain = plain_heading(text)
    return plain.replace(" ", ""), even_words(plain).replace(" ", "")


@lru_cache(maxsize=1)
def common() -> Common:
    """What all families share, from common.yaml."""
    content = _content("common", {part.name for part in dataclasses.fields(Common)})
    macros = content["macros"]
    return Common(
        _words(),
        macros,
        _units(),
        tuple(content["notes"]),
        *(
            frozenset(content[name])
            for name in ("answers", "others", "groups", "persons", "acronyms", "fillers", "kinds_of")
        ),
        *(_keys(content[name], macros) for name in ("sensitive", "returned", "row_number", "not_needed")),
    )


@lru_cache(maxsize=8)
def family(kind: Kind) -> Family:
    """The family of a kind. Raises ValueError when a file is not strict: unknown field, a heading under two fields, a bad key."""
    own = _content(f"{kind}_general", _PARTS)
    base = _content(own["base"], _PARTS) if "base" in own else {}
    has = {name for name, entry in fields().items() if kind in entry.kinds}
    claims: dict[str, Claim] = {}
    patterns: dict[str, Claim] = {}
    shared = {**_shared(base.get("shared", {}), has), **_shared(own.get("shared", {}), has)}
    not_needed = _keys(own.get("not_needed", []), common().macros)
    for part, file in ((own, f"{kind}_general"), (base, "")):
        for name, levels in part.get("fields", {}).items():
            if file and name not in has:
                raise ValueError(f"layouts/{file}.yaml: {name} is no field of {kind}")
            if name in has:
                passed = frozenset() if file else not_needed
                _add_claims(claims, patterns, name, levels, strict=bool(file), shared=shared, passed=passed)
    required = tuple(frozenset(choice) for choice in own["required"])
    if not frozenset().union(*required) <= has:
        raise ValueError(f"layouts/{kind}_general.yaml: an unknown field is required")
    by_values = {
        key: ByValues(
            entry["field"],
            entry["otherwise"],
            _words_of(entry),
            entry.get("digits", 0),
        )
        for heading, entry in {**base.get("by_values", {}), **own.get("by_values", {})}.items()
        for key in heading_keys(heading)
        if {entry["field"], entry["otherwise"]} - {None} <= has
    }
    return Family(
        kind,
        f"{kind}_general",
        required,
        claims,
        patterns,
        shared,
        by_values,
        not_needed,
        tuple(own.get("endings", ())),
        *_told_freely(base or own, has),
    )


def _told_freely(
    content: dict[str, Any], has: set[str]
) -> tuple[tuple[Phrasing, ...], tuple[tuple[str, frozenset[str]], ...]]:
    """The phrasings and the redundant words of a file; raises ValueError when one is for an unknown field."""
    named = {*content.get("phrasings", {}), *itertools.chain(*content.get("redundant", {}).values())}
    if not named <= set(fields()):
        raise ValueError(f"layouts: unknown fields {sorted(named - set(fields()))} under phrasings or redundant")
    phrasings = tuple(
        Phrasing(name, tuple(frozenset(words) for words in entry["needs"]), frozenset(entry.get("may", ())))
        for name, entries in content.get("phrasings", {}).items()
        if name in has
        for entry in entries
    )
    words = ((words, frozenset(names) & has) for words, names in content.get("redundant", {}).items())
    return phrasings, tuple(words)


def _words_of(entry: dict[str, Any]) -> frozenset[str]:
    """The words that decide: those written there, and all of a category of schemas/reference."""
    known = codes_by_word(entry["category"]) if "category" in entry else ()
    return frozenset(plain_heading(word) for word in (*entry.get("words", ()), *known))


def _add_claims(
    claims: dict[str, Claim], patterns: dict[str, Claim], name: str, levels: list[list[str]], *, strict: bool,
    shared: dict[str, Shared], passed: frozenset[str],
) -> None:  # fmt: skip
    """Every form of every pattern of a field. In a base file (not strict) what the own file says stands, `passed` what it passes over."""
    for level, texts in enumerate(levels):
        for text in expand(texts, common().macros):
            claim = Claim(name, level)
            plain = plain_heading(text)
            if _forms(plain) & passed:
                continue
            for key in _forms(plain):
                known = claims.setdefault(key, claim)
                if strict and known.field != name and key not in shared:
                    raise ValueError(f"layouts: {text!r} stands under {known.field} and {name}")
            patterns.setdefault(even_words(plain), claim)


def _forms(plain: str) -> set[str]:
    """The keys of one pattern: as written, evened, and with the usual short forms of its first word written together."""
    evened = even_words(plain).replace(" ", "")
    short = {
        f"{abbreviation}{evened.removeprefix(word)}"
        for word, abbreviation in (("nomor", "no"), ("jumlah", "jml"), ("tanggal", "tgl"))
        if evened.startswith(word) and evened != word
    }
    return {plain.replace(" ", ""), evened} | short


@lru_cache(maxsize=1)
def specific_layouts() -> tuple[Layout, ...]:
    """Every office's exact layout, in order of file name. Raises ValueError when one is not strict."""
    return tuple(_layout(path.stem) for path in sorted(FOLDER.glob("[0-9]*_*.yaml")))


def _layout(name: str) -> Layout:
    content = _content(name, {"code", "kind", "headings", "hints"})
    kind = content["kind"]
    if kind not in KINDS or not name.startswith(content["code"] + "_"):
        raise ValueError(f"layouts/{name}.yaml: unknown kind, or the code is not the one of its name")
    headings = {heading_keys(heading)[1]: field or None for heading, field in content["headings"].items()}
    unknown = {field for field in headings.values() if field and kind not in _kinds_of(field)}
    claimed = [field for field in headings.values() if field]
    if unknown or len(claimed) != len(set(claimed)) or len(headings) != len(content["headings"]):
        raise ValueError(f"layouts/{name}.yaml: unknown or doubled fields or headings {sorted(unknown)}")
    return Layout(content["code"], name, kind, headings, content.get("hints", {}))


def _kinds_of(name: str) -> tuple[Kind, ...]:
    return fields()[name].kinds if name in fields() else ()


_PARTS = {
    "kind",
    "base",
    "required",
    "fields",
    "shared",
    "by_values",
    "not_needed",
    "endings",
    "phrasings",
    "redundant",
}


def _shared(content: dict[str, Any], has: set[str]) -> dict[str, Shared]:
    result = {}
    for heading, entry in content.items():
        pairs = [pair for pair in zip(entry["fields"], entry["evidence"], strict=True) if pair[0] in has]
        if pairs:
            value = Shared(tuple(name for name, _ in pairs), tuple(frozenset(evidence) for _, evidence in pairs))
            result.update(dict.fromkeys(heading_keys(heading), value))
    return result


def expand(patterns: list[str], macros: dict[str, str]) -> list[str]:
    """Every text the patterns stand for: `{a|b|}` is a or b or nothing, `<name>` one of the macro's words."""
    return [text for text in dict.fromkeys(text for pattern in patterns for text in _expand(pattern, macros)) if text]


def _expand(pattern: str, macros: dict[str, str]) -> list[str]:
    choices: list[list[str]] = []
    for part in re.split(r"(\{[^{}]*\}|<\w+>)", pattern):
        if part.startswith("{"):
            choices.append([text for option in part[1:-1].split("|") for text in _expand(option, macros)])
        elif part.startswith("<"):
            choices.append(macros[part[1:-1]].split("|"))
        else:
            choices.append([part])
    return [" ".join("".join(choice).split()) for choice in itertools.product(*choices)]


def _keys(patterns: list[str], macros: dict[str, str]) -> frozenset[str]:
    return frozenset(key for text in expand(patterns, macros) for key in _forms(plain_heading(text)))


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    """Variant -> usual word; raises ValueError when a variant stands for two."""
    result: dict[str, str] = {}
    for usual, variants in read_yaml(FOLDER / "common.yaml")["words"].items():
        for variant in variants:
            if result.setdefault(variant, usual) != usual:
                raise ValueError(f"layouts/common.yaml: {variant!r} stands for {result[variant]} and {usual}")
    return result


@lru_cache(maxsize=1)
def _units() -> frozenset[str]:
    units = read_yaml(FOLDER / "common.yaml")["units"]
    return frozenset(" ".join(_NO_WORD.sub(" ", unit).split()) for unit in units)


def _content(name: str, allowed: set[str]) -> dict[str, Any]:
    content = read_yaml(FOLDER / f"{name}.yaml")
    if not isinstance(content, dict) or not set(content) <= allowed:
        raise ValueError(f"layouts/{name}.yaml: unknown parts {sorted(set(content) - allowed)}")
    return cast(dict[str, Any], content)
