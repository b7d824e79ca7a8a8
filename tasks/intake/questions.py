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


def inspect_submission(submission_id: str, *, reason: str | None = None) -> dict[str, Any]:
    """Everything about one submission: its line, sheets, and findings by check with places and examples.

    Examples are masked unless a `reason` is given; then the disclosure is recorded. Raises UsageError for an unknown id.
    """
    line = _one(submission_id)
    findings = _findings(submission_id, show_values=reason is not None)
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
    }


def _findings(submission_id: str, *, show_values: bool) -> list[dict[str, Any]]:
    """One line a check and column: how often, the first places, and examples of what is written there."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in _rows(_EXAMPLES, id=submission_id, count=EXAMPLE_COUNT):
        key = (row["code"], row["field"], row["sheet_no"], row["column_no"])
        column = None if row["column_no"] is None else column_letter(row["column_no"])
        line = found.setdefault(
            key,
            {
                "code": row["code"], "field": row["field"], "severity": row["severity"], "sheet": row["sheet"], "column": column,
                "heading": row["heading"], "count": row["count"], "rows": [], "examples": [],
            },
        )  # fmt: skip
        if row["row"]:
            line["rows"].append(row["row"])
        if row["written"]:
            line["examples"].append(row["written"] if show_values else as_shown(row["field"], row["written"]))
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
