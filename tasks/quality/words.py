"""Words about quality for officers, in Indonesian and English: kinds of error, shares, and the warning of a list.

Belongs here: words and ways of writing. Does not belong here: estimating (estimates.py), the page (tasks/reports), holding a list back
(tasks/aid).
"""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from tasks.quality.estimates import Quality

#: shares from here on are told to a hundredth of a per cent: there the bound lies
FINE = 0.98
WARNING_CODE = "PRECISION_UNDER_BOUND"
KIND_WORDS = {
    "borrowed_nik": {"id": "NIK sama (atau NIK pinjaman)", "en": "same NIK (or a borrowed one)"},
    "twins": {"id": "Beda nomor urut NIK saja (kembar)", "en": "another serial in the NIK (twins)"},
    "nik_slip": {"id": "Salah tulis NIK", "en": "slip in the NIK"},
    "household": {"id": "NIK atau jenis kelamin berbeda (suami-istri, sekeluarga)", "en": "other NIK or sex (spouses, household)"},
    "nik_missing": {"id": "Tanpa NIK", "en": "NIK missing"},
    "whole_cluster": {"id": "Ditahan karena seluruh kumpulannya", "en": "held by its whole cluster"},
    "through_others": {"id": "Bersatu lewat data lain", "en": "together through another record"},
    "other": {"id": "Lainnya", "en": "other"},
}  # fmt: skip
_WARNING = {
    "id": "Ketepatan penyatuan data orang diperkirakan {point} (antara {low} dan {high}), di bawah batas {bound}: pada daftar ini"
    " mungkin ada dua orang yang disatukan. Periksa dahulu; menyetujui tetap boleh, dengan sepengetahuan ini.",
    "en": "the merging of persons is estimated to be right in {point} of pairs (between {low} and {high}), under the bound of {bound}:"
    " two people may stand as one on this list. Review first; an officer may still approve, knowing this.",
}


_NOT_KNOWN = {"id": "belum diketahui", "en": "not known"}
_AT_LEAST = {"id": "paling sedikit {low}", "en": "at least {low}"}
_AT_MOST = {"id": "paling banyak {high}", "en": "at most {high}"}
_BETWEEN = {"id": "{point} (antara {low} dan {high})", "en": "{point} ({low} to {high})"}


def percent(value: float, language: str = "en", *, end: str = "") -> str:
    """0.871 -> 87.1 %, from 98 % on with two decimals, in Indonesian 87,1 %. `end`: a lower limit (`low`) is rounded down, an upper one
    (`high`) up.

    Never 100 % of what is less, nor 0 % of what is more.
    """
    steps = 10_000 if value >= FINE else 1_000
    exact = value * steps
    rounded = floor(exact + 1e-9) if end == "low" else ceil(exact - 1e-9) if end == "high" else round(exact)
    if not end:
        rounded = min(max(rounded, int(value > 0)), steps - int(value < 1))
    text = f"{100 * rounded / steps:.2f}".rstrip("0").rstrip(".")
    return f"{text.replace('.', ',') if language == 'id' else text} %"


def interval(low: float | None, point: float | None, high: float | None, language: str = "en") -> str:
    """An estimate with its limits; where all that was seen is alike, `at least` its lower limit or `at most` its
    upper one; where nobody judged, that it is not known."""
    if low is None or point is None or high is None:
        return _NOT_KNOWN[language]
    if low == high:
        return percent(point, language)
    pattern = _AT_LEAST if point == 1 else _AT_MOST if point == 0 else _BETWEEN
    ends = {"low": percent(low, language, end="low"), "high": percent(high, language, end="high")}
    return pattern[language].format(point=percent(point, language), **ends)


def warning(quality: Quality) -> dict[str, Any] | None:
    """The warning that lists carry while the estimate of precision is under the bound: its code, its words `id` and `en`."""
    precision = quality.whole.precision
    if quality.state != "under" or precision.point is None:
        return None
    told: dict[str, Any] = {"code": WARNING_CODE}
    for language, text in _WARNING.items():
        told[language] = text.format(
            point=percent(precision.point, language), low=percent(precision.low, language, end="low"),
            high=percent(precision.high, language, end="high"), bound=percent(quality.bound, language),
        )  # fmt: skip
    return told
