"""Why a file, or a member of an archive, cannot be read: a stable code and what is wrong and what to do, for the office and for engineers.

Belongs here: the codes that reading raises. Does not belong here: files that are readable and wait (mapping.py), findings in
rows (expectations).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """`what` and `mend` are Indonesian, for the office; `what` may name `{placeholders}` that the reader fills with counts and technical
    names, never with cell values. `en` says both in English, for operators.
    """

    what: str
    mend: str
    en: str


#: a member of an archive that is no list: told to the office, refused by nobody
NOT_A_LIST = "NOT_A_LIST"

_NEW_WORKBOOK = "Buka di Excel, salin datanya ke buku kerja baru, simpan sebagai .xlsx biasa, lalu kirim ulang."
_COPIED = "Copied into a new workbook and saved as .xlsx, it can be sent again."
_ZIP_AGAIN = "Buat ulang arsipnya (klik kanan > Compress to ZIP file), atau kirim daftarnya satu per satu."
_PACKED_AGAIN = "Packed again as a plain zip, or sent list by list, it can be read."

REFUSALS: dict[str, Refusal] = {
    "EMPTY_FILE": Refusal(
        "Berkas kosong (0 byte).", "Kirim ulang berkas yang berisi data.", "The file has no bytes; it is to be sent again."
    ),
    "NOT_A_WORKBOOK": Refusal(
        "Berkas bernama buku kerja, tetapi isinya bukan buku kerja Excel yang utuh.", _NEW_WORKBOOK,
        f"Named like a workbook, its bytes are no whole workbook. {_COPIED}",
    ),
    "ENCRYPTED": Refusal(
        "Berkas dilindungi kata sandi.",
        "Hapus kata sandinya (File > Info > Protect Workbook > Encrypt with Password, kosongkan), lalu kirim ulang.",
        "The file has a password; without one it can be read.",
    ),
    "TOO_LARGE": Refusal(
        "Berkas terlalu besar untuk dibaca ({detail}).", "Bagi menjadi beberapa berkas, lalu kirim ulang.",
        "The file is larger than the settings allow; in several files it can be read.",
    ),
    "TOO_MANY_ROWS": Refusal(
        "Lembar {sheet} memakai baris sampai nomor {count}, batasnya {limit}.",
        "Hapus baris kosong di bawah data, atau bagi menjadi beberapa berkas, lalu kirim ulang.",
        "A sheet uses more rows than SINERGI_MAX_ROWS, often blank ones below the data; without them it can be read.",
    ),
    "TOO_MANY_COLUMNS": Refusal(
        "Lembar {sheet} memakai {count} kolom, batasnya {limit}.",
        "Hapus kolom kosong di kanan data (periksa sel yang terisi tidak sengaja), lalu kirim ulang.",
        "A sheet uses more columns than SINERGI_MAX_COLUMNS, often by a stray cell far right; without it it can be read.",
    ),
    "ZIP_BOMB": Refusal(
        "Isi berkas mengembang melebihi {limit} MB ketika dibuka.", _NEW_WORKBOOK,
        f"Unpacked, the workbook swells beyond what any list does. {_COPIED}",
    ),
    "BAD_ZIP_MEMBER": Refusal(
        "Berkas memuat bagian yang tidak diperbolehkan ({detail}), misalnya makro.", _NEW_WORKBOOK,
        f"The workbook holds a part that no workbook has. {_COPIED}",
    ),
    "XML_DOCTYPE": Refusal(
        "Berkas memuat deklarasi DOCTYPE, yang tidak pernah ada dalam berkas Excel asli.", _NEW_WORKBOOK,
        f"The workbook declares a DOCTYPE, which no office program writes. {_COPIED}",
    ),
    "READER_CRASHED": Refusal(
        "Berkas membuat pembaca berhenti mendadak; kemungkinan berkas rusak.", _NEW_WORKBOOK,
        f"The reading process ended on this file, which is most likely damaged. {_COPIED}",
    ),
    "READER_TIMEOUT": Refusal(
        "Berkas belum selesai dibaca setelah {limit} detik.", "Bagi menjadi beberapa berkas, lalu kirim ulang.",
        "Reading took longer than SINERGI_READ_SECONDS; in several files it can be read.",
    ),
    "NO_DATA": Refusal(
        "Tidak ada satu sel pun yang terisi dalam berkas.", "Kirim ulang berkas yang berisi data.",
        "No cell of the file is filled; it is to be sent again.",
    ),
    "UNKNOWN_FORMAT": Refusal(
        "Jenis berkas tidak dikenali ({detail}).",
        "Kirim sebagai Excel (.xlsx) atau CSV. Berkas hasil pindai, PDF, atau halaman web tidak dapat dibaca.",
        "No form that lists have: as .xlsx or CSV it can be read; scans, PDF and web pages cannot.",
    ),
    "OTHER_ARCHIVE": Refusal(
        "Arsip jenis ini tidak dapat dibuka ({detail}).",
        "Keluarkan isinya, lalu kirim daftarnya satu per satu atau sebagai satu arsip .zip.",
        "An archive of another kind than zip: unpacked, its lists can be sent one by one or as one .zip.",
    ),
    "ZIP_OF_LISTS": Refusal(
        "Berkas ini arsip; isinya hanya dibuka ketika arsip diterima.",
        "Kirim ulang arsipnya.",
        "It is a zip of lists, which is opened when it is received and never read as one list.",
    ),
    "BROKEN_ARCHIVE": Refusal(
        "Arsip tidak utuh; kemungkinan terputus ketika disalin atau dikirim.", f"Kirim ulang. {_ZIP_AGAIN}",
        f"The zip is not whole, most often because its transfer broke off. {_PACKED_AGAIN}",
    ),
    "TOO_MANY_MEMBERS": Refusal(
        "Arsip memuat {count} berkas, batasnya {limit}.", "Bagi menjadi beberapa arsip, lalu kirim ulang.",
        "The zip has more members than SINERGI_MAX_MEMBERS; in several archives it can be read.",
    ),
    "OVERLAPPING_MEMBERS": Refusal(
        "Beberapa berkas di dalam arsip menempati bagian yang sama, yang tidak pernah dibuat oleh program biasa.", _ZIP_AGAIN,
        f"Members of the zip lie in one place, as only a crafted one does. {_PACKED_AGAIN}",
    ),
    "ARCHIVE_SWELLS": Refusal(
        "Isi arsip mengembang melebihi {limit} MB ketika dibuka.", "Bagi menjadi beberapa arsip, lalu kirim ulang.",
        "Unpacked, the zip is larger than SINERGI_MAX_UNPACKED_MB or SINERGI_MAX_SWELLING allow; in several archives it can be read.",
    ),
    "NO_LISTS": Refusal(
        "Tidak ada satu daftar pun yang dapat dibaca di dalam arsip.",
        "Kirim daftarnya sebagai Excel (.xlsx) atau CSV; foto, PDF, dan dokumen lain tidak dapat dibaca.",
        "Nothing in the zip is a list that can be read; lists as .xlsx or CSV can be sent again.",
    ),
    "ARCHIVE_IN_ARCHIVE": Refusal(
        "Arsip di dalam arsip tidak dibuka.", "Keluarkan isinya, lalu kirim daftarnya satu per satu atau dalam satu arsip .zip.",
        "Archives within archives stay closed: unpacked, its lists can be sent one by one or in one .zip.",
    ),
    "MEMBER_NAME": Refusal(
        "Nama berkas di dalam arsip menunjuk ke luar arsip, atau terlalu panjang.", "Ganti nama berkasnya, lalu kirim ulang.",
        "The member's name leads out of the archive or is too long; under another name it can be read.",
    ),
    "MEMBER_LINK": Refusal(
        "Bukan berkas, melainkan tautan ke tempat lain.", "Kirim berkasnya sendiri, bukan tautannya.",
        "The member is a link to another place; the file itself can be sent.",
    ),
    "MEMBER_TWICE": Refusal(
        "Nama ini ada dua kali di dalam arsip, sehingga tidak jelas mana yang berlaku.", "Kirim ulang hanya berkas yang berlaku.",
        "Two members have this name, and nobody can tell which one counts; the one that does can be sent again.",
    ),
    "MEMBER_ENCRYPTED": Refusal(
        "Berkas di dalam arsip dilindungi kata sandi.", "Buat ulang arsipnya tanpa kata sandi, lalu kirim ulang.",
        "The member has a password; packed without one it can be read.",
    ),
    "MEMBER_METHOD": Refusal(
        "Berkas di dalam arsip dimampatkan dengan cara yang tidak dapat dibuka.", _ZIP_AGAIN,
        f"The member is packed by another method than zips usually are. {_PACKED_AGAIN}",
    ),
    "MEMBER_TOO_LARGE": Refusal(
        "Berkas di dalam arsip terlalu besar untuk dibaca.", "Bagi menjadi beberapa berkas, lalu kirim ulang.",
        "The member is larger than SINERGI_MAX_FILE_MB; in several files it can be read.",
    ),
    "MEMBER_SWELLS": Refusal(
        "Berkas di dalam arsip mengembang jauh melebihi daftar biasa ketika dibuka.", "Periksa berkasnya, lalu kirim ulang.",
        "Unpacked, the member swells beyond what any list does (SINERGI_MAX_SWELLING); mended, it can be sent again.",
    ),
    "MEMBER_BROKEN": Refusal(
        "Berkas di dalam arsip tidak utuh.", f"Kirim ulang. {_ZIP_AGAIN}",
        f"The member's bytes are not what the zip says of them. {_PACKED_AGAIN}",
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


def refusal_in_english(code: str) -> list[str]:
    """What is wrong and what to do, for operators; nothing for a code that is no refusal of the reader."""
    return [REFUSALS[code].en] if code in REFUSALS else []
