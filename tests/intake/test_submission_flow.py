"""One file from its bytes to the office's answer: crashes between steps, bad files, files that come again, the row ledger."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from schemas.settings import settings
from tasks.intake.questions import inspect_submission, list_submissions
from tests.intake.offices import HEADING, OWNERS, night, power_cut, told
from tests.intake.sheet_making import write_workbook


def write(inbox: Path, name: str, rows: list[str], titles: str = "", separator: str = ";") -> None:
    """A file as an office would save it."""
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((titles + "\n".join([HEADING, *rows]) + "\n").replace(";", separator), "utf-8")


def picture() -> list[list[tuple[Any, ...]]]:
    """All that intake and source say, without the runs that said it."""
    return [
        told(
            "SELECT submission_id, state, version, is_current, reason_code, row_count FROM intake.submission ORDER BY 1"
        ),
        told(
            "SELECT submission_id, sheet_no, row, data_row, outcome, record_id, cells FROM intake.source_row ORDER BY 1, 2, 3"
        ),
        told("SELECT submission_id, sheet_no, row, code, field FROM intake.finding ORDER BY 1, 2, 3, 4, 5"),
        told(
            "SELECT record_id, to_run IS NULL, submission_id, row, content_hash FROM source.record_version ORDER BY 1, 2"
        ),
        told("SELECT record_id, count(*) FROM source.change GROUP BY 1 ORDER BY 1"),
    ]


STEPS = ("read_sheets", "map_sheets", "standardise_rows", "check_rows", "load", "answer")
#: around the commit; the crash points before it are alike and take long
AT_COMMIT = {("load", "before"), ("load", "after"), ("answer", "after")}


@pytest.mark.parametrize(
    ("step", "when"),
    [
        pytest.param(step, when, marks=[] if (step, when) in AT_COMMIT else [pytest.mark.deep])
        for step in STEPS
        for when in ("before", "after")
    ],
)
def test_a_crash_at_any_step_costs_nothing(warehouse: sa.Engine, tmp_path: Path, step: str, when: str) -> None:
    write(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, OWNERS[0]])
    with power_cut(step, when):
        night(tmp_path)
    counts = night(tmp_path)
    assert counts["answered"] == 1
    assert told(
        "SELECT row_count, accepted_count + accepted_with_findings_count, duplicate_count, not_data_count FROM intake.submission"
    ) == [(17, 15, 1, 1)]
    (line,) = list_submissions()
    assert Path(str(inspect_submission(line["submission_id"])["receipt"])).exists()
    once = picture()
    assert night(tmp_path)["new"] == 0
    assert picture() == once
    assert len(once[3]) == len(once[4]) == 15


def test_bad_files_never_stop_the_night(warehouse: sa.Engine, tmp_path: Path) -> None:
    write(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    write(tmp_path, "19.01/salah.csv", OWNERS, titles="DATA UMKM KABUPATEN BELITUNG TIMUR TAHUN 2020\n")
    write(tmp_path, "19.99/umkm.csv", OWNERS)
    (tmp_path / "19.01" / "rusak.xlsx").write_bytes(b"PK\x03\x04 bukan buku kerja")
    (tmp_path / "19.01" / "kosong.csv").write_bytes(b"")
    (tmp_path / "19.01" / "tanpa judul.csv").write_text("a;b\nc;d\n")
    counts = night(tmp_path)
    assert counts == {"files": 6, "new": 6, "skipped": 0, "answered": 1, "refused": 3, "waiting": 2}
    reasons = dict(told("SELECT file, reason_code FROM intake.submission WHERE reason_code IS NOT NULL"))
    assert reasons["19.01/salah.csv"] == "WRONG_REGENCY_TITLE"
    assert reasons["19.99/umkm.csv"] == "UNKNOWN_REGENCY"
    assert reasons["19.01/kosong.csv"] == "EMPTY_FILE"
    assert reasons["19.01/tanpa judul.csv"] == "NO_HEADING"
    waiting = (
        "SELECT outcome, count(*) FROM intake.source_row JOIN intake.submission USING (submission_id)"
        " WHERE file = '19.01/salah.csv' GROUP BY 1 ORDER BY 1"
    )
    assert told(waiting) == [("not_data", 2), ("waiting_with_file", 15)]
    assert told("SELECT count(*) FROM intake.submission WHERE receipt IS NULL") == [(0,)]
    (receipt,) = (settings().answers / "19.01").glob("salah-*.json")
    assert "Belitung Timur" in json.loads(receipt.read_text())["reason"]


def test_a_file_saved_again_in_another_format_changes_nothing(warehouse: sa.Engine, tmp_path: Path) -> None:
    write(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    before = picture()[3]
    write(
        tmp_path,
        "19.01/umkm_2020-04 salinan.csv",
        [row.lower().replace("/05/", "-5-") if n % 2 else row for n, row in enumerate(OWNERS)],
    )
    write(tmp_path, "19.01/umkm_2020-04 tab.csv", OWNERS, separator="\t")
    counts = night(tmp_path)
    assert counts["no_change"] >= 1
    assert len(told("SELECT record_id FROM source.logical_record")) == 15
    records = "SELECT count(DISTINCT record_id), count(*) FROM intake.source_row WHERE record_id IS NOT NULL"
    assert told(records) == [(15, 45)]
    assert len(before) == 15


def test_examples_are_masked_and_a_disclosure_is_recorded(warehouse: sa.Engine, tmp_path: Path) -> None:
    write(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, "ORANG BARU;19010112058000;11/05/1980;TOKO;JALAN"])
    night(tmp_path)
    (line,) = list_submissions(regency="19.01")
    masked = json.dumps(inspect_submission(line["submission_id"]), default=str)
    assert "NIK_NOT_16_DIGITS" in masked
    assert "19010112058000" not in masked
    assert told("SELECT count(*) FROM audit.event") == [(0,)]
    shown = inspect_submission(line["submission_id"], reason="telepon dengan dinas")
    assert "19010112058000" in json.dumps(shown, default=str)
    assert told("SELECT action, reason FROM audit.event") == [("show_values", "telepon dengan dinas")]
    asked = told("SELECT workbook FROM intake.submission")[0][0]
    assert Path(asked).exists()


cells = st.sampled_from(
    ["", "-", "BUDI", "SITI AMINAH", "1901011205800001", "190101", "12/05/1980", "31/02/1980", "JUMLAH", "1", "Rp 5 jt"]
)


@hypothesis_settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, cells, cells, cells, cells), max_size=12))
def test_every_row_of_any_small_file_has_one_outcome(
    warehouse: sa.Engine, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    inbox = tmp_path_factory.mktemp("inbox")
    write(inbox, "19.01/umkm.csv", [";".join(row) for row in rows])
    night(inbox)
    lines = (inbox / "19.01/umkm.csv").read_text("utf-8").splitlines()
    last = max(n for n, line in enumerate(lines, 1) if line.strip("; "))
    states = told("SELECT submission_id, state, row_count FROM intake.submission ORDER BY received_at DESC LIMIT 1")
    identity, state, row_count = states[0]
    assert state in ("answered", "waiting", "no_change", "same_bytes")
    if state != "same_bytes":
        assert row_count == last
        found = told(f"SELECT array_agg(row ORDER BY row) FROM intake.source_row WHERE submission_id = '{identity}'")
        assert found == [(list(range(1, last + 1)),)]


def test_a_file_whose_rows_mostly_repeat_each_other_waits_until_someone_says_it_is_right(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    thrice = [row.replace("WARUNG", kind) for kind in ("WARUNG", "KIOS", "TOKO") for row in OWNERS]
    write(tmp_path, "19.01/umkm 2020-04.csv", thrice)
    write(tmp_path, "19.03/umkm 2020-04.csv", thrice)
    (tmp_path / "19.03/umkm 2020-04.csv.meta.yaml").write_text("accept: [FILE_MANY_REPEATED_ROWS]")
    night(tmp_path)
    assert told("SELECT state, reason_code, waiting_with_file_count FROM intake.submission ORDER BY file") == [
        ("waiting", "FILE_MANY_REPEATED_ROWS", 45),
        ("answered", None, 0),
    ]


def test_the_office_learns_of_every_sheet_that_was_not_read(warehouse: str, tmp_path: Path) -> None:
    rows = [HEADING.split(";"), *(owner.split(";") for owner in OWNERS[:2])]
    folder = tmp_path / "19.01"
    folder.mkdir()
    sheets = {"Data": rows, "Petunjuk": [["Isi semua kolom"]], "Lama": rows, "Sheet4": []}
    write_workbook(folder / "umkm.xlsm", sheets, hidden=["Lama"])
    with zipfile.ZipFile(folder / "umkm.xlsm", "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Attribute VB_Name")
    night(tmp_path)
    ((receipt,),) = told("SELECT receipt FROM intake.submission")
    assert [line.strip() for line in Path(receipt).read_text("utf-8").splitlines() if line.startswith('  "')] == [
        '"Petunjuk": petunjuk atau referensi',
        '"Lama": lembar tersembunyi',
        '"xl/vbaProject.bin": makro atau program tertanam; tidak dijalankan',
    ]
