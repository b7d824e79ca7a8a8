"""Which field each column of a sheet is: remembered mapping, an office's exact layout, synonyms, similarity - in this order.

Belongs here: one sheet's headings -> fields, and an account of every column. Does not belong here: finding the heading
(headings.py), what a heading means by itself (meaning.py), the workbook as a whole (mapping.py). Nothing is guessed: two columns
with equal right to a field are a problem for a person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.fields import fields
from schemas.layouts import (
    EVERY_SET,
    ByValues,
    Claim,
    Family,
    Layout,
    Shared,
    heading_keys,
    heading_set,
    normalise_heading,
    plain_heading,
    specific_layouts,
)
from tasks.intake.meaning import known_meaning, similar_meaning

#: why a column is not a field, as the receipt says it; the code is what the warehouse keeps
REASONS: dict[str, str] = {
    "row_number": "nomor urut pengirim",
    "sensitive": "data pribadi sensitif yang tidak diperlukan; dihapus saat dibaca",
    "returned": "kolom buku kerja perbaikan",
    "not_needed": "dikenali, tidak dipakai; tersimpan seperti tertulis",
    "less_exact": "kolom lain lebih tepat untuk isian yang sama; tersimpan seperti tertulis",
    "no_heading": "tanpa judul kolom; tersimpan seperti tertulis",
    "unknown": "judul tidak dikenali; tersimpan seperti tertulis",
    "blank": "kolom kosong",
    "confirmed": "diputuskan petugas untuk tidak dipakai",
}
#: normalised heading -> field (None = leave the column out); such words per heading set (schemas.layouts.heading_set)
Words = Mapping[str, str | None]
Remembered = Mapping[str, Words]
REMEMBERED, LAYOUT, SYNONYM, SIMILAR = range(4)
#: a heading that could be another field has the least right among synonyms
SHARED_LEVEL = 9
#: a heading whose values decide has less right than one that says what it is
BY_VALUES_LEVEL = 2


@dataclass(frozen=True)
class Columns:
    """A sheet's columns accounted for: field -> column, column -> reason (REASONS), and what only a person can settle."""

    mapping: dict[str, int]
    ignored: dict[int, str]
    rivals: dict[str, tuple[int, ...]]
    hints: dict[str, str]
    source: dict[str, int]
    layout: str

    @property
    def row_number(self) -> int | None:
        """The column of the sender's own count of rows, when there is one."""
        return next((column for column, reason in self.ignored.items() if reason == "row_number"), None)


@dataclass
class _Claims:
    """Claims under way: field -> [(rank, column)], lower rank first."""

    by_field: dict[str, list[tuple[tuple[int, int], int]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, source: int, level: int, column: int) -> None:
        self.by_field[name].append(((source, level), column))


def map_columns(
    texts: Sequence[str],
    family: Family,
    remembered: Remembered,
    *,
    regency_code: str,
    filled: Sequence[int],
    values: Callable[[int], Sequence[str]],
) -> Columns:
    """Account for every column.

    `remembered`: what people said, per heading set. A word on just these headings goes first; one on other headings of the office
    counts where nothing else tells what a column is: it may rest on what stood beside it there. `filled`: how many cells below the
    heading hold something, per column; `values(column)`: some values of a column, asked for only when its heading alone does not tell.
    """
    layout = _equal_layout(texts, family, regency_code)
    said = {**remembered.get(heading_set(texts), {}), **remembered.get(EVERY_SET, {})}
    elsewhere = {heading: field for words in remembered.values() for heading, field in words.items()}
    claims = _Claims()
    ignored: dict[int, str] = {}
    shared: list[tuple[int, Shared]] = []
    for column, text in enumerate(texts):
        reason = _claim(column, text, family, said, layout, claims, shared, values)
        if reason == "unknown" and (known := normalise_heading(text)) in elsewhere:
            reason = _enter(claims, elsewhere[known], REMEMBERED, column, "confirmed")
        if reason:
            ignored[column] = reason
    _settle_shared(shared, claims)
    mapping, rivals, source = _settle(claims, filled, ignored)
    for column in range(len(texts)):
        if ignored.get(column) in ("no_heading", "unknown") and not filled[column]:
            ignored[column] = "blank"
    money = {name: column for name, column in mapping.items() if fields()[name].type == "money"}
    hints = {name: hint for name, column in money.items() if (hint := money_hint(texts[column]))}
    if layout:
        hints |= {name: hint for name, hint in layout.hints.items() if name in mapping}
    return Columns(
        mapping, dict(sorted(ignored.items())), rivals, hints, source, layout.name if layout else family.name
    )


def _equal_layout(texts: Sequence[str], family: Family, regency_code: str) -> Layout | None:
    """The office's layout whose headings are exactly these, when there is one for this regency or its province."""
    keys = {heading_keys(text)[1] for text in texts if text}
    for layout in specific_layouts():
        if layout.kind == family.kind and regency_code.startswith(layout.code) and set(layout.headings) == keys:
            return layout
    return None


def _claim(
    column: int, text: str, family: Family, said: Words, layout: Layout | None, claims: _Claims,
    shared: list[tuple[int, Shared]], values: Callable[[int], Sequence[str]],
) -> str:  # fmt: skip
    """Enter what one column claims; returns a reason (REASONS) when it claims nothing."""
    if not plain_heading(text):
        return "no_heading"
    known = normalise_heading(text)
    if known in said:
        return _enter(claims, said[known], REMEMBERED, column, "confirmed")
    key = heading_keys(text)[1]
    if layout and key in layout.headings:
        return _enter(claims, layout.headings[key], LAYOUT, column, "not_needed")
    meaning = known_meaning(text, family)
    source = SYNONYM if meaning is not None else SIMILAR
    if meaning is None:
        meaning = similar_meaning(text, family)
    if isinstance(meaning, ByValues):
        name = meaning.field if _mostly(values(column), meaning) else meaning.otherwise
        meaning = Claim(name, BY_VALUES_LEVEL) if name else "unknown"
    if isinstance(meaning, Shared):
        shared.append((column, meaning))
        return ""
    if isinstance(meaning, str):
        return meaning
    claims.add(meaning.field, source, meaning.level, column)
    return ""


def _enter(claims: _Claims, name: str | None, source: int, column: int, else_reason: str) -> str:
    """Enter a claim a person or an office's layout makes; the reason when it says that the column is left out."""
    if not name:
        return else_reason
    claims.add(name, source, 0, column)
    return ""


def _mostly(values: Sequence[str], meant: ByValues) -> bool:
    written = [value for value in values if value.strip()]
    told = sum(plain_heading(value) in meant.words or _has_digits(value, meant.digits) for value in written)
    return bool(written) and told * 2 > len(written)


def _has_digits(value: str, count: int) -> bool:
    return count > 0 and sum(sign.isdigit() for sign in value) == count


def _settle_shared(shared: list[tuple[int, Shared]], claims: _Claims) -> None:
    """Give each shared heading (`Nama`, `Alamat`) to the field that is left, or that the other columns speak for."""
    claimed = set(claims.by_field)
    for column, choice in shared:
        free = [index for index, name in enumerate(choice.fields) if name not in claimed] or [0]
        spoken = [index for index in free if choice.evidence[index] & claimed] or free
        claims.add(choice.fields[spoken[0]], SYNONYM, SHARED_LEVEL, column)


def _settle(
    claims: _Claims, filled: Sequence[int], ignored: dict[int, str]
) -> tuple[dict[str, int], dict[str, tuple[int, ...]], dict[str, int]]:
    """Per field the column with the best right; columns with equal right are rivals, unless all but one are empty."""
    mapping, rivals, source = {}, {}, {}
    for name, claimed in claims.by_field.items():
        with_data = [claim for claim in claimed if filled[claim[1]]] or claimed
        best = min(rank for rank, _ in with_data)
        winners = sorted(column for rank, column in with_data if rank == best)
        ignored.update({column: "less_exact" for _, column in claimed if column not in winners})
        mapping[name], source[name] = winners[0], best[0]
        if len(winners) > 1:
            rivals[name] = tuple(winners)
    return mapping, rivals, source


def money_hint(text: str) -> str:
    """What a heading says about the money beneath: period, band, unit; joined with `|`, '' when it says nothing."""
    words = normalise_heading(text).split()
    spelled = plain_heading(text).split() + text.lower().replace("(", " ").replace(")", " ").split()
    hints = []
    if "bulan" in words:
        hints.append("monthly")
    elif "tahun" in words:
        hints.append("yearly")
    if {"range", "rentang", "kisaran", "kelas"} & set(words):
        hints.append("band")
    zeros = re.search(r"\b(?:1[.,]?)?000([.,]?000)?\b", text)
    if {"juta", "jutaan", "jt"} & set(spelled) or (zeros and zeros.group(1)):
        hints.append("million")
    elif {"ribu", "ribuan", "rb"} & set(spelled) or zeros:
        hints.append("thousand")
    return "|".join(hints)
