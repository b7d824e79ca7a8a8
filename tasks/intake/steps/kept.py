"""What Great Expectations said of a submission when it was taken in, kept beside the warehouse for its Data Docs: counts, no values.

Belongs here: keeping it (a few kilobytes, `docs/<submission id>/checks.json`) and reading it back. Does not belong here: the page that
is made of it (docs.py), what the findings mean. It is derived: without it the page is made by checking the kept bytes again.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from schemas.settings import settings
from tasks.halves import replace_file
from tasks.intake.steps.rules import rules_version

PAGE = "index.html"
_KEPT = "checks.json"


def docs_folder(submission_id: str) -> Path:
    """Where the Data Docs of a submission lie."""
    return settings().docs / submission_id


def keep_checks(submission_id: str, regency_code: str, kind: str, today: date, checks: list[dict[str, Any]]) -> None:
    """Keep the result of a suite: a line an expectation (`Findings.checks`), with the rules and the day by which it came about."""
    _keep(submission_id, {"regency_code": regency_code, "kind": kind, "day": today.isoformat(), "checks": checks})


def keep_reason(submission_id: str, regency_code: str, reason_code: str) -> None:
    """Keep that a file was not checked, and why, as a code."""
    _keep(submission_id, {"regency_code": regency_code, "reason_code": reason_code})


def _keep(submission_id: str, told: dict[str, Any]) -> None:
    folder = docs_folder(submission_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    replace_file(folder / _KEPT, json.dumps({**told, "rules": rules_version()}).encode())


def kept_checks(submission_id: str) -> dict[str, Any] | None:
    """What was kept of a submission, None when nothing is."""
    try:
        kept: dict[str, Any] = json.loads((docs_folder(submission_id) / _KEPT).read_bytes())
    except FileNotFoundError:
        return None
    return kept


def has_fresh_page(submission_id: str) -> bool:
    """Whether the page was made after what it tells of was kept."""
    folder = docs_folder(submission_id)
    try:
        return (folder / PAGE).stat().st_mtime_ns >= (folder / _KEPT).stat().st_mtime_ns
    except FileNotFoundError:
        return False


def unwritten_docs() -> list[str]:
    """Submissions whose result is kept and whose page is not made yet, in order of their ids."""
    kept = [path.parent.name for path in settings().docs.glob(f"*/{_KEPT}")]
    return sorted(submission_id for submission_id in kept if not has_fresh_page(submission_id))
