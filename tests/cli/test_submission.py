"""`sinergi submission`: look into a file, see what a new version changed, explain headings, read again, who has not sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cli.conftest import Answer
from tests.intake.offices import HEADING, OWNERS, night, other_suites, send, told, with_severity

Sinergi = Callable[..., Answer]
SHORT_NIK = "ORANG BARU;19010112058000;11/05/1980;TOKO;JALAN"
MENDED = "ORANG BARU;1901011205800099;12/05/1980;TOKO;JALAN"
DAY = ("--today", "2020-05-01")


def test_a_new_version_tells_what_it_changed(warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path)
    newer = [OWNERS[0].replace("JALAN", "GANG"), *OWNERS[1:-1], MENDED]
    send(tmp_path, "19.01/umkm_2020-04 v2.csv", newer)
    night(tmp_path)
    listed = sinergi("submission", "list", "--regency", "19.01", "--state", "answered", "--json").last
    assert len(listed) == 2
    shown = sinergi("submission", "show", listed[1]["submission_id"], "--json").last
    assert [line["version"] for line in shown["history"]] == [1, 2]
    assert shown["since"]["submission_id"] == listed[0]["submission_id"]
    rows = shown["since"]["rows"]
    assert rows["same"] == 13
    assert rows["not_resent"] >= 1
    assert sum(rows[name] for name in ("new", "changed", "same")) == len(newer)
    closed = {line["code"]: line["closed"] for line in shown["since"]["findings"]}
    assert closed["NIK_NOT_16_DIGITS"] == 1
    assert sinergi("submission", "show", listed[0]["submission_id"]).code == 0


def test_failed_checks_are_seen_by_check_by_column_and_by_cell(
    warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path
) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path)
    ((identity,),) = told("SELECT submission_id FROM intake.submission")
    seen = sinergi("submission", "inspect", identity, "--column", "NIK", "--json").last
    assert {line["code"] for line in seen["by_expectation"]} >= {"NIK_NOT_16_DIGITS"}
    (column,) = seen["by_column"]
    assert (column["column"], column["heading"], column["field"]) == ("B", "NIK", "nik")
    (finding,) = (line for line in seen["findings"] if line["code"] == "NIK_NOT_16_DIGITS")
    assert finding["cells"] == ["B17"]
    assert finding["examples"] == ["1901********00"]
    assert sinergi("submission", "inspect", identity, "--show-values").code == 2
    assert sinergi("submission", "inspect", identity, "--code", "NIK_NOT_16_DIGITS").code == 0


def test_a_waiting_file_is_mapped_and_an_unknown_one_is_a_usage_error(
    warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path
) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS, heading="SI EMPUNYA;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA")
    night(tmp_path)
    ((identity,),) = told("SELECT submission_id FROM intake.submission WHERE state = 'waiting'")
    proposal = sinergi("submission", "map", identity, "--json").last
    assert "owner_name" in {line["field"] for line in proposal["fields_without_column"]}
    word = ("--set", "SI EMPUNYA=owner_name")
    assert sinergi("submission", "map", identity, *word, "--confirm").code == 2
    done = sinergi("submission", "map", identity, *word, "--confirm", "--by", "sari", *DAY, "--json")
    assert (done.code, done.last["state"]) == (0, "answered")
    same = sinergi("submission", "rerun", identity, "--dry-run", *DAY, "--json").last
    assert (same["changed_row_count"], same["is_written"]) == (0, False)
    assert sinergi("submission", "rerun", "nothing").code == 2


def test_who_has_not_sent_is_listed_after_the_due_day(warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    assert [line for line in sinergi("submission", "missing", *DAY, "--json").last if line["kind"] == "umkm"] == []
    late = sinergi("submission", "missing", "--today", "2020-05-11", "--json").last
    assert {line["regency_code"] for line in late} == {"19.02", "19.03", "19.04", "19.05", "19.06", "19.71"}
    assert {(line["period"], line["days_late"]) for line in late} == {("2020-04", 1)}


def test_a_terminal_is_told_what_it_is_about_and_what_to_do_next(
    warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path
) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    send(tmp_path, "19.02/umkm_2020-04.csv", OWNERS, heading=HEADING.replace("NAMA PEMILIK", "SI EMPUNYA"))
    night(tmp_path)
    send(tmp_path, "19.01/umkm_2020-04 v2.csv", [OWNERS[0].replace("JALAN", "GANG"), *OWNERS[1:-1], MENDED])
    night(tmp_path)
    listed = sinergi("submission", "list")
    assert "answered 2, waiting 1" in listed.out
    assert "next: `sinergi submission inspect ID`" in listed.out
    newest, waiting = (
        told(f"SELECT submission_id FROM intake.submission WHERE {which}")[0][0]
        for which in ("version = 2", "state = 'waiting'")
    )
    shown = sinergi("submission", "show", newest).out
    for words in (
        "umkm_2020-04 v2.csv",
        "not sent again",
        "business_address 1",
        "NIK_NOT_16_DIGITS",
        "umkm_2020-04 v2 2",
        "next:",
    ):
        assert words in shown
    seen = sinergi("submission", "inspect", waiting).out
    assert "REQUIRED_FIELD_UNMAPPED" in seen
    assert f"next: `sinergi submission map {waiting}`" in seen
    proposal = sinergi("submission", "map", waiting).out
    assert "next: `sinergi submission map" in proposal
    tried = sinergi("submission", "map", waiting, "--set", "SI EMPUNYA=owner_name").out
    assert "add --confirm --by WHO" in tried
    assert told("SELECT count(*) FROM intake.mapping") == [(0,)]
    first = told("SELECT submission_id FROM intake.submission WHERE version = 1")[0][0]
    inspected = sinergi("submission", "inspect", first).out
    for words in ("A NIK has 16 digits.", "B17 1901********00", "by check", "next: Send the office its workbook"):
        assert words in inspected


def test_examples_in_clear_are_recorded_with_who_and_why(
    warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path
) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path)
    ((identity,),) = told("SELECT submission_id FROM intake.submission")
    assert "19010112058000" not in sinergi("submission", "inspect", identity).out
    assert told("SELECT count(*) FROM audit.event") == [(0,)]
    clear = sinergi("submission", "inspect", identity, "--show-values", "--reason", "call with the office")
    assert "B17 19010112058000" in clear.out
    ((action, subject, reason, actor),) = told("SELECT action, subject, reason, actor FROM audit.event")
    assert (action, subject, reason) == ("show_values", f"submission {identity}", "call with the office")
    assert actor


def test_what_a_rule_touched_is_read_again_and_told_before_and_after(
    warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path
) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    send(tmp_path / "inbox", "19.02/umkm_2020-04.csv", OWNERS, heading=HEADING.replace("NAMA PEMILIK", "SI EMPUNYA"))
    night(tmp_path / "inbox")
    same = sinergi("submission", "rerun", "--regency", "19.01", *DAY)
    assert (same.code, "1 submissions read again: 0 changed" in same.out) == (0, True)
    with other_suites(tmp_path / "suites", with_severity("NIK_NOT_16_DIGITS", "reject")):
        tried = sinergi("submission", "rerun", "--all", "--dry-run", *DAY)
        assert tried.code == 3  # a file that waits is left as it is
        for words in (
            "accepted_with_findings -> quarantined 1",
            "not touched: 19.02/umkm_2020-04.csv",
            "without --dry-run",
        ):
            assert words in tried.out
        written = sinergi("submission", "rerun", "--code", "NIK_NOT_16_DIGITS", *DAY, "--json")
        assert (written.code, written.last["is_written"], written.last["after"]["quarantined"]) == (0, True, 1)
        ((identity,),) = told("SELECT submission_id FROM intake.submission WHERE regency_code = '19.01'")
        again = sinergi("submission", "rerun", identity[:8], *DAY)
        assert (again.code, "decide as before" in again.out) == (0, True)
    back = sinergi("submission", "rerun", identity, "--dry-run", *DAY)
    assert "quarantined -> accepted_with_findings 1" in back.out
    assert f"`sinergi submission rerun {identity}` writes it" in back.out


NONSENSE: list[tuple[list[str], str]] = [
    (["list", "--state", "lost"], "no such state. One of received"),
    (["list", "--regency", "Bangka"], "no such regency"),
    (["show", "nothing"], "there is no submission 'nothing'"),
    (["show", "a"], "there is no submission 'a'"),
    (["show", "%%%%"], "there is no submission"),
    (["inspect", "ID", "--code", "NIK_NOT_16"], "no such check. NIK_NOT_16_DIGITS?"),
    (["inspect", "ID", "--column", "NIKK"], "no such column. 'NIK'?"),
    (["inspect", "ID", "--examples", "0"], "Invalid value"),
    (["inspect", "ID", "--show-values"], "--show-values needs --reason"),
    (["inspect", "ID", "--show-values", "--reason", " "], "--show-values needs --reason"),
    (["inspect", "ID", "--reason", "curious"], "--reason goes with --show-values"),
    (["map", "nothing"], "there is no submission"),
    (["map", "ID", "--set", "NIK"], "says nothing"),
    (["map", "ID", "--set", "NIKK=nik"], "no column is headed"),
    (["map", "ID", "--set", "NIK=nomor"], "is no field"),
    (["map", "ID", "--confirm", "--by", "sari"], "--confirm needs"),
    (["map", "ID", "--set", "NIK=nik", "--confirm", "--by", " "], "--confirm needs"),
    (["rerun"], "name one submission, or say which"),
    (["rerun", "ID", "--all"], "name one submission, or say which"),
    (["rerun", "nothing"], "there is no submission"),
    (["rerun", "--code", "NOTHING"], "no such check"),
    (["rerun", "--code", "NIK_SERIES"], "no submission is meant by that"),
    (["rerun", "--regency", "99.99"], "no such regency"),
    (["rerun", "ID", "--today", "tomorrow"], "not a date"),
    (["missing", "--today", "2020-13-01"], "not a date"),
    (["docs", "nothing"], "there is no submission"),
]


def test_what_makes_no_sense_is_one_sentence_and_exit_2(warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path)
    ((identity,),) = told("SELECT submission_id FROM intake.submission")
    for command, says in NONSENSE:
        answer = sinergi("submission", *(identity if word == "ID" else word for word in command))
        assert answer.code == 2, command
        assert says in answer.err
        assert "Traceback" not in answer.err
    assert told("SELECT count(*) FROM audit.event") == [(0,)]


def test_the_beginning_of_an_id_names_a_submission_while_it_is_unique(
    warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path
) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    send(tmp_path, "19.02/umkm_2020-04.csv", [row.replace("PEMILIK", "JURAGAN") for row in OWNERS])
    night(tmp_path)
    ((identity,), (other,)) = told("SELECT submission_id FROM intake.submission ORDER BY file")
    assert sinergi("submission", "show", identity[:6].upper(), "--json").last["submission_id"] == identity
    with warehouse.begin() as connection:
        connection.execute(sa.text("SET session_replication_role = replica"))
        for number, old in enumerate((identity, other)):
            for table in ("submission", "sheet", "source_row", "finding"):
                connection.execute(
                    sa.text(f"UPDATE intake.{table} SET submission_id = :new WHERE submission_id = :old"),
                    {"new": f"abcd00000000000{number}", "old": old},
                )
    unclear = sinergi("submission", "show", "abcd")
    assert unclear.code == 2
    assert "the beginning of several submissions" in unclear.err
    assert "19.01/umkm_2020-04.csv" in unclear.err
    assert sinergi("submission", "show", "abcd000000000001").code == 0


@pytest.mark.parametrize(
    "command", [["submission", "list"], ["submission", "show", "abcd"], ["aid", "lists"], ["outbox", "list"]]
)
def test_a_question_before_the_first_night_says_how_to_begin(
    command: list[str], warehouse: sa.Engine, sinergi: Sinergi
) -> None:
    with warehouse.begin() as connection:
        for name in ("intake", "source", "identity", "gold", "verification", "aid", "outbox", "audit"):
            connection.execute(sa.text(f'DROP SCHEMA IF EXISTS "{name}" CASCADE'))
        connection.execute(sa.text("DROP TABLE public.alembic_version"))
    answer = sinergi(*command)
    assert (answer.code, "there is no warehouse yet" in answer.err) == (2, True)
