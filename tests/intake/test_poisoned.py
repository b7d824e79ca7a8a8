"""Files that would harm or mislead a reader: each refused by its code, in a child that goes on reading."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.errors import FileRefused
from tasks.intake.steps.reader import FileReader
from tests.intake.sheet_making import write_workbook
from tests.intake.spoiled import (
    OLE,
    cut_at,
    far_cell,
    far_row,
    looping_old_workbook,
    overlapping,
    simple_workbook,
    twice,
    with_parts,
    with_sheet,
    without,
    written,
)
from tests.intake.test_markup import EXCEL_XML

ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'
CELL = "<c><v>1</v></c>"
ONE_CELL = '<sheetData><row r="1"><c r="{}"><v>1</v></c></row></sheetData>'
MANY_STRINGS = b'<?xml version="1.0"?><sst count="4000000000" uniqueCount="4000000000"><si><t>a</t></si></sst>'


def excel_xml(old: str, new: str) -> Callable[[Path], Path]:
    """An Excel 2003 XML workbook with something in it replaced, once."""
    return written(EXCEL_XML.replace(old, new, 1).encode())


POISONED: list[tuple[str, str, str, Callable[[Path], Path]]] = [
    ("no bytes", "EMPTY_FILE", "a.csv", written(b"")),
    ("no zip behind the mark of one", "NOT_A_WORKBOOK", "a.xlsx", written(b"PK\x03\x04 this is no zip")),
    ("a zip of nothing", "UNKNOWN_FORMAT", "a.csv", written(b"PK\x05\x06" + b"\0" * 18)),
    ("a list under the name of a workbook", "NOT_A_WORKBOOK", "a.xlsx", written(b"Nama,NIK\nSITI,1\n")),
    ("half a workbook", "NOT_A_WORKBOOK", "a.xlsx", cut_at(0.5)),
    ("a workbook without its end", "NOT_A_WORKBOOK", "a.xlsx", cut_at(0.97)),
    ("no table of sheets", "NOT_A_WORKBOOK", "a.xlsx", without("xl/workbook.xml")),
    ("no relations", "NOT_A_WORKBOOK", "a.xlsx", without("xl/_rels/workbook.xml.rels")),
    ("no sheet", "NOT_A_WORKBOOK", "a.xlsx", without("xl/worksheets/sheet1.xml")),
    ("no texts", "NOT_A_WORKBOOK", "a.xlsx", without("xl/sharedStrings.xml")),
    ("two sheets of one name", "NOT_A_WORKBOOK", "a.xlsx", twice),
    ("a text that is not there", "NOT_A_WORKBOOK", "a.xlsx", with_sheet(ONE_CELL.format('A1" t="s').replace(">1<", ">99<"))),
    ("row nought", "NOT_A_WORKBOOK", "a.xlsx", with_sheet(ONE_CELL.format("A0"))),
    ("a row below nought", "NOT_A_WORKBOOK", "a.xlsx", with_sheet(ONE_CELL.format("A-5"))),
    ("a sheet that breaks off", "NOT_A_WORKBOOK", "a.xlsx", with_sheet('<sheetData><row r="1"><c r="A1"><v>1')),
    ("elements without an end", "NO_DATA", "a.xlsx", with_sheet("<a>" * 200_000)),
    ("a cell in column ZZZZZZZ", "TOO_MANY_COLUMNS", "a.xlsx", with_sheet(ONE_CELL.format("ZZZZZZZ1"))),
    ("the first and the last cell of a sheet", "TOO_MANY_COLUMNS", "a.xlsx", far_cell),
    ("cells without a place, too many", "TOO_MANY_COLUMNS", "a.xlsx", with_sheet(f"<sheetData><row>{CELL * 200}</row></sheetData>")),
    ("the last row of a sheet", "TOO_MANY_ROWS", "a.xlsx", far_row),
    ("far places in single quotes", "TOO_MANY_COLUMNS", "a.xlsx", with_sheet(ONE_CELL.format("XFD1048576").replace('"', "'"))),
    ("far places in wide writing", "TOO_MANY_COLUMNS", "a.xlsx", with_sheet(ONE_CELL.format("XFD1048576").replace(" r=", "\n r = "))),
    ("four thousand million texts announced", "READER_CRASHED", "a.xlsx", with_parts(**{"xl__sharedStrings.xml": MANY_STRINGS})),
    ("a part that swells", "ZIP_BOMB", "a.xlsx", with_parts(**{"xl__theme__theme1.xml": b"<a>" + b" " * (40 << 20) + b"</a>"})),
    ("three hundred parts in one place", "ZIP_OF_LISTS", "a.xlsx", overlapping),
    ("a program among the pictures", "BAD_ZIP_MEMBER", "a.xlsx", with_parts(**{"xl__media__mulai.exe": b"MZ"})),
    ("a part above the folder", "BAD_ZIP_MEMBER", "a.xlsx", with_parts(**{"..__evil.xml": b"x"})),
    ("a part at the root", "BAD_ZIP_MEMBER", "a.xlsx", with_parts(__etc__passwd=b"x")),
    ("entities", "XML_DOCTYPE", "a.xlsx", with_parts(**{"xl__styles.xml": ENTITIES.encode()})),
    ("entities in wide characters", "XML_DOCTYPE", "a.xlsx", with_parts(**{"xl__styles.xml": ENTITIES.encode("utf-16")})),
    ("a workbook without a cell", "NO_DATA", "a.xlsx", lambda path: write_workbook(path, {"Data": []})),
    ("a letter", "UNKNOWN_FORMAT", "a.docx", with_parts(**{"word__document.xml": b"<w/>"})),
    ("a binary workbook", "UNKNOWN_FORMAT", "a.xlsb", with_parts(**{"xl__workbook.bin": b"\x83\x01\0"})),
    ("a password", "ENCRYPTED", "a.xlsx", written(OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600)),
    ("an old workbook of zeros", "NOT_A_WORKBOOK", "a.xls", written(OLE + b"\0" * 2000)),
    ("an old workbook of ones", "NOT_A_WORKBOOK", "a.xls", written(OLE + b"\xff" * 100_000)),
    ("an old workbook that runs in a circle", "NOT_A_WORKBOOK", "a.xls", looping_old_workbook),
    ("a log-in page", "UNKNOWN_FORMAT", "a.xls", written(b"<html><body>Sesi Anda habis</body></html>")),
    ("a page with too many columns", "TOO_MANY_COLUMNS", "a.xls", written(b"<table><tr>" + b"<td>a" * 200 + b"</table>")),
    ("a page whose cells span too much", "TOO_MANY_COLUMNS", "a.xls", written(b"<table><tr><td colspan=999>a<td>b</table>")),
    ("a page with too many rows", "TOO_MANY_ROWS", "a.xls", written(b"<table>" + b"<tr><td>a" * 6000 + b"</table>")),
    ("an empty table", "NO_DATA", "a.xls", written(b"<table><tr><td></td></tr></table>")),
    ("Excel XML with entities", "XML_DOCTYPE", "a.xls", excel_xml("<Workbook", '<!DOCTYPE a [<!ENTITY b "c">]><Workbook')),
    ("Excel XML that breaks off", "NOT_A_WORKBOOK", "a.xls", written(EXCEL_XML[:-40].encode())),
    ("Excel XML with a word for a number", "NOT_A_WORKBOOK", "a.xls", excel_xml('ss:Index="3"', 'ss:Index="tiga"')),
    ("Excel XML with a row far below", "TOO_MANY_ROWS", "a.xls", excel_xml('<Row ss:Index="3">', '<Row ss:Index="900000000">')),
    ("Excel XML with a cell far out", "TOO_MANY_COLUMNS", "a.xls", excel_xml('<Cell ss:Index="3">', '<Cell ss:Index="900000000">')),
    ("Excel XML of cells in cells", "NOT_A_WORKBOOK", "a.xls", excel_xml("<Row>", "<Row>" + "<Cell>" * 3000)),
    ("other XML", "UNKNOWN_FORMAT", "a.xml", written(b'<?xml version="1.0"?><rss><channel/></rss>')),
    ("more bytes than allowed", "TOO_LARGE", "a.csv", written(b"a,b\n" * (6 << 20))),
    ("one endless line", "TOO_LARGE", "a.csv", written(b"a" * 5_000_000)),
    ("one endless line of quotes", "TOO_LARGE", "a.csv", written(b'"' * 5_000_000)),
    ("too many lines", "TOO_MANY_ROWS", "a.csv", written(b"a,b\n" * 6000)),
    ("too many cells in every line", "TOO_MANY_COLUMNS", "a.csv", written(b"a;" * 200 + b"\n" + b"1;" * 200 + b"\n")),
    ("too many cells in one line", "TOO_MANY_COLUMNS", "a.csv", written(b"a;b\n1;2\n" + b"1;" * 200 + b"\n")),
    ("blanks alone", "NO_DATA", "a.csv", written(b" ; \n;\n")),
    ("zeros alone", "UNKNOWN_FORMAT", "a.csv", written(b"\0" * 100_000)),
    ("a scan", "UNKNOWN_FORMAT", "a.pdf", written(b"%PDF-1.7 scanned")),
    ("a picture", "UNKNOWN_FORMAT", "a.csv", written(b"\x89PNG\r\n\x1a\n" + struct.pack(">200I", *range(200)))),
    ("a text document", "UNKNOWN_FORMAT", "a.xls", written(b"{\\rtf1 daftar}")),
    ("a RAR", "OTHER_ARCHIVE", "a.xlsx", written(b"Rar!\x1a\x07\0" + b"\0" * 100)),
    ("a 7z", "OTHER_ARCHIVE", "a.7z", written(b"7z\xbc\xaf\x27\x1c" + b"\0" * 100)),
    ("a packed file", "OTHER_ARCHIVE", "a.csv", written(b"\x1f\x8b\x08" + b"\0" * 100)),
    ("a part of a divided zip", "OTHER_ARCHIVE", "a.zip", written(b"PK\x07\x08PK\x03\x04" + b"\0" * 100)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "code", "name", "make"), POISONED, ids=[what for what, *_ in POISONED])
def test_a_poisoned_file_is_refused_by_name_and_the_next_is_read(
    what: str, code: str, name: str, make: Callable[[Path], Path], tmp_path: Path, reader: FileReader
) -> None:
    with pytest.raises(FileRefused) as caught:
        reader.read(make(tmp_path / name))
    assert caught.value.code == code, what
    assert caught.value.mend
    assert reader.read(simple_workbook(tmp_path / "good.xlsx"))[0].height == 2


def test_at_least_forty_kinds_are_tried() -> None:
    assert len({what for what, *_ in POISONED}) >= 40
