"""Zips of lists: what each member is, by the table of contents and the bytes; what is crafted, broken or no list is named."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from schemas.errors import FileRefused
from tasks.intake.archives import Member, unpack
from tasks.intake.refusals import REFUSALS
from tasks.intake.sheets import Limits
from tasks.intake.steps.reader import FileReader
from tests.intake import zip_making as making
from tests.intake.spoiled import cut_at, simple_workbook, with_parts, written
from tests.intake.zip_making import LIST, OTHER_LIST, Make, a_zip, named, packed, with_list


def unpacked(reader: FileReader, path: Path) -> tuple[Member, ...]:
    """The members of a zip of lists."""
    found = reader.unpack(path)
    assert found is not None
    return found.members


#: in words, the code, how it is made; all of it is refused, and the next zip is unpacked
CLOSED: list[tuple[str, str, str, Make]] = [
    ("no zip behind the mark of one", "BROKEN_ARCHIVE", "a.zip", written(b"PK\x03\x04 this is no zip")),
    ("a zip whose transfer broke off", "BROKEN_ARCHIVE", "a.zip", cut_at(0.5)),
    ("a zip without its end", "BROKEN_ARCHIVE", "a.zip", cut_at(0.97)),
    ("a table of contents cut short", "BROKEN_ARCHIVE", "a.zip", making.changed(lambda data: data.replace(b"PK\x01\x02", b"PK\x01\x00"))),
    ("a name that is not the UTF-8 it says", "BROKEN_ARCHIVE", "a.zip", named(b"d\xffftar-lain.csv", is_utf8=True)),
    ("three hundred members in one place", "OVERLAPPING_MEMBERS", "a.zip", making.overlapped),
    ("two members in one place", "OVERLAPPING_MEMBERS", "a.zip", making.in_one_place),
    ("lists that swell together", "ARCHIVE_SWELLS", "a.zip", making.swelling_together),
    ("ten thousand members", "TOO_MANY_MEMBERS", "a.zip", a_zip({f"{n}.csv": b"" for n in range(10_000)}, zipfile.ZIP_STORED)),
    ("a hundred thousand members that say they are one", "TOO_MANY_MEMBERS", "a.zip", making.large_contents),
]  # fmt: skip


@pytest.mark.parametrize(("what", "code", "name", "make"), CLOSED, ids=[what for what, *_ in CLOSED])
def test_a_zip_that_cannot_be_believed_is_refused_and_the_next_is_unpacked(
    what: str, code: str, name: str, make: Make, tmp_path: Path, reader: FileReader
) -> None:
    with pytest.raises(FileRefused) as caught:
        reader.unpack(make(tmp_path / name))
    assert caught.value.code == code, what
    assert caught.value.mend
    (member,) = unpacked(reader, a_zip({"baik.csv": LIST})(tmp_path / "good.zip"))
    assert member.file


#: in words, the code of the member beside a good one
REFUSED: list[tuple[str, str, Make]] = [
    ("a password", "MEMBER_ENCRYPTED", making.encrypted),
    ("one name for two lists", "MEMBER_TWICE", making.twice),
    ("a link", "MEMBER_LINK", making.linked),
    ("a name at the root", "MEMBER_NAME", with_list(__etc__passwd=OTHER_LIST)),
    ("a name at a root of Windows", "MEMBER_NAME", with_list(**{"\\server\\daftar.csv": OTHER_LIST})),
    ("a name with a drive", "MEMBER_NAME", with_list(**{"C:\\Users\\daftar.csv": OTHER_LIST})),
    ("a name above the folder", "MEMBER_NAME", with_list(**{"..__..__daftar.csv": OTHER_LIST})),
    ("a name above the folder, with backslashes", "MEMBER_NAME", with_list(**{"a\\..\\..\\daftar.csv": OTHER_LIST})),
    ("a name with a NUL", "MEMBER_NAME", named(b"daftar.csv\0.csv")),
    ("an endless name", "MEMBER_NAME", with_list(**{"d" * 60_000 + ".csv": OTHER_LIST})),
    ("an endless path", "MEMBER_NAME", with_list(**{"d__" * 20_000 + "a.csv": OTHER_LIST})),
    ("a packing that nobody knows", "MEMBER_METHOD", making.by_method(99)),
    ("the packing of huge files", "MEMBER_METHOD", making.by_method(9)),
    ("a byte that changed on the way", "MEMBER_BROKEN", making.broken_within),
    ("more bytes than it says", "MEMBER_BROKEN", making.lying),
    ("fewer bytes than it says", "MEMBER_BROKEN", making.lying_much),
    ("more bytes than a file may have", "MEMBER_TOO_LARGE", with_list(**{"lain.csv": OTHER_LIST * 1_000_000})),
    ("a zip of lists", "ARCHIVE_IN_ARCHIVE", with_list(**{"lain.zip": packed({"a.csv": OTHER_LIST})})),
    ("a zip of lists under the name of a list", "ARCHIVE_IN_ARCHIVE", with_list(**{"lain.csv": packed({"a.csv": OTHER_LIST})})),
    ("a zip in a zip in a zip", "ARCHIVE_IN_ARCHIVE", with_list(**{"lain.zip": packed({"b.zip": packed({"a.csv": LIST})})})),
    ("a RAR", "ARCHIVE_IN_ARCHIVE", with_list(**{"lain.rar": b"Rar!\x1a\x07\0" + bytes(100)})),
    ("a 7z", "ARCHIVE_IN_ARCHIVE", with_list(**{"lain.7z": b"7z\xbc\xaf\x27\x1c" + bytes(100)})),
]  # fmt: skip


@pytest.mark.parametrize(("what", "code", "make"), REFUSED, ids=[what for what, *_ in REFUSED])
def test_a_member_that_cannot_be_read_is_refused_by_name_and_the_others_are_unpacked(
    what: str, code: str, make: Make, tmp_path: Path, reader: FileReader
) -> None:
    good, *others = unpacked(reader, make(tmp_path / "a.zip"))
    assert (good.name, good.code) == ("baik.csv", "")
    assert {member.code for member in others} == {code}, what
    assert not any(member.file for member in others)
    assert all(len(member.name) < 1000 for member in others)


def test_a_member_that_swells_is_known_before_it_is_unpacked(tmp_path: Path, reader: FileReader) -> None:
    roomy = Limits()
    good, swelling = unpack(making.swelling(tmp_path / "a.zip"), tmp_path, roomy) or []
    assert (good.code, swelling.code) == ("", "MEMBER_SWELLS")


def test_everything_that_is_no_list_is_named(tmp_path: Path, reader: FileReader) -> None:
    others = {
        "__MACOSX/._baik.csv": "berkas sistem", ".DS_Store": "berkas sistem", "foto/Thumbs.db": "berkas sistem",
        "~$baik.xlsx": "berkas sistem", "desktop.ini": "berkas sistem", "surat pengantar.PDF": "dokumen PDF", "ktp/siti.jpg": "gambar",
        "laporan.docx": "dokumen teks", "rapat.pptx": "presentasi", "video.mp4": "suara atau video", "mulai.exe": "program",
    }  # fmt: skip
    path = a_zip({"baik.csv": LIST, "kosong/": b"", **dict.fromkeys(others, b"x")})(tmp_path / "a.zip")
    first, *found = unpacked(reader, path)
    assert first.name == "baik.csv"
    assert {member.name: member.thing for member in found} == others
    assert {member.code for member in found} == {"NOT_A_LIST"}


@pytest.mark.parametrize(
    ("written_as", "is_utf8", "told"),
    [
        (b"data/kec belinyu.csv", False, "data/kec belinyu.csv"),
        (b"data\\kec belinyu.csv", False, "data/kec belinyu.csv"),
        (b"./data//kec.csv", False, "data/kec.csv"),
        ("Café Désa.csv".encode(), True, "Café Désa.csv"),
        ("Café Désa.csv".encode(), False, "Café Désa.csv"),
        ("Café Désa.csv".encode("cp437"), False, "Café Désa.csv"),
        ("Café Désa.csv".encode("cp1252"), False, "Café Désa.csv"),
        ("Cafe\u0301.csv".encode(), True, "Café.csv"),
        ("a\u202evsc.exe.csv".encode(), True, "a�vsc.exe.csv"),
        (b"a\nb.csv", False, "a�b.csv"),
    ],
)
def test_a_name_is_told_as_it_was_written(
    written_as: bytes, is_utf8: bool, told: str, tmp_path: Path, reader: FileReader
) -> None:
    _, member = unpacked(reader, named(written_as, is_utf8)(tmp_path / "a.zip"))
    assert (member.name, member.code) == (told, "")


def test_what_is_unpacked_is_what_was_packed_and_lies_under_a_number(tmp_path: Path, reader: FileReader) -> None:
    found = reader.unpack(a_zip({"a/umkm.csv": LIST, "b.csv": OTHER_LIST})(tmp_path / "a.zip"))
    assert found is not None
    assert [(found.folder / member.file).read_bytes() for member in found.members] == [LIST, OTHER_LIST]
    assert {member.file for member in found.members} == {"member0", "member1"}


@pytest.mark.parametrize("name", ["a.xlsx", "a.zip", "a.csv", "a"])
def test_a_workbook_is_no_zip_of_lists_whatever_it_is_called(name: str, tmp_path: Path, reader: FileReader) -> None:
    assert reader.unpack(simple_workbook(tmp_path / name)) is None
    assert reader.read(tmp_path / name)[0].row_texts(1) == ["SITI", "1901014101900001"]


def test_a_letter_is_no_zip_of_lists(tmp_path: Path, reader: FileReader) -> None:
    assert reader.unpack(with_parts(**{"word__document.xml": b"<w/>"})(tmp_path / "a.docx")) is None


def test_a_list_is_no_zip_of_lists(tmp_path: Path, reader: FileReader) -> None:
    assert reader.unpack(written(b"PK,NIK\nSITI,1901014101900001\n")(tmp_path / "a.zip")) is None


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx", "a.csv", "a"])
def test_a_zip_of_lists_is_one_whatever_it_is_called(name: str, tmp_path: Path, reader: FileReader) -> None:
    (member,) = unpacked(reader, a_zip({"umkm.csv": LIST})(tmp_path / name))
    assert member.name == "umkm.csv"
    with pytest.raises(FileRefused) as caught:
        reader.read(tmp_path / name)
    assert caught.value.code == "ZIP_OF_LISTS"


def test_every_code_says_in_both_languages_what_is_wrong() -> None:
    codes = {code for _, code, *_ in (*CLOSED, *REFUSED)}
    assert codes <= set(REFUSALS)
    for refusal in REFUSALS.values():
        assert refusal.what.endswith(".") and refusal.mend.endswith(".") and refusal.en.endswith(".")
