"""The catalogue: strict in what it reads, complete in what it says."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from cli.catalogue import catalogue
from expectations import cross_masks, masks
from expectations.catalogue import checks_page, entries, entries_of, read_entries
from expectations.row_rule import ExpectRowsToPassCheck
from schemas.fields import fields
from schemas.records import Kind
from tasks.intake.standardise import NIK_FLAGS, PROBLEMS

GOOD: dict[str, Any] = {
    "code": "NIK_MISSING",
    "field": "nik",
    "severity": "hold",
    "rule": "missing",
    "message": {"id": "NIK kosong.", "en": "The NIK is missing."},
    "mend": {"id": "Isi NIK.", "en": "Write the NIK."},
    "example": {"wrong": "-", "right": "1901015503900001"},
}
KINDS: tuple[Kind, ...] = get_args(Kind)
#: words of a type that a field of that type never gets: a residence elsewhere is its own value, not a problem
NEVER = {("residence_regency_code", "other_regency")}


def read(folder: Path, *listed: dict[str, Any]) -> object:
    (folder / "umkm.yaml").write_text(yaml.safe_dump({"kinds": ["umkm"], "checks": list(listed)}), "utf-8")
    return read_entries(folder)


def test_a_complete_entry_is_read(tmp_path: Path) -> None:
    assert list(read(tmp_path, GOOD)) == ["NIK_MISSING"]  # type: ignore[call-overload]


@pytest.mark.parametrize("left_out", ["code", "field", "severity", "rule", "message", "mend", "example"])
def test_no_entry_without_each_of_its_parts(tmp_path: Path, left_out: str) -> None:
    with pytest.raises(ValidationError):
        read(tmp_path, {key: value for key, value in GOOD.items() if key != left_out})


@pytest.mark.parametrize(
    "wrong",
    [
        {"severity": "fatal"},
        {"field": "no_such_field"},
        {"field": "cooperative_name"},
        {"code": "nik_missing"},
        {"message": {"id": "NIK kosong."}},
        {"message": {"id": "NIK kosong.", "en": ""}},
        {"message": {"id": "NIK {nik} salah.", "en": "The NIK is wrong."}},
        {"colour": "red"},
        {"level": "file"},
        {"mostly": 0.5},
    ],
    ids=str,
)
def test_an_entry_that_makes_no_sense_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(tmp_path, GOOD | wrong)


def test_a_code_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="NIK_MISSING is named twice"):
        read(tmp_path, GOOD, GOOD)


def test_a_umkm_row_has_at_least_sixty_checks() -> None:
    assert sum(entry.level == "row" for entry in entries_of("umkm")) >= 60


def test_every_rule_is_a_mask_and_takes_the_parameters_given() -> None:
    for entry in entries().values():
        inspect.signature(masks.MASKS[entry.rule]).bind(None, **entry.parameters)


def test_every_mask_is_in_a_suite() -> None:
    assert cross_masks.two_names.__name__ in masks.MASKS
    assert masks.MASKS.keys() == {entry.rule for entry in entries().values()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_for_a_problem_has_a_check_and_no_check_waits_for_another_word(kind: Kind) -> None:
    told = {
        (entry.field, word)
        for entry in entries_of(kind)
        if entry.level == "row" and entry.rule == "problem_is"
        for word in entry.parameters["words"]
    }
    possible = {
        (field.name, word)
        for field in fields().values()
        if kind in field.kinds
        for word in PROBLEMS[field.type]
        if word != "missing"
    }
    assert told == possible - NEVER


def test_every_flag_on_a_nik_has_a_check() -> None:
    told = {f"{entry.field}__{entry.parameters['flag']}" for entry in entries_of("umkm") if entry.rule == "flagged"}
    assert told == set(NIK_FLAGS)


def test_a_bad_nik_never_sends_a_person_back() -> None:
    named = [entry for entry in entries().values() if entry.field == "nik" and entry.kinds != ("verification",)]
    assert {entry.severity for entry in named} <= {"hold", "warn", "info"}


def test_the_page_of_checks_is_the_catalogue() -> None:
    page = Path(__file__).parents[2] / "docs" / "checks.md"
    assert page.read_text("utf-8") == checks_page(), "run: sinergi catalogue --markdown > docs/checks.md"


def test_the_command_tells_every_check_in_full() -> None:
    app = typer.Typer()
    app.command()(catalogue)
    listed = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    assert [line["code"] for line in listed] == list(entries())
    for line in listed:
        assert line["expectation"] == ExpectRowsToPassCheck.expectation_type
        assert line["rule"] in masks.MASKS
        for name in ("field", "severity", "id", "en", "kinds", "level"):
            assert line[name]
        for name in ("message", "mend"):
            assert all(line[name][language] for language in ("id", "en"))
            assert line["id"].find(line[name]["id"]) >= 0
        assert all(line["example"].values())
    assert CliRunner().invoke(app, ["--markdown"]).stdout == checks_page()
    one = CliRunner().invoke(app, ["NIK_MISSING", "--json"])
    assert json.loads(one.stdout) == [line for line in listed if line["code"] == "NIK_MISSING"]


def test_the_page_tells_every_check_in_full() -> None:
    page = checks_page()
    for entry in entries().values():
        (_, rest) = page.split(f"\n### {entry.code}\n")
        told = rest.split("\n### ")[0]
        words = (entry.message, entry.mend)
        for said in (entry.field, entry.severity, entry.rule, *(text for word in words for text in (word.id, word.en))):
            assert said in told
        assert entry.example.wrong in told
        assert entry.example.right in told


def test_asking_for_the_catalogue_needs_neither_great_expectations_nor_pandas() -> None:
    asked = (
        "import sys; from expectations.catalogue import entries; entries(); from expectations.messages import sentence"
    )
    loaded = "print(sorted({'great_expectations', 'pandas', 'prefect'} & sys.modules.keys()))"
    answer = subprocess.run([sys.executable, "-c", f"{asked}; {loaded}"], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
