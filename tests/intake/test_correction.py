"""A correction workbook filled in by an office and sent back: what changes, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa

from flows.consolidation import consolidate
from flows.rerun import rerun_submission
from flows.submission import submit_file
from schemas.errors import UsageError
from schemas.settings import settings
from tasks import runs, store
from tasks.intake.logical import record_ids
from tasks.intake.questions import show_submission
from tasks.intake.workbook import ROW_ID_HEADING
from tasks.reports.exports import QUERIES
from tasks.reports.statements import LEDGER
from tests.intake.corrections import HEADINGS, NAMED, TWO, bad_list, fill, findings, send_back, sent, states, versions
from tests.intake.offices import OWNERS, TODAY, night, other_suites, send, told, with_severity, without
from tests.intake.sheet_making import write_workbook


def test_two_corrected_rows_change_and_nothing_else_does(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    before = versions()
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO))
    after = versions()
    assert states() == [
        ("19.01/umkm 2020-04.csv", "answered", None, 1, True),
        ("19.01/perbaikan.xlsx", "answered", None, 2, True),
    ]
    assert {name for name in after if after[name] != before[name]} == set(TWO)
    assert [after[name][1] for name in TWO] == [cells["NIK"] for cells in TWO.values()]
    assert [after[name][2] for name in TWO] == [None, None]
    assert told("SELECT count(*) FROM source.logical_record WHERE state <> 'active'") == [(0,)]


def test_the_findings_of_corrected_rows_close_and_those_of_others_stay(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    assert [(row, code) for _, row, code in findings()] == [
        (2, "NIK_NOT_16_DIGITS"),
        (3, "NIK_MISSING"),
        (4, "BIRTH_DATE_UNREADABLE"),
        (5, "NIK_LETTERS"),
        (6, "NIK_MISSING"),
        (6, "ROW_UNIDENTIFIABLE"),
    ]
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO))
    told_now = findings()
    assert sorted({code for _, _, code in told_now}) == [
        "BIRTH_DATE_UNREADABLE",
        "NIK_LETTERS",
        "NIK_MISSING",
        "ROW_UNIDENTIFIABLE",
    ]
    assert {file for file, _, _ in told_now} == {"perbaikan.xlsx"}
    assert ("umkm 2020-04.csv", 2, "NIK_NOT_16_DIGITS") in findings(all_versions=True)


def test_every_row_counts_once_in_exports_and_report(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill({**TWO, **NAMED}))
    current = told(QUERIES["memberships"].replace(":all_versions", "false"))
    assert (
        sorted(row[8] for row in current if row[8] != "not_data") == ["accepted"] * 13 + ["accepted_with_findings"] * 2
    )
    assert (
        len([row for row in told(QUERIES["memberships"].replace(":all_versions", "true")) if row[8] != "not_data"])
        == 20
    )
    ((_, files, _, accepted, with_findings, quarantined, *_),) = told(LEDGER)
    assert (files, accepted, with_findings, quarantined) == (2, 13, 2, 0)


def test_a_row_that_was_sent_back_enters_when_it_is_corrected(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    assert "WARUNG E" not in versions()
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(NAMED))
    ((submission_id,),) = told("SELECT submission_id FROM intake.submission WHERE corrects IS NULL")
    wanted = record_ids(submission_id, pd.DataFrame({"sheet_no": [1], "row": [6]}))
    assert versions()["WARUNG E"][:4] == ("PEMILIK EO", "1901011405800005", None, int(wanted[0]))


def test_the_receipt_says_what_was_corrected(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO))
    ((submission_id, receipt),) = told(
        "SELECT submission_id, receipt FROM intake.submission WHERE corrects IS NOT NULL"
    )
    text = Path(receipt).read_text("utf-8")
    assert "Perbaikan atas umkm 2020-04.csv versi 1; baris lain dalam daftar itu tidak berubah." in text
    shown = show_submission(submission_id)
    assert shown["since"] is None
    assert (shown["correction"]["file"], shown["correction"]["version"]) == ("19.01/umkm 2020-04.csv", 1)
    assert shown["correction"]["rows"] == {"changed": 2, "new": 0, "same": 2, "still_open": 1}


def test_sent_twice_is_sent_once(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill({**TWO, **NAMED}))
    once = versions()
    (tmp_path / "19.01/salinan.xlsx").write_bytes((tmp_path / "19.01/perbaikan.xlsx").read_bytes())
    send_back(tmp_path, tmp_path / "19.01/perbaikan.xlsx", "simpan ulang.xlsx", lambda sheet: sheet.insert_cols(3))
    assert [(file, state, is_current) for file, state, _, _, is_current in states()[2:]] == [
        ("19.01/salinan.xlsx", "same_bytes", False),
        ("19.01/simpan ulang.xlsx", "no_change", False),
    ]
    assert versions() == once


@pytest.fixture
def whole_workbooks(warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The province answers with all rows of a list."""
    monkeypatch.setenv("SINERGI_WORKBOOK_ROWS", "all")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.usefixtures("whole_workbooks")
def test_a_workbook_may_bring_every_row_and_changes_the_corrected_ones_only(tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    assert openpyxl.load_workbook(workbook).worksheets[1].max_row == 1 + len(OWNERS)
    before = versions()
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO))
    after = versions()
    assert {name for name in after if after[name] != before.get(name)} == set(TWO)


def test_a_workbook_that_comes_back_untouched_changes_nothing(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    before, open_before = versions(), findings()
    send_back(tmp_path, workbook, "perbaikan.xlsx", lambda sheet: None)
    assert states()[1][1:] == ("no_change", None, 1, False)
    assert (versions(), findings()) == (before, open_before)


def test_a_correction_of_a_correction_finds_the_same_rows(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path)
    send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO))
    before = versions()
    ((second,),) = told("SELECT workbook FROM intake.submission WHERE corrects IS NOT NULL")
    headings = [cell.value for cell in openpyxl.load_workbook(second).worksheets[1][1]]
    assert headings == ["Pesan", *HEADINGS, ROW_ID_HEADING]
    rest = {"WARUNG C": {"TANGGAL LAHIR": "12/05/1980"}, "WARUNG D": {"NIK": "1901011305800004"}, **NAMED}
    send_back(tmp_path, Path(second), "perbaikan 2.xlsx", fill(rest))
    after = versions()
    assert {name for name in after if after[name] != before.get(name)} == set(rest)
    assert {name: after[name][3] for name in before} == {name: before[name][3] for name in before}
    assert findings() == []
    assert told("SELECT version, is_current FROM intake.submission ORDER BY 1") == [(1, True), (2, True), (3, True)]
    assert sum(row[2] for row in told(LEDGER)) == 15 + told("SELECT sum(not_data_count) FROM intake.submission")[0][0]


def test_a_nik_whose_digits_a_number_lost_stays_held_when_the_clerk_leaves_it(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    head = [["NAMA PEMILIK", "NIK", "NAMA USAHA", "ALAMAT USAHA", "TANGGAL LAHIR"]]
    rows: list[list[object]] = [
        ["RINA", 9202120101800001.0, "WARUNG R", "", ""],
        ["SARI", "1901011005800001", "WARUNG S", "JALAN", "31/02/1980"],
    ]
    (tmp_path / "19.01").mkdir()
    write_workbook(tmp_path / "19.01/umkm 2020-04.xlsx", {"Data": [*head, *rows]})
    night(tmp_path)
    before = versions()
    assert before["WARUNG R"][2] == "NIK_PRECISION_LOST"
    ((workbook,),) = told("SELECT workbook FROM intake.submission")
    send_back(tmp_path, Path(workbook), "perbaikan.xlsx", fill({"WARUNG S": {"TANGGAL LAHIR": "10/05/1980"}}))
    assert versions()["WARUNG R"] == before["WARUNG R"]
    assert [code for _, row, code in findings() if row > 0] == ["NIK_PRECISION_LOST"]
    send_back(tmp_path, Path(workbook), "perbaikan 2.xlsx", fill({"WARUNG R": {"NIK": "9202120101800001"}}))
    assert versions()["WARUNG R"][1:3] == ("9202120101800001", None)


def test_a_nik_that_the_number_did_not_damage_is_confirmed_by_typing_it_with_spaces(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "19.01").mkdir()
    line: list[object] = ["SARI", 1901015005800010.0, "WARUNG S", "10/05/1980"]
    write_workbook(
        tmp_path / "19.01/umkm 2020-04.xlsx", {"Data": [["NAMA PEMILIK", "NIK", "NAMA USAHA", "TANGGAL LAHIR"], line]}
    )
    night(tmp_path)
    assert versions()["WARUNG S"][2] == "NIK_PRECISION_LOST"
    ((workbook,),) = told("SELECT workbook FROM intake.submission")
    send_back(tmp_path, Path(workbook), "perbaikan.xlsx", fill({"WARUNG S": {"NIK": "1901015005800010"}}))
    assert versions()["WARUNG S"][2] == "NIK_PRECISION_LOST"
    send_back(tmp_path, Path(workbook), "perbaikan 2.xlsx", fill({"WARUNG S": {"NIK": "1901 0150 0580 0010"}}))
    assert versions()["WARUNG S"][1:3] == ("1901015005800010", None)


def test_the_district_of_a_subheading_above_stays_that_of_the_row(warehouse: sa.Engine, tmp_path: Path) -> None:
    rows: list[list[object]] = [["NAMA PEMILIK", "NIK", "NAMA USAHA"]]
    for number, line in enumerate(bad_list()):
        cells = line.split(";")
        rows += (
            [["Kecamatan Belinyu", "", ""]]
            if number == 0
            else [["Kecamatan Sungailiat", "", ""]]
            if number == 8
            else []
        )
        rows.append([cells[0], cells[1], cells[3]])
    (tmp_path / "19.01").mkdir()
    write_workbook(tmp_path / "19.01/umkm 2020-04.xlsx", {"Data": rows})
    night(tmp_path)
    ((workbook,),) = told("SELECT workbook FROM intake.submission")
    districts = "SELECT business_name, district_code FROM source.record_version WHERE to_run IS NULL ORDER BY 1"
    before = dict(told(districts))
    send_back(tmp_path, Path(workbook), "perbaikan.xlsx", fill(TWO))
    assert versions()["WARUNG A"][1] == TWO["WARUNG A"]["NIK"]
    assert dict(told(districts)) == before
    assert len(set(before.values())) == 2


def test_reading_the_list_again_by_other_rules_keeps_what_was_corrected(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path / "inbox")
    send_back(tmp_path / "inbox", workbook, "perbaikan.xlsx", fill({**TWO, **NAMED}))
    before = versions()
    ((listed, correction),) = told("SELECT corrects, submission_id FROM intake.submission WHERE corrects IS NOT NULL")
    with other_suites(tmp_path / "suites", without("NIK_NOT_16_DIGITS")):
        rerun_submission(listed, TODAY, lambda event: None)
    after = versions()
    assert {name: after[name][:4] for name in after} == {name: before[name][:4] for name in before}
    assert {name for name in after if after[name] != before[name]} == set()
    assert told("SELECT count(*) FROM source.logical_record WHERE state <> 'active'") == [(0,)]
    with pytest.raises(UsageError, match="corrected rows of another submission"):
        rerun_submission(correction, TODAY, lambda event: None)


HOLDS = "NIK_BIRTH_DATE_DIFFERS"
#: the corrected row of WARUNG A says another birth date than its NIK, which is asked about only
OTHER_DAY = {"WARUNG A": {"NIK": "1901011005800001", "TANGGAL LAHIR": "11/05/1980"}}


def test_a_changed_rule_reaches_corrected_rows_when_their_list_is_read_again(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    workbook = sent(tmp_path / "inbox")
    send_back(tmp_path / "inbox", workbook, "perbaikan.xlsx", fill({**OTHER_DAY, **NAMED}))
    before = versions()
    ((listed, correction),) = told("SELECT corrects, submission_id FROM intake.submission WHERE corrects IS NOT NULL")
    with other_suites(tmp_path / "held", with_severity(HOLDS, "hold")):
        tried = rerun_submission(listed, TODAY, lambda event: None, dry_run=True)
        assert [each["changed_row_count"] for each in (tried, *tried["corrections"])] == [0, 1]
        assert versions() == before
        rerun_submission(listed, TODAY, lambda event: None)
        held = versions()
        assert {name for name in held if held[name] != before[name]} == {"WARUNG A"}
        assert (held["WARUNG A"][2], held["WARUNG A"][3]) == (HOLDS, before["WARUNG A"][3])
        again = rerun_submission(listed, TODAY, lambda event: None)
        assert [each["is_written"] for each in (again, *again["corrections"])] == [False, False]
    with other_suites(tmp_path / "sent back", with_severity(HOLDS, "reject")):
        rerun_submission(listed, TODAY, lambda event: None)
        assert versions()["WARUNG A"][:4] == (
            "PEMILIK AK",
            None,
            "NIK_NOT_16_DIGITS",
            before["WARUNG A"][3],
        )  # as first sent
        ((outcome,),) = told(
            f"SELECT outcome FROM intake.source_row WHERE submission_id = '{correction}' AND corrects_row = 2"
        )
        assert outcome == "quarantined"
    rerun_submission(listed, TODAY, lambda event: None)
    after = versions()
    assert {name: line[:4] for name, line in after.items()} == {name: line[:4] for name, line in before.items()}
    assert told("SELECT count(*) FROM source.logical_record WHERE state <> 'active'") == [(0,)]


def test_twins_copied_in_the_list_are_one_record_before_and_after(warehouse: sa.Engine, tmp_path: Path) -> None:
    rows = bad_list()
    send(tmp_path, "19.01/umkm 2020-04.csv", [*rows, rows[0]])
    night(tmp_path)
    ((workbook,),) = told("SELECT workbook FROM intake.submission")
    before = versions()
    send_back(tmp_path, Path(workbook), "perbaikan.xlsx", fill(TWO))  # both rows of WARUNG A are filled in alike
    after = versions()
    assert {name for name in after if after[name] != before[name]} == set(TWO)
    assert after["WARUNG A"][3] == before["WARUNG A"][3]
    assert told("SELECT count(*) FROM source.logical_record") == [(14,)]
    outcomes = "SELECT row, outcome FROM intake.source_row r JOIN intake.submission s USING (submission_id) WHERE corrects IS NOT NULL"
    assert dict(told(outcomes))[7] == "duplicate"


def test_a_workbook_of_the_same_list_saved_again_corrects_the_list(warehouse: sa.Engine, tmp_path: Path) -> None:
    sent(tmp_path)
    send(tmp_path, "19.01/umkm 2020-04 disimpan ulang.csv", [f"{row};" for row in bad_list()])
    night(tmp_path)
    ((workbook,),) = told("SELECT workbook FROM intake.submission WHERE state = 'no_change'")
    send_back(tmp_path, Path(workbook), "perbaikan.xlsx", fill(TWO))
    assert states()[2][1:] == ("answered", None, 2, True)
    assert [versions()[name][1] for name in TWO] == [cells["NIK"] for cells in TWO.values()]


def test_a_power_cut_while_a_correction_is_loaded_costs_nothing(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = sent(tmp_path)

    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as now, pytest.raises(KeyboardInterrupt):
        now.setattr("tasks.intake.steps.load_correction.close_submission", cut)
        send_back(tmp_path, workbook, "perbaikan.xlsx", fill(TWO))
    assert states()[1][1] == "received"
    night(tmp_path)
    assert states()[1][1:] == ("answered", None, 2, True)
    assert [versions()[name][1] for name in TWO] == [cells["NIK"] for cells in TWO.values()]


def test_the_person_of_a_row_that_was_sent_back_enters(warehouse: sa.Engine, tmp_path: Path) -> None:
    workbook = sent(tmp_path / "inbox")
    people = "SELECT full_name FROM gold.person WHERE to_run IS NULL ORDER BY 1"
    book = openpyxl.load_workbook(workbook)
    fill({**NAMED, **TWO})(book.worksheets[1])
    book.save(tmp_path / "perbaikan.xlsx")
    with runs.run("nightly", TODAY) as run, store.consolidation_lock():
        consolidate(run.run_id, lambda event: None)
    before = [name for (name,) in told(people)]
    submit_file(tmp_path / "perbaikan.xlsx", "19.01", None, TODAY, lambda event: None)
    after = [name for (name,) in told(people)]
    assert (len(before), len(after)) == (14, 15)
    assert set(after) - set(before) == {"PEMILIK EO"}
