"""Data Docs of a submission: whole, offline, and without anybody's data."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from expectations.catalogue import entries_of
from flows.rerun import rerun_submission
from schemas.settings import settings
from tasks import store
from tasks.intake.steps.docs import write_docs, write_kept_docs
from tasks.intake.steps.kept import has_fresh_page, unwritten_docs
from tests.intake.offices import OWNERS, TODAY, night, only_submission, send, told

DAY_AFTER = date(2020, 5, 2)
SHORT_NIK = "ORANG BARU;19010112058000;11/05/1980;TOKO;JALAN"


def test_data_docs_name_every_check_and_nobody(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path)
    page = write_docs(only_submission(), TODAY).read_text("utf-8")
    assert all(f"[{entry.code}]" in page for entry in entries_of("umkm"))
    assert "1 unexpected values found. 6.25% of 16 total rows." in page
    assert not re.search(r"(?i)https?:|src=|@import|url\(|//[a-z]", page)
    cells = {cell for row in [*OWNERS, SHORT_NIK] for cell in row.split(";")}
    assert not [cell for cell in cells if len(cell) > 5 and cell in page]
    assert not re.search(r"\d{14,}", page)


def test_the_page_of_what_was_kept_is_the_page_of_checking_again(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path)
    submission_id = only_submission()
    kept = write_docs(submission_id).read_bytes()
    assert write_kept_docs(submission_id).read_bytes() == kept
    assert write_docs(submission_id, TODAY).read_bytes() == kept
    (settings().docs / submission_id / "checks.json").unlink()
    assert write_docs(submission_id).read_bytes() == kept


def test_every_submission_has_something_to_make_a_page_of(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    send(tmp_path, "19.02/umkm_2020-04.csv", [], heading="APA;INI")
    repeated = OWNERS * 9
    send(tmp_path, "19.03/umkm_2020-04.csv", repeated)
    night(tmp_path)
    unwritten = unwritten_docs()
    assert len(unwritten) == 3
    pages = {name: write_kept_docs(name).read_text("utf-8") for name in unwritten}
    assert unwritten_docs() == []
    assert told("SELECT reason_code FROM intake.submission ORDER BY regency_code")[1:] == [
        ("NO_HEADING",),
        ("FILE_MANY_REPEATED_ROWS",),
    ]
    assert sorted("no check counts yet" in page for page in pages.values()) == [False, False, True]
    assert not [row for row in persons(OWNERS) if any(row in page for page in pages.values())]


def persons(rows: list[str]) -> list[str]:
    """Every name and NIK of these rows."""
    return [cell for row in rows for cell in row.split(";")[:2]]


def test_a_page_is_made_again_when_the_submission_is_judged_anew(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    submission_id = only_submission()
    write_kept_docs(submission_id)
    assert has_fresh_page(submission_id)
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE intake.submission SET rules_version = 'earlier'"))
    rerun_submission(submission_id, DAY_AFTER, lambda event: None, dry_run=True)
    assert has_fresh_page(submission_id)
    rerun_submission(submission_id, DAY_AFTER, lambda event: None)
    assert not has_fresh_page(submission_id)
    assert "day 2020-05-02" in write_docs(submission_id).read_text("utf-8")
