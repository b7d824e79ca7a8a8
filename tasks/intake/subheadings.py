"""What the sub-headings and titles of a list say: how they are written, and which district they state.

Belongs here: the words of a sub-heading or title. Does not belong here: which row is one (rows.py), a district's code (places.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from schemas.words import words_pattern
from tasks.intake.sheets import SEPARATOR

#: what is longer is looked at so far only: a hostile cell would keep a pattern busy for hours
LONGEST = 500
SHORT_NUMBER = r"\d{1,3}(?:[.,]?\d{3})?"
COUNTED = "(?:orang|umkm|unit|(?:pelaku )?usaha|anggota|koperasi)"
_DISTRICT_WORD = "(?:kec(?:amatan)?|distrik|kapanewon)"
_REGION = (
    f"(?:{_DISTRICT_WORD}|desa|kel(?:urahan)?|kampung|nagari|gampong|kab(?:upaten)?|kota|sektor|wilayah|bidang|dusun|pasar|klaster"
    "|sentra)"
)
_LETTERED = "(?:[ivx]{1,5}|[a-z])"
_MARK = rf"(?:{_LETTERED}|\d{{1,3}})"
_MARKED = rf"^\W*(?:{_MARK}\W*)?"
ONE_CELL_OF_A_REGION = re.compile(rf"{_MARKED}{_REGION}\b[\s.:]", re.IGNORECASE)
_DISTRICT = re.compile(rf"{_MARKED}{_DISTRICT_WORD}\b[\s.:]*(?P<name>\w[^(\[]*?)\W*(?:[(\[].*)?$", re.IGNORECASE)
_NAME = rf"\b[ .:]+[^{SEPARATOR}]+"
_MARK_CELL = rf"(?:{_MARK}\W*{SEPARATOR}\s*)?"
#: "Kecamatan | : Belinyu", "Desa : Air Jukung": a region and its name with a colon between, in one cell or more
_CELLS_WITH_COLON = rf"{_REGION}[ .]*{SEPARATOR}?:{SEPARATOR}?[^{SEPARATOR}:]+"
_COUNT_CELL = rf"(?:{SEPARATOR}\W*{SHORT_NUMBER}\W*{COUNTED}?\W*)?"
#: sub-headings over several cells that nobody is called: "II | KECAMATAN BELINYU | 25", "Kecamatan | : Belinyu"
CELLS_OF_A_DISTRICT = re.compile(
    rf"^\W*{_MARK_CELL}(?:{_DISTRICT_WORD}{_NAME}|{_CELLS_WITH_COLON}(?:{SEPARATOR}{_CELLS_WITH_COLON}){{0,3}}){_COUNT_CELL}$",
    re.IGNORECASE,
)
_COUNT_AND_WORD = rf"(?:{SEPARATOR}\W*{SHORT_NUMBER}\W*{COUNTED}\W*)?$"
#: those that are one in a row that names nobody: "A | Sektor Kuliner"
CELLS_OF_A_REGION = re.compile(rf"^\W*{_LETTERED}\W*{SEPARATOR}\s*{_REGION}{_NAME}{_COUNT_AND_WORD}", re.IGNORECASE)
#: ... unless a business, cooperative or group is called so: "3 | Desa Air Jukung | 12 orang"
CELLS_OF_A_VILLAGE = re.compile(
    rf"^\W*(?:\d{{1,3}}\W*{SEPARATOR}\s*)?(?:desa|kelurahan){_NAME}{_COUNT_AND_WORD}", re.IGNORECASE
)
MONTHS = words_pattern("months")
_TITLE_DISTRICT = re.compile(
    rf"\b{_DISTRICT_WORD}\b[\s.:]+(?P<name>[^,;:()/]+?)\W*(?=,|;|\(|$|\b(?:kab(?:upaten)?|kota|prov(?:insi)?|tahun|th|bulan"
    rf"|desa|kel(?:urahan)?|periode|per|dan|serta|se|triwulan|tw|semester|caturwulan|kuartal|tahap|gelombang|(?:(?:{MONTHS})\W+)?\d{{4}})\b)",
    re.IGNORECASE,
)


def district_of(texts: Sequence[str]) -> str:
    """The district the cells of a sub-heading, or a sheet name, state ('Kecamatan Belinyu' -> 'Belinyu'); '' when they state none."""
    found = [_DISTRICT.match(text) for text in _and_joined(texts)]
    return next((match["name"] for match in found if match), "")


def title_district(texts: Sequence[str]) -> str:
    """The one district that the cells of a title state ('DATA UMKM KECAMATAN BELINYU KABUPATEN BANGKA' -> 'BELINYU'); '' for none or
    several."""
    *cells, joined = _and_joined(texts)
    found = [match["name"] for text in cells for match in _TITLE_DISTRICT.finditer(text)]
    found = found or [match["name"] for match in _TITLE_DISTRICT.finditer(joined)]
    return found[0] if len({name.upper() for name in found}) == 1 else ""


def _and_joined(texts: Sequence[str]) -> list[str]:
    """The texts of a row, then all of them as one."""
    written = [text.strip()[:LONGEST] for text in texts if text.strip()]
    return [*written, " ".join(written)]
