"""The brake on mass merges: a run that would make one of many existing persons stops before it writes.

A wrong model, rule or reference file, or a column of one office filled down, joins people by the thousand in one night. What a night of
a healthy province joins is far below. Belongs here: counting, the word of a person that lets it pass, the alarm. Does not belong here:
which records are one (policy.py, clusters.py): the brake never changes a result, it only stops (docs/decisions/0017-mass-merges.md).
"""

from __future__ import annotations

import sqlalchemy as sa

from schemas.errors import InvariantBroken, UsageError
from tasks import store
from tasks.trail import record_event

#: a hundredth of the persons that stand: new lists mostly bring new records to persons, they seldom join two who stood apart
MASS_SHARE = 0.01
#: a small register joins by the dozen when its second list comes; below so many somebody can look at each
MASS_LEAST = 100

HELD, ALLOWED, PASSED = "mass_merge_held", "mass_merge_allowed", "mass_merge_passed"
#: a run was allowed to merge masses and did not: the word was for that one
LAPSED = "mass_merge_lapsed"

PERSONS = "SELECT count(*) FROM identity.id_register WHERE unit_kind = 'person' AND forwarded_to IS NULL"

#: the last word on mass merges: what was held, allowed, or passed, or that what was allowed was not called for
LAST = f"""
    SELECT action, counts, reason FROM audit.event WHERE action IN ('{HELD}', '{ALLOWED}', '{PASSED}', '{LAPSED}')
     ORDER BY event_id DESC LIMIT 1"""

#: the alarm that stands: the last word is that a merge was held, and no run that consolidates has ended well since (a number that
#: one drew as it began to write says nothing of its end, tasks/runs.py)
STANDING = f"""
    SELECT e.counts FROM ({LAST.replace("action, counts, reason", "*")}) e
     WHERE e.action = '{HELD}' AND NOT EXISTS (
           SELECT FROM audit.run r WHERE r.state = 'done' AND r.kind IN ('nightly', 'submission', 'consolidation')
              AND r.started_at > e.at AND NOT coalesce(r.counts ? 'continues', false))"""


def is_mass(merged: int, persons: int) -> bool:
    """Whether so many persons merged into others, of so many that stood, are too many for one run."""
    return merged > max(MASS_LEAST, MASS_SHARE * persons)


def stop_mass_merge(connection: sa.Connection, merged: int) -> None:
    """Raise InvariantBroken when a run would merge too many persons into others and nobody has allowed so many.

    The alarm is recorded although the run is not: it stands until the merge is allowed or no longer called for. Whoever was allowed to
    merge masses was so once: the next run that merges uses the word up, whether it needs it or not.
    """
    last = connection.execute(sa.text(LAST)).one_or_none()
    allowed = last if last is not None and last.action == ALLOWED else None
    persons = (connection.scalar(sa.text(PERSONS)) or 0) if merged > MASS_LEAST else 0
    counts = {"merged": merged, "persons": persons}
    if not is_mass(merged, persons):
        if allowed:
            record_event(LAPSED, "identity", reason=allowed.reason, counts={"merged": merged}, connection=connection)
        return
    if allowed and allowed.counts["merged"] >= merged:
        record_event(PASSED, "identity", reason=allowed.reason, counts=counts, connection=connection)
        return
    record_event(HELD, "identity", counts=counts)  # of its own: the run that is stopped writes nothing
    raise InvariantBroken(
        f"{merged} of {persons} persons would be merged into others in one run", where="merge",
        mend="Look for a wrong rule, model or file. If it is right: `sinergi review allow`; then run again.",
    )  # fmt: skip


def allow_mass_merge(merged: int, *, reason: str, allowed_by: str) -> None:
    """Let the next run merge up to so many persons into others; for once. Raises UsageError without a reason or a name."""
    if not reason.strip() or not allowed_by.strip():
        raise UsageError("a mass merge needs a reason and who allows it", mend="Both are recorded.")
    record_event(ALLOWED, "identity", reason=f"{allowed_by.strip()}: {reason.strip()}", counts={"merged": merged})


def held_mass_merge() -> dict[str, int] | None:
    """The alarm that stands, as `merged` and `persons`; None when there is none."""
    with store.transaction() as connection:
        held: dict[str, int] | None = connection.scalar(sa.text(STANDING))
    return held
