"""Data Docs of a submission, written when asked for: every check of its suite with counts and shares, no values.

Belongs here: reading the kept bytes again and writing the page. Does not belong here: rendering (expectations/datadocs.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from schemas.settings import settings
from tasks.halves import replace_file
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.rerun import parcel_to_rerun
from tasks.intake.steps.rules import rules_version
from tasks.intake.steps.take import map_sheets, read_sheets, standardise_rows
from tasks.step import step


@step()
def write_docs(submission_id: str, today: date) -> Path:
    """The page `docs/<submission id>/index.html` under the home, by today's rules.

    Raises UsageError for an unknown id, FileRefused or FileWaits when the file cannot be understood.
    """
    from expectations.datadocs import render_docs
    from expectations.validation import validate

    parcel, state = parcel_to_rerun(submission_id)
    with FileReader() as reader:
        mapped = map_sheets(parcel, read_sheets(parcel, reader))
        frame, _ = standardise_rows(parcel, mapped, today)
    result = validate(frame, mapped.kind, today=today).result
    title = f"Data Docs {submission_id}: {parcel.regency_code}, {len(frame)} rows"
    note = f"Suite {mapped.kind}, rules {rules_version()}, day {today.isoformat()}, submission {state}. Counts only, no values."
    folder = settings().home / "docs" / submission_id
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    replace_file(folder / "index.html", render_docs(result, title, note).encode())
    return folder / "index.html"
