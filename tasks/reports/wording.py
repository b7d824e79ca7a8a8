"""The report's words in Indonesian and its ways of writing numbers, rupiah and dates.

Belongs here: words. Does not belong here: the messages of findings (the catalogue) and of decisions (the programme files).
"""

from __future__ import annotations

from datetime import date

OUTCOME_WORDS = {
    "accepted": "Diterima",
    "accepted_with_findings": "Diterima dengan catatan",
    "quarantined": "Perlu perbaikan",
    "duplicate": "Ganda",
    "waiting_with_file": "Menunggu berkas",
    "not_data": "Bukan data",
}
STATE_WORDS = {
    "received": "Belum diproses",
    "answered": "Diproses",
    "waiting": "Menunggu kepastian",
    "refused": "Tidak terbaca",
    "same_bytes": "Sama dengan berkas lain",
    "no_change": "Tanpa perubahan",
}
#: what became of a list that is late; the states of files beside it
LATE_WORDS = {"nothing sent": "Belum mengirim", **STATE_WORDS}
KIND_WORDS = {
    "umkm": "UMKM",
    "group": "Kelompok",
    "cooperative": "Koperasi",
    "recensus": "Sensus ulang",
    "verification": "Jawaban instansi",
}
SEVERITY_WORDS = {
    "reject": "Dikembalikan",
    "hold": "Ditahan dari bantuan",
    "warn": "Perlu diperiksa",
    "info": "Catatan",
}
COVERAGE_WORDS = {
    "aided": "Sudah ditetapkan",
    "on_list": "Masuk daftar",
    "waiting": "Menunggu",
    "held": "Ditahan",
    "uncovered": "Belum terjangkau",
}
LIST_STATE_WORDS = {"draft": "Draf", "locked": "Terkunci", "published": "Ditetapkan"}
DECISION_WORDS = {"in": "Lolos", "waiting": "Menunggu", "out": "Ditolak"}
MESSAGE_STATE_WORDS = {
    "queued": "Antre",
    "sending": "Sedang dikirim",
    "in_doubt": "Belum pasti, dibaca ulang",
    "acknowledged": "Diterima penerima",
    "refused": "Ditolak penerima",
    "held": "Ditahan",
}
#: reasons that the house gives to people on no list
UNCOVERED_WORDS = {"NO_LIST": "Belum ada daftar bantuan yang menilainya."}


def number(value: int) -> str:
    """1234567 -> 1.234.567"""
    return f"{int(value):,}".replace(",", ".")


def rupiah(value: int) -> str:
    """1200000 -> Rp1.200.000"""
    return f"Rp{number(value)}"


def day(value: date | None) -> str:
    """2020-04-05 -> 05/04/2020; nothing for nothing."""
    return "" if value is None else f"{value:%d/%m/%Y}"


def share(part: int, whole: int) -> str:
    """A percentage with one decimal and a decimal comma; a dash when there is no whole."""
    return "–" if not whole else f"{100 * part / whole:.1f}".replace(".", ",") + " %"
