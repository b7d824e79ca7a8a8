"""Headings as offices write them: a table of variants, where a heading stands, and what a column becomes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from schemas.layouts import KINDS, expand, family, normalise_heading, specific_layouts
from tasks.intake.columns import REASONS, Columns, map_columns, money_hint
from tasks.intake.headings import find_heading, join_headings
from tasks.intake.kinds import kind_of
from tasks.intake.mapping import map_workbook
from tasks.intake.textfiles import read_text
from tests.intake.sheet_making import LIMITS, sheet_of

VARIANTS = list(csv.DictReader(Path(__file__).with_name("heading_variants.csv").open(encoding="utf-8")))
GOLDEN = Path(__file__).parents[1] / "golden" / "layouts"


def mapped(
    *texts: str, kind: str = "umkm", values: list[str] | None = None, filled: list[int] | None = None
) -> Columns:
    return map_columns(
        texts,
        family(kind),  # type: ignore[arg-type]
        {},
        regency_code="19.01",
        filled=filled or [1] * len(texts),
        values=lambda _: values or ["Kuliner", "Fashion"],
    )


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant["heading"])
def test_a_heading_variant_means_its_field(variant: dict[str, str]) -> None:
    columns = mapped(variant["heading"].replace("\\n", "\n"))
    found = next(iter(columns.mapping), None) or columns.ignored[0]
    assert found == variant["meaning"]


def test_half_of_the_variants_are_held_out() -> None:
    held_out = [variant for variant in VARIANTS if variant["part"] == "held_out"]
    assert len(VARIANTS) >= 200
    assert abs(2 * len(held_out) - len(VARIANTS)) <= 1


@pytest.mark.parametrize(
    ("headings", "field", "column"),
    [
        (["Nama Pemilik", "Nama"], "business_name", 1),
        (["Nama", "Nama Usaha"], "owner_name", 0),
        (["Nama", "NIK", "Alamat"], "owner_name", 0),
        (["Nama", "NIB", "Alamat Usaha"], "business_name", 0),
        (["Nama Pemilik", "NIK", "Alamat"], "owner_address", 2),
        (["Alamat", "Alamat KTP"], "business_address", 0),
        (["Alamat", "Alamat Usaha"], "owner_address", 0),
        (["OMZET USAHA PER TAHUN", "NILAI OMZET"], "annual_turnover", 1),
        (["SEKTOR USAHA", "BIDANG USAHA"], "sector", 0),
        (["No HP", "No WA"], "phone", 0),
        (["NIK KOPERASI", "NIK"], "nik", 1),
    ],
)  # fmt: skip
def test_headings_beside_each_other_settle_what_a_column_is(headings: list[str], field: str, column: int) -> None:
    columns = mapped(*headings)
    assert columns.mapping[field] == column
    assert not columns.rivals


def test_the_less_exact_column_is_named_and_kept() -> None:
    assert mapped("OMZET USAHA PER TAHUN", "NILAI OMZET").ignored == {0: "less_exact"}


def test_two_columns_with_equal_right_are_rivals() -> None:
    assert mapped("Nama Pemilik", "NIK", "No KTP").rivals == {"nik": (1, 2)}


def test_an_empty_column_is_no_rival() -> None:
    columns = mapped("Nama Pemilik", "NIK", "No KTP", filled=[5, 0, 5])
    assert columns.mapping["nik"] == 2
    assert not columns.rivals


def test_jenis_industri_is_the_size_when_its_values_are_sizes() -> None:
    assert mapped("jenis_industri", values=["Mikro", "Kecil", "Mikro"]).mapping == {"size_class": 0}
    assert mapped("jenis_industri", values=["Pangan", "Sandang"]).mapping == {"sector": 0}


def test_every_column_is_accounted_for() -> None:
    texts = [variant["heading"] for variant in VARIANTS] + ["", "   "]
    columns = mapped(*texts)
    contested = {column for rivals in columns.rivals.values() for column in rivals}
    assert set(columns.mapping.values()) | set(columns.ignored) | contested == set(range(len(texts)))
    assert set(columns.ignored.values()) <= set(REASONS)


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        (["Nama Pemilik", "NIK", "Nama Usaha"], "umkm"),
        (["Nama Koperasi", "NIK Koperasi", "Alamat"], "cooperative"),
        (["Nama", "NIK", "No Badan Hukum"], "cooperative"),
        (["Nama Kelompok", "Nama Anggota", "Jabatan", "NIK"], "group"),
        (["Nama Pemilik", "NIK", "Nama Usaha", "Kelompok"], "umkm"),
        (["Nama Pemilik", "NIK", "Nama Usaha", "Nama Koperasi"], "umkm"),
        (["Nama Pemilik", "NIK", "Jenis Usaha", "Nama Koperasi"], "umkm"),
        (["Nama", "NIK", "No KK", "Koperasi"], "umkm"),
        (["Nama Anggota", "NIK", "Koperasi"], "umkm"),
        (["Nama Koperasi", "Penanggung Jawab", "Jumlah Anggota"], "cooperative"),
        (["Nama Koperasi", "NIK", "Ketua", "Alamat"], "cooperative"),
        (["Nama Pemilik", "NIK", "Nama Koperasi", "NIK Koperasi", "Jenis Koperasi", "Jumlah Anggota"], "cooperative"),
        (["Nama Pemilik", "NIK", "Nama Usaha", "Status Usaha"], "umkm"),
        (["Nama Pemilik", "NIK", "Nama Usaha", "Status Usaha", "Tanggal Verifikasi"], "recensus"),
        (["Nama Pemilik", "NIK", "Nama Usaha", "Status Usaha", "Tanggal Verifikasi", "Omzet"], "umkm"),
        (["Nama Pemilik", "NIK", "Nama Usaha", "Hasil Sensus Ulang", "Omzet"], "recensus"),
        (["No", "NIK", "Nama", "Hasil Padan", "Tanggal"], "verification"),
        (["NIK", "Nama", "Status Dukcapil", "Tgl Pemadanan"], "verification"),
        (["NIK", "Nama Pemilik", "Nama Usaha", "Padan Dukcapil"], "umkm"),
        (
            ["batch_id", "register", "purpose", "asked_on", "nik", "full_name", "birth_date", "answer", "answered_on"],
            "verification",
        ),
    ],
)
def test_the_headings_tell_the_kind_of_list(headings: list[str], kind: str) -> None:
    assert kind_of(headings) == kind


@pytest.mark.parametrize(
    ("heading", "hint"),
    [("Omset/bln", "monthly"), ("OMZET PER TAHUN", "yearly"), ("Omzet (juta Rp)", "million"), ("Omzet (ribuan)", "thousand"),
     ("Range Omzet per Tahun", "yearly|band"), ("Omzet", ""), ("Omzet/Tahun (Rp.000)", "yearly|thousand"), ("Omzet (000)", "thousand"),
     ("Omzet (Rp 000.000)", "million"), ("Omzet (x Rp1.000)", "thousand"), ("Omzet (Rp 1.000.000)", "million"), ("Omzet jt", "million"),
     ("Omzet 2020", "")],
)  # fmt: skip
def test_a_money_heading_states_its_unit(heading: str, hint: str) -> None:
    assert money_hint(heading) == hint


def test_merged_group_headings_are_joined_with_the_row_beneath() -> None:
    top = ["NO", "NAMA", "", "TENAGA KERJA", "", "NIK"]
    below = ["", "PEMILIK", "USAHA", "L", "P", ""]
    assert join_headings(top, below) == ("NO", "NAMA PEMILIK", "NAMA USAHA", "TENAGA KERJA L", "TENAGA KERJA P", "NIK")
    sheet = sheet_of([["DAFTAR UMKM"], [], top, below, ["1", "A", "B", "1", "2", "1901014101900001"]])
    heading = find_heading(sheet)
    assert heading is not None
    assert (heading.first, heading.last) == (2, 3)


def test_no_heading_is_found_among_data() -> None:
    assert find_heading(sheet_of([["1", "SITI", "1901014101900001"], ["2", "BUDI", "1901014101900002"]])) is None


CONSENT = "Dengan ini saya menyatakan bahwa data yang saya isikan benar dan bersedia dihubungi oleh dinas untuk pendataan pelaku usaha"


@pytest.mark.parametrize("strange", [CONSENT, "Omzet (x Rp1.000.000)", "Skala Usaha (Mikro < 50.000.000)"])
def test_one_long_cell_or_an_amount_in_brackets_hides_no_heading(strange: str) -> None:
    sheet = sheet_of(
        [["DATA UMKM"], ["Nama", "NIK", "Nama Usaha", strange], ["SITI", "1901014101900001", "WARUNG", "Ya"]]
    )
    heading = find_heading(sheet)
    assert heading is not None
    assert heading.texts == ("Nama", "NIK", "Nama Usaha", strange)
    assert set(map_workbook([sheet], "19.01", {}).sheets[0].mapping) >= {"owner_name", "nik", "business_name"}


@pytest.mark.parametrize(
    "row",
    [
        ["Usaha", "1901014101900001", "NIK"],
        ["SITI (081271000001)", "KIOS (Jl. Mawar 1234567)", "Belinyu"],
        [CONSENT, "Nama", "SITI"],
        ["Nama", "NIK", "081271000001 (Siti)"],
    ],
)
def test_a_row_with_numbers_or_long_texts_among_few_names_is_no_heading(row: list[str]) -> None:
    assert find_heading(sheet_of([row])) is None


@pytest.mark.parametrize("layout", specific_layouts(), ids=lambda layout: layout.name)
def test_every_specific_layout_has_a_sample_that_it_maps(layout) -> None:  # type: ignore[no-untyped-def]
    samples = list(GOLDEN.glob(f"{layout.name}.*"))
    assert samples, f"tests/golden/layouts/{layout.name}.csv is missing"
    workbook = map_workbook(read_text(samples[0].read_bytes(), layout.name, LIMITS), layout.code, {})
    assert workbook.layout == layout.name
    assert set(workbook.sheets[0].mapping) == {field for field in layout.headings.values() if field}
    assert len(workbook.frame) >= 1


def test_every_family_is_strict_and_wide() -> None:
    for kind in KINDS:
        assert len(family(kind).patterns) > (200 if kind == "verification" else 500)


def test_patterns_expand_to_all_their_texts() -> None:
    assert expand(["nama {lengkap|} <who>"], {"who": "a|b"}) == ["nama lengkap a", "nama lengkap b", "nama a", "nama b"]


def test_normalising_twice_changes_nothing() -> None:
    for variant in VARIANTS:
        once = normalise_heading(variant["heading"])
        assert normalise_heading(once) == once


@pytest.mark.parametrize(
    "heading",
    [
        "Omzet (Rp.000)",
        "Omzet (000)",
        "Omzet (Rp 000.000)",
        "Omzet (x Rp1.000)",
        "Omzet/Tahun (dalam ribuan)",
        "Omzet (jutaan Rp)",
    ],
)
def test_money_without_its_last_zeros_is_money_with_its_unit_told(heading: str) -> None:
    columns = mapped(heading)
    assert columns.mapping == {"annual_turnover": 0}
    assert columns.hints["annual_turnover"].split("|")[-1] in ("thousand", "million")


@pytest.mark.parametrize(
    ("nik", "field"), [("1901010020001", "cooperative_nik"), ("1901014101900001", "nik"), ("", "cooperative_nik")]
)
def test_a_bare_nik_among_cooperatives_is_a_persons_when_its_numbers_are(nik: str, field: str) -> None:
    columns = mapped("Nama Koperasi", "NIK", "Ketua", kind="cooperative", values=[nik, nik])
    assert columns.mapping == {"cooperative_name": 0, field: 1, "owner_name": 2}


@pytest.mark.parametrize(
    ("top", "below", "joined"),
    [
        (["Kontak Darurat", ""], ["Nama", "No HP"], ("Kontak Darurat Nama", "Kontak Darurat No HP")),
        (["Penjamin", ""], ["Nama", "NIK"], ("Nama Penjamin", "NIK Penjamin")),
        (["Identitas Pemilik", ""], ["No HP", "NIK"], ("No HP Pemilik", "NIK Pemilik")),
        (["Legalitas", ""], ["NIB", "NPWP"], ("NIB", "NPWP")),
    ],
)
def test_a_heading_under_a_group_of_somebody_else_is_not_the_owners(
    top: list[str], below: list[str], joined: tuple[str, ...]
) -> None:
    assert join_headings(top, below) == joined
