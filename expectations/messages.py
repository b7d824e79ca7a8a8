"""A finding as a sentence for the office that sent the row: plain Indonesian, row and column as Excel shows them.

Belongs here: filling the words of the catalogue. Does not belong here: the words themselves (suites/*.yaml), the files that
carry them (tasks/intake/workbook.py, receipt.py).
"""

from __future__ import annotations

import re

from expectations.catalogue import Entry, entries
from schemas.fields import fields

#: types whose cells are words from a list, never a number or name that points at a person
OPEN_TYPES = {"category", "yes_no", "platforms", "regency", "district", "village"}
#: a number that strayed under a heading of words may be a NIK or a phone
LONG_NUMBER = re.compile(r"(\d\W?){8}")
#: longer cells are cut in a message; the cell itself stands beside it
WRITTEN_LIMIT = 40


def column_letter(column_no: int) -> str:
    """The letter Excel shows over a column: 0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    rest = column_no + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def mask(text: str) -> str:
    """A cell that may point at a person: the first four and the last two characters of a long one, of a short one none."""
    hidden = len(text) - 6
    return text[:4] + "*" * hidden + text[-2:] if hidden > 4 else "*" * len(text)


def as_shown(field: str, written: str) -> str:
    """The cell as a message may show it: open words as they are; everything else, and any long number, masked."""
    text = written.strip()
    if fields()[field].type not in OPEN_TYPES or LONG_NUMBER.search(text):
        text = mask(text)
    return text if len(text) <= WRITTEN_LIMIT else text[: WRITTEN_LIMIT - 1] + "…"


def sentence(code: str, written: str = "", *, language: str = "id") -> str:
    """What is wrong and how to mend it, for the cell as written. Raises KeyError on a code that is not in the catalogue."""
    entry: Entry = entries()[code]
    given = {
        "label": fields()[entry.field].label,
        "written": as_shown(entry.field, written),
        "digits": sum(character.isdigit() for character in written),
    }
    parts = (entry.message, entry.mend)
    return " ".join((part.id if language == "id" else part.en).format(**given) for part in parts)


def plain_sentence(code: str, *, language: str = "id") -> str:
    """What is wrong, said of many rows at once: without the cell and without the remedy."""
    entry = entries()[code]
    text = (entry.message.id if language == "id" else entry.message.en).replace("{label}", fields()[entry.field].label)
    return _OF_ONE_CELL.sub("", text.replace('"{written}" ', ""))


#: what a sentence says of the one cell: `, tertulis {digits} digit`, `; {digits} digits are written`, `: "{written}"`
_OF_ONE_CELL = re.compile(r"[,;:]? ?(tertulis )?\"?\{(written|digits)\}\"?( digits?)?( are written)?")


def quotes_the_cell(code: str) -> bool:
    """Whether the sentence of a check speaks of the cell as written, and not only of its field."""
    entry = entries()[code]
    return bool(re.search(r"\{(written|digits)\}", f"{entry.message.id} {entry.mend.id}"))


def message(code: str, column_no: int | None, heading: str, written: str) -> str:
    """What follows the number of a row: `, kolom F "NIK": NIK harus 16 digit, tertulis 15 digit. Periksa KTP; ...`

    `column_no` is 0-based, None when the sheet has no column for the field.
    """
    place = "" if column_no is None else f', kolom {column_letter(column_no)} "{" ".join(heading.split())}"'
    return f"{place}: {sentence(code, written)}"
