"""Data Docs of a submission: every check of its suite with counts and shares, no values.

Belongs here: the page of what was kept when the file was taken in, or, without that, of its kept bytes checked again. Does not belong
here: rendering (expectations/datadocs.py), keeping the result (kept.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.errors import FileWaits
from schemas.settings import province_today
from tasks import store
from tasks.halves import replace_file
from tasks.intake.steps.kept import PAGE, docs_folder, kept_checks
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.rerun import parcel_to_rerun
from tasks.intake.steps.rules import rules_version
from tasks.intake.steps.take import map_sheets, read_sheets, standardise_rows
from tasks.step import step


@step()
def write_docs(submission_id: str, today: date | None = None) -> Path:
    """The page `docs/<submission id>/index.html` under the home: as it was when taken in, or as today's rules judge it on a given day.

    Raises UsageError for an unknown id, FileRefused or FileWaits when the file cannot be understood.
    """
    kept = kept_checks(submission_id) if today is None else None
    if kept is None or "checks" not in kept or not _is_known(kept):
        return _write(submission_id, _checked_again(submission_id, today or _day_of(submission_id)))
    return _write(submission_id, kept)


@step()
def write_kept_docs(submission_id: str) -> Path:
    """The page of what was kept, without the warehouse or the file's bytes; of a file that was not checked it says why not.

    Raises FileWaits when nothing is kept, or of checks that are no more.
    """
    kept = kept_checks(submission_id)
    if kept is None or not _is_known(kept):
        raise FileWaits("NOT_KEPT", "no result is kept", where=submission_id, mend="Run `sinergi submission docs ID`.")
    return _write(submission_id, kept)


def _is_known(kept: dict[str, Any]) -> bool:
    """Whether the catalogue still has every check of a kept result."""
    from expectations.catalogue import entries

    return all(each["code"] in entries() for each in kept.get("checks", ()))


def _checked_again(submission_id: str, day: date) -> dict[str, Any]:
    """What today's rules say of the kept bytes, as if it had been kept."""
    from expectations.validation import validate

    parcel, _ = parcel_to_rerun(submission_id)
    with FileReader() as reader:
        mapped = map_sheets(parcel, read_sheets(parcel, reader), reader)
        frame, _ = standardise_rows(parcel, mapped, day)
    checks = validate(frame, mapped.kind, today=day).checks
    facts = {"regency_code": parcel.regency_code, "kind": mapped.kind, "day": day.isoformat()}
    return {**facts, "rules": rules_version(), "checks": checks}


def _day_of(submission_id: str) -> date:
    """The day with which the run worked that decided a submission; today when it is unknown."""
    sql = "SELECT r.today FROM intake.submission s JOIN audit.run r USING (run_id) WHERE s.submission_id = :id"
    with store.transaction() as connection:
        return connection.scalar(sa.text(sql), {"id": submission_id}) or province_today()


def _write(submission_id: str, told: dict[str, Any]) -> Path:
    from expectations.datadocs import render_docs, render_reason, result_of

    title = f"Data Docs {submission_id}: {told['regency_code']}"
    if "checks" in told:
        rows = max((each["result"]["element_count"] for each in told["checks"]), default=0)
        note = f"Suite {told['kind']}, rules {told['rules']}, day {told['day']}. Counts only, no values."
        page = render_docs(result_of(told["kind"], told["checks"]), f"{title}, {rows} rows", note)
    else:
        page = render_reason(submission_id, title, told["reason_code"])
    folder = docs_folder(submission_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    replace_file(folder / PAGE, page.encode())
    return folder / PAGE
