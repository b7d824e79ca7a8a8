"""The receipt as an office reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import get_args

import pytest

from schemas.records import OUTCOMES, Kind
from tasks.intake.receipt import KINDS, OUTCOME_LABELS, Receipt, build_receipt, receipt_facts

RECEIPT = Receipt(
    submission_id="0123456789abcdef",
    file="umkm april.xlsx",
    regency_code="19.01",
    regency_name="Kabupaten Bangka",
    received_at=datetime(2020, 4, 1, 9, 5),  # noqa: DTZ001  the office's own clock
    state="answered",
    kind="umkm",
    period="2020-04",
    version=2,
    counts={"accepted": 1_234_000, "accepted_with_findings": 500, "quarantined": 60, "duplicate": 7, "not_data": 3},
    held_count=321,
    findings={"DISTRICT_UNKNOWN": 100, "NIK_MISSING": 321, "ROW_UNIDENTIFIABLE": 60, "FILE_MANY_WITHOUT_NIK": 1},
    unmapped=["Ukuran\nbaju"],
    ignored=["No", ""],
    sensitive_count=2,
    unread=[("Petunjuk", "instructions"), ("Data lama", "hidden_sheet"), ("xl/vbaProject.bin", "macro")],
    deadline=date(2020, 4, 15),
    workbook="umkm april-perbaikan.xlsx",
)


def test_the_lines_of_the_ledger_add_up_to_its_sum() -> None:
    ledger = receipt_facts(RECEIPT)["ledger"]
    assert ledger["row_count"] == sum(ledger[outcome] for outcome in OUTCOMES) == 1_234_570


def test_the_receipt_reads_as_written_here() -> None:
    assert (
        build_receipt(RECEIPT)
        == """\
TANDA TERIMA DATA
Berkas: umkm april.xlsx
Dari: Kabupaten Bangka (19.01)
Diterima: 01/04/2020 pukul 09.05
Jenis: Daftar UMKM
Periode: 2020-04
Versi: 2
Keadaan: Sudah diproses.

BARIS
  Diterima                                     1.234.000
  Diterima dengan catatan                            500
  Dikembalikan untuk perbaikan                        60
  Ganda di dalam kiriman ini                           7
  Menunggu bersama berkas                              0
  Bukan data (judul, jumlah, baris kosong)             3
  Jumlah baris                                 1.234.570
Dari yang diterima, 321 baris ditahan dari bantuan sampai diperbaiki.

TEMUAN (jumlah baris)
Dikembalikan:
         60  ROW_UNIDENTIFIABLE: Baris ini tidak menyebut siapa: nama kosong dan NIK tidak dapat dipakai.
Ditahan dari bantuan sampai diperbaiki:
        321  NIK_MISSING: NIK kosong.
Mohon diperiksa:
        100  DISTRICT_UNKNOWN: Kecamatan tidak ada di kabupaten/kota ini.
     berkas  FILE_MANY_WITHOUT_NIK: Lebih dari separuh baris tidak ber-NIK.

LEMBAR YANG TIDAK DIBACA
  "Petunjuk": petunjuk atau referensi
  "Data lama": lembar tersembunyi
  "xl/vbaProject.bin": makro atau program tertanam; tidak dijalankan

KOLOM
Disimpan apa adanya, belum dipakai: "Ukuran baju"
Tidak dipakai: "No", (tanpa judul)
Kolom data sensitif yang tidak disimpan: 2

YANG PERLU DILAKUKAN
Buku kerja umkm april-perbaikan.xlsx menunjukkan baris yang perlu diperbaiki.
Perbaiki sel-selnya di buku kerja itu, lalu kirim kembali buku kerja itu paling lambat 15/04/2020; hanya baris di dalamnya yang berubah.
Mengirim ulang seluruh daftar yang sudah diperbaiki juga dapat.

Nomor tanda terima: 0123456789abcdef
"""
    )


def test_a_refused_file_says_why_and_has_no_ledger_of_rows() -> None:
    refused = Receipt(
        "0123456789abcdef",
        "pindaian.pdf",
        "19.01",
        "Kabupaten Bangka",
        RECEIPT.received_at,
        "refused",
        reason="Berkas bukan lembar kerja.",
    )
    text = build_receipt(refused)
    assert "Keadaan: Tidak dapat dibaca.\nSebab: Berkas bukan lembar kerja.\n" in text
    assert "BARIS" not in text
    assert "YANG PERLU DILAKUKAN" not in text


def test_every_outcome_and_kind_has_a_name_for_offices() -> None:
    assert OUTCOME_LABELS.keys() == set(OUTCOMES)
    assert KINDS.keys() == set(get_args(Kind))


@pytest.mark.parametrize("state", ["received", "answered", "waiting", "refused", "same_bytes", "no_change"])
def test_every_state_can_be_told(state: str) -> None:
    assert "Keadaan: " in build_receipt(replace(RECEIPT, state=state))
