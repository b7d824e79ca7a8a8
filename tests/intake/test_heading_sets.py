"""How well the mapper does on headings that were labelled before it was looked at (tests/golden/README.md)."""

from __future__ import annotations

import pytest

from schemas.fields import fields
from schemas.records import Kind
from tasks.intake.kinds import kind_of
from tests.intake.heading_sets import HALVES, figures, judge_alone, judge_in_rows, map_headings, read_set

#: what is not right, in both halves; all of it is asked about, nothing is mapped to something else
STILL_FAIL = {
    "Status (Aktif/Tidak)",  # by itself; in a list its values tell it
    "Nama Marketplace (Shopee/Tokopedia)",
}
#: another person's, or of another thing
OTHERS = (
    "Pasangan",
    "Suami",
    "Istri",
    "Ibu",
    "Anak",
    "Ahli Waris",
    "Saksi",
    "Petugas",
    "Ketua RT",
    "Kepala Desa",
    "Bendahara",
)
OF_THE_OWNER = (
    "Nama",
    "Nama Lengkap",
    "NIK",
    "No KTP",
    "No KK",
    "No HP",
    "Alamat",
    "Tanggal Lahir",
    "Pekerjaan",
    "Kecamatan",
)


def test_the_sets_are_wide_and_half_of_each_is_held_out() -> None:
    lines = read_set("headings.csv")
    halves = {half: {line["heading"].casefold() for line in lines if line["half"] == half} for half in HALVES}
    assert len(lines) >= 800
    assert not halves["build"] & halves["held_out"]
    assert abs(len(halves["build"]) - len(halves["held_out"])) <= 1
    named = {
        name
        for file in ("headings.csv", "heading_rows.csv")
        for line in read_set(file)
        for name in line["field"].split("|")
    }
    assert named <= set(fields()) | {""}


def test_at_least_95_of_100_headings_are_right_and_none_silently_wrong() -> None:
    verdicts = list(judge_alone())
    for count, right, wrong in figures(verdicts).values():
        assert right >= 0.95 * count
        assert wrong == 0
    assert {verdict.heading for verdict in verdicts if not verdict.is_right} == STILL_FAIL


def test_headings_among_their_neighbours_are_right_and_none_silently_wrong() -> None:
    for count, right, wrong in figures(list(judge_in_rows())).values():
        assert right >= 0.95 * count
        assert wrong == 0


@pytest.mark.parametrize("other", OTHERS)
def test_a_heading_that_speaks_of_somebody_else_is_never_the_owners(other: str) -> None:
    texts = [
        form.format(of=of, other=other)
        for of in OF_THE_OWNER
        for form in ("{of} {other}", "{of} ({other})", "{of}/{other}")
    ]
    kinds: tuple[Kind, ...] = ("umkm", "cooperative", "group")
    assert [(kind, text) for kind in kinds for text in texts if map_headings([text], kind).mapping] == []


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Nama Usaha (sesuai SKU)", "business_name"),
        ("Nama Pemilik (Suami)", None),
        ("No Identitas (KTP)", "nik"),
        ("Sektor/Bidang Usaha", "sector"),
        ("No. HP/Email", None),
        ("NIK/Nama", None),
        ("Agama/Suku", None),
        ("Apakah UMKM binaan?", "is_fostered"),
        ("Luas Tempat Usaha", None),
    ],
)
def test_another_reading_counts_when_all_its_parts_agree(heading: str, field: str | None) -> None:
    assert list(map_headings([heading], "umkm").mapping) == ([field] if field else [])


def test_a_heading_of_two_sensitive_things_is_dropped() -> None:
    assert map_headings(["Agama/Suku", "Penyandang Disabilitas (Ya/Tidak)"], "umkm").ignored == {
        0: "sensitive",
        1: "sensitive",
    }


def test_a_bare_status_is_told_by_its_values() -> None:
    assert map_headings(["Status"], "umkm", ["Aktif", "Tutup", "Aktif"]).mapping == {"activity_status": 0}
    assert map_headings(["Status"], "umkm", ["Kawin", "Belum Kawin"]).ignored == {0: "unknown"}


def test_the_headings_of_a_whole_list_tell_its_kind() -> None:
    lists: dict[tuple[str, str], list[str]] = {}
    for line in read_set("heading_rows.csv"):
        lists.setdefault((line["list"], line["kind"]), []).append(line["heading"])
    told = {name: kind_of(headings) for (name, _), headings in lists.items()}
    assert told == dict(lists.keys())
