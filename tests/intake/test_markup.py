"""Web pages and Excel 2003 XML under the name of a workbook: every cell where Excel shows it, identifiers whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import FileWaits
from tasks.intake.mapping import map_workbook
from tasks.intake.markup import read_excel_xml, read_html
from tasks.intake.reading import read_file
from tasks.intake.sheets import DATE, NUMBER, TEXT, Sheet
from tests.intake.sheet_making import LIMITS


def rows_of(sheet: Sheet) -> list[list[str]]:
    return [sheet.row_texts(position) for position in range(sheet.height)]


@pytest.mark.parametrize(
    ("page", "rows"),
    [
        ("<table><tr><th>NAMA<th>NIK<tr><td>SITI<td>1901014101900001</table>", [["NAMA", "NIK"], ["SITI", "1901014101900001"]]),
        (
            "<html><head><title>x</title><style>td{}</style></head><body><h3>DATA UMKM</h3>"
            "<table><tr><td>NAMA</td></tr><tr><td>SITI &amp; ANAK</td></tr></table></body></html>",
            [["DATA UMKM"], ["NAMA"], ["SITI & ANAK"]],
        ),
        (
            "<table><tr><td rowspan=2>NO</td><td colspan=2>PEMILIK</td></tr><tr><td>NAMA</td><td>NIK</td></tr>"
            "<tr><td>1</td><td>SITI</td><td>2</td></tr></table>",
            [["NO", "PEMILIK", ""], ["", "NAMA", "NIK"], ["1", "SITI", "2"]],
        ),
        ("<table><tr><td>A<br>B</td><td><p>C</p> D</td></tr></table>", [["A B", "C D"]]),
        ("<table><tr><td>A</td></tr></table><p>lalu</p><table><tr><td>B</td></tr></table>", [["A"], ["lalu"], ["B"]]),
        ("<table><tr><td>A <table><tr><td>dalam</td></tr></table></td><td>B</td></tr></table>", [["A dalam", "B"]]),
        ("<table><tr></tr><tr><td>A</td></tr></table>", [[""], ["A"]]),
        ("<table><tr><td>&nbsp;</td><td>A", [["", "A"]]),
    ],
)  # fmt: skip
def test_a_page_is_read_as_excel_shows_it(page: str, rows: list[list[str]]) -> None:
    assert rows_of(read_html(page.encode(), "x", LIMITS)[0]) == rows


def test_a_number_that_excel_shows_shortened_is_read_in_full() -> None:
    (sheet,) = read_html(
        b'<table><tr><td x:num="1901014101900001">1,90101E+15</td><td x:num>5</td></tr></table>', "x", LIMITS
    )
    assert rows_of(sheet) == [["1901014101900001", "5"]]
    assert sheet.row_kinds(0) == [NUMBER, TEXT]


@pytest.mark.parametrize("charset", ["utf-8", "windows-1252", "iso-8859-1", "utf-16"])
def test_a_page_is_read_in_its_own_encoding(charset: str) -> None:
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"></head><table><tr><td>Café</table>'
    assert rows_of(read_html(page.encode(charset), "x", LIMITS)[0]) == [["Café"]]


EXCEL_XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:html="http://www.w3.org/TR/REC-html40">
<Worksheet ss:Name="Data"><Table>
 <Row><Cell ss:MergeAcross="1"><Data ss:Type="String">DATA UMKM</Data></Cell><Cell><Data ss:Type="String">x</Data></Cell></Row>
 <Row ss:Index="3"><Cell><Data ss:Type="String">NIK</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">TGL</Data></Cell></Row>
 <Row><Cell><Data ss:Type="Number">1901014101900001</Data></Cell><Cell><ss:Data ss:Type="String"><html:B>SI</html:B>TI</ss:Data></Cell>
  <Cell><Data ss:Type="DateTime">1990-03-05T00:00:00.000</Data></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="Lama"><Table><Row><Cell><Data ss:Type="Boolean">1</Data></Cell></Row></Table>
 <x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet></Workbook>"""


def test_an_excel_2003_xml_workbook_keeps_rows_columns_and_kinds() -> None:
    data, old = read_excel_xml(EXCEL_XML.encode(), LIMITS)
    assert rows_of(data) == [
        ["DATA UMKM", "", "x"], ["", "", ""], ["NIK", "", "TGL"], ["1901014101900001", "SITI", "1990-03-05"],
    ]  # fmt: skip
    assert data.row_kinds(3) == [NUMBER, TEXT, DATE]
    assert (data.name, data.is_hidden, old.name, old.is_hidden, rows_of(old)) == (
        "Data",
        False,
        "Lama",
        True,
        [["TRUE"]],
    )


@pytest.mark.parametrize("name", ["unduhan.xls", "unduhan.html", "unduhan.xlsx", "unduhan"])
@pytest.mark.parametrize("content", ["<table><tr><td>NIK<td>NAMA<tr><td>1<td>SITI</table>", EXCEL_XML])
def test_the_bytes_decide_not_the_name(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content.encode())
    assert read_file(tmp_path / name, LIMITS)[0].height >= 2


def test_a_table_below_whose_columns_stand_in_another_order_is_never_read_as_the_one_above(tmp_path: Path) -> None:
    above = "<tr><th>NAMA PEMILIK<th>NIK<th>NAMA USAHA<tr><td>SITI<td>1901014101900001<td>WARUNG A"
    below = "<tr><th>NAMA USAHA<th>NIK<th>NAMA PEMILIK<tr><td>WARUNG B<td>1901014101900002<td>DEWI"
    page = "<table>{}</table><table>{}</table>"
    (tmp_path / "sama.xls").write_text(page.format(above, above.replace("SITI", "DEWI")))
    (tmp_path / "lain.xls").write_text(page.format(above, below))
    assert len(map_workbook(read_file(tmp_path / "sama.xls", LIMITS), "19.01", {}).frame) == 2
    with pytest.raises(FileWaits) as caught:
        map_workbook(read_file(tmp_path / "lain.xls", LIMITS), "19.01", {})
    assert caught.value.code == "COLUMNS_MOVED"
    assert "baris 3" in caught.value.what


@given(
    st.lists(
        st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=5), min_size=1, max_size=4),
        min_size=1,
        max_size=8,
    )
)
def test_every_cell_of_a_written_table_comes_back(rows: list[list[str]]) -> None:
    import html

    page = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    (sheet,) = read_html(f"<table>{page}</table>".encode(), "x", LIMITS)
    assert [[cell for cell in row if cell] for row in rows_of(sheet)] == rows
