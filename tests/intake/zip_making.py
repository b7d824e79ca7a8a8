"""Zips of lists as offices pack them, and zips that were spoiled on purpose. All NIKs are invented."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.intake.spoiled import overlapping

LIST = b"Nama Pemilik,NIK\nSITI,1901014101900001\n"
OTHER_LIST = LIST.replace(b"SITI", b"DEWI")
Make = Callable[[Path], Path]


def packed(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these members, the same bytes whenever it is made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 4, 30, 8, 0, 0)), content, method)
    return stream.getvalue()


def a_zip(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Make:
    """Writes a zip with these members."""
    return lambda path: _write(path, packed(members, method))


def with_list(**others: bytes) -> Make:
    """A zip with a good list and other members, whose names are the keys with `__` for `/`."""
    return a_zip({"baik.csv": LIST, **{name.replace("__", "/"): content for name, content in others.items()}})


def changed(change: Callable[[bytes], bytes], members: Mapping[str, bytes] | None = None) -> Make:
    """A zip with a good list and another whose bytes were changed afterwards."""
    return lambda path: _write(
        path, change(packed(members or {"baik.csv": LIST, "lain.csv": OTHER_LIST}, zipfile.ZIP_STORED))
    )


def named(name: bytes, is_utf8: bool = False) -> Make:
    """A zip with a good list and another under a name of raw bytes."""
    stand_in = ("x" * len(name)).encode()

    def change(data: bytes) -> bytes:
        data = data.replace(stand_in, name)
        return _with_flag(data, name, 0x800) if is_utf8 else data

    return changed(change, {"baik.csv": LIST, stand_in.decode(): OTHER_LIST})


def encrypted(path: Path) -> Path:
    """Two lists, one with a password."""
    return changed(lambda data: _with_flag(data, b"lain.csv", 1))(path)


def by_method(method: int) -> Make:
    """Two lists, one packed by a method of this number."""
    return changed(lambda data: _in_entry(data, b"lain.csv", 8, 10, method))


def twice(path: Path) -> Path:
    """Two lists of one name, and another."""
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr("baik.csv", LIST)
        archive.writestr("lain.csv", OTHER_LIST)
        archive.writestr("lain.csv", LIST + OTHER_LIST)
    return path


def linked(path: Path) -> Path:
    """A list and a link to what the machine keeps."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("baik.csv", LIST)
        link = zipfile.ZipInfo("lain.csv")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    return path


def lying(path: Path) -> Path:
    """A list that is longer than the zip says of it."""
    size = len(OTHER_LIST)
    return changed(lambda data: _sized(data, b"lain.csv", size, size - 5))(path)


def lying_much(path: Path) -> Path:
    """A list that the zip calls endless."""
    return changed(lambda data: _sized(data, b"lain.csv", len(OTHER_LIST), 3 << 20))(path)


def swelling(path: Path) -> Path:
    """A good list and one that swells."""
    return a_zip({"baik.csv": LIST, "lain.csv": b" " * (65 << 20)})(path)


def swelling_together(path: Path) -> Path:
    """Many lists, each of which may unpack, and all together may not."""
    return a_zip({f"{number}.csv": bytes([65 + number]) * (10 << 20) for number in range(8)})(path)


def large_contents(path: Path) -> Path:
    """A table of contents of five megabytes that says it holds one member."""
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0) + b"a.cs"
    contents = entry * 110_000
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(contents), 4, 0)
    return _write(path, b"PK\x03\x04" + contents + end)


def in_one_place(path: Path) -> Path:
    """Two members, the second of which begins where the first does."""

    def change(data: bytes) -> bytes:
        found = bytearray(data)
        struct.pack_into("<I", found, found.rfind(b"PK\x01\x02") + 42, 0)
        return bytes(found)

    return changed(change)(path)


def overlapped(path: Path) -> Path:
    """Three hundred members in one place, called lists."""
    data = overlapping(path).read_bytes()
    return _write(path, data.replace(b"xl/media/image1.png", b"daftar-daftar-1.csv"))


def broken_within(path: Path) -> Path:
    """A list one of whose bytes changed on the way."""
    return changed(lambda data: data.replace(b"DEWI", b"DEWA"))(path)


def _sized(data: bytes, name: bytes, packed_size: int, size: int) -> bytes:
    """The two sizes of a member as the zip states them, both times."""
    data = _in_entry(data, name, 18, 20, packed_size, "<I")
    return _in_entry(data, name, 22, 24, size, "<I")


def _with_flag(data: bytes, name: bytes, flag: int) -> bytes:
    return _in_entry(data, name, 6, 8, flag)


def _in_entry(data: bytes, name: bytes, local: int, central: int, value: int, form: str = "<H") -> bytes:
    """A number in a member's header and in the table of contents."""
    found = bytearray(data)
    for mark, name_at, at in ((b"PK\x03\x04", 30, local), (b"PK\x01\x02", 46, central)):
        start = found.find(mark)
        while found[start + name_at : start + name_at + len(name)] != name:
            start = found.find(mark, start + 4)
        struct.pack_into(form, found, start + at, value)
    return bytes(found)


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
