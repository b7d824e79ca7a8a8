"""The commands that scripts use, in the order a night uses them, on a small province."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cli.conftest import Answer

Sinergi = Callable[..., Answer]
LIST = "bpum_2020.2020-1.1.v1"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_from_inbox_to_a_verified_list(warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path) -> None:
    made = sinergi(
        "demo", "--province", "92", "--rows", "300", "--seed", "4", "--out", str(tmp_path / "demo"), "--json"
    )
    assert made.code == 0
    inbox = Path(made.last["inbox"])
    before = {path: path.read_bytes() for path in inbox.rglob("*") if path.is_file()}

    night = sinergi("run", "--inbox", str(inbox), "--today", "2020-05-01", "--json")
    assert night.code == 0, night.err
    lines = [json.loads(line) for line in night.out.splitlines()]
    assert all("step" in line for line in lines)
    assert lines[-1]["step"] == "done"
    assert {path: path.read_bytes() for path in inbox.rglob("*") if path.is_file()} == before

    assert sinergi("export", "memberships", str(tmp_path / "m.csv")).code == 0
    rows = table(tmp_path / "m.csv")
    truth = table(Path(made.last["truth"]))
    data = {(row["file"], row["data_row"]) for row in rows if row["outcome"] != "not_data"}
    assert data == {(row["file"], row["data_row"]) for row in truth}
    assert all(
        row["person_id"]
        for row in rows
        if row["outcome"] in ("accepted", "accepted_with_findings", "duplicate") and "koperasi" not in row["file"]
    )

    (draft,) = sinergi("aid", "lists", "--json").last
    assert (draft["id"], draft["state"]) == (LIST, "draft")
    assert draft["in"] > 0

    for officer, role in (("sari", "preparer"), ("budi", "approver"), ("rina", "approver")):
        assert sinergi("officer", "add", officer, "--name", officer.title(), "--role", role).code == 0
    assert sinergi("aid", "lock", LIST, "--officer", "sari").code == 0
    refused = sinergi("aid", "approve", LIST, "--officer", "sari")
    assert (refused.code, refused.err.startswith("sinergi: ")) == (1, True)
    early = sinergi("aid", "publish", LIST, "--officer", "budi")
    assert early.code == 1
    for officer in ("budi", "rina"):
        assert sinergi("aid", "approve", LIST, "--officer", officer).code == 0
    assert sinergi("aid", "publish", LIST, "--officer", "budi").code == 0
    assert sinergi("aid", "verify", LIST, "--json").last["is_sound"] is True

    assert sinergi("outbox", "send").code == 0  # no receiver is set: nothing is sent, nothing is wrong
    messages = sinergi("outbox", "list", "--json").last
    assert {message["state"] for message in messages} == {"queued"}

    assert sinergi("export", f"list:{LIST}", str(tmp_path / "l.csv")).code == 0
    decided = table(tmp_path / "l.csv")
    assert sum(line["decision"] == "in" for line in decided) == draft["in"]
    assert sinergi("export", "persons", str(tmp_path / "p.csv")).code == 0
    assert {line["person_id"] for line in decided} == {row["person_id"] for row in table(tmp_path / "p.csv")}
    explained = sinergi("aid", "explain", LIST, decided[0]["person_id"], "--json")
    assert explained.last["decision"] == decided[0]["decision"]


def test_submit_answers_one_file_and_says_where(warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path) -> None:
    file = tmp_path / "umkm.csv"
    file.write_text("Nama Pemilik;NIK;Nama Usaha\nSiti;9202124101800001;Warung Siti\nBudi;12345;Kios Budi\n", "utf-8")
    given = sinergi("submit", str(file), "--regency", "92.02", "--period", "2020-04", "--json")
    assert given.code == 0, given.err
    answer = given.last
    assert {"submission_id", "state", "counts", "receipt", "workbook"} <= set(answer)
    assert answer["state"] == "answered"
    assert answer["counts"]["accepted"] + answer["counts"]["accepted_with_findings"] == 2
    assert Path(answer["receipt"]).is_file()
    assert Path(answer["workbook"]).is_file()
    again = sinergi("submit", str(file), "--regency", "92.02", "--period", "2020-04", "--json")
    assert again.last["submission_id"] == answer["submission_id"]
    assert sinergi("export", "memberships", str(tmp_path / "m.csv")).code == 0
    assert [(row["file"], row["row"], row["data_row"]) for row in table(tmp_path / "m.csv") if row["data_row"]] == [
        ("92.02/umkm.csv", "2", "1"),
        ("92.02/umkm.csv", "3", "2"),
    ]


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (["run", "--inbox", "no-such-folder"], 2, "no such inbox"),
        (["submit", "no-such-file.csv", "--regency", "19.01"], 2, "no such file"),
        (["export", "nothing", "x.csv"], 2, "there is no export"),
        (["export", "list:nothing", "x.csv"], 2, "there is no list"),
        (["export", "persons", "x.csv", "--show-values"], 2, "needs --reason"),
        (["aid", "lock", "nothing", "--officer", "sari"], 1, "sari"),
        (["export", "persons", "x.csv", "--show-values", "--reason", " "], 2, "needs --reason"),
        (["aid", "explain", "list", "P-1", "--show-values", "--reason", " "], 2, "needs --reason"),
        (["outbox", "list", "--state", "typo"], 2, "--state typo: no such state"),
        (["run", "--inbox", ".", "--today", "yesterday"], 2, "--today yesterday: not a date"),
        (["aid", "stand", "a.1", "--officer", "budi", "--until", "31/12/2021"], 2, "--until 31/12/2021: not a date"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_an_exit_code(
    command: list[str],
    code: int,
    says: str,
    warehouse: sa.Engine,
    sinergi: Sinergi,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = sinergi(*command)
    assert answer.code == code
    assert says in answer.err
    assert "Traceback" not in answer.err
    assert list(tmp_path.glob("x.csv")) == []


def test_a_database_that_does_not_answer_is_out_of_reach(
    sinergi: Sinergi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from schemas.settings import settings
    from tasks import store

    monkeypatch.setenv("SINERGI_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    monkeypatch.setenv("SINERGI_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    store.engine.cache_clear()
    try:
        answer = sinergi("aid", "lists")
        assert answer.code == 4
        assert "the database does not answer" in answer.err
        assert sinergi("doctor").code == 1
    finally:
        settings.cache_clear()
        store.engine.cache_clear()
