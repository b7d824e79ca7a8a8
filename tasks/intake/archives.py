"""A zip of lists: what its members are, and unpacking those that may be lists; runs in the killable child.

Belongs here: judging and unpacking members. Does not belong here: workbooks, which are zips as well (zipchecks.py), what becomes of the
members (steps/unpack.py). A member's name is told to people and never used: what is unpacked lies under a number.
"""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tasks.intake.refusals import NOT_A_LIST, Unreadable
from tasks.intake.sheets import Limits
from tasks.intake.zipchecks import BROKEN, CHUNK, is_package, opened_zip, swells, unpacked_budget

#: by their first bytes, with what people call them; a zip that is a workbook is none
ARCHIVE_MARKS = {
    b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip", b"BZh9": "bzip2", b"\xfd7zXZ": "xz", b"PK\x07\x08": "zip terbagi",
}  # fmt: skip
ZIP_MAGIC, EMPTY_ZIP = b"PK\x03\x04", b"PK\x05\x06"
#: what an office adds to its lists, by the end of the name
OTHER_THINGS = {
    "dokumen PDF": "pdf", "gambar": "jpg jpeg png gif bmp tif tiff heic webp svg psd ai cdr", "dokumen teks": "doc docx odt rtf pages",
    "presentasi": "ppt pptx odp", "suara atau video": "mp3 mp4 m4a wav avi mov mkv 3gp", "program": "exe msi bat cmd com dll js vbs apk",
    "pintasan": "lnk url", "basis data": "db mdb accdb sqlite", "berkas keterangan": "yaml yml json ini log",
}  # fmt: skip
_FORMS = {suffix: form for form, suffixes in OTHER_THINGS.items() for suffix in suffixes.split()}
_SYSTEM_NAMES = frozenset(["thumbs.db", "desktop.ini"])
_DRIVE = re.compile(r"^[A-Za-z]:")
#: the answers to a list are called after it, and file systems give a name 255 bytes
LONGEST_PART, LONGEST_NAME = 200, 600
#: in which the members of zips are packed that Windows, phones and office programs make
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADER_BYTES = 30


@dataclass(frozen=True)
class Member:
    """One member of a zip.

    `name` as it is told to people (folders with `/`); `byte_count` as the zip says. A list has a `file` in the folder it was unpacked to;
    anything else a `code`: why it is refused (REFUSALS), or NOT_A_LIST with the `thing` it is in the office's words.
    """

    name: str
    byte_count: int
    file: str = ""
    code: str = ""
    thing: str = ""


def unpack(path: Path, folder: Path, limits: Limits) -> list[Member] | None:
    """The members of a zip of lists in its order, the lists among them unpacked into the folder; None when the file is no such zip.

    Raises Unreadable (BROKEN_ARCHIVE, TOO_MANY_MEMBERS, OVERLAPPING_MEMBERS, ARCHIVE_SWELLS): then nothing in it can be believed.
    """
    with path.open("rb") as stream:
        if not stream.read(4).startswith((ZIP_MAGIC, EMPTY_ZIP)):
            return None
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(opened_zip(path))
            if is_package(archive):
                return None
            found = [info for info in archive.infolist() if not _is_folder(info)]
            if len(found) > limits.max_members:
                raise Unreadable("TOO_MANY_MEMBERS", count=len(found), limit=limits.max_members)
            _check_places(archive.infolist())
            members = _judged(found, limits)
            _check_size(members, path.stat().st_size, limits)
        except BROKEN as error:
            raise Unreadable("BROKEN_ARCHIVE") from error
        return [
            member if member.code else _unpacked(archive, info, member, folder / f"member{number}")
            for number, (info, member) in enumerate(zip(found, members, strict=True))
        ]


def _is_folder(info: zipfile.ZipInfo) -> bool:
    """A folder of its own; some programs of Windows end it with a backslash."""
    return info.is_dir() or (info.filename.endswith("\\") and not info.file_size)


def _check_places(infos: Sequence[zipfile.ZipInfo]) -> None:
    """Raise Unreadable when two members lie in one place of the file: only what was made to swell does."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise Unreadable("OVERLAPPING_MEMBERS")
        end = info.header_offset + _HEADER_BYTES + len(_name_bytes(info)) + info.compress_size


def _check_size(members: Sequence[Member], file_bytes: int, limits: Limits) -> None:
    """Raise Unreadable when the lists together unpack to too much. What a zip says is enough: reading ends where it says."""
    total, budget = sum(member.byte_count for member in members if not member.code), unpacked_budget(file_bytes, limits)
    if total > budget:
        raise Unreadable("ARCHIVE_SWELLS", limit=budget >> 20)


def _judged(infos: Sequence[zipfile.ZipInfo], limits: Limits) -> list[Member]:
    """Each member by what the table of contents says; those without a code are to be unpacked."""
    names = [shown_name(info) for info in infos]
    often = Counter(names)
    judged = []
    for info, name in zip(infos, names, strict=True):
        thing = other_thing(name)
        code = NOT_A_LIST if thing else _why_refused(info, name, often[name] > 1, limits)
        judged.append(Member(name[:LONGEST_NAME], info.file_size, "", code, thing))
    return judged


def other_thing(name: str) -> str:
    """What a member is that is no list, in the office's words; '' when it may be one."""
    *folders, last = name.split("/")
    if "__MACOSX" in folders or last.startswith((".", "~$")) or last.lower() in _SYSTEM_NAMES:
        return "berkas sistem"
    return _FORMS.get(last.rpartition(".")[2].lower(), "") if "." in last else ""


def _why_refused(info: zipfile.ZipInfo, name: str, is_repeated: bool, limits: Limits) -> str:
    """The code of REFUSALS by which a member stays packed; '' when it does not."""
    reasons = {
        "MEMBER_NAME": not is_harmless(info.orig_filename) or len(name) > LONGEST_NAME,
        "MEMBER_LINK": stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG),
        "MEMBER_TWICE": is_repeated,
        "MEMBER_ENCRYPTED": bool(info.flag_bits & 1),
        "MEMBER_METHOD": info.compress_type not in METHODS,
        "MEMBER_TOO_LARGE": info.file_size > limits.max_file_mb << 20,
        "MEMBER_SWELLS": swells(info.file_size, info.compress_size, limits),
    }
    return next((code for code, is_so in reasons.items() if is_so), "")


def is_harmless(name: str) -> bool:
    """Whether a member's name stays within its archive, and can be told: no drive, no root, no step upwards, no NUL, no endless part."""
    parts = name.replace("\\", "/").split("/")
    is_within = bool(parts[0] or len(parts) == 1) and ".." not in parts and not _DRIVE.match(name)
    return (
        is_within and "\0" not in name and all(len(part.encode("utf-8", "replace")) <= LONGEST_PART for part in parts)
    )


def shown_name(info: zipfile.ZipInfo) -> str:
    """A member's name as its maker wrote it: `/` between folders, without what cannot be seen."""
    name = info.orig_filename if _is_utf8(info) else _decoded(_name_bytes(info))
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    told = "/".join(part for part in parts if part not in ("", "."))
    return "".join("�" if unicodedata.category(letter)[0] == "C" else letter for letter in told)


def _is_utf8(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & 0x800)


def _name_bytes(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if _is_utf8(info) else "cp437")


def _decoded(name: bytes) -> str:
    """A name that does not say its encoding: UTF-8 when it is, else that of DOS or of Windows, whichever gives letters."""
    texts = list(_readings(name))
    return next((text for text in texts if all(map(_is_usual, text))), texts[0])


def _readings(name: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "cp437", "cp1252"):
        try:
            yield name.decode(encoding)
        except UnicodeDecodeError:
            continue


def _is_usual(letter: str) -> bool:
    return (
        letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ") or unicodedata.category(letter)[0] == "P"
    )


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, member: Member, target: Path) -> Member:
    """The member with its file, or why it is refused. Raises OSError when there is no room for it."""
    try:
        with target.open("wb") as sink:
            for block in _blocks(archive, info):
                sink.write(block)
        if not _is_archive(target):
            return replace(member, file=target.name)
        code = "ARCHIVE_IN_ARCHIVE"
    except Unreadable as error:
        code = error.code
    target.unlink()
    return replace(member, code=code)


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member. Raises Unreadable(MEMBER_BROKEN) when they are not what the zip says of them."""
    left = info.file_size
    try:
        with archive.open(info) as source:
            while block := source.read(CHUNK):
                left -= len(block)
                yield block
    except BROKEN as error:
        raise Unreadable("MEMBER_BROKEN") from error
    if left:
        raise Unreadable("MEMBER_BROKEN")


def _is_archive(path: Path) -> bool:
    """Whether a member holds files of its own; what cannot be opened is left to its reader, who refuses it."""
    with path.open("rb") as stream:
        head = stream.read(512)
    if not head.startswith((ZIP_MAGIC, EMPTY_ZIP)):
        return bool(archive_kind(head))
    try:
        with opened_zip(path) as archive:
            return not is_package(archive)
    except BROKEN:
        return False


def archive_kind(head: bytes) -> str:
    """What people call the kind of archive that begins so, other than a zip; '' for anything else."""
    named = next((kind for mark, kind in ARCHIVE_MARKS.items() if head.startswith(mark)), "")
    return named or ("tar" if head[257:262] == b"ustar" else "")
