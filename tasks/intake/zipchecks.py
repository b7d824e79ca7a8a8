"""What is checked in a zipped workbook before any parser may see it: members, real unpacked size, XML declarations, sheet sizes.

Belongs here: opening any zip safely, telling workbooks from other zips, refusing what would harm the reader. Does not belong here:
reading cells (workbooks.py), zips of lists (archives.py). Why: a legal workbook of 4 KiB with the cells A1 and XFD1048576 makes
calamine reserve the whole area and abort the process (measured).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tasks.intake.refusals import Unreadable
from tasks.intake.sheets import Limits

CHUNK = 1 << 20
#: so much may unpack however small it was: only beyond it is swelling looked at (Limits.max_swelling)
FREE_TO_SWELL = 64 << 20
#: bytes of the table of contents: some ten thousand members, which take a tenth of a second to go through
LARGEST_CONTENTS = 4 << 20
#: what the zip of an office program holds at its root, and no other zip
PACKAGE_PARTS = frozenset(["[Content_Types].xml", "mimetype", "content.xml", "xl/workbook.xml", "xl/workbook.bin"])
#: how a broken zip shows itself; the last three: places outside the file, a name that is no UTF-8
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, OverflowError)
#: what a workbook may be made of
ALLOWED_MEMBER = re.compile(
    r"""^(\[Content_Types\]\.xml|_rels/.*|docProps/.*|customXml/.*|docMetadata/.*
    |xl/(workbook\.xml|styles\.xml|sharedStrings\.xml|metadata\.xml|calcChain\.xml|connections\.xml|volatileDependencies\.xml)
    |xl/_rels/.*|xl/(worksheets|chartsheets|dialogsheets|drawings|charts|media|theme|tables|printerSettings|persons|comments
        |threadedComments|externalLinks|pivotTables|pivotCache|queryTables|slicers|slicerCaches|richData|model|featurePropertyBag
        |ctrlProps|webextensions|timelines|timelineCaches|diagrams|customProperty|namedSheetViews)/.*
    |xl/comments[^/]*\.xml|mimetype|content\.xml|styles\.xml|meta\.xml|settings\.xml|manifest\.rdf|META-INF/.*
    |xl/(vbaProject\.bin|vbaProjectSignature[A-Za-z]*\.bin|vbaData\.xml)|xl/(activeX|embeddings|macrosheets)/.*
    |(Basic|Dialogs|Scripts)/.*
    |xl/[A-Za-z]+\.xml|\[trash\]/[^/]*\.dat
    |Thumbnails/.*|Pictures/.*|Configurations2/.*|Object[^/]*/.*|ObjectReplacements/.*|layout-cache)$""",
    re.VERBOSE,
)
FORBIDDEN_MEMBER = re.compile(r"\.(bin\.exe|exe|dll|js|vbs|ps1)$|\.\./|^/", re.IGNORECASE)
#: macros, controls and embedded files: the reader of cells never opens them, and the office is told so
UNREAD_MEMBER = re.compile(r"^(xl/(vbaProject\.bin$|macrosheets/|activeX/[^/]+\.xml$|embeddings/)|Basic/|Scripts/)")
OTHER_FORMS = {
    "word/": "dokumen Word",
    "ppt/": "presentasi PowerPoint",
    "xl/workbook.bin": "buku kerja biner .xlsb; simpan sebagai .xlsx",
}
#: what no office program writes, in either width of characters
DECLARATIONS = tuple(
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)
_SHEET = re.compile(r"^xl/worksheets/[^/]+\.xml$")
_COLUMN = re.compile(rb"""<[a-z:]*c\s[^>]*?\br\s*=\s*["']([A-Z]{1,8})""")
_ROW = re.compile(rb"""<[a-z:]*row\s[^>]*?\br\s*=\s*["']([0-9]{1,20})["']""")


class _Bounded(io.FileIO):
    """A file that gives nobody a table of contents larger than a zip of lists can need, whatever the zip says of itself."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > LARGEST_CONTENTS:
            raise Unreadable("TOO_MANY_MEMBERS", count=f">{LARGEST_CONTENTS // 100}", limit=LARGEST_CONTENTS // 100)
        return super().read(size) or b""


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip at a path. Raises Unreadable(TOO_MANY_MEMBERS) before a huge table of contents is read, and what BROKEN names."""
    with _Bounded(path) as stream, zipfile.ZipFile(stream) as archive:
        yield archive


def is_package(archive: zipfile.ZipFile) -> bool:
    """Whether the zip is one document of an office program rather than a zip of files."""
    return any(name in PACKAGE_PARTS for name in archive.namelist())


def check_zip(path: Path, limits: Limits) -> tuple[str, list[str]]:
    """The form of a zipped workbook, xlsx or ods, and the names of the parts that stay unread (macros, controls, embedded files).

    Raises Unreadable (NOT_A_WORKBOOK, ZIP_OF_LISTS, BAD_ZIP_MEMBER, ZIP_BOMB, XML_DOCTYPE, TOO_MANY_ROWS, TOO_MANY_COLUMNS, ENCRYPTED).
    """
    try:
        with opened_zip(path) as archive:
            if archive.namelist() and not is_package(archive):
                raise Unreadable("ZIP_OF_LISTS")
            names = archive.namelist()
            _check_form(names)
            budget = unpacked_budget(path.stat().st_size, limits)
            for member in archive.infolist():
                _check_member(member)
                budget -= _check_content(archive, member, budget, limits)
    except BROKEN as error:
        raise Unreadable("NOT_A_WORKBOOK") from error
    unread = [name for name in names if UNREAD_MEMBER.search(name) and not name.endswith("/")]
    return "ods" if "content.xml" in names else "xlsx", unread


def _check_form(names: list[str]) -> None:
    """Raises Unreadable for other office documents, and for two parts of one name, of which each program reads another."""
    other = next((form for prefix, form in OTHER_FORMS.items() if any(name.startswith(prefix) for name in names)), None)
    if other:
        raise Unreadable("UNKNOWN_FORMAT", detail=other)
    if len(set(names)) < len(names):
        raise Unreadable("NOT_A_WORKBOOK")


def unpacked_budget(file_bytes: int, limits: Limits) -> int:
    """How many bytes all members together may unpack to: members that overlap swell no less than one that repeats itself."""
    return min(limits.max_unpacked_mb << 20, max(FREE_TO_SWELL, limits.max_swelling * file_bytes))


def swells(size: int, packed_size: int, limits: Limits) -> bool:
    """Whether what was packed so small and unpacks so large is no list: rows shrink to a tenth or a fiftieth, filling to a thousandth."""
    return size > FREE_TO_SWELL and size > limits.max_swelling * packed_size


def _check_member(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 1:
        raise Unreadable("ENCRYPTED")
    if member.is_dir():
        return
    if FORBIDDEN_MEMBER.search(member.filename) or not ALLOWED_MEMBER.match(member.filename):
        raise Unreadable("BAD_ZIP_MEMBER", detail=member.filename[-60:])


def _check_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: int, limits: Limits) -> int:
    """Inflate one member, counting; returns its real size in bytes."""
    size = 0
    is_sheet = bool(_SHEET.match(member.filename))
    is_xml = member.filename.endswith((".xml", ".rels", ".vml"))
    columns: set[bytes] = set()
    last_row = 0
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > budget or swells(size, member.compress_size, limits):
                raise Unreadable("ZIP_BOMB", limit=size >> 20)
            window = tail + chunk
            if is_xml and any(mark in window for mark in DECLARATIONS):
                raise Unreadable("XML_DOCTYPE")
            if is_sheet:
                columns.update(_COLUMN.findall(window))
                last_row = max(last_row, max(map(int, _ROW.findall(window)), default=0))
            tail = window[-200:]
    if is_sheet:
        _check_area(member.filename, last_row, max(map(column_number, columns), default=0), limits)
    return size


def _check_area(name: str, rows: int, columns: int, limits: Limits) -> None:
    sheet = name.rsplit("/", 1)[-1].removesuffix(".xml")
    if columns > limits.max_columns:
        raise Unreadable("TOO_MANY_COLUMNS", sheet=sheet, count=columns, limit=limits.max_columns)
    if rows > limits.max_rows:
        raise Unreadable("TOO_MANY_ROWS", sheet=sheet, count=rows, limit=limits.max_rows)


def column_number(letters: bytes) -> int:
    """A -> 1, Z -> 26, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
