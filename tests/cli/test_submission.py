"""`sinergi submission`: look into a file, see what a new version changed, explain headings, read again, who has not sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from tests.cli.conftest import Answer
from tests.intake.offices import OWNERS, night, send, told

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
