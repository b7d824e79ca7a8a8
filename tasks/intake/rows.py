"""What each row of a sheet is: data, or one of the things offices write around data.

Belongs here: classes of rows. Does not belong here: whether a data row is good (expectations). A row is only called something
else when it has nothing that names a person, business or cooperative; when in doubt it is data, so that nobody is lost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.layouts import Claim, heading_keys
from tasks.intake.headings import Heading
from tasks.intake.sheets import EMPTY, SEPARATOR, Sheet, blank
from tasks.intake.subheadings import (
    CELLS_OF_A_DISTRICT,
    CELLS_OF_A_REGION,
    CELLS_OF_A_VILLAGE,
    COUNTED,
    LONGEST,
    MONTHS,
    ONE_CELL_OF_A_REGION,
    SHORT_NUMBER,
)

ROW_CLASSES = (
    "data", "blank", "title", "heading", "number_row", "repeated_heading", "total", "subheading", "signature", "counter_only",
    "other_sheet", "hidden_sheet",
)  # fmt: skip
(DATA, BLANK, TITLE, HEADING, NUMBER_ROW, REPEATED_HEADING, TOTAL, SUBHEADING, SIGNATURE, COUNTER_ONLY, OTHER_SHEET,
 HIDDEN_SHEET) = range(len(ROW_CLASSES))  # fmt: skip
Classes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

#: fields that name who or what a row is about; a row with two of them filled is data whatever else it says
KEY_FIELDS = (
    "owner_name", "nik", "kk_number", "business_name", "cooperative_name", "cooperative_nik", "group_name", "birth_date",
    "phone", "nib", "npwp", "sex", "owner_address", "business_address", "legal_entity_number", "product",
)  # fmt: skip
#: what names whom a row is about
NAMING_FIELDS = ("owner_name", "nik", "cooperative_name", "cooperative_nik", "group_name")
#: names that often are a village's: "Desa Mandiri"
_LIKE_A_VILLAGE = ("business_name", "cooperative_name", "group_name")
_TOTAL = re.compile(
    r"^\W*(sub|grand)?\W*(jumlah|jml|total)(\W+(total|keseluruhan|seluruh(nya)?|semua(nya)?|umum|akhir|besar|umkm|data|koperasi|anggota"
    r"|(per\W+)?(halaman|kec\w*|distrik|desa|kel\w*|kab\w*|kota|sektor)\b.*))*\W*[\d.,\s]*"
    r"\W*(orang|umkm|unit|(pelaku )?usaha|anggota|koperasi|data)?\W*$",
    re.IGNORECASE,
)
_TOTAL_WORD = "jumlah|total|jml"
#: what may stand in a column of names beside a sum: nothing, or a number too short to be an identifier
_COUNT = re.compile(rf"^\W*({SHORT_NUMBER})?\W*{COUNTED}?\W*$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"^[(\[](?=[^)\]]*[^\W\d])[^()\[\]]{1,40}[)\]]$")
_COUNTER = r"^\W*[0-9]{1,7}\W*$"
#: where another table may begin: a cell of the columns of names and numbers that reads like a heading
_HEADING_WORD = r"^\W*(nama|pemilik|nik|no|nomor|e?\W?ktp|usaha|koperasi|nomer)\b.{0,40}$"
HEADINGS_OF_A_TABLE = 3
_PLACE_AND_DATE = rf"[\w\s.]+,\s*\.*\s*\d{{0,2}}\W*({MONTHS})\W+\d{{4}}"
#: what opens a signature of several sides, in whichever of its cells, and is nobody's name
_SIDE = re.compile(
    rf"^(?:.*{SEPARATOR})?\W*(?:(?:mengetahui|menyetujui|diketahui|disetujui)\b|{_PLACE_AND_DATE}\W*(?:{SEPARATOR}|$))",
    re.IGNORECASE,
)
#: cells of a sub-heading or of a row of a signature
MOST_CELLS = 4
#: fields of a number of somebody's own, readable or not, and what stands under their headings in a signature
_OWN_NUMBERS = ("nik", "kk_number", "phone", "nib", "npwp", "cooperative_nik", "legal_entity_number")
_OWN_NUMBER, _OFFICIAL_NUMBER = r"(?:[0-9]\W?){6}", r"\bNIP\b"
_SIGNATURE = re.compile(
    rf"^\W*((mengetahui|menyetujui|diketahui|disetujui|dibuat\b|disusun|diperiksa|kepala\W+(dinas|bidang|seksi|desa|kelurahan|upt)"
    rf"|a\.?n\.?\W+(kepala|bupati|wali)|plt\b|pembuat\W+daftar|petugas|pendata\W*$|camat\b|lurah\b|nip\b|ttd\b|tanda\W+tangan"
    rf"|catatan\b|keterangan\b|ket\b|sumber\b|\*|{_PLACE_AND_DATE}))",
    re.IGNORECASE,
)


def classify_rows(
    sheet: Sheet, heading: Heading, mapping: Mapping[str, int], counter: int | None, known: Container[str] = frozenset()
) -> Classes:
    """A class per row of the sheet. `mapping` = field -> column; `counter` = the column of the sender's own row count; `known` = the
    keys of every heading that lists of this kind have."""
    filled = filled_matrix(sheet)
    classes = np.full(sheet.height, DATA, dtype=np.uint8)
    body = np.arange(sheet.height) > heading.last
    keys = [mapping[field] for field in KEY_FIELDS if field in mapping]
    key_count = filled[:, keys].sum(axis=1) if keys else np.zeros(sheet.height, dtype=np.int64)
    cell_count = filled.sum(axis=1)
    poor = body & (key_count <= 1) & (cell_count > 0)  # everything below is decided on these few rows

    classes[~body] = TITLE
    classes[heading.first : heading.last + 1] = HEADING
    _mark(classes, poor, _only_counter(sheet, filled, poor & (cell_count == 1), counter), COUNTER_ONLY)
    _mark(classes, body, _totals(sheet, filled, poor, keys), TOTAL)
    _mark(classes, poor, _subheadings(sheet, filled, poor & (cell_count == 1), set(mapping.values())), SUBHEADING)
    few = body & (cell_count > 1) & (cell_count <= MOST_CELLS)
    numbers = [mapping[field] for field in _OWN_NUMBERS if field in mapping]
    own = _states(sheet, few, numbers, _OWN_NUMBER, but=_OFFICIAL_NUMBER)
    called = filled[:, [mapping[field] for field in _LIKE_A_VILLAGE if field in mapping]].any(axis=1)
    _mark(classes, few & ~own, _wide_subheadings(sheet, few & ~own, poor, poor & ~called), SUBHEADING)
    counted = _states(sheet, few, [] if counter is None else [counter], _COUNTER)
    certain = own | counted | body & (key_count >= 2) & ~few
    sides = _sides(sheet, few, certain, cell_count == 0, mapping)
    _mark(classes, few, sides, SIGNATURE)
    strong = np.flatnonzero(body & (key_count >= 2) & ~sides)
    if len(strong):
        tail, opening = poor & (np.arange(sheet.height) > strong[-1]), _SIGNATURE
    else:  # where no row is certain any row with a name may be one, and any word a shop's
        named = filled[:, [mapping[field] for field in NAMING_FIELDS if field in mapping]].any(axis=1)
        tail, opening = poor & ~named, re.compile(rf"^\W*{_PLACE_AND_DATE}", re.IGNORECASE)
    _mark(classes, poor, _signatures(sheet, filled, tail & (cell_count <= 3), opening), SIGNATURE)
    for position in [*_like_heading(sheet, heading, body), *_other_headings(sheet, mapping, body, known)]:
        classes[position] = REPEATED_HEADING
    _mark_number_rows(sheet, heading, classes)
    classes[cell_count == 0] = BLANK
    return classes


def filled_matrix(sheet: Sheet) -> Mask:
    """rows x columns: whether a cell holds more than white space."""
    if not sheet.width:
        return np.zeros((sheet.height, 0), dtype=np.bool_)
    kinds = [sheet.kind(column).to_numpy() != EMPTY for column in range(sheet.width)]
    return np.column_stack(kinds)


def _mark(classes: Classes, where: Mask, found: Mask, as_class: int) -> None:
    classes[where & found & (classes == DATA)] = as_class


def _only_counter(sheet: Sheet, filled: Mask, single: Mask, counter: int | None) -> Mask:
    """Lines of a form that carry the printed number and nothing else."""
    if counter is None:
        return np.zeros(len(filled), dtype=np.bool_)
    positions = np.flatnonzero(single & filled[:, counter])
    return _where(
        len(filled), positions, sheet.text(counter).take(pa.array(positions)).to_pylist(), re.compile(_COUNTER)
    )


def _first_text(sheet: Sheet, filled: Mask, positions: npt.NDArray[np.int64]) -> list[str]:
    """The first filled cell of each of the rows."""
    columns = filled[positions].argmax(axis=1)
    result = [""] * len(positions)
    for column in np.unique(columns):
        chosen = np.flatnonzero(columns == column)
        texts = sheet.text(int(column)).take(pa.array(positions[chosen])).to_pylist()
        for at, text in zip(chosen, texts, strict=True):
            result[at] = text
    return result


def _where(size: int, positions: npt.NDArray[np.int64], texts: list[str], pattern: re.Pattern[str]) -> Mask:
    """True at the positions whose text fits the pattern; each distinct text is looked at once."""
    fits = {text: bool(pattern.match(text[:LONGEST])) for text in set(texts)}
    mask = np.zeros(size, dtype=np.bool_)
    mask[positions[[fits[text] for text in texts]] if len(positions) else positions] = True
    return mask


def _totals(sheet: Sheet, filled: Mask, poor: Mask, keys: list[int]) -> Mask:
    """Rows that begin with a word for a sum and hold nothing else that names anyone; counts may stand in any column."""
    near = poor.copy()
    for column in range(min(3, sheet.width)):
        near |= pc.match_substring_regex(sheet.text(column), _TOTAL_WORD, ignore_case=True).to_numpy()
    positions = np.flatnonzero(near)
    mask = _where(len(filled), positions, _first_text(sheet, filled, positions), _TOTAL)
    for position in np.flatnonzero(mask):
        first = filled[position].argmax()
        texts = [sheet.text(column)[int(position)].as_py() for column in keys if column != first]
        mask[position] = all(len(text) <= LONGEST and _COUNT.match(text) for text in texts)
    return mask


def _subheadings(sheet: Sheet, filled: Mask, single: Mask, mapped: set[int]) -> Mask:
    """Rows with one cell: a region or sector word, or any words that stand where no field is."""
    positions = np.flatnonzero(single)
    texts = _first_text(sheet, filled, positions)
    words = _where(len(filled), positions, texts, ONE_CELL_OF_A_REGION)
    not_numbers = _where(len(filled), positions, texts, re.compile(r"^(?!\W*\d[\d\W]*$)"))
    elsewhere = np.zeros(len(filled), dtype=np.bool_)
    elsewhere[positions] = [column not in mapped for column in filled[positions].argmax(axis=1)]
    return words | (elsewhere & not_numbers)


def _cells(sheet: Sheet, positions: npt.NDArray[np.int64], without: int | None = None) -> list[str]:
    """The filled cells of each of the rows, one column left out, joined by SEPARATOR."""
    if not len(positions):
        return []
    texts = [sheet.text(column).take(pa.array(positions)) for column in range(sheet.width) if column != without]
    filled = [pc.if_else(blank(text), pa.scalar(None, pa.string()), pc.utf8_trim_whitespace(text)) for text in texts]
    joined: list[str] = pc.binary_join_element_wise(*filled, SEPARATOR, null_handling="skip").to_pylist()
    return joined


def _wide_subheadings(sheet: Sheet, few: Mask, poor: Mask, nobody: Mask) -> Mask:
    """Rows with a mark, a region or sector, how many it has, and nothing else; a village only where it is `nobody`'s name."""
    positions = np.flatnonzero(few)
    texts = _cells(sheet, positions)
    districts = _where(len(few), positions, texts, CELLS_OF_A_DISTRICT)
    regions = poor & _where(len(few), positions, texts, CELLS_OF_A_REGION)
    return districts | regions | (nobody & _where(len(few), positions, texts, CELLS_OF_A_VILLAGE))


def _states(sheet: Sheet, few: Mask, columns: Sequence[int], pattern: str, but: str | None = None) -> Mask:
    """The rows among these in which one of the columns holds what fits the pattern, and not `but`."""
    positions = np.flatnonzero(few)
    mask = np.zeros(len(few), dtype=np.bool_)
    for column in columns:
        texts = sheet.text(column).take(pa.array(positions))
        fits = pc.match_substring_regex(texts, pattern)
        if but is not None:
            fits = pc.and_not(fits, pc.match_substring_regex(texts, but, ignore_case=True))
        mask[positions] |= fits.to_numpy()
    return mask


def _sides(sheet: Sheet, few: Mask, certain: Mask, empty: Mask, mapping: Mapping[str, int]) -> Mask:
    """The rows of a signature of several sides: from the one that opens it, beneath the last row that is certainly somebody's and a
    blank one. What stands right beneath the list may be its last person, with a place and day in any column."""
    if not certain.any():
        return np.zeros(len(few), dtype=np.bool_)
    below = np.arange(len(few)) > np.flatnonzero(certain)[-1]
    tail = few & np.logical_or.accumulate(below & empty)
    positions = np.flatnonzero(tail)
    opened = _where(len(few), positions, _cells(sheet, positions, mapping.get("birth_date")), _SIDE)
    sides: Mask = tail & np.logical_or.accumulate(opened)
    return sides


def _signatures(sheet: Sheet, filled: Mask, tail: Mask, opening: re.Pattern[str]) -> Mask:
    """Rows of the tail from the first one on that reads like the `opening` of a signature block or note."""
    positions = np.flatnonzero(tail)
    mask = _where(len(filled), positions, _first_text(sheet, filled, positions), opening)
    if mask.any():
        mask[np.flatnonzero(mask)[0] :] = True
    return mask & tail


def _like_heading(sheet: Sheet, heading: Heading, body: Mask) -> list[int]:
    """Rows below that repeat the heading's texts (a heading printed on every page)."""
    named = [(column, text) for column, text in enumerate(heading.texts) if text]
    last = [sheet.text(column)[heading.last].as_py().strip() for column, _ in named]
    first = [sheet.text(column)[heading.first].as_py().strip() for column, _ in named]
    result: list[int] = []
    for wanted in {tuple(first), tuple(last)}:
        lookups = [(column, text.lower()) for (column, _), text in zip(named, wanted, strict=True) if text]
        if len(lookups) < 2:
            continue
        telling = sorted(lookups, key=lambda lookup: -len(lookup[1]))[:3]
        near = np.zeros(sheet.height, dtype=np.bool_)
        for column, text in telling:
            near |= pc.match_substring(sheet.text(column), text, ignore_case=True).to_numpy()
        for position in np.flatnonzero(near & body):
            texts = [text.strip().lower() for text in sheet.row_texts(int(position))]
            if sum(texts[column] == text for column, text in lookups) >= max(2, 0.6 * len(lookups)):
                result.append(int(position))
    return result


def _other_headings(sheet: Sheet, mapping: Mapping[str, int], body: Mask, known: Container[str]) -> list[int]:
    """Rows below that are the heading of another table: most of their cells are headings, whatever their order."""
    near = np.zeros(sheet.height, dtype=np.bool_)
    for column in {
        mapping[name] for name in ("owner_name", "nik", "business_name", "cooperative_name") if name in mapping
    }:
        near |= pc.match_substring_regex(sheet.text(column), _HEADING_WORD, ignore_case=True).to_numpy()
    result: list[int] = []
    for position in np.flatnonzero(near & body):
        texts = [text for text in sheet.row_texts(int(position)) if text.strip()]
        hits = sum(any(key in known for key in heading_keys(text)) for text in texts)
        if hits >= HEADINGS_OF_A_TABLE and hits >= 0.6 * len(texts):
            result.append(int(position))
    return result


def moved_heading(
    sheet: Sheet, heading: Heading, mapping: Mapping[str, int], classes: Classes, claims: Mapping[str, Claim]
) -> int | None:
    """The position of the first heading below that names, over a mapped column, the field of another mapped column; None without one.

    What stands under such a heading would be read as something else, so nobody may guess."""
    for position in np.flatnonzero(classes == REPEATED_HEADING).tolist():
        texts = sheet.row_texts(position)
        for name, column in mapping.items():
            keys = heading_keys(texts[column])
            said = {claims[key].field for key in keys if key in claims}
            is_own = keys[1] in heading_keys(heading.texts[column])[1]
            if said & mapping.keys() and name not in said and not is_own:
                return int(position)
    return None


def _mark_number_rows(sheet: Sheet, heading: Heading, classes: Classes) -> None:
    """Beneath the heading or a repeated one: units in brackets belong to it, and a row 1, 2, 3 ... counts columns, not people."""
    for position in [heading.last, *np.flatnonzero(classes == REPEATED_HEADING).tolist()]:
        below = position + 1
        if below < sheet.height and is_unit_row(sheet.row_texts(below)):
            classes[below] = HEADING
            below += 1
        if below < sheet.height and is_number_row(sheet.row_texts(below)):
            classes[below] = NUMBER_ROW


def is_unit_row(texts: list[str]) -> bool:
    """Whether the cells only say in brackets how the columns above are filled in: '(16 digit)', '(Rp)', '(orang)', no numbers."""
    marks = [text.strip() for text in texts if text.strip()]
    return bool(marks) and all(_IN_BRACKETS.match(mark) for mark in marks)


def is_number_row(texts: list[str]) -> bool:
    """Whether the cells count: at least three, each one more than the one before, bracketed or not (1, (2), 3.)."""
    marks = [text.strip(" ().=") for text in texts if text.strip()]
    numbers = [int(mark.split("=")[0]) for mark in marks if re.fullmatch(r"\d{1,3}(=.*)?", mark)]
    return len(numbers) >= 3 and len(numbers) == len(marks) and all(b - a == 1 for a, b in itertools.pairwise(numbers))
