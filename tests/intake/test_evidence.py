"""A damaged NIK in a list and what the office is shown for it: a suggestion with its evidence, in its workbook and nowhere else."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import sqlalchemy as sa

from flows.consolidation import consolidate
from tasks import runs, store
from tasks.reports.questions import export
from tests.intake.offices import TODAY, night, send, told
from tests.intake.sheet_making import write_workbook

HEADINGS = ["NAMA PEMILIK", "NIK", "NO. KK", "TANGGAL LAHIR", "JENIS KELAMIN", "NAMA USAHA"]
RINA = ["Rina Wati", "1901014503900017", "1901010506150003", "05/03/1990", "P", "Warung Rina"]
#: as another office wrote it, and as Excel kept it
DAMAGED: list[list[object]] = [
    ["RINA  WATI", 1901014503900010.0, "", "05/03/1990", "P", "Kios Rina"],
    ["BUDI HARTONO", 1901011207850010.0, "", "12/07/1985", "L", "Kios Budi"],  # nobody else writes him
    ["SITI AMINAH", "190104503900001", "", "05/03/1990", "P", "Kios Siti"],  # nothing tells of which district
    ["DEWI LESTARI", "19010145390000 1", "", "05/03/1990", "P", "Kios Dewi"],
    ["SARI INDAH", "190101453900021", "", "05/03/1990", "P", "Kios Sari"],
    ["AMINAH SARI", "1901010506150003", "1901014503900031", "05/03/1990", "P", "Kios Aminah"],
]


def suggestions(workbook: str) -> dict[str, str]:
    """Business and heading -> what the comment on the cell suggests."""
    sheet = openpyxl.load_workbook(workbook).worksheets[1]
    headings = [cell.value for cell in sheet[1]]
    return {
        f"{row[headings.index('NAMA USAHA')].value}, {headings[cell.column - 1]}": cell.comment.text.split("Saran: ")[1]
        for row in sheet.iter_rows(min_row=2)
        for cell in row
        if cell.comment and "Saran: " in cell.comment.text
    }


def test_a_suggestion_stands_in_the_offices_workbook_and_nowhere_else(warehouse: sa.Engine, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    send(inbox, "19.02/umkm 2020-04.csv", [";".join(RINA)], heading=";".join(HEADINGS))
    night(inbox)
    with runs.run("nightly", TODAY) as run, store.consolidation_lock():
        consolidate(run.run_id, lambda event: None)
    (inbox / "19.01").mkdir()
    write_workbook(inbox / "19.01" / "umkm 2020-04.xlsx", {"Data": [HEADINGS, *DAMAGED]})
    night(inbox)
    of_file = "FROM intake.submission WHERE file LIKE '19.01/%'"
    ((receipt, workbook),) = told(f"SELECT receipt, workbook {of_file}")
    row = "tanggal lahir serta jenis kelamin pada baris ini"
    assert suggestions(workbook) == {
        "Kios Rina, NIK": "1901014503900017 (bukti: NIK ini sudah ada di data provinsi dengan nama dan tanggal lahir yang sama).",
        "Kios Sari, NIK": f"1901014503900021 (bukti: {row}).",
        "Kios Dewi, NIK": f"1901014503900001 (bukti: {row}).",
        "Kios Aminah, NIK": "1901014503900031 (bukti: nomor di kolom KK memuat tanggal lahir pada baris ini).",
        "Kios Aminah, NO. KK": "1901010506150003 (bukti: nomor ini ada di kolom NIK, dan NIK ada di kolom KK).",
    }
    written = "SELECT r.cells FROM intake.source_row r JOIN intake.submission s USING (submission_id) WHERE s.file LIKE '19.01/%'"
    assert not any("1901014503900017" in cells for (cells,) in told(written))
    assert told(
        "SELECT DISTINCT nik FROM source.record_version v JOIN intake.submission s USING (submission_id) WHERE s.file LIKE '19.01/%'"
    ) == [(None,)]
    export("findings", tmp_path / "findings.csv")
    others = [Path(receipt), Path(receipt).with_suffix(".json"), tmp_path / "findings.csv"]
    assert not any(
        "1901014503900017" in path.read_text("utf-8") or "Saran" in path.read_text("utf-8") for path in others
    )
