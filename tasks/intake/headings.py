"""Where a sheet's heading stands, and what it says: one row, or two joined when merged group headings stand above it.

Belongs here: finding and joining heading rows. Does not belong here: which field a heading is (columns.py), the rows below
(rows.py), the words themselves (schemas/layouts).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from schemas.layouts import KINDS, common, family, heading_keys, normalise_heading, specific_layouts
from tasks.intake.sheets import DATE, NUMBER, Sheet

#: a heading stands in one of the first rows that are not blank
ROWS_TO_LOOK_AT = 15
#: a title, logo or letterhead leaves at most this many rows before the heading, blank ones counted
DEEPEST_ROW = 80
FEWEST_KNOWN = 2
LONGEST_HEADING = 120
#: a bracket behind a word
_BRACKETED = re.compile(r"([^\W\d]\s*)[(\[][^()\[\]]*[)\]]")
#: words before a group heading that add nothing to the headings beneath
_GROUP_FILLER = re.compile(r"^(?:data|identitas|informasi|profil|keterangan)\s+(?=\w)", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """A found heading: positions (0-based) of its first and last row, and the text of every column ('' = nameless)."""

    first: int
    last: int
    texts: tuple[str, ...]


def find_heading(sheet: Sheet, also_known: frozenset[str] = frozenset()) -> Heading | None:
    """The heading with the most columns that mean something; None when no row has two, one of them a field.

    `also_known` are keys of headings a person has confirmed for this office.
    """
    rows = _first_rows(sheet)
    best: tuple[int, Heading] | None = None
    for index, (position, texts, kinds) in enumerate(rows):
        if not _can_be_heading(texts, kinds, also_known):
            continue
        alone = known_count(texts, also_known)
        best = _better(best, alone, Heading(position, position, tuple(map(str.strip, texts))))
        if index + 1 < len(rows) and rows[index + 1][0] == position + 1:
            _, below, kinds_below = rows[index + 1]
            if _can_be_heading(below, kinds_below, also_known):
                joined = join_headings(texts, below, also_known)
                both = known_count(joined, also_known)
                if both > max(alone, known_count(below, also_known)):
                    best = _better(best, both, Heading(position, position + 1, joined))
                elif names_parts_of_groups(texts, below, kinds_below):
                    best = _better(best, alone + 1, Heading(position, position + 1, joined))
    return best[1] if best else None


def _better(best: tuple[int, Heading] | None, count: int, heading: Heading) -> tuple[int, Heading] | None:
    if count >= FEWEST_KNOWN and (best is None or count > best[0]):
        return count, heading
    return best


def _first_rows(sheet: Sheet) -> list[tuple[int, list[str], list[int]]]:
    """Position, texts and kinds of the first rows that are not blank."""
    head = Sheet(sheet.sheet_no, sheet.name, sheet.is_hidden, sheet.cells.slice(0, DEEPEST_ROW).combine_chunks())
    rows = [(position, head.row_texts(position), head.row_kinds(position)) for position in range(head.height)]
    return [row for row in rows if any(row[2])][:ROWS_TO_LOOK_AT]


def _can_be_heading(texts: Sequence[str], kinds: Sequence[int], also_known: frozenset[str]) -> bool:
    """Whether a row holds names only: no dates, no long numbers, no long texts. A counter (1, 2, 3) among names is fine, and so is a
    question written out among headings that are known."""
    if any(map(_is_value, texts, kinds)):
        return False
    short = [text for text in texts if len(text) <= LONGEST_HEADING]
    return len(short) == len(texts) or known_count(short, also_known) >= FEWEST_KNOWN


def _is_value(text: str, kind: int) -> bool:
    """Whether a cell is a date or holds a long number; one in brackets behind a word explains the word ('Omzet (x Rp1.000.000)')."""
    digits = sum(sign.isdigit() for sign in _BRACKETED.sub(r"\1", text))
    return kind == DATE or digits > 6 or (kind == NUMBER and digits > 4)


def known_count(texts: Sequence[str], also_known: frozenset[str] = frozenset()) -> int:
    """How many different things the headings name; 0 when none of them is a field."""
    meanings = {meaning for text in texts if text.strip() and (meaning := _meaning(text, also_known))}
    return len(meanings) if any(not meaning.startswith("-") for meaning in meanings) else 0


def _meaning(text: str, also_known: frozenset[str]) -> str:
    """A word for what a heading names: a field, `-` and its key for a column that is known and not kept, '' if unknown."""
    keys = heading_keys(text)
    known = vocabulary()
    for key in keys:
        if key in known:
            return known[key]
    return f"confirmed {keys[1]}" if keys[1] in also_known else ""


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, str]:
    """Every heading key of every family, specific layout and list of columns that are not kept."""
    known = common()
    result = {key: f"-{key}" for keys in (known.row_number, known.not_needed, known.sensitive) for key in keys}
    for layout in specific_layouts():
        result.update({key: field or f"-{key}" for key, field in layout.headings.items()})
    for kind in reversed(KINDS):
        words = family(kind)
        result.update({key: f"-{key}" for key in words.not_needed})
        result.update({key: by_values.field for key, by_values in words.by_values.items()})
        result.update({key: claim.field for key, claim in words.claims.items()})
        result.update({key: f"shared {key}" for key in words.shared})
    return result


def names_parts_of_groups(top: Sequence[str], bottom: Sequence[str], kinds: Sequence[int]) -> bool:
    """Whether the lower row only names the parts of group headings: at least two words, one of them under a blank, each under a group
    heading that has a blank beside it ('Skala Usaha' over 'Mikro', 'Kecil', 'Menengah' to be ticked), and nothing elsewhere."""
    named = [column for column, text in enumerate(bottom) if text.strip()]
    if (
        len(named) < 2
        or any(kinds[column] == NUMBER for column in named)
        or all(top[column].strip() for column in named)
    ):
        return False
    return all(_is_in_group(top, column) for column in named)


def _is_in_group(top: Sequence[str], column: int) -> bool:
    """Whether a column stands under a group heading: a blank after a heading, or a heading before a blank."""
    if top[column].strip():
        return column + 1 < len(top) and not top[column + 1].strip()
    return any(text.strip() for text in top[:column])


def join_headings(
    top: Sequence[str], bottom: Sequence[str], also_known: frozenset[str] = frozenset()
) -> tuple[str, ...]:
    """One heading per column from a row of group headings and the row beneath.

    A group heading reaches to the right over blank cells as long as something stands beneath (Excel keeps a merged cell's text
    in its first cell only). Of "group + name", "name" and "group" the first that is known is the heading.
    """
    joined = []
    group = ""
    for above, below in zip(map(str.strip, top), map(str.strip, bottom), strict=True):
        if above:
            group = above if below else ""
        elif not below:
            group = ""
        reach = above or group
        choices = _joint_texts(reach, below) if reach and below else [below or above]
        joined.append(next((text for text in choices if _meaning(text, also_known)), choices[0]))
    return tuple(joined)


def _joint_texts(group: str, below: str) -> list[str]:
    """What a heading under a group can mean, the most telling first: 'Data Usaha' over 'Nama' is 'Nama Usaha'.

    A heading that says its group's words itself ('Usaha' over 'Nama Usaha') needs no group. One under a group that only says of the
    owner, the business or the list that it is about them means the same alone; under any other ('Kontak Darurat') it does not.
    """
    core = _GROUP_FILLER.sub("", group)
    if set(core.lower().split()) <= set(below.lower().split()):
        return [below]
    joint = [f"{group} {below}", f"{below} {group}", f"{core} {below}", f"{below} {core}"]
    if set(normalise_heading(group).split()) <= common().groups:
        joint.append(below)
    return list(dict.fromkeys(joint))
