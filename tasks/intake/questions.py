"""What the command line asks of intake: which submissions there are, and what one of them looks like.

Belongs here: read-only SQL with plain rows as answers. Does not belong here: work (steps), printing (cli). Values are masked here,
before they leave, unless they are asked for with a reason, which is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from expectations.catalogue import entries, nearest_code
from expectations.messages import column_letter
from schemas.errors import UsageError
from schemas.records import OUTCOMES, SubmissionState
from schemas.regions import office_name
from tasks.asking import rows_of
from tasks.intake.inspection import by_column, by_expectation, count_checks, find_findings, next_steps
from tasks.intake.steps.kept import PAGE, docs_folder
from tasks.intake.steps.members import lists_in, members_of
from tasks.intake.steps.rules import rules_version
from tasks.trail import record_event

#: examples shown per check
EXAMPLE_COUNT = 3
#: rows named per kind of change since the version before
ROWS_NAMED = 10
#: the least of an id that names a submission
LEAST_OF_ID = 4

_COUNTS = ", ".join(f"{outcome}_count AS {outcome}" for outcome in OUTCOMES)


def list_submissions(state: str | None = None, regency: str | None = None) -> list[dict[str, Any]]:
    """Every submission, newest last: id, regency, file, state, kind, period, version, reason and counts.

    Raises UsageError for a state or regency that there is not.
    """
    if state is not None and state not in get_args(SubmissionState):
        raise UsageError(f"--state {state}: no such state", mend=f"One of {', '.join(get_args(SubmissionState))}.")
    check_regency(regency)
    sql = f"""
    SELECT submission_id, regency_code, file, state, reason_code, kind, period, version, is_current, same_as, row_count, {_COUNTS}
      FROM intake.submission
     WHERE (CAST(:state AS text) IS NULL OR state = :state) AND (CAST(:regency AS text) IS NULL OR regency_code = :regency)
     ORDER BY received_at, file, submission_id
    """
    return rows_of(sql, state=state, regency=regency)


def check_regency(code: str | None) -> None:
    """Raise UsageError for a code of no regency."""
    if code is not None and office_name(code) is None:
        raise UsageError(
            f"--regency {code}: no such regency", mend="Write its dotted Kemendagri code, for example 19.01."
        )


def check_code(code: str | None) -> None:
    """Raise UsageError for a code of no check, with the nearest that there is."""
    if code is None or code in entries() or rows_of("SELECT FROM intake.finding WHERE code = :code LIMIT 1", code=code):
        return
    near = nearest_code(code)
    raise UsageError(f"--code {code}: no such check", mend=f"{near}?" if near else "`sinergi catalogue` lists them.")


def find_submission(named: str) -> str:
    """The whole id of the submission that an id, or its unique beginning of four characters or more, names.

    Raises UsageError when there is none, or several.
    """
    sql = """
    SELECT submission_id, file FROM intake.submission
     WHERE submission_id = :named OR (length(:named) >= :least AND left(submission_id, length(:named)) = :named)
     ORDER BY submission_id = :named DESC, submission_id LIMIT 3
    """
    found = rows_of(sql, named=named.strip().lower(), least=LEAST_OF_ID)
    if not found:
        raise UsageError(f"there is no submission {named!r}", mend="`sinergi submission list` shows them.")
    if len(found) > 1 and found[0]["submission_id"] != named.strip().lower():
        several = ", ".join(f"{each['submission_id']} ({each['file']})" for each in found)
        raise UsageError(f"{named!r} is the beginning of several submissions: {several}", mend="Write more of it.")
    return str(found[0]["submission_id"])


def submission_answer(submission_id: str) -> dict[str, Any]:
    """`{submission_id, state, counts, receipt, workbook, members}` and why it waits or was refused.

    `members`: of a zip of lists, what it held (members.members_of), its counts being those of its lists; else none. Raises UsageError
    for an unknown id.
    """
    line = _one(submission_id)
    return {
        "submission_id": submission_id,
        "state": line["state"],
        "reason_code": line["reason_code"],
        "reason": line["reason"],
        "same_as": line["same_as"],
        "counts": _counts_with_members(line),
        "receipt": line["receipt"],
        "workbook": line["workbook"],
        "members": members_of(submission_id),
    }


def _counts_with_members(line: dict[str, Any]) -> dict[str, int]:
    """Rows by outcome of a file, or of the lists in a zip."""
    if line["state"] != "unpacked":
        return {outcome: line[f"{outcome}_count"] for outcome in OUTCOMES}
    sums = ", ".join(f"coalesce(sum({outcome}_count), 0)::int AS {outcome}" for outcome in OUTCOMES)
    return rows_of(
        f"SELECT {sums} FROM intake.submission WHERE submission_id = ANY(:ids)", ids=lists_in([line["submission_id"]])
    )[0]


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
    sheets = rows_of(_SHEETS, id=submission_id)
    check_code(code)
    _check_column(column, sheets)
    examples_of = rows_of(_EXAMPLES, id=submission_id, count=examples)
    findings = [
        finding
        for finding in find_findings(examples_of, show_values=reason is not None)
        if code in (None, finding["code"]) and column in (None, finding["column"], finding["heading"], finding["field"])
    ]
    if reason is not None:
        shown = sum(len(finding["examples"]) for finding in findings)
        record_event("show_values", f"submission {submission_id}", reason=reason, counts={"values": shown})
    counts = _counts_with_members(line)
    return {
        **_told(line, ("sha256", "period_source", "layout", "sidecar")),
        "counts": {**counts, "row_count": sum(counts.values())},
        "sheets": [{name: value for name, value in sheet.items() if name != "headings"} for sheet in sheets],
        "checks": count_checks(line["kind"], findings),
        "findings": findings,
        "by_expectation": by_expectation(findings),
        "by_column": by_column(findings),
    }


def _check_column(column: str | None, sheets: list[dict[str, Any]]) -> None:
    """Raise UsageError for a column that no sheet of the file has and no field is called."""
    known = {name for sheet in sheets for name in (*sheet["headings"], *sheet["mapping"])}
    letters = {column_letter(number) for sheet in sheets for number in range(len(sheet["headings"]))}
    if column is not None and column not in known | letters:
        near = get_close_matches(column, sorted(name for name in known if name), 1, cutoff=0.5)
        raise UsageError(
            f"--column {column}: this file has no such column",
            mend=f"{near[0]!r}?" if near else "Write its letter, its heading or the field.",
        )


def _told(line: dict[str, Any], more: tuple[str, ...] = ()) -> dict[str, Any]:
    """What every answer about one submission begins with: the line, where its answers lie, and what can be done next."""
    names = (
        "submission_id", "regency_code", "file", "state", "reason_code", "reason", "kind", "period", "version", "is_current", "same_as",
        "corrects", "received_at", "rules_version", "receipt", "workbook", *more,
    )  # fmt: skip
    rules_are_todays = line["rules_version"] == rules_version()
    docs = docs_folder(line["submission_id"]) / PAGE
    return {
        **{name: line[name] for name in names},
        "docs": str(docs) if docs.is_file() else None,
        "members": members_of(line["submission_id"]),
        "rules_are_todays": rules_are_todays,
        "next": next_steps(line, rules_are_todays=rules_are_todays),
    }


def show_submission(submission_id: str) -> dict[str, Any]:
    """One submission with the history of its series and what changed since the version before it.

    `history`: every file of the series, oldest first. `since`: null for a first version, else the earlier submission, `rows` (new,
    changed, same, not_resent), `named` (the first of those rows by change: those not resent as the earlier file numbers them),
    `fields` (in how many changed rows each field is written otherwise) and `findings` by code (opened, closed; a row that never
    became a record is known by its text). `correction`: null unless it brought corrected rows of a list; else the list's `submission_id`,
    `file`, `version`, and `rows` (changed, new, same, still_open). A correction has no `since`: it says nothing of other rows.
    Raises UsageError for an unknown id.
    """
    line = _one(submission_id)
    shown = _told(line)
    shown["counts"] = _counts_with_members(line)
    shown["history"] = rows_of(_HISTORY, series=line["series_id"])
    corrected = rows_of(_CORRECTED, id=submission_id)
    shown["correction"] = {**corrected[0], "rows": rows_of(_ROWS_CORRECTED, id=submission_id)[0]} if corrected else None
    before = [] if corrected else rows_of(_BEFORE, id=submission_id)
    shown["since"] = _since(submission_id, before[0]) if before else None
    return shown


def _since(submission_id: str, before: dict[str, Any]) -> dict[str, Any]:
    """What one submission says otherwise than an earlier one of its series."""
    pair = {"this": submission_id, "last": before["submission_id"]}
    named: dict[str, list[str]] = {"new": [], "changed": [], "not_resent": []}
    for row in rows_of(_NAMED_SINCE, **pair, count=ROWS_NAMED):
        named[row["change"]].append(f"{row['sheet']} {row['row']}")
    return {
        **before,
        "rows": rows_of(_ROWS_SINCE, **pair)[0],
        "named": named,
        "fields": rows_of(_FIELDS_SINCE, **pair),
        "findings": rows_of(_FINDINGS_SINCE, **pair),
    }


_HISTORY = """
SELECT submission_id, file, state, version, is_current, corrects, row_count, received_at, run_id
  FROM intake.submission WHERE series_id = :series ORDER BY version, received_at
"""

_BEFORE = """
SELECT b.submission_id, b.file, b.version
  FROM intake.submission s
  JOIN intake.submission b ON b.series_id = s.series_id AND b.submission_id <> s.submission_id AND b.state IN ('loaded', 'answered')
       AND b.corrects IS NULL
       AND (b.version < s.version OR (s.state = 'no_change' AND b.version = s.version))
 WHERE s.submission_id = :id ORDER BY b.version DESC, b.received_at DESC LIMIT 1
"""

_CORRECTED = """
SELECT c.submission_id, c.file, c.version
  FROM intake.submission s JOIN intake.submission c ON c.submission_id = s.corrects WHERE s.submission_id = :id
"""

_ROWS_CORRECTED = """
SELECT count(*) FILTER (WHERE is_taken AND o.content_hash IS DISTINCT FROM r.content_hash AND o.outcome <> 'quarantined') AS changed,
       count(*) FILTER (WHERE is_taken AND o.outcome = 'quarantined') AS new,
       count(*) FILTER (WHERE is_taken AND o.content_hash = r.content_hash) AS same,
       count(*) FILTER (WHERE NOT is_taken) AS still_open
  FROM intake.submission s
  JOIN intake.source_row r ON r.submission_id = s.submission_id AND r.outcome <> 'not_data'
 CROSS JOIN LATERAL (SELECT r.outcome <> 'quarantined' AS is_taken) t
  LEFT JOIN intake.source_row o
    ON o.submission_id = s.corrects AND o.sheet_no = r.corrects_sheet_no AND o.row = r.corrects_row
 WHERE s.submission_id = :id
"""

_RECORDS_SINCE = """
WITH first AS (
  SELECT DISTINCT ON (submission_id, record_id) submission_id, record_id, content_hash, sheet_no, row, cells FROM intake.source_row
   WHERE submission_id IN (:this, :last) AND record_id IS NOT NULL ORDER BY submission_id, record_id, sheet_no, row
), both_files AS (
  SELECT CASE WHEN l.record_id IS NULL THEN 'new' WHEN t.record_id IS NULL THEN 'not_resent'
              WHEN t.content_hash <> l.content_hash THEN 'changed' ELSE 'same' END AS change,
         t.sheet_no, t.row, t.cells, l.sheet_no AS last_sheet_no, l.row AS last_row, l.cells AS last_cells
    FROM (SELECT * FROM first WHERE submission_id = :this) t
    FULL JOIN (SELECT * FROM first WHERE submission_id = :last) l USING (record_id)
)
"""

_ROWS_SINCE = f"""{_RECORDS_SINCE}
SELECT count(*) FILTER (WHERE change = 'new') AS new, count(*) FILTER (WHERE change = 'changed') AS changed,
       count(*) FILTER (WHERE change = 'same') AS same, count(*) FILTER (WHERE change = 'not_resent') AS not_resent
  FROM both_files
"""

_NAMED_SINCE = f"""{_RECORDS_SINCE}, numbered AS (
  SELECT change, CASE change WHEN 'not_resent' THEN :last ELSE :this END AS submission_id, coalesce(sheet_no, last_sheet_no) AS sheet_no,
         coalesce(row, last_row) AS row,
         row_number() OVER (PARTITION BY change ORDER BY coalesce(sheet_no, last_sheet_no), coalesce(row, last_row)) AS number
    FROM both_files WHERE change <> 'same'
)
SELECT n.change, h.name AS sheet, n.row FROM numbered n JOIN intake.sheet h USING (submission_id, sheet_no)
 WHERE n.number <= :count ORDER BY n.change, n.number
"""

_FIELDS_SINCE = f"""{_RECORDS_SINCE}
SELECT at.field, count(*) AS count
  FROM both_files b
  JOIN intake.sheet h ON h.submission_id = :this AND h.sheet_no = b.sheet_no
  JOIN intake.sheet g ON g.submission_id = :last AND g.sheet_no = b.last_sheet_no
 CROSS JOIN LATERAL (
   SELECT coalesce(m.key, o.key) AS field, m.value::int AS here, o.value::int AS there
     FROM jsonb_each_text(h.mapping) m FULL JOIN jsonb_each_text(g.mapping) o ON o.key = m.key
 ) at
 WHERE b.change = 'changed'
   AND coalesce(split_part(b.cells, chr(31), at.here + 1), '') <> coalesce(split_part(b.last_cells, chr(31), at.there + 1), '')
 GROUP BY 1 ORDER BY 2 DESC, 1
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


_SHEETS = """
SELECT sheet_no, name, is_hidden, heading_row, mapping, ignored, headings FROM intake.sheet WHERE submission_id = :id ORDER BY sheet_no
"""

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
    rows = rows_of("SELECT * FROM intake.submission WHERE submission_id = :id", id=submission_id)
    if not rows:
        raise UsageError(f"there is no submission {submission_id!r}", mend="`sinergi submission list` shows them.")
    return rows[0]


def count_states(submission_ids: Iterable[str]) -> dict[str, int]:
    """How many of these submissions are in each state, states that occur only, in alphabetical order; what a zip could not give out
    counts as refused."""
    sql = """
    SELECT state, count(*) AS count
      FROM (SELECT state FROM intake.submission WHERE submission_id = ANY(:ids)
            UNION ALL
            SELECT 'refused' FROM intake.member m JOIN intake.submission a ON a.submission_id = m.archive_id
             WHERE a.submission_id = ANY(:ids) AND a.state = 'unpacked' AND m.reason_code <> 'NOT_A_LIST') told
     GROUP BY state ORDER BY state
    """
    return {row["state"]: int(row["count"]) for row in rows_of(sql, ids=list(submission_ids))}
