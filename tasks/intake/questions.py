"""What the command line asks of intake: which submissions there are, and what one of them looks like.

Belongs here: read-only SQL with plain rows as answers. Does not belong here: work (steps), printing (cli). Values are masked here,
before they leave, unless they are asked for with a reason, which is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from expectations.messages import as_shown, column_letter
from schemas.errors import UsageError
from schemas.records import OUTCOMES
from tasks import store

#: examples shown per check
EXAMPLE_COUNT = 3

_COUNTS = ", ".join(f"{outcome}_count AS {outcome}" for outcome in OUTCOMES)


def list_submissions(state: str | None = None, regency: str | None = None) -> list[dict[str, Any]]:
    """Every submission, newest last: id, regency, file, state, kind, period, version, reason and counts."""
    sql = f"""
    SELECT submission_id, regency_code, file, state, reason_code, kind, period, version, is_current, same_as, row_count, {_COUNTS}
      FROM intake.submission
     WHERE (CAST(:state AS text) IS NULL OR state = :state) AND (CAST(:regency AS text) IS NULL OR regency_code = :regency)
     ORDER BY received_at, file, submission_id
    """
    return _rows(sql, state=state, regency=regency)


def submission_answer(submission_id: str) -> dict[str, Any]:
    """`{submission_id, state, counts, receipt, workbook}` and why it waits or was refused. Raises UsageError for an unknown id."""
    line = _one(submission_id)
    return {
        "submission_id": submission_id,
        "state": line["state"],
        "reason_code": line["reason_code"],
        "reason": line["reason"],
        "same_as": line["same_as"],
        "counts": {outcome: line[f"{outcome}_count"] for outcome in OUTCOMES},
        "receipt": line["receipt"],
        "workbook": line["workbook"],
    }


def submission_head(submission_id: str) -> dict[str, Any]:
    """`{kind, period, version}` of one submission; None where it was not read so far. Raises UsageError for an unknown id."""
    line = _one(submission_id)
    return {name: line[name] for name in ("kind", "period", "version")}


def inspect_submission(
    submission_id: str,
    *,
    reason: str | None = None,
    code: str | None = None,
    column: str | None = None,
    examples: int = EXAMPLE_COUNT,
) -> dict[str, Any]:
    """Everything about one submission: its line, sheets, and findings by check with places and examples by cell.

    `code` and `column` (a letter, a heading or a field) narrow the findings; `examples` is how many of each are shown. Examples are
    masked unless a `reason` is given; then the disclosure is recorded. Raises UsageError for an unknown id.
    """
    line = _one(submission_id)
    findings = [
        finding
        for finding in _findings(submission_id, examples, show_values=reason is not None)
        if code in (None, finding["code"]) and column in (None, finding["column"], finding["heading"], finding["field"])
    ]
    if reason is not None:
        shown = sum(len(finding["examples"]) for finding in findings)
        store.record_event("show_values", f"submission {submission_id}", reason=reason, counts={"values": shown})
    kept = (
        "submission_id", "regency_code", "file", "sha256", "state", "reason_code", "reason", "kind", "period", "period_source",
        "layout", "version", "is_current", "same_as", "rules_version", "sidecar", "received_at", "receipt", "workbook",
    )  # fmt: skip
    return {
        **{name: line[name] for name in kept},
        "counts": {**{outcome: line[f"{outcome}_count"] for outcome in OUTCOMES}, "row_count": line["row_count"]},
        "sheets": _rows(
            "SELECT sheet_no, name, is_hidden, heading_row, mapping, ignored FROM intake.sheet WHERE submission_id = :id"
            " ORDER BY sheet_no",
            id=submission_id,
        ),
        "findings": findings,
        "by_expectation": _together(findings, ("code", "severity")),
        "by_column": _together(findings, ("sheet", "column", "heading", "field")),
    }


def _together(findings: list[dict[str, Any]], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Findings counted by these of their words, most first; with the codes that stand there."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for finding in findings:
        key = tuple(finding[name] for name in names)
        line = found.setdefault(key, {**dict(zip(names, key, strict=True)), "count": 0, "codes": []})
        line["count"] += finding["count"]
        if finding["code"] not in line["codes"]:
            line["codes"].append(finding["code"])
    return sorted(found.values(), key=lambda line: -line["count"])


def show_submission(submission_id: str) -> dict[str, Any]:
    """One submission with the history of its series and what changed since the version before it.

    `history`: every file of the series, oldest first. `since`: null for a first version, else the earlier submission, `rows` (new,
    changed, same, not_resent) and `findings` by code (opened, closed; a row that never became a record is known by its text).
    Raises UsageError for an unknown id.
    """
    line = _one(submission_id)
    kept = (
        "submission_id", "regency_code", "file", "state", "reason_code", "reason", "kind", "period", "version", "is_current", "same_as",
        "received_at", "rules_version", "receipt", "workbook",
    )  # fmt: skip
    shown = {name: line[name] for name in kept}
    shown["counts"] = {outcome: line[f"{outcome}_count"] for outcome in OUTCOMES}
    shown["history"] = _rows(_HISTORY, series=line["series_id"])
    before = _rows(_BEFORE, id=submission_id)
    shown["since"] = _since(submission_id, before[0]) if before else None
    return shown


def _since(submission_id: str, before: dict[str, Any]) -> dict[str, Any]:
    """What one submission says otherwise than an earlier one of its series."""
    pair = {"this": submission_id, "last": before["submission_id"]}
    return {**before, "rows": _rows(_ROWS_SINCE, **pair)[0], "findings": _rows(_FINDINGS_SINCE, **pair)}


_HISTORY = """
SELECT submission_id, file, state, version, is_current, row_count, received_at, run_id
  FROM intake.submission WHERE series_id = :series ORDER BY version, received_at
"""

_BEFORE = """
SELECT b.submission_id, b.file, b.version
  FROM intake.submission s
  JOIN intake.submission b ON b.series_id = s.series_id AND b.submission_id <> s.submission_id AND b.state IN ('loaded', 'answered')
       AND (b.version < s.version OR (s.state = 'no_change' AND b.version = s.version))
 WHERE s.submission_id = :id ORDER BY b.version DESC, b.received_at DESC LIMIT 1
"""

_ROWS_SINCE = """
WITH this AS (
  SELECT record_id, min(content_hash) AS content FROM intake.source_row
   WHERE submission_id = :this AND record_id IS NOT NULL GROUP BY 1
), last AS (
  SELECT record_id, min(content_hash) AS content FROM intake.source_row
   WHERE submission_id = :last AND record_id IS NOT NULL GROUP BY 1
)
SELECT count(*) FILTER (WHERE last.record_id IS NULL) AS new, count(*) FILTER (WHERE this.content <> last.content) AS changed,
       count(*) FILTER (WHERE this.content = last.content) AS same, count(*) FILTER (WHERE this.record_id IS NULL) AS not_resent
  FROM this FULL JOIN last USING (record_id)
"""

_FINDINGS_SINCE = """
WITH told AS (
  SELECT DISTINCT f.submission_id, f.code, f.field, coalesce(r.record_id::text, md5(r.cells), '') AS what
    FROM intake.finding f LEFT JOIN intake.source_row r USING (submission_id, sheet_no, row)
   WHERE f.submission_id IN (:this, :last)
), this AS (SELECT code, field, what FROM told WHERE submission_id = :this),
   last AS (SELECT code, field, what FROM told WHERE submission_id = :last)
SELECT coalesce(t.code, l.code) AS code, count(*) FILTER (WHERE l.code IS NULL) AS opened,
       count(*) FILTER (WHERE t.code IS NULL) AS closed, count(*) FILTER (WHERE t.code IS NOT NULL AND l.code IS NOT NULL) AS still
  FROM this t FULL JOIN last l ON (t.code, t.field, t.what) = (l.code, l.field, l.what) GROUP BY 1 ORDER BY 1
"""


def _findings(submission_id: str, examples: int, *, show_values: bool) -> list[dict[str, Any]]:
    """One line a check and column: how often, the first places, and examples of what is written there."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in _rows(_EXAMPLES, id=submission_id, count=examples):
        key = (row["code"], row["field"], row["sheet_no"], row["column_no"])
        column = None if row["column_no"] is None else column_letter(row["column_no"])
        line = found.setdefault(
            key,
            {
                "code": row["code"], "field": row["field"], "severity": row["severity"], "sheet": row["sheet"], "column": column,
                "heading": row["heading"], "count": row["count"], "rows": [], "examples": [], "cells": [],
            },
        )  # fmt: skip
        if row["row"]:
            line["rows"].append(row["row"])
        if row["written"]:
            line["examples"].append(row["written"] if show_values else as_shown(row["field"], row["written"]))
            line["cells"].append(f"{column}{row['row']}")
    return list(found.values())


_EXAMPLES = """
WITH numbered AS (
  SELECT f.*, count(*) OVER same AS count, row_number() OVER (same ORDER BY f.row) AS number
    FROM intake.finding f WHERE f.submission_id = :id
  WINDOW same AS (PARTITION BY f.code, f.field, f.sheet_no, f.column_no)
)
SELECT n.code, n.field, n.severity, n.sheet_no, h.name AS sheet, n.column_no, h.headings ->> n.column_no AS heading, n.row, n.count,
       CASE WHEN n.column_no IS NOT NULL THEN split_part(r.cells, chr(31), n.column_no + 1) END AS written
  FROM numbered n
  LEFT JOIN intake.sheet h ON h.submission_id = n.submission_id AND h.sheet_no = n.sheet_no
  LEFT JOIN intake.source_row r ON r.submission_id = n.submission_id AND r.sheet_no = n.sheet_no AND r.row = n.row
 WHERE n.number <= :count
 ORDER BY array_position(ARRAY['reject', 'hold', 'warn', 'info'], n.severity), n.count DESC, n.code, n.field, n.sheet_no, n.row
"""


def _one(submission_id: str) -> dict[str, Any]:
    rows = _rows("SELECT * FROM intake.submission WHERE submission_id = :id", id=submission_id)
    if not rows:
        raise UsageError(f"there is no submission {submission_id!r}", mend="`sinergi submission list` shows them.")
    return rows[0]


def _rows(sql: str, **values: Any) -> list[dict[str, Any]]:
    with store.transaction() as connection:
        return [dict(row) for row in connection.execute(sa.text(sql), values).mappings()]


def count_states(submission_ids: Iterable[str]) -> dict[str, int]:
    """How many of these submissions are in each state, states that occur only, in alphabetical order."""
    sql = "SELECT state, count(*) AS count FROM intake.submission WHERE submission_id = ANY(:ids) GROUP BY state ORDER BY state"
    return {row["state"]: int(row["count"]) for row in _rows(sql, ids=list(submission_ids))}
