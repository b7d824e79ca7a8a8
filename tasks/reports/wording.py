"""The report's words in Indonesian and its ways of writing numbers, rupiah and dates.

What the caps of blocking left out is told in English too: whoever keeps the rules and the model has to look at it.

Belongs here: words. Does not belong here: the messages of findings (the catalogue) and of decisions (the programme files).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

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

#: what two records have in common to be compared at all, by rule of blocking (tasks/identity/persons.py)
BLOCKING_WORDS = {
    "nik": {"id": "NIK", "en": "NIK"},
    "phone": {"id": "telepon", "en": "phone"},
    "nib": {"id": "NIB", "en": "NIB"},
    "kk_number": {"id": "nomor KK", "en": "family card"},
    "name_birth": {"id": "nama dan tanggal lahir", "en": "name and birth date"},
    "birth_given": {"id": "tanggal lahir dan nama depan", "en": "birth date and given name"},
    "nik_area_birth": {"id": "wilayah dan tanggal lahir dalam NIK", "en": "area and birth date in the NIK"},
    "sound_village": {"id": "bunyi nama dan desa/kelurahan", "en": "sound of the name and village"},
    "name_district": {"id": "nama dan kecamatan", "en": "name and district"},
}
_CAPPED = {
    "id": "pada {blocks} kumpulan yang terlalu besar (kesamaan: {rules}), {records} catatan tidak dibandingkan satu per satu;"
    " catatan itu tetap dibandingkan lewat aturan lain.",
    "en": "in {blocks} blocks over their cap (in common: {rules}) {records} records were not compared with one another;"
    " other rules still compare them.",
}


def capped(blocks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the caps of blocking left out, by language; `blocks`: a line a rule, its rule shown as it is when it has no words."""
    lines = list(blocks)
    told = {}
    for language, sentence in _CAPPED.items():
        rules = (BLOCKING_WORDS.get(line["rule"], {}).get(language, line["rule"]) for line in lines)
        counts = (sum(line[name] for line in lines) for name in ("capped_block_count", "capped_record_count"))
        block_count, records = (number(count) if language == "id" else f"{int(count):,}" for count in counts)
        told[language] = sentence.format(blocks=block_count, rules=", ".join(rules), records=records)
    return told


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
