"""Which submissions are read again after a rule or a layout changed.

Belongs here: that choice. Does not belong here: reading one again (rerun.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from schemas.errors import UsageError
from tasks import store
from tasks.intake.steps.rules import rules_version
from tasks.step import step


@dataclass(frozen=True)
class Scope:
    """What is to be read again; every word narrows, none at all is everything that was decided.

    `is_outdated`: decided by other rules than today's; `regency`: sent by it; `code`: some row has this finding now.
    """

    regency: str | None = None
    code: str | None = None
    is_outdated: bool = False


@step()
def submissions_to_rerun(scope: Scope) -> list[str]:
    """The submissions of a scope in the order of receipt; copies of the same bytes, corrections of others and files that
    are still under way are left out.

    Raises UsageError when there is none.
    """
    wanted = {"regency": scope.regency, "code": scope.code, "outdated": scope.is_outdated, "rules": rules_version()}
    with store.transaction() as connection:
        found = [str(identity) for identity in connection.scalars(sa.text(_IN_SCOPE), wanted)]
    if not found:
        raise UsageError("no submission is meant by that", mend="`sinergi submission list` shows them all.")
    return found


_IN_SCOPE = """
SELECT submission_id FROM intake.submission s
 WHERE same_as IS NULL AND corrects IS NULL AND state IN ('loaded', 'answered', 'no_change', 'waiting', 'refused')
   AND (CAST(:regency AS text) IS NULL OR regency_code = :regency)
   AND (CAST(:code AS text) IS NULL OR EXISTS (SELECT FROM intake.finding f WHERE f.submission_id = s.submission_id AND f.code = :code))
   AND (NOT :outdated OR rules_version IS DISTINCT FROM :rules)
 ORDER BY received_at, file, submission_id
"""
