"""A submission again: today's rules over its kept bytes, and a person's word on its headings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from expectations import catalogue, validation
from flows.rerun import confirm_headings, rerun_submission, try_headings
from schemas.errors import UsageError
from tasks.intake.steps import rules
from tests.intake.offices import HEADING, OWNERS, TODAY, night, only_submission, send, told

SHORT_NIK = "ORANG BARU;19010112058000;11/05/1980;TOKO;JALAN"
VERSIONS = "SELECT record_id, from_run, to_run, row, aid_hold, birth_date FROM source.record_version ORDER BY 1, 2"
LEDGER = "SELECT sheet_no, row, outcome, record_id, content_hash FROM intake.source_row ORDER BY 1, 2"


def quiet(event: dict[str, Any]) -> None:
    """Progress that nobody reads."""


def again(identity: str, **how: Any) -> dict[str, Any]:
    return rerun_submission(identity, TODAY, quiet, **how)


@pytest.fixture
def stricter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The suites with one rule changed: a NIK without 16 digits sends the row back."""
    suites = tmp_path / "suites"
    shutil.copytree(catalogue.SUITES, suites)
    person = suites / "person.yaml"
    text = person.read_text("utf-8")
    at = text.index("NIK_NOT_16_DIGITS")
    person.write_text(text[:at] + text[at:].replace("severity: hold", "severity: reject", 1), "utf-8")

    def forget() -> None:
        for cached in (catalogue.entries, validation.validation_of, validation._context, rules.rules_version):
            cached.cache_clear()

    monkeypatch.setattr(catalogue, "SUITES", suites)
    forget()
    yield
    monkeypatch.undo()
    forget()


def test_with_the_same_rules_nothing_is_written(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, OWNERS[0], SHORT_NIK])
    night(tmp_path)
    runs = told("SELECT count(*) FROM audit.run")
    before = [
        told(VERSIONS),
        told(LEDGER),
        told("SELECT * FROM intake.submission"),
        told("SELECT * FROM source.change"),
    ]
    result = again(only_submission())
    assert (result["changed_row_count"], result["is_written"], result["before"]) == (0, False, result["after"])
    assert [
        told(VERSIONS), told(LEDGER), told("SELECT * FROM intake.submission"), told("SELECT * FROM source.change"),
    ] == before  # fmt: skip
    assert told("SELECT count(*) FROM audit.run") == runs


def test_a_dry_run_shows_the_difference_and_writes_nothing(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path / "inbox")
    before = [told(VERSIONS), told(LEDGER)]
    request.getfixturevalue("stricter")
    result = again(only_submission(), dry_run=True)
    assert result["moved"] == {"accepted_with_findings -> quarantined": 1}
    assert result["changed_row_count"] == 1
    assert result["after"]["quarantined"] == 1
    assert [told(VERSIONS), told(LEDGER)] == before


def test_a_stricter_rule_sends_back_only_the_row_it_speaks_of(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path / "inbox")
    before = told(VERSIONS)
    request.getfixturevalue("stricter")
    result = again(only_submission())
    assert result["is_written"]
    assert result["state"] == "answered"
    assert told("SELECT outcome, count(*) FROM intake.source_row GROUP BY 1 ORDER BY 1") == [
        ("accepted", 15), ("not_data", 1), ("quarantined", 1),
    ]  # fmt: skip
    after = told(VERSIONS)
    assert len(after) == len(before)
    assert len(set(after) - set(before)) == 1  # the version that ended
    assert told("SELECT state, count(*) FROM source.logical_record GROUP BY 1 ORDER BY 1") == [
        ("active", 15), ("not_resent", 1),
    ]  # fmt: skip
    assert told("SELECT count(*) FROM gold.person WHERE to_run IS NULL") == [(15,)]
    assert again(only_submission())["changed_row_count"] == 0


@pytest.mark.usefixtures("stricter")
def test_a_rule_that_is_eased_again_brings_the_row_and_its_record_back(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path / "inbox")
    assert told("SELECT count(*) FROM source.logical_record") == [(15,)]
    monkeypatch.setattr(catalogue, "SUITES", Path(catalogue.__file__).with_name("suites"))
    for cached in (catalogue.entries, validation.validation_of, validation._context, rules.rules_version):
        cached.cache_clear()
    result = again(only_submission())
    assert result["moved"] == {"quarantined -> accepted_with_findings": 1}
    assert told("SELECT count(*) FROM source.record_version WHERE to_run IS NULL AND aid_hold IS NOT NULL") == [(1,)]
    assert told("SELECT count(*) FROM gold.person WHERE to_run IS NULL") == [(16,)]


def test_an_older_version_reverts_nothing_when_it_is_rerun(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    inbox = tmp_path / "inbox"
    send(inbox, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(inbox)
    first = only_submission()
    send(inbox, "19.01/umkm_2020-04_v2.csv", [row.replace("JALAN", "GANG") for row in [*OWNERS, SHORT_NIK]])
    night(inbox)
    before = told(VERSIONS)
    request.getfixturevalue("stricter")
    assert again(first)["moved"] == {"accepted_with_findings -> quarantined": 1}
    assert [line for line in told(VERSIONS) if line[2] is None] == [line for line in before if line[2] is None]


def test_a_heading_that_somebody_explains_lets_the_waiting_file_go_on(warehouse: sa.Engine, tmp_path: Path) -> None:
    strange = "SI EMPUNYA;NIK;TANGGAL LAHIR;XYZ;ALAMAT USAHA"
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS, heading=strange)
    assert night(tmp_path)["waiting"] == 1
    identity = only_submission()
    proposal = try_headings(identity, {}, TODAY)
    assert {"SI EMPUNYA", "XYZ"} <= {column["heading"] for column in proposal["columns"] if column["field"] is None}
    words: dict[str, str | None] = {"SI EMPUNYA": "owner_name", "XYZ": "business_name"}
    tried = try_headings(identity, words, TODAY)["tried"]
    assert tried["after"]["waiting_with_file"] == 0
    assert told("SELECT state FROM intake.submission") == [("waiting",)]
    result = confirm_headings(identity, words, "sari", TODAY, quiet)
    assert (result["state"], result["counts"]["accepted"]) == ("answered", 15)
    assert Path(result["receipt"]).exists()
    assert told("SELECT regency_code, mapping, confirmed_by FROM intake.mapping") == [
        ("19.01", {"si empunya": "owner_name", "xyz": "business_name"}, "sari"),
    ]
    send(tmp_path, "19.01/umkm_2020-05.csv", [row.replace("WARUNG", "KIOS") for row in OWNERS], heading=strange)
    assert night(tmp_path)["answered"] == 2  # the word is remembered


def test_a_word_on_a_file_that_was_loaded_changes_what_it_says(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    records = told("SELECT record_id FROM source.logical_record ORDER BY 1")
    result = confirm_headings(only_submission(), {"TANGGAL LAHIR": None}, "sari", TODAY, quiet)
    assert result["is_written"]
    assert told("SELECT count(*) FROM source.record_version WHERE to_run IS NULL AND birth_date IS NOT NULL") == [(0,)]
    assert told("SELECT count(*) FROM source.record_version") == [(30,)]
    assert told("SELECT record_id FROM source.logical_record ORDER BY 1") == records


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"TIDAK ADA": "nik"}, "no column is headed"),
        ({"NIK": "nomor"}, "is no field"),
        ({"NIK": "nik", "NAMA USAHA": "nik"}, "the same field"),
    ],
)
def test_a_word_that_makes_no_sense_is_refused(
    warehouse: sa.Engine, tmp_path: Path, words: dict[str, str | None], says: str
) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS, heading=HEADING.replace("NAMA PEMILIK", "SI EMPUNYA"))
    night(tmp_path)
    with pytest.raises(UsageError, match=says):
        confirm_headings(only_submission(), words, "sari", TODAY, quiet)
    assert told("SELECT count(*) FROM intake.mapping") == [(0,)]
