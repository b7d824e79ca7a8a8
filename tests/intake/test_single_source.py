"""Great Expectations is the single source of findings, on the whole way: taken out of its suite, a check is gone everywhere."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import sqlalchemy as sa

from expectations.catalogue import entries
from expectations.messages import plain_sentence
from flows.rerun import rerun_submission
from tasks.intake.questions import inspect_submission
from tasks.intake.steps.answer import answer
from tasks.reports.questions import export
from tests.intake.offices import OWNERS, TODAY, night, only_submission, other_suites, send, told, without

# check -> the row it speaks of, what becomes of the row with the check, and without it
CASES: dict[str, tuple[str, tuple[str, str | None], tuple[str, str | None]]] = {
    "ROW_UNIDENTIFIABLE": (";1234;11/05/1980;TOKO;JALAN", ("quarantined", None), ("accepted_with_findings", "NIK_NOT_16_DIGITS")),
    "NIK_NOT_16_DIGITS": ("SITI;19010112058000;11/05/1980;TOKO;JALAN", ("accepted_with_findings", "NIK_NOT_16_DIGITS"), ("accepted", None)),
    "BIRTH_DATE_UNREADABLE": ("SITI;1901011205800099;31/02/1980;TOKO;JALAN", ("accepted_with_findings", None), ("accepted", None)),
}  # fmt: skip
BAD_ROW = 17
BECAME = """
SELECT r.outcome, v.aid_hold FROM intake.source_row r LEFT JOIN source.record_version v ON v.record_id = r.record_id AND v.to_run IS NULL
 WHERE r.row = 17
"""


def texts(tmp_path: Path) -> dict[str, str]:
    """Everything that anybody is told of the one submission: by export, receipt, workbook and inspection."""
    ((receipt, workbook),) = told("SELECT receipt, workbook FROM intake.submission")
    export("findings", tmp_path / "findings.csv")
    with (tmp_path / "findings.csv").open(newline="", encoding="utf-8") as handle:
        exported = [line for line in csv.DictReader(handle) if line["row"] == str(BAD_ROW)]
    sheets = ""
    if workbook:
        with zipfile.ZipFile(workbook) as archive:
            sheets = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
    inspected = inspect_submission(only_submission())
    return {
        "export": json.dumps(exported),
        "receipt": Path(receipt).read_text("utf-8"),
        "receipt for programs": Path(receipt).with_suffix(".json").read_text("utf-8"),
        "workbook": sheets,
        "inspection": json.dumps([inspected["findings"], inspected["by_expectation"], inspected["by_column"]]),
    }


@pytest.mark.parametrize("code", CASES)
def test_a_check_taken_out_of_its_suite_is_gone_everywhere(code: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    row, with_it, without_it = CASES[code]
    said = {"receipt": plain_sentence(code), "workbook": escape(entries()[code].message.id.split("{")[0].rstrip())}
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, row])
    night(tmp_path / "inbox")
    assert told(BECAME) == [with_it]
    before = texts(tmp_path)
    for where in ("export", "receipt", "receipt for programs", "inspection"):
        assert code in before[where], where
    for where, words in said.items():
        assert words in before[where], where

    with other_suites(tmp_path / "suites", without(code)):
        answer(only_submission(), TODAY)  # found by a check that is no more: nothing is asked of the office
        assert code not in texts(tmp_path)["receipt"]
        assert f'"{code}"' in texts(tmp_path)["inspection"]
        rerun_submission(only_submission(), TODAY, lambda event: None)
        assert told(BECAME) == [without_it]
        after = texts(tmp_path)
    for where, text in after.items():
        assert code not in text, where
    for where, words in said.items():
        assert words not in after[where], where
    assert told(f"SELECT count(*) FROM intake.finding WHERE code = '{code}'") == [(0,)]


def test_every_finding_and_every_hold_is_an_expectations(warehouse: sa.Engine, tmp_path: Path) -> None:
    rows = [row for row, _, _ in CASES.values()]
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, *rows, "-;-;x;-;-", "B;1901011205800000;1/1/2090;TOKO;"])
    send(tmp_path, "19.02/umkm_2020-04.csv", [row.replace("PEMILIK", "JURAGAN") for row in OWNERS] * 2)
    night(tmp_path)
    found = told("SELECT DISTINCT code, field, severity FROM intake.finding")
    assert len(found) >= 5
    assert set(found) <= {(entry.code, entry.field, entry.severity) for entry in entries().values()}
    held = {
        code
        for (codes,) in told("SELECT DISTINCT aid_hold FROM source.record_version WHERE aid_hold <> ''")
        for code in codes.split("|")
    }
    assert held
    assert held <= {entry.code for entry in entries().values() if entry.severity == "hold"}
