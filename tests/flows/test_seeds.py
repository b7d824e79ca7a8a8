"""What the five places ask of a business beside its owner: from the office's own columns to the golden business and its parts."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from tasks import runs
from tests.intake.offices import TODAY, night, send, told

HEADING = (
    "Nama Pemilik;NIK;Nama Usaha;Produk yang Dijual;Pemasaran Online;Dampak Covid-19;Binaan (Ya/Tidak);Nama Pendamping;"
    "Komoditas Ekspor;Izin yang Dimohon;Permohonan Hak Cipta/Merek;Bersedia Mengikuti e-Katalog;PIRT"
)
ROWS = [
    "SITI AMINAH;1901015101800001;DAPUR SITI;Getas ikan;Shopee, Tokped;Omzet turun;Ya;RINI;Getas;Halal;Merek SITI;Bersedia;206190101",
    "BUDI SANTOSO;1901011201790002;BENGKEL BUDI;Servis motor;Offline;-;Tidak;-;-;-;-;Tidak bersedia;-",
    "ALI HASAN;1901011301790003;KEDAI ALI;Kopi;WA;Tutup sementara;Non Binaan;RINI;;;;nanti dulu;",
]


@pytest.fixture
def taken(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", ROWS, heading=HEADING)
    night(tmp_path)
    with runs.run("consolidation", TODAY) as run:
        consolidate(run.run_id, lambda event: None)


def test_what_owners_sell_export_ask_for_and_are_willing_to_do_is_in_the_golden_business(taken: None) -> None:
    asked = (
        "SELECT business_name, product, covid_impact, is_fostered, field_assistant, export_commodity, licence_request,"
        " copyright_request, is_willing FROM gold.business WHERE to_run IS NULL ORDER BY business_name"
    )
    assert told(asked) == [
        ("BENGKEL BUDI", "Servis motor", None, False, None, None, None, None, False),
        ("DAPUR SITI", "Getas ikan", "Omzet turun", True, "RINI", "Getas", "Halal", "Merek SITI", True),
        ("KEDAI ALI", "Kopi", "Tutup sementara", False, "RINI", None, None, None, None),
    ]


def test_products_licences_and_channels_are_parts_of_the_business(taken: None) -> None:
    parts = (
        "SELECT b.business_name, {value} FROM gold.{table} p JOIN gold.business b USING (business_id)"
        " WHERE p.to_run IS NULL AND b.to_run IS NULL ORDER BY 1, 2"
    )
    assert told(parts.format(value="p.platform", table="channel")) == [
        ("DAPUR SITI", "shopee"), ("DAPUR SITI", "tokopedia"), ("KEDAI ALI", "whatsapp"),
    ]  # fmt: skip
    assert told(parts.format(value="p.number", table="licence")) == [("DAPUR SITI", "206190101")]
    assert len(told(parts.format(value="p.name", table="product"))) == 3


def test_a_word_that_is_neither_willing_nor_not_is_a_finding_and_no_answer(taken: None) -> None:
    assert told("SELECT row, field FROM intake.finding WHERE code = 'WILLINGNESS_UNKNOWN'") == [(4, "is_willing")]
