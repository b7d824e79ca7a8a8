"""Files that are held whole, sent as files: nothing of them is loaded, the office reads why, and its word lets them in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.intake.offices import HEADING, OWNERS, night, send, told

JULY = "19.01/umkm 2020-04 juli.csv"
MANY = [
    f"PEMILIK {chr(65 + n % 26)}{chr(65 + n // 26)};190101{n % 28 + 1:02}0580{n + 1:04};{n % 28 + 1:02}/05/1980;WARUNG {n};JL {n}"
    for n in range(60)
]
# what is sent -> code, what the office reads
CASES = {
    "TOO_MANY_DUPLICATES": (
        [row.replace(";1901", f";{written}") for written in ("1901", "19.01.", "'1901") for row in MANY[:10]], "",
        "20 dari 30 baris sama persis",
    ),
    "FILE_MANY_REPEATED_ROWS": (
        [row.replace("WARUNG", kind) for kind in ("WARUNG", "KIOS", "TOKO") for row in MANY[:10]], "",
        "Lebih dari separuh baris mengulang baris lain",
    ),
    "TOO_FEW_ROWS": (MANY[:29], "", "Berkas berisi 29 baris, versi sebelumnya 60 baris"),
    "WRONG_REGENCY_TITLE": (MANY[:30], "DATA UMKM KABUPATEN BELITUNG TIMUR TAHUN 2020\n", "Judul berkas menyebut Kabupaten Belitung Timur"),
}  # fmt: skip
#: what lets the series be seen as a revision however few rows repeat it
SCOPE = "scope: satu\n"


def receive(inbox: Path, code: str, word: str = "") -> None:
    """The file of a case, with a word beside it."""
    rows, title, _ = CASES[code]
    send(inbox, JULY, rows, heading=f"{title}{HEADING}")
    (inbox / f"{JULY}.meta.yaml").write_text(SCOPE + word, "utf-8")
    night(inbox)


@pytest.mark.parametrize("code", CASES)
def test_a_file_that_cannot_be_right_is_held_and_not_loaded(warehouse: sa.Engine, tmp_path: Path, code: str) -> None:
    if code == "TOO_FEW_ROWS":
        send(tmp_path, "19.01/umkm 2020-04.csv", MANY)
        (tmp_path / "19.01/umkm 2020-04.csv.meta.yaml").write_text(SCOPE, "utf-8")
        night(tmp_path)
    before = told("SELECT count(*) FROM source.record_version")
    receive(tmp_path, code)
    of_file = f"FROM intake.submission WHERE file = '{JULY}'"
    ((state, reason, waiting, data, receipt),) = told(
        f"SELECT state, reason_code, waiting_with_file_count, row_count - not_data_count, receipt {of_file}"
    )
    assert (state, reason, waiting) == ("waiting", code, data)
    assert CASES[code][2] in json.loads(Path(receipt).with_suffix(".json").read_text("utf-8"))["reason"]
    assert told("SELECT count(*) FROM source.record_version") == before


@pytest.mark.parametrize("code", ["TOO_MANY_DUPLICATES", "WRONG_REGENCY_TITLE"])
def test_the_offices_word_lets_it_in(warehouse: sa.Engine, tmp_path: Path, code: str) -> None:
    receive(tmp_path, code, f"accept: [{code}]\n")
    assert told("SELECT state, reason_code FROM intake.submission") == [("answered", None)]


def test_sensitive_columns_are_dropped_and_counted_on_the_whole_way(warehouse: sa.Engine, tmp_path: Path) -> None:
    head = f"{HEADING};NAMA IBU KANDUNG;AGAMA;PENYANDANG DISABILITAS"
    rows = [f"{row};SUMIATI;ISLAM;TUNA NETRA" for row in [*OWNERS, "ORANG BARU;19010112058000;11/05/1980;TOKO;JALAN"]]
    send(tmp_path, "19.01/umkm 2020-04.csv", rows, heading=head)
    night(tmp_path)
    ((receipt, workbook),) = told("SELECT receipt, workbook FROM intake.submission")
    assert "Kolom data sensitif yang tidak disimpan: 3" in Path(receipt).read_text("utf-8")
    kept = str(told("SELECT cells FROM intake.source_row")) + str(told("SELECT * FROM source.record_version"))
    assert not any(word in kept for word in ("SUMIATI", "ISLAM", "NETRA"))
    assert b"SUMIATI" not in Path(workbook).read_bytes()
