"""What offices write between and beneath the people of a list: sub-headings and signatures are nobody, and no person is either."""

from __future__ import annotations

import pytest

from tasks.intake.mapping import MappedWorkbook, map_workbook
from tests.intake.sheet_making import sheet_of

HEAD = ["No", "Nama Pemilik", "NIK", "Nama Usaha", "Alamat Usaha", "No HP", "Jenis Usaha"]
SITI = ["1", "SITI", "1901014101900001", "WARUNG", "Jl. A", "081271000001", "Kuliner"]
BUDI = ["2", "BUDI", "1901010101900002", "KIOS", "Jl. B", "081271000002", "Jasa"]


def book(*rows: list[str]) -> MappedWorkbook:
    return map_workbook([sheet_of([row + [""] * (len(HEAD) - len(row)) for row in rows])], "19.01", {})


def classes(*below: list[str]) -> list[str]:
    result: list[str] = book(HEAD, *below).rows["row_class"].tolist()
    return result[1:]


@pytest.mark.parametrize(
    ("row", "district"),
    [
        (["KECAMATAN BELINYU"], "BELINYU"),
        (["II KECAMATAN BELINYU"], "BELINYU"),
        (["II. KECAMATAN BELINYU"], "BELINYU"),
        (["II", "KECAMATAN BELINYU"], "BELINYU"),
        (["B", "Kec. Belinyu"], "Belinyu"),
        (["2.", "", "Kec. Belinyu"], "Belinyu"),
        (["Kecamatan", ": Belinyu"], "Belinyu"),
        (["Kecamatan :", "Belinyu"], "Belinyu"),
        (["", "Kecamatan", ":", "Belinyu"], "Belinyu"),
        (["II", "Kecamatan", ": Belinyu"], "Belinyu"),
        (["KECAMATAN BELINYU (25 UMKM)"], "BELINYU"),
        (["KECAMATAN BELINYU", "", "", "", "", "", "25 UMKM"], "BELINYU"),
        (["II", "KECAMATAN BELINYU", "", "", "", "", "25"], "BELINYU"),
        (["Kecamatan : Belinyu", "", "", "Desa : Air Jukung"], "Belinyu"),
        (["Kecamatan : Belinyu", "", "", "Desa : Air Jukung", "25 UMKM"], "Belinyu"),
        (["A", "Sektor Kuliner"], None),
        (["3", "Desa Air Jukung"], None),
    ],
)
def test_a_subheading_is_nobody_and_states_the_district_below(row: list[str], district: str | None) -> None:
    found = book(HEAD, SITI, row, BUDI)
    assert found.rows["row_class"].tolist() == ["heading", "data", "subheading", "data"]
    assert ("district_code__raw" in found.frame) == (district is not None)
    if district is not None:
        assert found.frame["district_code__raw"].fillna("").tolist() == ["", district]


@pytest.mark.parametrize(
    "row",
    [
        ["2", "Kec. Budi", "1901010101900002"],
        ["2", "DESA PUTRI", "", "WARUNG"],
        ["2", "Kota Rahman", "", "", "", "", "Kuliner"],
        ["2", "Pasar Rahayu"],
        ["2", "", "", "Kampung Batik"],
        ["2", "", "", "Pasar Baru", "", "", "Kuliner"],
        ["", "Kecamatan", "", "WARUNG"],
        ["I", "BUDI"],
        ["", "Desa Ayu", "", "", "", "", "25"],
    ],
)
def test_a_person_or_business_called_like_a_place_stays(row: list[str]) -> None:
    assert classes(SITI, row, BUDI) == ["data"] * 3


@pytest.mark.parametrize(
    ("head", "region"),
    [
        (["Kecamatan", "Desa", "Nama Pemilik", "NIK", "Nama Usaha"], ["Kecamatan : Belinyu", "Desa : Air Jukung"]),
        (["Alamat", "", "Nama Pemilik", "NIK", "Nama Usaha"], ["Desa :", "Air Jukung"]),
        (["No", "Alamat", "Desa", "Nama Pemilik", "NIK", "Nama Usaha"], ["", "Kec : Belinyu", "Desa : Air Jukung"]),
    ],
)
def test_a_person_beside_the_name_of_the_district_stays(head: list[str], region: list[str]) -> None:
    rows = [
        head,
        [*region, "SITI", "1901014101900001", "KIOS"],
        [*region, "BUDI", "", "TOKO"],
        [*region, "ANI", "", ""],
    ]
    assert map_workbook([sheet_of(rows)], "19.01", {}).rows["row_class"].tolist() == ["heading"] + ["data"] * 3


@pytest.mark.parametrize(
    "head",
    [
        ["No", "Nama Usaha", "Jumlah Tenaga Kerja", "Nama Pemilik", "NIK"],
        ["No", "Nama Kelompok", "Jumlah Tenaga Kerja", "Nama Anggota", "NIK"],
        ["No", "Nama Koperasi", "Jumlah Anggota", "Alamat", "Kecamatan"],
    ],
)
@pytest.mark.parametrize(
    "row", [["2", "Desa Mandiri"], ["2", "Kelurahan Cup Coffee"], ["", "Desa Mandiri", "12 orang"]]
)
def test_a_business_cooperative_or_group_called_like_a_village_stays(head: list[str], row: list[str]) -> None:
    first, last = ["1", "MAJU", "3", "SITI", "1901014101900001"], ["3", "KARYA", "4", "BUDI", "1901010101900002"]
    assert (
        map_workbook([sheet_of([head, first, row, last])], "19.01", {}).rows["row_class"].tolist()[1:] == ["data"] * 3
    )


@pytest.mark.parametrize(
    "titles",
    [
        [["Kecamatan", ": Belinyu"], ["Desa", ": Air Jukung"]],
        [["DATA UMKM"], ["Kecamatan :", "", "Belinyu"]],
        [["Kecamatan", ":", "Belinyu", "", "Desa", ":", "Air Jukung"]],
    ],
)
def test_a_title_written_over_several_cells_states_the_district(titles: list[list[str]]) -> None:
    assert book(*titles, HEAD, SITI).frame["district_code__raw"].tolist() == ["BELINYU"]


@pytest.mark.parametrize(
    "block",
    [
        [
            ["", "Mengetahui,", "", "", "Sungailiat, 5 Maret 2021"],
            ["", "Kepala Dinas", "", "", "Petugas Pendata"],
            [""],
            ["", "Drs. H. AHMAD, M.Si", "", "", "BUDI SANTOSO"],
            ["", "NIP. 196501011990031001", "", "", "NIP. 198501011990031001"],
        ],
        [
            ["", "Ketua Forum", "", "Sungailiat,    Maret 2021"],
            ["", "ALI", "", "Pendata"],
            ["", "", "", "ANI", "", "NIP. 198501011990031001"],
        ],
        [
            ["", "", "", "", "Sungailiat, 5 Maret 2021"],
            ["Menyetujui", "Camat", "", "Lurah", "Pendata"],
            ["ALI", "UMAR", "", "ANI", "BUDI"],
        ],
        [["", "Disetujui oleh", "", "Dibuat oleh"], ["", "ALI", "", "ANI"]],
    ],
)
def test_a_signature_of_several_sides_is_no_owner(block: list[list[str]]) -> None:
    assert set(classes(SITI, BUDI, [""], *block)) == {"data", "blank", "signature"}
    assert len(book(HEAD, SITI, BUDI, [""], *block).frame) == 2


@pytest.mark.parametrize(
    "row",
    [
        ["3", "Mengetahui", "", "KIOS"],
        ["", "ANI", "", "Sumber Rejeki", "Pasar Baru"],
        ["", "ANI", "", "Catatan Kita", "Kepala Desa"],
        ["3", "ANI", "", "", "Sungailiat, 5 Maret 2021"],
    ],
)
def test_a_person_without_numbers_at_the_end_of_a_list_is_no_signature(row: list[str]) -> None:
    assert classes(SITI, BUDI, row) == ["data"] * 3


@pytest.mark.parametrize(
    "heading",
    [
        "Tempat, Tanggal Lahir", "Tempat Lahir", "Lahir", "Kota/Tanggal Lahir", "Tempat/Tanggal Lahir Ketua", "Mulai Usaha",
        "Tempat dan Tanggal Pendataan",
    ],
)  # fmt: skip
def test_a_place_and_day_in_a_list_opens_no_signature(heading: str) -> None:
    rows = [
        ["Nama Pemilik", "NIK", heading, "Nama Usaha"],
        ["SITI", "1901014101900001", "", "KIOS"],
        ["BUDI", "", "Sungailiat, 5 Maret 1980", "TOKO"],
        ["ANI", "", "", "WARUNG"],
    ]
    assert map_workbook([sheet_of(rows)], "19.01", {}).rows["row_class"].tolist() == ["heading"] + ["data"] * 3


def test_a_place_and_day_of_birth_opens_no_signature_beneath_a_blank_row_either() -> None:
    rows = [
        ["Nama Pemilik", "NIK", "Tempat, Tanggal Lahir", "Nama Usaha"],
        ["SITI", "1901014101900001", "", "KIOS"],
        [""] * 4,
        ["BUDI", "", "Sungailiat, 5 Maret 1980", ""],
    ]
    assert map_workbook([sheet_of(rows)], "19.01", {}).rows["row_class"].tolist() == [
        "heading",
        "data",
        "blank",
        "data",
    ]


def test_a_signature_of_several_sides_stands_beneath_a_blank_row() -> None:
    known_in_the_street = [["", "ANI", "", "KIOS", "Diketahui RT 05"], ["", "UMAR", "", "TOKO", "Jl. C"]]
    assert classes(SITI, BUDI, *known_in_the_street) == ["data"] * 4
    assert classes(SITI, [""], BUDI, *known_in_the_street) == ["data", "blank", *["data"] * 3]


def test_people_beneath_a_signature_in_the_middle_of_a_list_are_kept() -> None:
    signature = ["", "Mengetahui,", "", "", "Sungailiat, 5 Maret 2021"]
    assert classes(SITI, signature, ["", "ALI", "", "", "ANI"], HEAD, BUDI)[-1] == "data"
    assert classes(SITI, signature, ["2", "ANI", "", "KIOS"])[-1] == "data"


@pytest.mark.parametrize(
    "cell", ["-" + " " * 32_000 + "x", "kec a" + " " * 32_000 + "b", "JUMLAH" + " " * 32_000 + "x"]
)
def test_a_cell_of_blanks_is_read_like_any_other(cell: str) -> None:
    """Patterns that try every way to divide the blanks would take hours."""
    assert classes(SITI, [cell], ["", cell, "", cell], BUDI)[::3] == ["data", "data"]
