"""Tables written as markup under the name of a workbook: HTML pages and Excel 2003 XML, as web applications export them.

Belongs here: finding the cells of such a file where Excel would show them. Does not belong here: what a file is (reading.py), meaning
of the cells. The tables of a page stand one below the other in one sheet, text between them in rows of their own, merged cells keep
their value in the first cell alone: all as Excel does, so that row numbers are the ones an office sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from itertools import zip_longest
from typing import cast
from xml.etree import ElementTree

import pyarrow as pa

from tasks.intake.refusals import Unreadable
from tasks.intake.sheets import BOOL, DATE, EMPTY, NUMBER, TEXT, Limits, Sheet, batch_of, clean_text, join_batches
from tasks.intake.textfiles import decode
from tasks.intake.workbooks import number_text

Cell = tuple[str, int]  # text and kind
NOTHING: Cell = ("", EMPTY)

EXCEL = "{urn:schemas-microsoft-com:office:spreadsheet}"
EXCEL_VIEW = "{urn:schemas-microsoft-com:office:excel}"
#: what HTML allows a cell to span
MOST_COLUMNS_SPANNED, MOST_ROWS_SPANNED = 1000, 65534
CHUNK = 1 << 20  # characters parsed before what they held is taken over
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|meta|body|table)\b", re.IGNORECASE | re.DOTALL)
_STATED_CHARSET = re.compile(rb"<meta[^>]*charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_KINDS = {"Number": NUMBER, "DateTime": DATE, "Boolean": BOOL}


def is_html(head: bytes) -> bool:
    """Whether the first bytes of a file begin a web page or a bare table."""
    return bool(_HTML.match(head.removeprefix(b"\xef\xbb\xbf")))


def is_excel_xml(head: bytes) -> bool:
    """Whether the first bytes of a file begin an Excel 2003 XML workbook."""
    start = head.replace(b"\0", b"")  # UTF-16 as well
    return b"<?xml" in start[:100] and b"urn:schemas-microsoft-com:office:spreadsheet" in start


def read_html(data: bytes, name: str, limits: Limits) -> list[Sheet]:
    """The one sheet of a web page's tables. Raises Unreadable (UNKNOWN_FORMAT without a table, TOO_MANY_ROWS, TOO_MANY_COLUMNS)."""
    page = _Page(limits)
    page.feed(_text_of_page(data))
    page.close()
    if not page.table_count:
        raise Unreadable("UNKNOWN_FORMAT", detail="halaman web tanpa tabel")
    return [Sheet(1, name, is_hidden=False, cells=_cells(page.rows))]


def read_excel_xml(data: bytes, limits: Limits) -> list[Sheet]:
    """The sheets of an Excel 2003 XML workbook. Raises Unreadable (XML_DOCTYPE, NOT_A_WORKBOOK, TOO_MANY_ROWS, TOO_MANY_COLUMNS)."""
    text = decode(data)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("XML_DOCTYPE")
    reader = _ExcelXml(limits)
    try:
        parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(
            ["start", "end"]
        )  # without a DOCTYPE there are no entities to expand
        for start in range(text.index("<"), len(text), CHUNK):
            parser.feed(text[start : start + CHUNK])
            for event, element in cast("Iterator[tuple[str, ElementTree.Element]]", parser.read_events()):
                reader.see(event, element)
        parser.close()
    except (ElementTree.ParseError, ValueError) as error:
        raise Unreadable("NOT_A_WORKBOOK") from error
    return reader.sheets


def _cells(rows: Sequence[Sequence[Cell]]) -> pa.Table:
    """The cells of rows that begin at row 1."""
    columns = list(zip_longest(*rows, fillvalue=NOTHING))
    texts = [clean_text(pa.array([text for text, _ in column], pa.string())) for column in columns]
    kinds = [pa.array([kind for _, kind in column], pa.uint8()) for column in columns]
    return join_batches([batch_of(range(1, len(rows) + 1), texts, kinds)] if rows else [])


def _text_of_page(data: bytes) -> str:
    """By a byte order mark, else by what the page states of itself, else as any text."""
    stated = _STATED_CHARSET.search(data[:4096])
    if stated and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return data.decode(stated.group(1).decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # it states what it is not
    return decode(data)


class _Page(HTMLParser):
    """Collects `rows` as the page is fed; tables within a cell are text of that cell."""

    BREAKS = frozenset(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "li", "center"])
    UNSEEN = frozenset(["script", "style", "title"])

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self.limits = limits
        self.rows: list[list[Cell]] = []
        self.table_count = 0
        self._depth = 0  # tables open
        self._unseen = 0
        self._row: list[Cell] | None = None
        self._loose: list[str] = []  # text outside of tables
        self._cell: list[str] | None = None
        self._number: str | None = None  # what Excel wrote beside the shown text of a number
        self._span = 1
        self._below: dict[int, int] = {}  # column -> rows below that a merged cell still covers

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._end_loose()
            self._depth += 1
            self.table_count += self._depth == 1
        elif self._depth == 1 and tag == "tr":
            self._end_row()
            self._row = []
        elif self._depth == 1 and tag in ("td", "th"):
            self._begin_cell(dict(attrs))
        elif tag in self.BREAKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag == "table" and self._depth:
            if self._depth == 1:
                self._end_row()
                self._below.clear()
            self._depth -= 1
        elif self._depth == 1 and tag == "tr":
            self._end_row()
        elif self._depth == 1 and tag in ("td", "th"):
            self._end_cell()
        elif tag in self.BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._cell is not None:
            self._cell.append(data)
        elif not self._depth:
            self._loose.append(data)

    def close(self) -> None:
        super().close()
        self._end_row()
        self._end_loose()

    def _break(self) -> None:
        if self._cell is not None:
            self._cell.append(" ")
        elif not self._depth:
            self._end_loose()

    def _begin_cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        if self._row is None:
            self._row = []
        while self._below.get(len(self._row), 0) > 0:
            self._row.append(NOTHING)
        self._span = _spanned(attributes.get("colspan"), MOST_COLUMNS_SPANNED)
        rows = _spanned(attributes.get("rowspan"), MOST_ROWS_SPANNED)
        if rows > 1:
            start = len(self._row)
            self._below |= dict.fromkeys(range(start, start + self._span), rows)
        self._number = attributes.get("x:num") if "x:num" in attributes else None
        self._cell = []

    def _end_cell(self) -> None:
        if self._cell is None or self._row is None:
            return
        text = " ".join("".join(self._cell).split())
        cell = _number(self._number) if self._number else (text, TEXT)
        self._row += [cell, *[NOTHING] * (self._span - 1)]
        self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row is None:
            return
        self._add(self._row)
        self._row = None
        self._below = {column: left - 1 for column, left in self._below.items() if left > 1}

    def _end_loose(self) -> None:
        text = " ".join("".join(self._loose).split())
        self._loose = []
        if text:
            self._add([(text, TEXT)])

    def _add(self, row: list[Cell]) -> None:
        self.rows.append(_within(self.limits, 1, len(self.rows) + 1, row))


def _spanned(text: str | None, most: int) -> int:
    return min(max(int(text), 1), most) if text and text.strip().isdecimal() else 1


def _number(text: str) -> Cell:
    try:
        return number_text(float(text)), NUMBER
    except (ValueError, OverflowError):
        return text, TEXT


def _within(limits: Limits, sheet_no: int, row_number: int, row: list[Cell]) -> list[Cell]:
    """The row without what merged cells left empty beyond the widest allowed. Raises Unreadable when it is too far out."""
    used = max((position + 1 for position, (text, _) in enumerate(row) if text), default=0)
    if used > limits.max_columns:
        raise Unreadable("TOO_MANY_COLUMNS", sheet=sheet_no, count=used, limit=limits.max_columns)
    if row_number > limits.max_rows:
        raise Unreadable("TOO_MANY_ROWS", sheet=sheet_no, count=row_number, limit=limits.max_rows)
    return row[: limits.max_columns]


class _ExcelXml:
    """Collects `sheets` from the elements of a workbook as they end."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sheets: list[Sheet] = []
        self._name = ""
        self._is_hidden = False
        self._rows: list[list[Cell]] = []

    def see(self, event: str, element: ElementTree.Element) -> None:
        """One start or end of an element."""
        if event == "start":
            if element.tag == f"{EXCEL}Worksheet":
                self._name, self._is_hidden, self._rows = element.get(f"{EXCEL}Name", ""), False, []
        elif element.tag == f"{EXCEL}Row":
            self._add_row(element)
            element.clear()
        elif element.tag == f"{EXCEL_VIEW}Visible":
            self._is_hidden = (element.text or "").strip() != "SheetVisible"
        elif element.tag == f"{EXCEL}Worksheet":
            self.sheets.append(Sheet(len(self.sheets) + 1, self._name, self._is_hidden, _cells(self._rows)))
            element.clear()

    def _add_row(self, element: ElementTree.Element) -> None:
        number = int(element.get(f"{EXCEL}Index", len(self._rows) + 1))
        row: list[Cell] = []
        for cell in element.iterfind(f"{EXCEL}Cell"):
            position = int(cell.get(f"{EXCEL}Index", len(row) + 1)) - 1
            if position >= self.limits.max_columns:
                raise Unreadable(
                    "TOO_MANY_COLUMNS", sheet=len(self.sheets) + 1, count=position + 1, limit=self.limits.max_columns
                )
            row += [NOTHING] * (position - len(row))
            row.append(_excel_value(cell))
            row += [NOTHING] * min(int(cell.get(f"{EXCEL}MergeAcross", 0)), self.limits.max_columns)
        row = _within(self.limits, len(self.sheets) + 1, number, row)
        self._rows += [[] for _ in range(number - 1 - len(self._rows))]
        self._rows.append(row)


def _excel_value(cell: ElementTree.Element) -> Cell:
    """The value of a cell as every other reader of workbooks gives it."""
    data = cell.find(f"{EXCEL}Data")
    if data is None:
        return NOTHING
    text = "".join(data.itertext())
    kind = _KINDS.get(data.get(f"{EXCEL}Type", ""), TEXT)
    if kind == NUMBER:
        return _number(text)
    if kind == DATE:
        return text.removesuffix(".000").removesuffix("T00:00:00").replace("T", " "), DATE
    if kind == BOOL:
        return ("TRUE" if text == "1" else "FALSE"), BOOL
    return text, TEXT
