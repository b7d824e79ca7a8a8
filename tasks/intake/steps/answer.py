"""The answer to the office: receipt (text and JSON) and, when rows are to be mended, the correction workbook.

Belongs here: gathering the facts from the warehouse and writing the files. Does not belong here: the wording (receipt.py, workbook.py).

Answers are derived: they are made from what was loaded, never from what is in memory, so that a run that died after loading is
answered by the next one with the same content. Files are replaced atomically.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from expectations.catalogue import entries
from schemas.errors import InvariantBroken
from schemas.records import OUTCOMES
from schemas.regions import office_name, regency_time_zone
from schemas.settings import settings
from tasks import store
from tasks.halves import replace_file
from tasks.intake.receipt import Member, Receipt, build_receipt, receipt_facts
from tasks.intake.steps.evidence import find_suggestions, joined_by_hash
from tasks.intake.steps.members import members_of
from tasks.step import step

#: what an office gets to mend rows: two weeks, the shortest deadline that offices kept in the stories behind the domain notes
CORRECTION_DAYS = 14
#: why a column is not mapped -> how the receipt tells of it; every other reason keeps the column as written
IGNORED, SENSITIVE = "ignored", "sensitive"
TOLD_AS = {"row_number": IGNORED, "blank": IGNORED, "confirmed": IGNORED, "returned": IGNORED, "sensitive": SENSITIVE}
#: file names have a limit; the id that follows keeps them apart
STEM_LENGTH = 100


@step()
def submissions_to_answer() -> list[str]:
    """Submissions that were decided and whose office has no answer yet, oldest first; zips after what was in them."""
    sql = (
        "SELECT submission_id FROM intake.submission"
        " WHERE state = 'loaded' OR (receipt IS NULL AND state IN ('no_change', 'waiting', 'refused', 'same_bytes', 'unpacked'))"
        " ORDER BY state = 'unpacked', received_at, file"
    )
    with store.transaction() as connection:
        return [str(row.submission_id) for row in connection.execute(sa.text(sql))]


@step()
def answer(submission_id: str, today: date) -> dict[str, str | None]:
    """Write the receipt, and the workbook when any row asks for something; `{"receipt", "workbook"}` as paths.

    The receipt of a zip tells of every list in it, so it is written anew with each of them once it was there. Raises InvariantBroken
    when the files cannot be written.
    """
    with store.transaction() as connection:
        # whoever reads the file again meanwhile waits: of two answers the one to what is loaded stands
        connection.execute(
            sa.text("SELECT FROM intake.submission WHERE submission_id = :id FOR UPDATE"), {"id": submission_id}
        )
        answered = _write_answer(connection, submission_id, today)
        told_before = connection.scalars(sa.text(_OUTDATE_ZIPS), {"id": submission_id}).all()
    for archive_id in told_before:
        answer(archive_id, today)
    return answered


def _write_answer(connection: sa.Connection, submission_id: str, today: date) -> dict[str, str | None]:
    """The files of the answer, and in the submission where they are."""
    with joined_by_hash(connection):
        facts = _facts(connection, submission_id)
    folder = settings().answers / facts["regency_code"]
    stem = f"{Path(facts['file']).stem[:STEM_LENGTH]}-{submission_id}"
    deadline = today + timedelta(days=CORRECTION_DAYS)
    findings = _finding_counts(connection, submission_id)
    asks = any(row["severity"] != "info" and row["row_count"] for row in findings)
    workbook = folder / f"{stem}-perbaikan.xlsx" if asks else None
    columns, unread = _columns(connection, submission_id), _unread(connection, submission_id)
    members = members_of(submission_id, connection)
    receipt = _receipt(facts, findings, columns, unread, members, deadline if asks else None, workbook)
    path = folder / f"{stem}-tanda-terima.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        if workbook is not None:
            replace_file(workbook, _workbook(connection, submission_id, facts["file"], today, deadline))
        replace_file(
            path.with_suffix(".json"), json.dumps(receipt_facts(receipt), ensure_ascii=False, indent=1).encode()
        )
        replace_file(path, build_receipt(receipt).encode())
    except OSError as error:
        raise InvariantBroken(
            f"the answer cannot be written ({error.strerror})",
            where=str(folder),
            mend="Free disk space, then run again.",
        ) from error
    answered = {"receipt": str(path), "workbook": str(workbook) if workbook else None}
    connection.execute(
        sa.text(
            "UPDATE intake.submission SET receipt = :receipt, workbook = :workbook,"
            " state = CASE state WHEN 'loaded' THEN 'answered' ELSE state END WHERE submission_id = :id"
        ),
        {**answered, "id": submission_id},
    )
    return answered


#: in one transaction with a list's answer: a receipt that is missing is written by the next run
_OUTDATE_ZIPS = """
UPDATE intake.submission a SET receipt = NULL FROM intake.member m
 WHERE m.submission_id = :id AND a.submission_id = m.archive_id AND a.state = 'unpacked' AND a.receipt IS NOT NULL
RETURNING a.submission_id
"""


def _member(told: Mapping[str, Any]) -> Member:
    """A member of a zip as the receipt tells of it; a list that is decided counts as answered."""
    state = "answered" if told["state"] == "loaded" else told["state"]
    receipt = Path(told["receipt"]).name if told["receipt"] else None
    return Member(
        told["name"], state, told["reason_code"], told["reason"], told["is_same"], told["submission_id"], receipt
    )


def _receipt(
    facts: Mapping[str, Any],
    findings: list[dict[str, Any]],
    columns: Mapping[str, list[str]],
    unread: list[tuple[str, str]],
    members: list[dict[str, Any]],
    deadline: date | None,
    workbook: Path | None,
) -> Receipt:
    """The receipt's facts; a file that was not read has no ledger of rows."""
    code = facts["regency_code"]
    sender = office_name(code)
    zone = ZoneInfo(regency_time_zone(code) if sender else settings().time_zone)
    return Receipt(
        submission_id=facts["submission_id"],
        file=facts["file"].split("/", 1)[-1],
        regency_code=code,
        regency_name=sender or "tidak dikenal",
        received_at=facts["received_at"].astimezone(zone),
        state="answered" if facts["state"] == "loaded" else facts["state"],
        kind=facts["kind"],
        period=facts["period"],
        version=facts["version"],
        counts={outcome: facts[f"{outcome}_count"] for outcome in OUTCOMES} if facts["row_count"] else None,
        held_count=facts["held_count"],
        findings={row["code"]: row["row_count"] or 1 for row in findings},
        unmapped=columns["unmapped"],
        ignored=columns[IGNORED],
        sensitive_count=len(columns[SENSITIVE]),
        unread=unread,
        members=tuple(map(_member, members)),
        deadline=deadline,
        workbook=workbook.name if workbook else None,
        reason=facts["reason"],
        corrects=(Path(facts["corrected_file"]).name, facts["corrected_version"]) if facts["corrects"] else None,
    )


def _facts(connection: sa.Connection, submission_id: str) -> dict[str, Any]:
    """The submission's line and how many of its accepted rows are held from aid."""
    sql = """
    SELECT s.*, (SELECT count(*) FROM intake.source_row r
                  WHERE r.submission_id = :id AND r.outcome = 'accepted_with_findings'
                    AND (r.sheet_no, r.row) IN (SELECT f.sheet_no, f.row FROM intake.finding f
                                                 WHERE f.submission_id = :id AND f.severity = 'hold')) AS held_count,
           c.file AS corrected_file, c.version AS corrected_version
      FROM intake.submission s LEFT JOIN intake.submission c ON c.submission_id = s.corrects WHERE s.submission_id = :id
    """
    return dict(connection.execute(sa.text(sql), {"id": submission_id}).mappings().one())


def _finding_counts(connection: sa.Connection, submission_id: str) -> list[dict[str, Any]]:
    """Code, severity and in how many rows (0 = only of the file as a whole), of the checks that there still are."""
    sql = """
    SELECT code, severity, count(DISTINCT (sheet_no, row)) FILTER (WHERE row > 0) AS row_count
      FROM intake.finding WHERE submission_id = :id AND code = ANY(:checks) GROUP BY code, severity
    """
    wanted = {"id": submission_id, "checks": list(entries())}
    return [dict(row) for row in connection.execute(sa.text(sql), wanted).mappings()]


def _columns(connection: sa.Connection, submission_id: str) -> dict[str, list[str]]:
    """Headings that were not mapped, by why, over all visible sheets, each once."""
    sql = "SELECT headings, ignored FROM intake.sheet WHERE submission_id = :id AND NOT is_hidden ORDER BY sheet_no"
    found: dict[str, dict[str, None]] = {"unmapped": {}, IGNORED: {}, SENSITIVE: {}}
    for headings, ignored in connection.execute(sa.text(sql), {"id": submission_id}):
        for position, why in ignored.items():
            at = int(position)
            found[TOLD_AS.get(why, "unmapped")][headings[at] if at < len(headings) else ""] = None
    return {why: list(texts) for why, texts in found.items()}


def _unread(connection: sa.Connection, submission_id: str) -> list[tuple[str, str]]:
    """Sheets and other parts of the file that hold no data, empty sheets aside: name and why, in the file's order."""
    sql = "SELECT name, why_not FROM intake.sheet WHERE submission_id = :id AND why_not <> 'blank' ORDER BY sheet_no"
    return [(row.name, row.why_not) for row in connection.execute(sa.text(sql), {"id": submission_id})]


def _workbook(connection: sa.Connection, submission_id: str, file: str, today: date, deadline: date) -> bytes:
    """The correction workbook from the rows and findings that were loaded."""
    from tasks.intake.workbook import Correction, SheetHead, build_workbook

    sheets = connection.execute(sa.text(_SHEETS), {"id": submission_id}).all()
    wanted = {"id": submission_id, "checks": list(entries())}
    is_whole = settings().workbook_rows == "all"
    with joined_by_hash(connection):
        rows = (
            store.query(_EVERY_ROW, connection, id=submission_id)
            if is_whole
            else store.query(_ROWS_TO_MEND, connection, **wanted)
        )
    findings = store.query(_FINDINGS, connection, **wanted)
    suggestions = find_suggestions(connection, submission_id, today)
    return build_workbook(
        Correction(
            submission_id=submission_id,
            file=Path(file).name,
            issued_on=today,
            deadline=deadline,
            sheets=[
                SheetHead(sheet.sheet_no, sheet.name, sheet.headings, frozenset(sheet.left_out)) for sheet in sheets
            ],
            rows=rows,
            findings=findings.merge(suggestions, on=["sheet_no", "row", "code"], how="left"),
        ),
        every_row=is_whole,
    )


#: the columns that a correction workbook added are not the sender's when it comes back
_SHEETS = """
SELECT h.sheet_no, h.name, h.headings,
       ARRAY(SELECT i.key::int FROM jsonb_each_text(h.ignored) i WHERE i.value = 'returned' AND s.corrects IS NOT NULL) AS left_out
  FROM intake.sheet h JOIN intake.submission s USING (submission_id) WHERE submission_id = :id ORDER BY h.sheet_no
"""

_ROWS_TO_MEND = """
SELECT r.sheet_no, r.row, r.cells FROM intake.source_row r
 WHERE r.submission_id = :id
   AND (r.sheet_no, r.row) IN (SELECT f.sheet_no, f.row FROM intake.finding f
                                WHERE f.submission_id = :id AND f.row > 0 AND f.severity <> 'info' AND f.code = ANY(:checks))
 ORDER BY r.sheet_no, r.row
"""

_EVERY_ROW = """
SELECT r.sheet_no, r.row, r.cells FROM intake.source_row r
 WHERE r.submission_id = :id AND r.data_row IS NOT NULL
 ORDER BY r.sheet_no, r.row
"""

_FINDINGS = """
SELECT sheet_no, row, code, field, severity, column_no FROM intake.finding
 WHERE submission_id = :id AND row > 0 AND code = ANY(:checks)
 ORDER BY sheet_no, row, array_position(ARRAY['reject', 'hold', 'warn', 'info'], severity), column_no NULLS LAST, code
"""
