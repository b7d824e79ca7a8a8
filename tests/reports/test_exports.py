"""Exports: the columns are a contract, the file is whole or untouched, values are masked unless asked for."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from cli.main import app
from schemas.errors import UsageError
from schemas.exports import export_contract, export_names
from tasks import runs, store
from tasks.reports.exports import QUERIES
from tasks.reports.questions import Asking, export


def heading(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as handle:
        return next(csv.reader(handle))


def test_half_a_parquet_file_does_not_stay(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(writer: pq.ParquetWriter, batch: object) -> None:
        raise OSError("no space left")

    golden_person(1)
    monkeypatch.setattr(pq.ParquetWriter, "write_batch", full)
    with pytest.raises(OSError, match="no space left"):
        export("persons", tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_every_contract_has_its_query_and_every_query_its_contract() -> None:
    assert export_names() == sorted(QUERIES)


@pytest.mark.parametrize("name", [name for name in export_names() if name != "list"])
def test_an_export_has_exactly_the_columns_of_its_contract(name: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    export(name, tmp_path / "out.csv")
    assert heading(tmp_path / "out.csv") == list(export_contract(name).columns)


@pytest.mark.parametrize("name", [name for name in export_names() if name != "list"])
def test_an_export_as_parquet_has_the_types_of_its_contract(name: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    export(name, tmp_path / "out.parquet")
    schema = pq.read_schema(tmp_path / "out.parquet")
    types = {field.name: str(field.type).replace("[day]", "") for field in schema}
    assert types == export_contract(name).columns


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("nothing", "a.csv"),
        ("list", "a.csv"),
        ("list:no.such.list", "a.csv"),
        ("persons:x", "a.csv"),
        ("persons", "a.xlsx"),
        ("to-verify:kantor", "a.csv"),
    ],
)
def test_an_unknown_export_list_or_file_type_is_a_usage_error_and_leaves_the_file(
    name: str, file: str, warehouse: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / file).write_text("before")
    with pytest.raises(UsageError):
        export(name, tmp_path / file)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir() if path.is_file()] == [(file, "before")]


def test_personal_values_are_masked_unless_they_are_asked_for(warehouse: sa.Engine, tmp_path: Path) -> None:
    with runs.run("nightly", date(2020, 4, 1)) as run, store.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO gold.person (person_id, from_run, full_name, nik, phone, birth_date, sources, content_hash)"
                " VALUES ('P-1', :run, 'Siti Aminah', '9202124101800001', '+6281234567890', '1980-01-01', '{}', 1)"
            ),
            {"run": run.run_id},
        )
    export("persons", tmp_path / "masked.csv")
    text = (tmp_path / "masked.csv").read_text()
    assert "9202********0001" in text
    for value in ("9202124101800001", "Siti Aminah", "81234567890", "1980-01-01"):
        assert value not in text
    export("persons", tmp_path / "shown.csv", show_values=True)
    assert "9202124101800001,Siti Aminah" in (tmp_path / "shown.csv").read_text()


def golden_person(number: int) -> None:
    with runs.run("nightly", date(2020, 4, 1)) as run, store.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO gold.person (person_id, from_run, full_name, nik, birth_date, sources, content_hash)"
                " VALUES (:id, :run, 'Siti Aminah', :nik, '1980-01-01', '{}', 1)"
            ),
            {"run": run.run_id, "id": f"P-{number}", "nik": f"920212410180000{number}"},
        )


def told(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def questions_kept() -> list[tuple[object, ...]]:
    with store.transaction() as connection:
        sql = "SELECT batch_id, register, purpose, nik_count, nik FROM verification.batch JOIN verification.question USING (batch_id)"
        return [tuple(row) for row in connection.execute(sa.text(f"{sql} ORDER BY batch_id, nik"))]


def test_a_masked_question_asks_nothing_and_shows_nobody(warehouse: sa.Engine, tmp_path: Path) -> None:
    golden_person(1)
    assert export("to-verify", tmp_path / "a.csv", asking=Asking("BPUM", date(2020, 5, 1))) == 1
    (line,) = told(tmp_path / "a.csv")
    assert (line["batch_id"], line["nik"], line["full_name"], line["birth_date"]) == (
        "",
        "9202********0001",
        "S***",
        "",
    )
    assert questions_kept() == []


def test_a_question_is_kept_as_it_is_written_and_numbered_by_day_and_register(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    golden_person(1)
    asking = Asking("BPUM", date(2020, 5, 1))
    export("to-verify", tmp_path / "a.csv", show_values=True, asking=asking)
    golden_person(2)
    export("to-verify:dukcapil", tmp_path / "b.csv", show_values=True, asking=asking)
    export("to-verify:asn", tmp_path / "c.parquet", show_values=True, asking=asking)
    one, two = "9202124101800001", "9202124101800002"
    assert questions_kept() == [
        ("asn-20200501-1", "asn", "BPUM", 2, one), ("asn-20200501-1", "asn", "BPUM", 2, two),
        ("dukcapil-20200501-1", "dukcapil", "BPUM", 1, one),
        ("dukcapil-20200501-2", "dukcapil", "BPUM", 2, one), ("dukcapil-20200501-2", "dukcapil", "BPUM", 2, two),
    ]  # fmt: skip
    assert [line["nik"] for line in told(tmp_path / "b.csv")] == [one, two]
    assert told(tmp_path / "b.csv")[0]["answer"] == ""


def test_a_question_to_nobody_is_not_kept(warehouse: sa.Engine, tmp_path: Path) -> None:
    assert export("to-verify", tmp_path / "a.csv", show_values=True, asking=Asking("BPUM", date(2020, 5, 1))) == 0
    assert questions_kept() == []


def test_a_question_needs_a_reason_and_leaves_its_trace(warehouse: sa.Engine, tmp_path: Path) -> None:
    golden_person(1)
    command = ["export", "to-verify", str(tmp_path / "a.csv"), "--show-values", "--today", "2020-05-01"]
    assert CliRunner().invoke(app, command).exit_code != 0
    assert not (tmp_path / "a.csv").exists()
    assert CliRunner().invoke(app, [*command, "--reason", "BPUM"]).exit_code == 0
    with store.transaction() as connection:
        trace = connection.execute(sa.text("SELECT action, subject, reason, counts FROM audit.event")).all()
    assert [tuple(row) for row in trace] == [("show_values", "export to-verify", "BPUM", {"lines": 1})]


BEHEADED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from tasks.reports.questions import Asking, export
Path.replace = lambda part, target: os.kill(os.getpid(), signal.SIGKILL)
export("to-verify", Path(sys.argv[1]), show_values=True, asking=Asking("BPUM", date(2020, 5, 1)))
"""


def test_whoever_is_killed_before_the_file_is_there_has_kept_the_question_and_said_that_values_are_shown(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    golden_person(1)
    folder = tmp_path / "out"
    ended = subprocess.run([sys.executable, "-c", BEHEADED, str(folder / "a.csv")], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert [path.name.startswith(".half-") for path in folder.iterdir()] == [True], "values in clear, not in place"
    assert questions_kept() == [("dukcapil-20200501-1", "dukcapil", "BPUM", 1, "9202124101800001")]
    with store.transaction() as connection:
        trace = connection.execute(sa.text("SELECT action, reason FROM audit.event")).all()
    assert [tuple(row) for row in trace] == [("show_values", "BPUM")]
    export("to-verify", folder / "a.csv", show_values=True, asking=Asking("BPUM", date(2020, 5, 1)))
    assert [path.name for path in folder.iterdir()] == ["a.csv"], "the half was swept"
    assert [line["batch_id"] for line in told(folder / "a.csv")] == ["dukcapil-20200501-2"]
