"""Exports: the columns are a contract, the file is whole or untouched, values are masked unless asked for."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from schemas.errors import UsageError
from schemas.exports import export_contract, export_names
from tasks import store
from tasks.reports.exports import QUERIES
from tasks.reports.questions import export


def heading(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as handle:
        return next(csv.reader(handle))


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
    with store.run("nightly", date(2020, 4, 1)) as run, store.transaction() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO gold.person (person_id, from_run, full_name, nik, phone, birth_date, record_count, sources, content_hash)"
                " VALUES ('P-1', :run, 'Siti Aminah', '9202124101800001', '+6281234567890', '1980-01-01', 1, '{}', 1)"
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
