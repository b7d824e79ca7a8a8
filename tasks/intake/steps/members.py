"""What a zip of lists held and what became of it: asked by the flow, the archive's answer and the command line; read-only.

Belongs here: those questions. Does not belong here: unpacking (unpack.py), wording (receipt.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tasks import store


def lists_in(archive_ids: Iterable[str]) -> list[str]:
    """The submissions that came out of zips, each once, in the order of the zips' members."""
    sql = """
    SELECT submission_id FROM intake.member WHERE archive_id = ANY(:ids) AND submission_id IS NOT NULL
     GROUP BY submission_id ORDER BY min(archive_id), min(member_no)
    """
    with store.transaction() as connection:
        return [str(each) for each in connection.scalars(sa.text(sql), {"ids": list(archive_ids)})]


def members_of(archive_id: str, connection: sa.Connection | None = None) -> list[dict[str, Any]]:
    """Every member of a zip in its order; none of a file that is no zip of lists, or was not opened.

    `member_no, name, submission_id, state, reason_code, reason, is_same, row_count, receipt, workbook`. A list: its submission, the state
    it is in now, and `is_same` when the same content was received before, so that nothing changes. Any other has only a reason:
    `NOT_A_LIST` with what it is, or why it is refused.
    """
    if connection is None:
        with store.transaction() as own:
            return members_of(archive_id, own)
    return [dict(row) for row in connection.execute(sa.text(_MEMBERS), {"id": archive_id}).mappings()]


_MEMBERS = """
SELECT m.member_no, m.name, m.submission_id, s.state, coalesce(m.reason_code, s.reason_code) AS reason_code,
       coalesce(m.reason, s.reason) AS reason,
       coalesce(s.state IN ('same_bytes', 'no_change') OR s.received_at < a.received_at, false) AS is_same,
       s.row_count, s.receipt, s.workbook
  FROM intake.member m
  JOIN intake.submission a ON a.submission_id = m.archive_id
  LEFT JOIN intake.submission s ON s.submission_id = m.submission_id
 WHERE m.archive_id = :id ORDER BY m.member_no
"""
