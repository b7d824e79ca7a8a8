"""What is checked in a zipped workbook before any parser may see it: members, real unpacked size, XML declarations, sheet sizes.

Belongs here: refusing what would harm the reader. Does not belong here: reading cells (workbooks.py). Why: a legal workbook of
4 KiB with the cells A1 and XFD1048576 makes calamine reserve the whole area and abort the process (measured).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from tasks.intake.refusals import Unreadable
from tasks.intake.sheets import Limits

CHUNK = 1 << 20
#: what is repeated so often is no list: rows of a sheet shrink to a tenth or a fiftieth, filling to a thousandth
LARGEST_SWELLING, FREE_TO_SWELL = 400, 64 << 20
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


def check_zip(path: Path, limits: Limits) -> list[str]:
    """The names of the parts that stay unread (macros, controls, embedded files).

    Raises Unreadable (NOT_A_WORKBOOK, BAD_ZIP_MEMBER, ZIP_BOMB, XML_DOCTYPE, TOO_MANY_ROWS, TOO_MANY_COLUMNS, ENCRYPTED).
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            _check_form(names)
            budget = _budget(path.stat().st_size, limits)
            for member in archive.infolist():
                _check_member(member)
                budget -= _check_content(archive, member, budget, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Unreadable("NOT_A_WORKBOOK") from error
    return [name for name in names if UNREAD_MEMBER.search(name) and not name.endswith("/")]


def _check_form(names: list[str]) -> None:
    """Raises Unreadable for other office documents, and for two parts of one name, of which each program reads another."""
    other = next((form for prefix, form in OTHER_FORMS.items() if any(name.startswith(prefix) for name in names)), None)
    if other:
        raise Unreadable("UNKNOWN_FORMAT", detail=other)
    if len(set(names)) < len(names):
        raise Unreadable("NOT_A_WORKBOOK")


def _budget(file_bytes: int, limits: Limits) -> int:
    """How many bytes all parts together may unpack to: parts that overlap swell no less than one that repeats itself."""
    return min(limits.max_unpacked_mb << 20, max(FREE_TO_SWELL, LARGEST_SWELLING * file_bytes))


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
            if size > budget:
                raise Unreadable("ZIP_BOMB", limit=size >> 20)
            if size > FREE_TO_SWELL and size > LARGEST_SWELLING * member.compress_size:
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
