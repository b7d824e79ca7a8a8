"""A submission again: today's rules over its kept bytes, and a person's word on its headings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.rerun import confirm_headings, rerun_many, rerun_submission, try_headings
from schemas.errors import UsageError
from tasks import runs, store
from tasks.intake.steps.confirm import headings_of
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.rerun import apply, parcel_to_rerun, understand
from tasks.intake.steps.rules import rules_version
from tasks.intake.steps.scope import Scope
from tests.intake.offices import (
    HEADING,
    OWNERS,
    TODAY,
    night,
    only_submission,
    other_suites,
    send,
    told,
    with_severity,
)

SHORT_NIK = "ORANG BARU;19010112058000;11/05/1980;TOKO;JALAN"
VERSIONS = "SELECT record_id, from_run, to_run, row, aid_hold, birth_date FROM source.record_version ORDER BY 1, 2"
LEDGER = "SELECT sheet_no, row, outcome, record_id, content_hash FROM intake.source_row ORDER BY 1, 2"


def quiet(event: dict[str, Any]) -> None:
    """Progress that nobody reads."""


def again(identity: str, **how: Any) -> dict[str, Any]:
    return rerun_submission(identity, TODAY, quiet, **how)


@pytest.fixture
def stricter(tmp_path: Path) -> Iterator[ExitStack]:
    """The suites with one rule changed, until the stack is closed: a NIK without 16 digits sends the row back."""
    with ExitStack() as stack:
        stack.enter_context(other_suites(tmp_path / "suites", with_severity("NIK_NOT_16_DIGITS", "reject")))
        yield stack


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


def test_a_rule_that_is_eased_again_brings_the_row_and_its_record_back(
    warehouse: sa.Engine, tmp_path: Path, stricter: ExitStack
) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path / "inbox")
    assert told("SELECT count(*) FROM source.logical_record") == [(15,)]
    stricter.close()
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
    proposal = headings_of(identity).proposal
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


#: every table that says something of rows or records, each line with the transaction that wrote it
WRITTEN = (
    "SELECT v.xmin::text, v.* FROM source.record_version v ORDER BY record_id, from_run",
    "SELECT r.xmin::text, r.* FROM intake.source_row r ORDER BY submission_id, sheet_no, row",
    "SELECT f.xmin::text, f.* FROM intake.finding f ORDER BY submission_id, sheet_no, row, code, field",
    "SELECT l.xmin::text, l.* FROM source.logical_record l ORDER BY record_id",
    "SELECT s.xmin::text, s.* FROM intake.submission s ORDER BY submission_id",
    "SELECT h.xmin::text, h.* FROM intake.sheet h ORDER BY submission_id, sheet_no",
    "SELECT c.xmin::text, c.* FROM source.change c ORDER BY change_no",
    "SELECT r.xmin::text, r.* FROM audit.run r ORDER BY run_id",
)


def test_a_rerun_touches_only_the_rows_that_the_rule_speaks_of(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path / "inbox")
    with store.transaction() as connection:
        connection.execute(sa.text("DELETE FROM source.change"))  # as after a consolidation
    before = [set(told(sql)) for sql in WRITTEN[:4]]
    request.getfixturevalue("stricter")
    parcel, _ = parcel_to_rerun(only_submission())
    with FileReader() as reader, runs.run("submission", TODAY) as run:
        apply(understand(parcel, reader, TODAY), run.run_id)
    after = [set(told(sql)) for sql in WRITTEN[:4]]
    assert [len(old - new) for old, new in zip(before, after, strict=True)] == [1, 1, 1, 1]
    assert [len(new - old) for old, new in zip(before, after, strict=True)] == [1, 1, 1, 1]
    ((ended,),) = told("SELECT record_id FROM source.record_version WHERE to_run IS NOT NULL")
    assert told("SELECT record_id FROM source.change") == [(ended,)]


def test_a_dry_run_over_everything_writes_no_line_anywhere(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    send(tmp_path / "inbox", "19.02/umkm_2020-04.csv", OWNERS, heading=HEADING.replace("NAMA PEMILIK", "SI EMPUNYA"))
    night(tmp_path / "inbox")
    request.getfixturevalue("stricter")
    before = [told(sql) for sql in WRITTEN]
    result = rerun_many(Scope(), TODAY, quiet, dry_run=True)
    assert [told(sql) for sql in WRITTEN] == before
    assert (result["is_written"], len(result["changed"]), len(result["stopped"])) == (False, 1, 1)


def test_all_that_a_rule_touched_is_read_again_at_once(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    inbox = tmp_path / "inbox"
    send(inbox, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    send(inbox, "19.02/umkm_2020-04.csv", [SHORT_NIK.replace("ORANG BARU", "ORANG LAIN"), OWNERS[0]])
    send(inbox, "19.03/umkm_2020-04.csv", [row.replace("PEMILIK", "JURAGAN") for row in OWNERS])
    night(inbox)
    runs = told("SELECT count(*) FROM audit.run")
    assert rerun_many(Scope(), TODAY, quiet)["is_written"] is False
    assert told("SELECT count(*) FROM audit.run") == runs
    request.getfixturevalue("stricter")
    result = rerun_many(Scope(code="NIK_NOT_16_DIGITS"), TODAY, quiet)
    assert (result["submissions"], result["is_written"], result["stopped"]) == (2, True, [])
    assert {each["file"] for each in result["changed"]} == {"19.01/umkm_2020-04.csv", "19.02/umkm_2020-04.csv"}
    assert result["moved"] == {"accepted_with_findings -> quarantined": 2}
    assert result["after"]["quarantined"] - result["before"]["quarantined"] == 2
    assert result["codes"] == {"NIK_NOT_16_DIGITS": {"before": 2, "after": 2, "opened": 2, "closed": 2}}
    assert told("SELECT state, count(*) FROM intake.submission GROUP BY 1") == [("answered", 3)]
    assert told("SELECT count(*) FROM source.change") == [(0,)]  # and consolidated, once for both
    assert rerun_many(Scope(), TODAY, quiet)["changed"] == []
    assert told("SELECT count(*) FROM audit.run") == [(runs[0][0] + 1,)]


def test_only_what_other_rules_decided_is_outdated(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    send(tmp_path, "19.02/umkm_2020-04.csv", [row.replace("PEMILIK", "JURAGAN") for row in OWNERS])
    night(tmp_path)
    with pytest.raises(UsageError, match="no submission is meant"):
        rerun_many(Scope(is_outdated=True), TODAY, quiet)
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE intake.submission SET rules_version = 'older' WHERE regency_code = '19.02'"))
    result = rerun_many(Scope(is_outdated=True), TODAY, quiet)
    assert (result["submissions"], result["changed"], result["is_written"]) == (1, [], False)
    assert told("SELECT DISTINCT rules_version FROM intake.submission") == [(rules_version(),)]


def test_a_heading_that_is_understood_otherwise_is_named(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    tried = try_headings(only_submission(), {"ALAMAT USAHA": None}, TODAY)["tried"]
    assert tried["headings"] == [
        {"sheet": "umkm_2020-04", "heading": "ALAMAT USAHA", "before": "business_address", "after": None}
    ]


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
