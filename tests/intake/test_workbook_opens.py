"""A correction workbook in a program that offices use: LibreOffice opens it, keeps every cell as text, and what it saves comes back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from tests.intake.corrections import HEADINGS, TWO, fill, send_back, sent, states, versions

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not on this machine"),
]


def saved_by_libreoffice(workbook: Path, folder: Path) -> Path:
    """The workbook opened and saved again."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder)]
    subprocess.run([*command, str(workbook)], check=True, capture_output=True, timeout=300)
    return folder / workbook.name


def test_what_libreoffice_saves_has_the_same_cells_and_corrects_the_same_rows(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    inbox, office = tmp_path / "inbox", tmp_path / "office"
    inbox.mkdir()
    office.mkdir()
    workbook = sent(inbox)
    saved = saved_by_libreoffice(workbook, office)
    ours, theirs = (openpyxl.load_workbook(path).worksheets[1] for path in (workbook, saved))
    assert [[cell.value or "" for cell in row] for row in theirs] == [
        [cell.value or "" for cell in row] for row in ours
    ]
    nik = [cell.value for cell in theirs[1]].index(HEADINGS[1]) + 1
    assert {type(theirs.cell(row, nik).value) for row in range(2, theirs.max_row + 1)} <= {str, type(None)}
    assert theirs.column_dimensions[openpyxl.utils.get_column_letter(theirs.max_column)].hidden
    before = versions()
    send_back(inbox, saved, "perbaikan.xlsx", fill(TWO))
    assert states()[1][:2] == ("19.01/perbaikan.xlsx", "answered")
    after = versions()
    assert {name for name in after if after[name] != before.get(name)} == set(TWO)
