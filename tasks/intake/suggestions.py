"""What a damaged NIK may have been, with the evidence for it: for a person to confirm, never a repair.

Belongs here: those decisions, pure, one damaged cell at a time. Does not belong here: finding damage (nik.py, the checks), asking the
warehouse who else is known (steps/evidence.py), showing a suggestion (workbook.py).

A suggestion is made only when exactly one NIK agrees with what is written *and* with the evidence: the row's own birth date (with sex and
district where they are told), or the same name and birth date with an intact NIK elsewhere. Two possible NIKs are no suggestion. It must
be a NIK of a known area, and it is told to the office that wrote the damaged one only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import OSA

from schemas.identifiers import WOMEN_DAY_OFFSET, Nik, parse_nik
from schemas.regions import nik_areas
from tasks.intake.digits import NUMBER_LABEL, SEPARATORS

#: letters that are read for digits of the same shape
LETTERS_FOR_DIGITS = str.maketrans("OoQDlIi|ZzSsBbGg", "0000111122558669")
#: the checks that speak of a damaged NIK
DAMAGED = (
    "NIK_NOT_16_DIGITS", "NIK_LETTERS", "NIK_PRECISION_LOST", "NIK_SCIENTIFIC", "NIK_LOOKS_LIKE_KK", "NIK_BAD_DATE",
    "CHAIR_NIK_UNREADABLE", "KK_UNUSABLE",
)  # fmt: skip
#: a number that a spreadsheet kept has its first fifteen digits; other programs come as close as this to the rest
NEAR_NUMBER = 9
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]*))?[eE]\+?15")


@dataclass(frozen=True)
class Damaged:
    """A cell that no NIK (or KK number, for KK_UNUSABLE) could be read from, and what its row says beside it."""

    code: str
    written: str
    kk_written: str = ""
    birth_date: date | None = None
    sex: str | None = None
    district_code: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """A number and why: Indonesian, for the office."""

    value: str
    evidence: str

    def __str__(self) -> str:
        return f"Saran: {self.value} (bukti: {self.evidence})."


def suggest(damaged: Damaged, known: Iterable[str], today: date) -> Suggestion | None:
    """The one number that a cell may have been meant as, or null. `known`: intact NIKs elsewhere of the same name and birth date."""
    if damaged.code == "KK_UNUSABLE":
        return _swapped_kk(damaged, today)
    own = _from_row(damaged, today)
    near = {nik for nik in known if _is_near(damaged, nik)}
    if len(near) == 1 and (own is None or own.value in near):
        return Suggestion(near.pop(), "NIK ini sudah ada di data provinsi dengan nama dan tanggal lahir yang sama")
    return own if not near else None


def _from_row(damaged: Damaged, today: date) -> Suggestion | None:
    """What the row itself gives evidence for."""
    digits = plain_digits(damaged.written)
    if damaged.code == "NIK_LOOKS_LIKE_KK":
        kk = plain_digits(damaged.kk_written)
        swapped = damaged.birth_date is not None and kk != digits and _fits(kk, damaged, today)
        return Suggestion(kk, "nomor di kolom KK memuat tanggal lahir pada baris ini") if swapped else None
    if len(digits) == 16 and re.search(r"[A-Za-z|]", damaged.written):
        if not _fits(digits, damaged, today):
            return None  # a wrong digit as well: then the birth date may be the one that is wrong
        told = ", dan cocok dengan tanggal lahir pada baris ini" if damaged.birth_date else ""
        return Suggestion(digits, f"huruf yang mirip angka{told}")
    if damaged.birth_date is None or not digits.isdigit() or _SCIENTIFIC.fullmatch(damaged.written.strip()):
        return None
    readings = {nik for code in _birth_codes(damaged) for nik in _whole(digits, code)}
    fitting = {nik for nik in readings if _fits(nik, damaged, today)}
    near = {nik for nik in fitting if damaged.district_code and nik.startswith(damaged.district_code.replace(".", ""))}
    for found, told in ((fitting, "tanggal lahir"), (near, "tanggal lahir dan kecamatan")):
        if len(found) == 1:
            sex = " serta jenis kelamin" if damaged.sex else ""
            return Suggestion(found.pop(), f"{told}{sex} pada baris ini")
    return None


def _swapped_kk(damaged: Damaged, today: date) -> Suggestion | None:
    """The number in the NIK's cell, when the KK's cell holds the NIK of the row."""
    nik, kk = plain_digits(damaged.written), plain_digits(damaged.kk_written)
    is_swapped = damaged.birth_date is not None and nik != kk and _fits(kk, damaged, today)
    if not is_swapped or not re.fullmatch("[0-9]{16}", nik) or nik[:6] not in nik_areas():
        return None
    return Suggestion(nik, "nomor ini ada di kolom NIK, dan NIK ada di kolom KK")


def plain_digits(written: str) -> str:
    """A number as written without separators, its own name and letters that stand for digits; other signs stay."""
    text = re.sub(SEPARATORS, "", re.sub(NUMBER_LABEL, "", re.sub(r"[.,]0{1,2}$", "", written.strip())))
    return text.translate(LETTERS_FOR_DIGITS)


def _fits(digits: str, damaged: Damaged, today: date) -> bool:
    """Whether 16 digits are a NIK of a known area that agrees with birth date and sex, where the row tells them."""
    nik = parse_nik(digits, today)
    if not isinstance(nik, Nik) or nik.area not in nik_areas():
        return False
    born, sex = damaged.birth_date, damaged.sex
    same_day = born is None or f"{nik.birth_date:%d%m%y}" == f"{born:%d%m%y}"
    return same_day and (sex is None or nik.sex == sex)


def _birth_codes(damaged: Damaged) -> list[str]:
    """The six digits that the birth date makes in a NIK: of a man, of a woman, or both when the sex is not told."""
    born = damaged.birth_date
    if born is None:
        return []
    days = {"male": [born.day], "female": [born.day + WOMEN_DAY_OFFSET]}
    return [f"{day:02}{born:%m%y}" for day in days.get(damaged.sex or "", [born.day, born.day + WOMEN_DAY_OFFSET])]


def _whole(digits: str, code: str) -> set[str]:
    """The NIKs with this birth code from which the digits come by one lost, added or wrong digit.

    One lost from the serial leaves ten NIKs and more, which is what comes back.
    """
    areas = nik_areas()
    if len(digits) == 15:
        found = {digits[:6] + code + digits[11:]} if digits[6:11] in _shortened(code) else set()
        if digits[5:11] == code:
            found |= {area + digits[5:] for area in areas if digits[:5] in _shortened(area)}
        if digits[6:12] == code:
            found |= {digits[: 12 + at] + digit + digits[12 + at :] for at in range(4) for digit in "0123456789"}
        return found
    if len(digits) == 17:
        found = {digits[:6] + code + digits[13:]} if code in _shortened(digits[6:13]) else set()
        if digits[7:13] == code:
            found |= {area + digits[7:] for area in _shortened(digits[:7])}
        if digits[6:12] == code:
            found |= {digits[:12] + serial for serial in _shortened(digits[12:])}
        return found
    if len(digits) == 16 and OSA.distance(digits[6:12], code) == 1:
        return {digits[:6] + code + digits[12:]}
    return set()


def _shortened(digits: str) -> set[str]:
    """The digits without any one of them."""
    return {digits[:at] + digits[at + 1 :] for at in range(len(digits))}


def _is_near(damaged: Damaged, nik: str) -> bool:
    """Whether an intact NIK agrees with what is left of the damaged one."""
    scientific = _SCIENTIFIC.fullmatch(damaged.written.strip())
    if scientific:
        kept = scientific[1] + (scientific[2] or "")
        rounded = f"{int(nik):.{len(kept) - 1}e}".split("e")[0].replace(".", "")
        return len(kept) > 1 and kept in (nik[: len(kept)], rounded)
    digits = plain_digits(damaged.written)
    if damaged.code == "NIK_PRECISION_LOST" and digits.isdigit():
        return nik[:15] == digits[:15] or abs(int(nik) - int(digits)) <= NEAR_NUMBER
    return damaged.code != "NIK_LOOKS_LIKE_KK" and OSA.distance(digits, nik) <= 1
