"""Workbooks that were spoiled on purpose, for the tests of reading. All NIKs are invented."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from tests.intake.sheet_making import write_workbook

SHEET = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def simple_workbook(path: Path) -> Path:
    return write_workbook(path, {"Data": [["Nama Pemilik", "NIK"], ["SITI", "1901014101900001"]]})


def changed_workbook(path: Path, **changes: bytes | None) -> Path:
    """A workbook with members replaced or added; the key's `__` is `/`."""
    simple_workbook(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= {name.replace("__", "/"): content or b"" for name, content in changes.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def far_cell(path: Path) -> Path:
    """The first and the last cell of a sheet."""
    return two_cells(path, 1_048_575, 16_383)


def far_row(path: Path) -> Path:
    """A cell a million rows down."""
    return two_cells(path, 1_000_000, 2)


def two_cells(path: Path, row: int, column: int) -> Path:
    """A sheet with its first cell and one other, by 0-based position."""
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet()
    sheet.write(0, 0, "a")
    sheet.write(row, column, "b")
    workbook.close()
    return path


def written(content: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def with_sheet(content: str) -> Callable[[Path], Path]:
    """A workbook whose one sheet has this XML."""
    return with_parts(**{"xl__worksheets__sheet1.xml": SHEET.format(content).encode()})


def with_parts(**parts: bytes) -> Callable[[Path], Path]:
    """A workbook with members replaced or added."""
    return lambda path: changed_workbook(path, **parts)


def without(member: str) -> Callable[[Path], Path]:
    """A workbook that lacks a member."""

    def make(path: Path) -> Path:
        simple_workbook(path)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist() if name != member}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    return make


def cut_at(share: float) -> Callable[[Path], Path]:
    """A workbook whose transfer broke off."""

    def make(path: Path) -> Path:
        data = simple_workbook(path).read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return make


def twice(path: Path) -> Path:
    """Two sheets of one name: what is checked and what is read might differ."""
    simple_workbook(path)
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr("xl/worksheets/sheet1.xml", b"<x/>")
    return path


def overlapping(path: Path) -> Path:
    """A bomb: one compressed part that three hundred entries of the directory point to."""
    data = b"".join(bytes([number % 251]) * 1_000_000 for number in range(20))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(data) + packer.flush()
    name, crc, count = b"xl/media/image1.png", zlib.crc32(data), 300
    sizes = (crc, len(packed), len(data), len(name))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, *sizes, 0) + name + packed
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0, 0) + name
    directory = entry * count
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(local), 0)
    path.write_bytes(local + directory + end)
    return path


def looping_old_workbook(path: Path) -> Path:
    """An .xls whose chain of sectors runs in a circle."""
    header, table = bytearray(512), bytearray(b"\xff" * 512)
    header[:8] = OLE
    struct.pack_into("<HHHHH", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<II", header, 44, 1, 1)
    struct.pack_into("<IIIII", header, 56, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", header, 76, 0, *[0xFFFFFFFF] * 108)
    struct.pack_into("<III", table, 0, 0xFFFFFFFD, 2, 1)
    path.write_bytes(bytes(header) + bytes(table) + bytes(1024))
    return path
