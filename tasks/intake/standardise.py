"""The step from text to typed values: a mapped frame in, the same frame with typed columns, problems and hashes out.

Adds, for every canonical field of the kind (an absent column gives all null): its typed columns (`schemas.fields`), and
`<field>__problem`, a word of PROBLEMS or null; the four NIK flags; `content_hash` and `match_hash`. The text as written stays
beside them. Does not belong here: severity and messages (the checks), the reading of any one type (the module named after it).

`match_hash` covers the compared fields (`Field.match`) as understood; `content_hash` those, all others, and the text as written,
apart from blanks, of what could not be understood. A field without a value is in neither, so that a new canonical field changes no
hash, and the same value written otherwise is the same content. They are SipHash-2-4 (keyed with a public constant; pandas'
implementation) of tagged values joined by U+001F, as signed 64 bits; a test holds the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import Field, fields
from schemas.records import Kind
from tasks.intake import answers, dates, money, nik, phones, places, words
from tasks.intake.digits import LENGTHS, read_digits
from tasks.intake.texts import Distinct, clean_text, is_placeholder, to_arrow, to_series, without

TEXT = pa.large_string()

#: the words a problem column of a type can hold; `nik` and `kk` add those of tasks/intake/nik.py
_NUMBER_PROBLEMS = ("letters", "scientific", "precision_lost", "placeholder_number")
PROBLEMS: dict[str, tuple[str, ...]] = {
    "text": (),
    "nik": ("missing", *_NUMBER_PROBLEMS, LENGTHS["nik"][1], "bad_date", "bad_serial", "looks_like_kk"),
    "kk": (*_NUMBER_PROBLEMS, LENGTHS["kk"][1], "equals_nik", "bad_date", "looks_like_nik"),
    "nib": (*_NUMBER_PROBLEMS, LENGTHS["nib"][1]),
    "npwp": (*_NUMBER_PROBLEMS, LENGTHS["npwp"][1]),
    "digits": (*_NUMBER_PROBLEMS, LENGTHS["digits"][1]),
    "date": ("impossible", "year_only", "unreadable"),
    "phone": ("unreadable",),
    "money": ("ambiguous", "negative", "unclear_period", "scientific", "unreadable"),
    "count": ("negative", "ambiguous", "unreadable", "impossible"),
    "yes_no": ("unknown_category",),
    "category": ("unknown_category", "ambiguous"),
    "platforms": ("unknown_category",),
    "regency": ("not_found", "ambiguous", "other_regency"),
    "district": ("not_found", "ambiguous"),
    "village": ("not_found", "ambiguous", "other_district"),
    "token": ("edited", "foreign", "repeated", "unnamed"),
}
NIK_FLAGS = ("nik__area_unknown", "nik__birth_date_differs", "nik__sex_differs", "nik__series")

#: money that is earned over a period and kept per year; capital and assets are not
FLOWS = frozenset({"annual_turnover"})
#: counts that are years
YEARS = frozenset({"started_year"})
BIRTHS = frozenset({"birth_date"})
#: names that no telephone or identity number is, which slipped into their column ("Toko 99" and "212" are names)
NEVER_A_NUMBER = frozenset({"business_name"})
_LONG_NUMBER = r"^[ +().,/'-]*(?:[0-9][ +().,/'-]*){9,}$"
#: joins the two halves of a content hash: any odd number keeps all 64 bits of the first
_ODD = np.uint64(0x9E3779B97F4A7C15)
#: the part of hashing that is done at once, so that a million rows need no second copy of themselves
HASH_ROWS = 100_000

Columns = dict[str, pa.Array]


def standardise(
    mapped: pd.DataFrame, kind: Kind, regency_code: str, hints: Mapping[str, str | Iterable[str]], today: date
) -> pd.DataFrame:
    """Typed values, problems, flags and hashes beside the columns of a mapped frame, in its order and with its index.

    `hints` = what a money heading says of its column: `monthly`, `yearly`, `weekly`, `thousand`, `million`, `billion` (one word or
    several; others are passed over). `today` decides between centuries.
    """
    frame = _Frame(mapped, kind, regency_code, hints, today)
    columns: Columns = {}
    for field in frame.fields:
        if field.type in _READERS:
            columns |= _READERS[field.type](frame, field)
    columns |= _read_places(frame)
    if "birth_place" in frame.names:
        columns["birth_place"] = pc.coalesce(columns["birth_place"], _place_beside_birth(frame, columns["birth_date"]))
    if "nik" in frame.names:
        columns |= _read_people_numbers(frame, columns)
    if "register_answer" in frame.names:
        told = (columns[name] for name in ("register", "batch_id", "register_answer"))
        columns |= answers.settle_answers(*told)
    ordered = {name: columns[name] for field in frame.fields for name in (*field.columns, f"{field.name}__problem")}
    ordered |= {flag: columns[flag] for flag in (*NIK_FLAGS, *answers.FLAGS) if flag in columns}
    hashes = _hashes(frame, ordered)
    added = {name: to_series(column, mapped.index) for name, column in ordered.items()} | hashes
    absent = {
        name: to_series(pa.nulls(len(mapped), TEXT), mapped.index)
        for name in (f"{field.name}__raw" for field in frame.fields)
        if name not in mapped
    }
    return pd.concat([mapped, pd.DataFrame({**absent, **added}, index=mapped.index)], axis=1)


class _Frame:
    """The mapped frame with what every reader needs of it; raw columns are cleaned and taken apart once."""

    def __init__(
        self, mapped: pd.DataFrame, kind: Kind, regency_code: str, hints: Mapping[str, str | Iterable[str]], today: date
    ) -> None:
        self.mapped, self.regency_code, self.today, self.length = mapped, regency_code, today, len(mapped)
        self.fields: list[Field] = [field for field in fields().values() if kind in field.kinds]
        self.names = {field.name for field in self.fields}
        self.hints = {
            name: frozenset(hint.split("|") if isinstance(hint, str) else hint) for name, hint in hints.items()
        }
        self._clean: Columns = {}
        self._distinct: dict[str, Distinct] = {}

    def raw(self, name: str) -> pa.Array:
        """A field as written; all null when the file has no such column."""
        column = f"{name}__raw"
        return to_arrow(self.mapped[column]) if column in self.mapped else pa.nulls(self.length, TEXT)

    def clean(self, name: str) -> pa.Array:
        """The cleaned text of a field, row by row: for fields whose values hardly repeat."""
        if name not in self._clean:
            self._clean[name] = clean_text(self.raw(name))
        return self._clean[name]

    def distinct(self, name: str) -> Distinct:
        """The cleaned text of a field taken apart: for fields whose values repeat."""
        if name not in self._distinct:
            self._distinct[name] = Distinct.of(self.raw(name)).map(clean_text)
        return self._distinct[name]

    def is_number(self, name: str) -> pa.Array:
        """Which cells of a field were numeric; all false when the file has no such column."""
        column = f"{name}__is_number"
        if column not in self.mapped:
            return pa.array(np.zeros(self.length, bool))
        return pa.array(self.mapped[column].fillna(False).to_numpy(dtype=bool))


def _read_text(frame: _Frame, field: Field) -> Columns:
    text = _present(frame.clean(field.name))
    if field.name in NEVER_A_NUMBER:
        text = without(text, pc.match_substring_regex(text, _LONG_NUMBER))
    return {field.name: text, f"{field.name}__problem": pa.nulls(frame.length, TEXT)}


def _read_token(frame: _Frame, field: Field) -> Columns:
    """What is wrong with the token of a returned row is known before its cells are read (returned.py)."""
    told = f"{field.name}__told"
    problem = to_arrow(frame.mapped[told]) if told in frame.mapped else pa.nulls(frame.length, TEXT)
    return {f"{field.name}__problem": problem}


def _read_number(frame: _Frame, field: Field) -> Columns:
    digits, problem = read_digits(frame.clean(field.name), frame.is_number(field.name), field.type)
    return {field.name: digits, f"{field.name}__problem": problem}


def _read_date(frame: _Frame, field: Field) -> Columns:
    is_birth = field.name in BIRTHS
    text = frame.distinct(field.name).map(_present)
    return _pair(field, text, lambda value: dates.parse_date(value, frame.today, is_birth=is_birth), pa.date32())


def _place_beside_birth(frame: _Frame, birth_date: pa.Array) -> pa.Array:
    """The place that was written into the cell of a birth date that was read; other words there (a weekday, a religion) are none."""
    text = frame.distinct("birth_date").map(_present)
    return without(text.each(lambda value: (_place_in(value), None), TEXT, TEXT)[0], pc.is_null(birth_date))


def _place_in(text: str) -> str | None:
    place = dates.place_before(text)
    return place if place is not None and places.is_place(place) else None


def _read_count(frame: _Frame, field: Field) -> Columns:
    if field.name in YEARS:
        text = frame.distinct(field.name).map(_present)
        return _pair(field, text, lambda value: dates.parse_year(value, frame.today), pa.int64())
    return _pair(field, frame.distinct(field.name).map(_present_number), money.parse_count, pa.int64())


def _read_money(frame: _Frame, field: Field) -> Columns:
    hints = frame.hints.get(field.name, frozenset())
    parts = money.read_money(_present_number(frame.clean(field.name)), is_flow=field.name in FLOWS, hints=hints)
    return dict(zip([*field.columns, f"{field.name}__problem"], parts, strict=True))


def _read_phone(frame: _Frame, field: Field) -> Columns:
    number, problem = phones.read_phones(_present(frame.clean(field.name)))
    return {field.name: number, f"{field.name}__problem": problem}


def _read_category(frame: _Frame, field: Field) -> Columns:
    text = frame.distinct(field.name)
    if field.name == "sex":
        is_p_unclear = words.sets_p_beside_w(text.values)
        return _pair(field, text, lambda value: words.parse_sex(value, is_p_unclear=is_p_unclear), TEXT)
    return _pair(field, text, lambda value: words.parse_category(value, field.name), TEXT)


def _read_yes_no(frame: _Frame, field: Field) -> Columns:
    return _pair(field, frame.distinct(field.name), words.parse_yes_no, pa.bool_())


def _read_platforms(frame: _Frame, field: Field) -> Columns:
    return _pair(field, frame.distinct(field.name), words.parse_platforms, TEXT)


def _read_residence(frame: _Frame, field: Field) -> Columns:
    return _pair(field, frame.distinct(field.name), lambda text: places.find_regency(text, frame.regency_code), TEXT)


def _read_places(frame: _Frame) -> Columns:
    """Regency, district and village of every row, each read inside the one before."""
    regency, regency_problem = frame.distinct("regency_code").each(
        lambda text: places.find_regency(text, frame.regency_code), TEXT, TEXT
    )
    own = pa.scalar(frame.regency_code, TEXT)
    regency = pc.if_else(pc.and_(pc.is_null(regency), pc.is_null(regency_problem)), own, regency)
    regency_problem = pc.coalesce(
        regency_problem, pc.if_else(pc.not_equal(regency, own), pa.scalar("other_regency", TEXT), pa.scalar(None, TEXT))
    )
    inside = pc.coalesce(regency, own)
    text = frame.distinct("district_code").rows()
    district, district_problem = _pair_of(inside, text, lambda area, name: places.find_district(name, area))
    area = pc.binary_join_element_wise(
        inside, district, pa.scalar("|", TEXT), null_handling="replace", null_replacement=""
    )
    village, village_problem = _pair_of(area, frame.distinct("village_code").rows(), _find_village)
    return {
        "regency_code": regency, "regency_code__problem": regency_problem,
        "district_code": district, "district_code__problem": district_problem,
        "village_code": village, "village_code__problem": village_problem,
    }  # fmt: skip


def _find_village(area: str, text: str) -> places.Reading:
    regency, district = area.split("|")
    return places.find_village(text, regency, district or None)


def _read_people_numbers(frame: _Frame, columns: Columns) -> Columns:
    """NIK and KK, each seen beside the other and beside birth date and sex where the kind has them."""
    birth_date = columns.get("birth_date", pa.nulls(frame.length, pa.date32()))
    sex = columns.get("sex", pa.nulls(frame.length, TEXT))
    kks = read_digits(frame.clean("kk_number"), frame.is_number("kk_number"), "kk")
    niks = read_digits(frame.clean("nik"), frame.is_number("nik"), "nik")
    sheet_no = frame.mapped["sheet_no"].to_numpy(dtype=np.int64)
    found = nik.read_niks(*niks, kk_digits=kks[0], birth_date=birth_date, sex=sex, sheet_no=sheet_no)
    if "kk_number" in frame.names:
        found |= nik.read_kks(*kks, nik_digits=niks[0], birth_date=birth_date)
    return found


_READERS: dict[str, Callable[[_Frame, Field], Columns]] = {
    "text": _read_text,
    "nib": _read_number,
    "npwp": _read_number,
    "digits": _read_number,
    "date": _read_date,
    "count": _read_count,
    "money": _read_money,
    "phone": _read_phone,
    "category": _read_category,
    "yes_no": _read_yes_no,
    "platforms": _read_platforms,
    "regency": _read_residence,
    "token": _read_token,
}


def _pair(field: Field, text: Distinct, parse: Callable[[str], tuple[Any, Any]], kind: pa.DataType) -> Columns:
    """Value and problem columns of a field whose parser answers with a pair."""
    value, problem = text.each(parse, kind, TEXT)
    return {field.name: value, f"{field.name}__problem": problem}


def _pair_of(area: pa.Array, text: pa.Array, parse: Callable[[str, str], places.Reading]) -> tuple[pa.Array, ...]:
    """Value and problem of a text that is read inside an area; both are taken as one distinct value."""
    both = pc.binary_join_element_wise(area, text, pa.scalar("\x1f", TEXT))
    found: tuple[pa.Array, ...] = Distinct.of(both).each(lambda value: parse(*value.split("\x1f")), TEXT, TEXT)
    return found


def _present(text: pa.Array) -> pa.Array:
    """Cleaned text without placeholders."""
    return without(text, is_placeholder(text))


def _present_number(text: pa.Array) -> pa.Array:
    """Cleaned text without placeholders; zero is a number here."""
    return without(text, pc.and_not(is_placeholder(text), pc.match_substring_regex(text, "^0+$")))


def _hashes(frame: _Frame, columns: Columns) -> dict[str, pd.Series]:
    compared: Columns = {}
    rest: Columns = {}
    for field in frame.fields:
        for name in field.columns:
            (compared if field.match else rest)[name] = columns[name]
        not_understood = pc.is_valid(columns[f"{field.name}__problem"])
        if pc.any(not_understood).as_py():
            rest[f"{field.name}~"] = without(clean_text(frame.raw(field.name)), pc.invert(not_understood))
    match = _hash(compared, frame.length)
    content = match * _ODD + _hash(rest, frame.length)
    index = frame.mapped.index
    return {"content_hash": _signed(content, index), "match_hash": _signed(match, index)}


def _hash(columns: Columns, length: int) -> npt.NDArray[np.uint64]:
    """One 64-bit hash per row over the values that are there, each tagged with its column."""
    tagged = {name: column for name, column in columns.items() if column.null_count < length}
    parts = [np.zeros(0, dtype=np.uint64)]
    for start in range(0, length, HASH_ROWS):
        pieces = [
            pc.binary_join_element_wise(
                pa.scalar(name, TEXT), column.slice(start, HASH_ROWS).cast(TEXT), pa.scalar("=", TEXT)
            )
            for name, column in tagged.items()
        ]
        empty = pa.array([""] * min(HASH_ROWS, length - start), TEXT)
        rows = pc.binary_join_element_wise(empty, *pieces, pa.scalar("\x1f", TEXT), null_handling="skip")
        parts.append(pd.util.hash_array(rows.to_numpy(zero_copy_only=False), categorize=False))
    return np.concatenate(parts)


def _signed(hashes: npt.NDArray[np.uint64], index: pd.Index) -> pd.Series:
    return to_series(pa.array(hashes.view(np.int64)), index)
