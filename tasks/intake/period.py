"""Which period a file speaks of, and which regencies its titles name: from its name and its title rows.

Belongs here: reading words. Does not belong here: what follows from a wrong regency or a missing period (the load step decides).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from schemas.regions import provinces, regencies
from schemas.words import codes_by_word, word_key, words_pattern
from tasks.intake.places import written_out

_WORDS = words_pattern("months")
_YEAR = r"(?P<year>20\d\d)"
_GAP = r"[\s_.,/\-]*"
_YEAR_MONTH = re.compile(rf"(?<!\d){_YEAR}[-_. ]?(?P<month>0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?!\d)")
_MONTH_YEAR = re.compile(rf"(?<![\d])(?:(?:0?[1-9]|[12]\d|3[01])[-_./ ])?(?P<month>0?[1-9]|1[0-2])[-_./]{_YEAR}(?!\d)")
_DAY_FIRST = re.compile(rf"(?<!\d)(?:0[1-9]|[12]\d|3[01])(?P<month>0[1-9]|1[0-2]){_YEAR}(?!\d)")
_WORD_YEAR = re.compile(rf"(?<![a-z])(?P<word>{_WORDS}){_GAP}(?:tahun|thn|th)?{_GAP}{_YEAR}(?!\d)", re.IGNORECASE)
_YEAR_WORD = re.compile(rf"(?<!\d){_YEAR}{_GAP}(?P<word>{_WORDS})(?![a-z])", re.IGNORECASE)
_YEAR_ALONE = re.compile(rf"(?<![\d.]){_YEAR}(?!\d)")
#: law and decree numbers carry years that are no periods: 'PP No. 7 Tahun 2021', 'UU 20/2008', 'Nomor 12 Tahun 2020'
_LAW = re.compile(
    r"\b(uu|pp|perpres|permen\w*|perda|perbup|perwali|keputusan|sk|nomor|no)\b[\s.]*(no(mor)?\b[\s.]*)?[\w.\-]*?/?\d[\w./\-]*(\s*(tahun|th)\s*\d{4})?",
    re.IGNORECASE,
)
_SIDECAR = re.compile(r"^20\d\d(-(0[1-9]|1[0-2]))?$")


def find_period(
    file_name: str, titles: Sequence[str], sidecar: Mapping[str, Any] | None = None
) -> tuple[str | None, str]:
    """(`YYYY-MM` or `YYYY` or None, source): the sidecar's word, else the file name, else the title rows, else None and `none`.

    A source that names two different months says nothing: the next one is asked. Raises ValueError on a sidecar period that is not
    `YYYY` or `YYYY-MM`.
    """
    stated = (sidecar or {}).get("period")
    if stated is not None:
        if not _SIDECAR.match(str(stated)):
            raise ValueError("the sidecar's period must be YYYY or YYYY-MM")
        return str(stated), "sidecar"
    stem = file_name.rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem else stem
    name_months, name_years = _named_in([stem])
    title_months, title_years = _named_in(titles)
    if name_years and not name_months:  # a year in the name and a month in the title must not contradict each other
        title_months = {month for month in title_months if month[:4] in name_years}
    for found, source in (
        (name_months, "file_name"), (title_months, "title"), (name_years, "file_name"), (title_years, "title"),
    ):  # fmt: skip
        if len(found) == 1:
            return next(iter(found)), source
    return None, "none"


def _named_in(texts: Sequence[str]) -> tuple[set[str], set[str]]:
    """The months (`YYYY-MM`) and the years that the texts name."""
    cleaned = [_LAW.sub(" ", text.replace("_", " ")) for text in texts]
    months = {month for text in cleaned for month in _months_in(text)}
    return months, {found["year"] for text in cleaned for found in _YEAR_ALONE.finditer(text)}


def _months_in(text: str) -> set[str]:
    """Every month a text names, `YYYY-MM`. Words go before numbers, and the order year-month before month-year."""
    for pattern in (_WORD_YEAR, _YEAR_WORD):
        found = {
            f"{match['year']}-{int(codes_by_word('months')[word_key(match['word'])]):02d}"
            for match in pattern.finditer(text)
        }
        if found:
            return found
    for pattern in (_YEAR_MONTH, _MONTH_YEAR, _DAY_FIRST):
        found = {f"{match['year']}-{int(match['month']):02d}" for match in pattern.finditer(text)}
        if found:
            return found
    return set()


def title_regency(titles: Sequence[str]) -> frozenset[str]:
    """Codes of all regencies the titles can name: 'DATA UMKM KABUPATEN BANGKA' -> {'19.01'}; empty when none is named.

    The longest name counts ('Bangka Barat', not 'Bangka'); a bare name that is both a kabupaten and a kota gives both codes.
    """
    result: set[str] = set()
    for title in titles:
        words = written_out(re.sub(r"[^a-z0-9]+", " ", title.lower()))
        result |= _regencies_in(_without_province(f" {words} "))
    return frozenset(result)


def _without_province(words: str) -> str:
    """The words without the province's name: 'Kepulauan Bangka Belitung' names no regency."""
    words = re.sub(r"\b(prov|propinsi)\b", "provinsi", words)
    bare = {name for name, _ in _names()}
    for region in provinces().values():
        name = " ".join(re.sub(r"[^a-z0-9]+", " ", region.name.lower()).split())
        for form in {name, name.removeprefix("kepulauan ")}:
            words = words.replace(f" provinsi {form} ", " ")
            if form not in bare:
                words = words.replace(f" {form} ", " ")
    return words


def _regencies_in(words: str) -> set[str]:
    result: set[str] = set()
    for name, codes in _names():
        if f" {name} " in words:
            result |= codes
            words = words.replace(f" {name} ", "  ")
    return result


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, frozenset[str]]]:
    """Regency names, with and without the word before them, longest first; bare names only after 'kabupaten' or 'kota' ones.

    A bare name of fewer than five letters, or one that is an everyday word of titles, needs its 'kabupaten' or 'kota'.
    """
    names: dict[str, set[str]] = {}
    for code, region in regencies().items():
        full = " ".join(re.sub(r"[^a-z0-9]+", " ", region.name.lower()).split())
        bare = full.split(" ", 1)[1] if full.split(" ", 1)[0] in ("kabupaten", "kota") else full
        for name in {full, full.replace(bare, bare.replace(" ", ""))}:
            names.setdefault(name, set()).add(code)
        if len(bare) >= 5:
            for name in {bare, bare.replace(" ", "")}:
                names.setdefault(name, set()).add(code)
    return sorted(
        ((name, frozenset(codes)) for name, codes in names.items()), key=lambda entry: (-len(entry[0]), entry[0])
    )
