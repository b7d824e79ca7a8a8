"""A register's answer, from the question to the draft it decides: asked, answered, superseded, late, and sent back for correction."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from flows.rerun import rerun_submission
from tests.intake.offices import TODAY, send, told
from tests.intake.registers import NIK, answer, ask, decided, send_owners, states, whole_night

IN, OUT = "in", "out"
RESULTS = "SELECT nik, register, answer, verified_on::text FROM verification.result ORDER BY result_id"


@pytest.fixture
def inbox(warehouse: sa.Engine, tmp_path: Path) -> Path:
    """Four owners are known."""
    send_owners(tmp_path / "inbox")
    return tmp_path / "inbox"


def test_a_question_that_comes_back_answered_decides_the_next_draft(inbox: Path, tmp_path: Path) -> None:
    assert {decision for decision, _ in decided().values()} == {IN}
    question = ask(tmp_path)
    assert [line["nik"] for line in question] == sorted(NIK.values())
    assert {line["batch_id"] for line in question} == {"dukcapil-20200501-1"}
    day = "04/05/2020"
    words = {
        NIK["SITI"]: ("Padan", day), NIK["BUDI"]: ("TIDAK PADAN", day), NIK["RINA"]: ("Meninggal Dunia", day), NIK["AGUS"]: ("", ""),
    }  # fmt: skip
    answer(inbox, "jawaban dukcapil.csv", question, words)
    whole_night(inbox, TODAY.replace(day=5))
    assert states()[-1] == ("19/jawaban dukcapil.csv", "verification", "answered", None)
    assert decided() == {
        "SITI": (IN, "ELIGIBLE"),
        "BUDI": (OUT, "NIK_NOT_MATCHED"),
        "RINA": (OUT, "DECEASED"),
        "AGUS": (IN, "ELIGIBLE"),
    }
    ((used,),) = told("SELECT facts -> 'is_deceased' ->> 1 FROM aid.decision WHERE decisive_reason = 'DECEASED'")
    assert used.startswith("verification.result ")


def test_the_newest_answer_counts_and_one_that_comes_late_reverts_nothing(inbox: Path, tmp_path: Path) -> None:
    question = ask(tmp_path)
    siti = NIK["SITI"]
    for name, word, day in (
        ("b.csv", "tidak padan", "02/05/2020"),
        ("c.csv", "padan", "04/05/2020"),
        ("a.csv", "meninggal", "01/05/2020"),
    ):
        answer(inbox, name, question, {siti: (word, day)})
        whole_night(inbox, TODAY.replace(day=5))
    assert decided()["SITI"] == (IN, "ELIGIBLE")
    assert [line[2] for line in told(RESULTS)] == ["mismatch", "match", "deceased"]


def test_an_answer_that_comes_twice_is_kept_once(inbox: Path, tmp_path: Path) -> None:
    question = ask(tmp_path)
    words = {NIK["SITI"]: ("padan", "04/05/2020"), NIK["BUDI"]: ("padan", "04/05/2020")}
    answer(inbox, "jawaban.csv", question, words)
    answer(inbox, "jawaban salinan.csv", question, words)
    answer(inbox, "jawaban urut lain.csv", question[::-1], words)
    for _ in range(2):
        whole_night(inbox, TODAY.replace(day=5))
    assert len(told(RESULTS)) == 2
    assert {file: state for file, kind, state, _ in states() if kind != "umkm"} == {
        "19/jawaban.csv": "answered",
        "19/jawaban salinan.csv": "same_bytes",
        "19/jawaban urut lain.csv": "no_change",
    }
    submission = told("SELECT submission_id FROM intake.submission WHERE file = '19/jawaban.csv'")[0][0]
    assert rerun_submission(submission, TODAY.replace(day=5), lambda event: None)["changed_row_count"] == 0
    assert len(told(RESULTS)) == 2


CASES = [  # what stands in the row -> what it is found to be
    ({"nik": "190101500580001"}, "ANSWER_NIK_UNREADABLE"),
    ({"nik": "1901015005800099"}, "ANSWER_NOT_ASKED"),
    ({"answer": "ok sekali"}, "ANSWER_UNKNOWN"),
    ({"answer": "penerima KUR"}, "ANSWER_OF_OTHER_REGISTER"),
    ({"answered_on": ""}, "ANSWER_DATE_MISSING"),
    ({"answered_on": "05/05/2099"}, "ANSWER_DATE_IN_FUTURE"),
    ({"register": "kantor pusat", "batch_id": "", "answer": "terdaftar"}, "REGISTER_UNKNOWN"),
]


def test_rows_that_are_not_certain_go_back_in_a_workbook_and_come_in_corrected(inbox: Path, tmp_path: Path) -> None:
    question = ask(tmp_path)
    sound = {**question[0], "answer": "padan", "answered_on": "04/05/2020"}
    rows = [{**sound, **change} for change, _ in CASES]
    answer_rows(inbox / "19" / "jawaban.csv", [{**sound, "nik": NIK["RINA"]}, *rows])
    whole_night(inbox, TODAY.replace(day=5))
    found = told("SELECT row, code FROM intake.finding WHERE severity = 'reject' ORDER BY row")
    assert {code for _, code in CASES} <= {code for _, code in found}
    assert [row for row, code in found if code == "ANSWER_NOT_ASKED"] == [4]
    assert [line[0] for line in told(RESULTS)] == [NIK["RINA"]]
    ((workbook,),) = told("SELECT workbook FROM intake.submission WHERE kind = 'verification'")
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[1]
    headings = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        if row[headings.index("nik")].value == "190101500580001":
            row[headings.index("nik")].value = NIK["SITI"]
    book.save(inbox / "19" / "perbaikan.xlsx")
    whole_night(inbox, TODAY.replace(day=6))
    assert [line[0] for line in told(RESULTS)] == [NIK["RINA"], NIK["SITI"]]
    assert states()[-1] == ("19/perbaikan.xlsx", "verification", "answered", None)


def answer_rows(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [";".join(rows[0]), *(";".join(row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def test_the_office_that_asked_may_send_the_answer_in_its_own_words(inbox: Path, tmp_path: Path) -> None:
    ask(tmp_path, "sikp")
    rows = [f"1;{NIK['SITI']};SITI;Debitur KUR;3 Mei 2020", f"2;{NIK['BUDI']};BUDI;Tidak ada;3 Mei 2020"]
    send(inbox, "19.01/hasil sikp.csv", rows, "No;NIK;Nama;Status Kredit KUR;Tanggal Pengecekan")
    whole_night(inbox, TODAY.replace(day=5))
    assert [line[1:] for line in told(RESULTS)] == [
        ("sikp", "credit", "2020-05-03"),
        ("sikp", "no_credit", "2020-05-03"),
    ]
    assert decided()["SITI"] == (OUT, "BANK_CREDIT_REGISTERED")


def test_known_unknown_and_not_asked_are_three_states(inbox: Path, tmp_path: Path) -> None:
    from tasks.reports.statements import REGISTERS

    question = ask(tmp_path)
    answer(inbox, "jawaban.csv", question[:2], {question[0]["nik"]: ("padan", "04/05/2020")})
    send(inbox, "19.01/umkm tambahan 2020-05.csv", ["DEWI LESTARI;1901015405840005;14/05/1984;TAHU;JALAN"], OTHER)
    whole_night(inbox, TODAY.replace(day=5))
    assert told(REGISTERS) == [("dukcapil", 1, 3, 1)]
    assert [line["nik"] for line in ask(tmp_path)] == sorted(
        [*(line["nik"] for line in question[1:]), "1901015405840005"]
    )
    assert len(ask(tmp_path, again=True)) == 5


OTHER = "NAMA PEMILIK;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA"


def test_a_list_in_the_provinces_folder_waits_since_it_names_no_sender(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19/umkm.csv", ["SITI;1901015005800001;10/05/1980;WARUNG;JALAN"], OTHER)
    whole_night(tmp_path)
    assert states() == [("19/umkm.csv", None, "waiting", "LIST_OF_NO_REGENCY")]
