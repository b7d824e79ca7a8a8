"""Whole workbooks: every row comes out once, data rows are counted in order, unclear files wait with a proposal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import fields
from schemas.layouts import EVERY_SET, heading_set
from tasks.intake.mapping import MappingWaits, map_workbook
from tests.intake.sheet_making import sheet_of

HEAD = ["No", "Nama Pemilik", "NIK", "Nama Usaha", "Alamat"]
SITI = ["1", "SITI", "1901014101900001", "WARUNG", "Jl. A"]


def classes(*below: list[str], head: list[str] = HEAD) -> list[str]:
    result: list[str] = map_workbook([sheet_of([head, *below])], "19.01", {}).rows["row_class"].tolist()
    return result[1:]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["2", "JUMLAH", "1901014101900002", "KIOS", ""], "data"),
        (["2", "JUMLAH", "", "", ""], "data"),
        (["", "Jumlah Santoso", "", "Warung", ""], "data"),
        (["JUMLAH", "", "", "", ""], "total"),
        (["", "TOTAL", "", "", ""], "total"),
        (["Jumlah Kec. Belinyu", "", "2", "2", ""], "total"),
        (["Kecamatan Belinyu", "", "", "", ""], "subheading"),
        (["", "Kec. Belinyu", "", "", ""], "subheading"),
        (["2", "", "", "", ""], "counter_only"),
        (["2", "BUDI", "", "", ""], "data"),
        (["", "", "", "", ""], "blank"),
        (HEAD, "repeated_heading"),
        (["No.", "Nama Lengkap", "NIK", "Usaha", "Alamat"], "repeated_heading"),
        (["2", "NAMA PEMILIK", "1901014101900002", "KIOS", "Jl. B"], "data"),
    ],
)
def test_a_row_is_data_unless_it_names_nobody(row: list[str], expected: str) -> None:
    assert classes(SITI, row, SITI)[1] == expected


@pytest.mark.parametrize(
    ("titles", "district"),
    [
        (["KECAMATAN BELINYU"], "BELINYU"),
        (["DATA UMKM KECAMATAN BELINYU KABUPATEN BANGKA TAHUN 2020"], "BELINYU"),
        (["DATA UMKM", "Kec. Mendo Barat, Kab. Bangka"], "MENDO BARAT"),
        (["Daftar Pelaku Usaha Kecamatan Mendo Barat Triwulan II 2020"], "MENDO BARAT"),
        (["PELAKU USAHA KECAMATAN MENDO BARAT 2020"], "MENDO BARAT"),
        (["PELAKU USAHA KECAMATAN MENDO BARAT JUNI 2020"], "MENDO BARAT"),
        (["UMKM KECAMATAN BELINYU", "REKAP KECAMATAN SUNGAILIAT"], None),
        (["UMKM KECAMATAN BELINYU DAN KECAMATAN SUNGAILIAT"], None),
        (["DATA UMKM SE-KECAMATAN"], None),
    ],
)
def test_a_title_that_states_one_district_sets_it_for_the_rows_below(titles: list[str], district: str | None) -> None:
    frame = map_workbook([sheet_of([*([title] for title in titles), HEAD, SITI])], "19.01", {}).frame
    assert ("district_code__raw" in frame) == (district is not None)
    if district is not None:
        assert frame["district_code__raw"].tolist() == [district]


def test_a_cell_merged_over_rows_speaks_for_each_of_them() -> None:
    rows = [["DATA"], HEAD, SITI, ["2", "", "", "KIOS", ""], ["3", "BUDI", "1901010101900002", "SALON", "Jl. B"]]
    sheet = replace(sheet_of(rows), merged=((1, 2, 3), (2, 2, 3), (1, 0, 4)))
    frame = map_workbook([sheet], "19.01", {}).frame
    assert frame["owner_name__raw"].tolist() == ["SITI", "SITI", "BUDI"]
    assert frame["nik__raw"].tolist() == [SITI[2], SITI[2], "1901010101900002"]
    assert frame["business_name__raw"].tolist() == ["WARUNG", "KIOS", "SALON"]
    assert frame["cells"].tolist()[1].split("\x1f")[1] == ""  # the ledger keeps what was written


def test_a_number_row_and_a_signature_block_are_no_data() -> None:
    signature = [
        ["", "", "", "Sungailiat, 30 April 2020", ""],
        ["", "", "", "Kepala Dinas", ""],
        ["", "", "", "ALI", ""],
    ]
    assert classes(["1", "2", "3", "4", "5"], SITI, *signature) == ["number_row", "data"] + ["signature"] * 3


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [
                ["", "", "", "Sungailiat, 5 Mei 2020", ""],
                ["", "", "", "Kepala Dinas", ""],
                ["", "", "", "NIP. 1967", ""],
            ],
            "signature",
        ),
        ([["", "", "", "Sumber Rejeki", ""], ["", "", "", "Kios Melati", ""]], "data"),
        ([["", "SITI", "", "", ""], ["", "", "", "Sumber Rejeki", ""], ["", "ALI", "", "", ""]], "data"),
    ],
)
def test_where_no_row_is_certain_only_a_place_and_a_date_open_a_signature(rows: list[list[str]], expected: str) -> None:
    assert classes(*rows) == [expected] * len(rows)


def test_sheets_are_counted_through_and_others_named() -> None:
    book = map_workbook(
        [
            sheet_of([["PETUNJUK"], ["Isi NIK"]], "PETUNJUK", 1),
            sheet_of([HEAD, SITI], "Kec. Belinyu", 2),
            sheet_of([HEAD, SITI], "Rahasia", 3, is_hidden=True),
            sheet_of([["DATA UMKM"], HEAD, SITI, SITI], "Kecamatan Mendo Barat", 4),
        ],
        "19.01",
        {},
    )
    assert [sheet.why_not for sheet in book.sheets] == ["instructions", "", "hidden_sheet", ""]
    assert book.frame["data_row"].tolist() == [1, 2, 3]
    assert book.frame["district_code__raw"].tolist() == ["Belinyu", "Mendo Barat", "Mendo Barat"]
    assert book.titles == ("DATA UMKM",)


@pytest.mark.parametrize("name", ["Validasi Tahap 2", "Validasi", "Verval"])
def test_a_list_that_was_validated_is_a_list(name: str) -> None:
    book = map_workbook([sheet_of([HEAD, SITI], "Data UMKM", 1), sheet_of([HEAD, SITI], name, 2)], "19.01", {})
    assert [sheet.why_not for sheet in book.sheets] == ["", ""]
    assert len(map_workbook([sheet_of([HEAD, SITI], name)], "19.01", {}).frame) == 1


def test_a_sheet_of_choices_or_of_examples_is_no_list() -> None:
    choices = [
        ["Skala Usaha", "Sektor Usaha", "Status Usaha"],
        ["Mikro", "Kuliner", "Aktif"],
        ["Kecil", "Jasa", "Tutup"],
    ]
    sheets = [
        sheet_of([HEAD, SITI], "Data", 1),
        sheet_of(choices, "Validasi", 2),
        sheet_of([HEAD, SITI], "Contoh Pengisian", 3),
    ]
    assert [sheet.why_not for sheet in map_workbook(sheets, "19.01", {}).sheets] == ["", "names_nobody", "instructions"]


def test_sensitive_columns_are_dropped_and_counted() -> None:
    book = map_workbook([sheet_of([[*HEAD, "AGAMA"], [*SITI, "RAHASIA"]])], "19.01", {})
    assert book.dropped == {"AGAMA": 1}
    assert not book.rows["cells"].str.contains("RAHASIA").any()


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (["No", "Nama Pemilik", "NIK", "No KTP"], "HEADING_CLAIMED_TWICE"),
        (["No", "Nama Usaha", "Alamat Usaha"], "REQUIRED_FIELD_UNMAPPED"),
        (["x", "y", "z"], "NO_HEADING"),
    ],
)
def test_an_unclear_file_waits_and_every_filled_row_waits_with_it(head: list[str], code: str) -> None:
    with pytest.raises(MappingWaits) as caught:
        map_workbook([sheet_of([head, ["1", "A", "B", "C"]])], "19.01", {})
    assert caught.value.code == code
    assert caught.value.rows["is_data"].any()
    assert caught.value.proposal


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ([["No", "Nama Pemilik", "NIK", "No KTP"]], ['isian "NIK"']),
        ([["No", "Nama Usaha", "Alamat Usaha"]], ['"Nama pemilik"']),
        ([["Nama Pemilik", "NIK", "Omzet per Bulan"], ["Nama Pemilik", "NIK", "Omzet per Tahun"]], ['"Omzet']),
    ],
)
def test_what_is_missing_is_said_in_the_words_of_offices(sheets: list[list[str]], words: list[str]) -> None:
    with pytest.raises(MappingWaits) as told:
        map_workbook(
            [sheet_of([head, ["1", "A", "2", "3"]], head[-1], no) for no, head in enumerate(sheets, 1)], "19.01", {}
        )
    assert all(word in str(told.value) for word in words)
    assert not any(name in str(told.value) for name in fields() if "_" in name)


def test_a_remembered_mapping_goes_first() -> None:
    book = map_workbook(
        [sheet_of([["Nama Pemilik", "NIK", "No KTP"], ["A", "1", "2"]])], "19.01", {EVERY_SET: {"nik": None}}
    )
    assert book.sheets[0].mapping["nik"] == 2


CELLS = ["", "JUMLAH", "SITI", "1901014101900001", "3", "Kecamatan X"]


@given(st.lists(st.lists(st.sampled_from(CELLS), min_size=5, max_size=5), max_size=15))
def test_every_row_in_is_every_row_out_exactly_once(below: list[list[str]]) -> None:
    sheet = sheet_of([HEAD, SITI, *below])
    book = map_workbook([sheet], "19.01", {})
    assert book.rows["row"].tolist() == sheet.cells["row"].to_pylist()
    assert len(book.frame) == book.rows["is_data"].sum() == book.rows["data_row"].max()


def test_bracketed_units_and_the_number_row_beneath_them_are_no_data() -> None:
    units, numbers = ["", "", "(16 digit)", "", "[huruf kapital]"], ["(1)", "(2)", "(3)", "(4)", "(5)"]
    assert classes(units, numbers, SITI) == ["heading", "number_row", "data"]
    assert classes(["", "(Alm) BUDI", "", "(tanpa nama)", ""], SITI)[0] == "data"


def test_the_parts_of_a_group_heading_are_no_person() -> None:
    top = ["Nama Pemilik", "NIK", "Nama Usaha", "Skala Usaha", "", "Marketplace", ""]
    parts = ["", "", "", "Mikro", "Kecil", "Shopee", "Lazada"]
    person = ["SITI", "1901014101900001", "WARUNG", "v", "", "", "v"]
    workbook = map_workbook([sheet_of([top, parts, person])], "19.01", {})
    assert workbook.rows["row_class"].tolist() == ["heading", "heading", "data"]
    assert workbook.sheets[0].mapping == {"owner_name": 0, "nik": 1, "business_name": 2}
    assert workbook.sheets[0].headings[4] == "Skala Usaha Kecil"


def test_a_group_heading_tells_the_owners_name_from_the_business() -> None:
    top = ["No", "Data Pemilik", "", "", "Data Usaha", "", ""]
    parts = ["", "Nama", "NIK", "Alamat", "Nama", "Alamat", "Bidang"]
    person = ["1", "SITI", "1901014101900001", "Jl. A", "WARUNG", "Pasar", "Kuliner"]
    workbook = map_workbook([sheet_of([top, parts, person])], "19.01", {})
    named = {"owner_name": 1, "nik": 2, "owner_address": 3, "business_name": 4, "business_address": 5, "sector": 6}
    assert workbook.sheets[0].mapping == named


def test_a_heading_that_says_its_group_itself_is_told_as_it_stands() -> None:
    rows = [["Nama Pemilik", "NIK", "Usaha", ""], ["", "", "Nama Usaha", "Jenis Usaha"], ["SITI", "1", "WARUNG", "Kue"]]
    workbook = map_workbook([sheet_of(rows)], "19.01", {})
    assert workbook.sheets[0].headings == ("Nama Pemilik", "NIK", "Nama Usaha", "Jenis Usaha")


def test_bank_accounts_are_kept_as_written_and_religion_is_not() -> None:
    head = ["Nama Pemilik", "NIK", "Nama Usaha", "Nomor Rekening", "Nama Pemilik Rekening", "Agama", "Nama Ibu Kandung"]
    workbook = map_workbook([sheet_of([head, ["SITI", "1", "WARUNG", "0012345678", "SITI", "x", "y"]])], "19.01", {})
    assert workbook.sheets[0].ignored == {3: "not_needed", 4: "not_needed", 5: "sensitive", 6: "sensitive"}
    assert "0012345678" in workbook.rows["cells"][1]


def test_a_correction_workbook_without_a_readable_row_id_is_no_new_list() -> None:
    head = ["Pesan", *HEAD, "ID baris (jangan diubah)"]
    for token in ("", "6a425388d365c141:1:2"):
        with pytest.raises(MappingWaits) as told:
            map_workbook([sheet_of([head, ["Baris 2, kolom C: ...", *SITI, token]])], "19.01", {})
        assert told.value.code == "CORRECTION_RETURNED"
        assert told.value.proposal[0].ignored == {0: "returned", 1: "row_number", 6: "returned"}


def test_a_column_of_messages_of_the_offices_own_is_passed_over() -> None:
    workbook = map_workbook([sheet_of([["Pesan", *HEAD], ["sudah dicek", *SITI]])], "19.01", {})
    assert workbook.sheets[0].mapping["nik"] == 3


def test_a_word_on_one_layout_changes_no_heading_that_another_layout_says_plainly() -> None:
    both, one = ["Nama Pemilik", "NIK", "No KTP"], ["Nama Pemilik", "NIK", "Nama Usaha"]
    said = {heading_set(both): {"nik": None, "kode x": "nib"}}
    assert map_workbook([sheet_of([both, ["A", "1", "2"]])], "19.01", said).sheets[0].mapping["nik"] == 2
    assert map_workbook([sheet_of([one, ["A", "1", "B"]])], "19.01", said).sheets[0].mapping["nik"] == 1
    strange = map_workbook([sheet_of([[*one, "Kode X"], ["A", "1", "B", "2"]])], "19.01", said)
    assert strange.sheets[0].mapping["nib"] == 3  # what nothing else tells, the office has told before
