"""Why a file cannot be read: a stable code and, for the office, what is wrong and what to do (Indonesian).

Belongs here: the codes that reading raises. Does not belong here: files that are readable and wait (mapping.py), findings in
rows (expectations).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """`what` may name `{placeholders}` that the reader fills with counts and technical names, never with cell values."""

    what: str
    mend: str


_NEW_WORKBOOK = "Buka di Excel, salin datanya ke buku kerja baru, simpan sebagai .xlsx biasa, lalu kirim ulang."

REFUSALS: dict[str, Refusal] = {
    "EMPTY_FILE": Refusal("Berkas kosong (0 byte).", "Kirim ulang berkas yang berisi data."),
    "NOT_A_WORKBOOK": Refusal("Berkas bernama buku kerja, tetapi isinya bukan buku kerja Excel yang utuh.", _NEW_WORKBOOK),
    "ENCRYPTED": Refusal(
        "Berkas dilindungi kata sandi.",
        "Hapus kata sandinya (File > Info > Protect Workbook > Encrypt with Password, kosongkan), lalu kirim ulang.",
    ),
    "TOO_LARGE": Refusal("Berkas terlalu besar untuk dibaca ({detail}).", "Bagi menjadi beberapa berkas, lalu kirim ulang."),
    "TOO_MANY_ROWS": Refusal(
        "Lembar {sheet} memakai baris sampai nomor {count}, batasnya {limit}.",
        "Hapus baris kosong di bawah data, atau bagi menjadi beberapa berkas, lalu kirim ulang.",
    ),
    "TOO_MANY_COLUMNS": Refusal(
        "Lembar {sheet} memakai {count} kolom, batasnya {limit}.",
        "Hapus kolom kosong di kanan data (periksa sel yang terisi tidak sengaja), lalu kirim ulang.",
    ),
    "ZIP_BOMB": Refusal("Isi berkas mengembang melebihi {limit} MB ketika dibuka.", _NEW_WORKBOOK),
    "BAD_ZIP_MEMBER": Refusal("Berkas memuat bagian yang tidak diperbolehkan ({detail}), misalnya makro.", _NEW_WORKBOOK),
    "XML_DOCTYPE": Refusal("Berkas memuat deklarasi DOCTYPE, yang tidak pernah ada dalam berkas Excel asli.", _NEW_WORKBOOK),
    "READER_CRASHED": Refusal("Berkas membuat pembaca berhenti mendadak; kemungkinan berkas rusak.", _NEW_WORKBOOK),
    "READER_TIMEOUT": Refusal("Berkas belum selesai dibaca setelah {limit} detik.", "Bagi menjadi beberapa berkas, lalu kirim ulang."),
    "NO_DATA": Refusal("Tidak ada satu sel pun yang terisi dalam berkas.", "Kirim ulang berkas yang berisi data."),
    "UNKNOWN_FORMAT": Refusal(
        "Jenis berkas tidak dikenali ({detail}).",
        "Kirim sebagai Excel (.xlsx) atau CSV. Berkas hasil pindai, PDF, atau halaman web tidak dapat dibaca.",
    ),
}  # fmt: skip


class Unreadable(Exception):
    """Raised while reading: a code of REFUSALS and the values of its placeholders."""

    def __init__(self, code: str, **details: str | int) -> None:
        self.code, self.details = code, details
        super().__init__(code)


def refusal_text(code: str, details: dict[str, str | int]) -> tuple[str, str]:
    """(what, mend) of a code with its placeholders filled; a placeholder without a value reads '-'."""
    refusal = REFUSALS[code]
    filled = {name: details.get(name, "-") for name in ("sheet", "count", "limit", "detail")}
    return refusal.what.format(**filled), refusal.mend
