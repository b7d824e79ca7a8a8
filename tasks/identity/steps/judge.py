"""judge: what people say of pairs of records is written down, and taken back. People overrule machines (P5).

A judgement is bound to the content it saw, and puts its records on the work list: the next consolidation applies it.
Belongs here: reading and writing identity.judgement. Does not belong here: which words may be said (judgements.py), what they do to
clusters (clusters.py, by merge).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from schemas.errors import Refused, UsageError
from tasks import store
from tasks.identity.judgements import VERDICTS, Judgement, Objection, Word, object_to, ordered
from tasks.identity.steps.link import MENTIONS_A_PERSON

#: of each record that a word is about: what its current row says, absent when it has none
RECORDS = f"""
    SELECT r.record_id, v.match_hash, {MENTIONS_A_PERSON} AS is_person
      FROM (SELECT record_a AS record_id FROM word UNION SELECT record_b FROM word) r
      JOIN source.logical_record l USING (record_id)
      LEFT JOIN (SELECT * FROM source.record_version WHERE to_run IS NULL) v USING (record_id)"""

#: every judgement in force that concerns the records of the words, or those that `same` joins to them
STANDING = """
    WITH RECURSIVE reached (record_id) AS (
        SELECT record_a FROM word UNION SELECT record_b FROM word
        UNION SELECT CASE WHEN j.record_a = r.record_id THEN j.record_b ELSE j.record_a END
          FROM reached r JOIN identity.judgement j ON r.record_id IN (j.record_a, j.record_b)
         WHERE j.verdict = 'same' AND j.undone_at IS NULL)
    SELECT DISTINCT j.judgement_id, j.record_a, j.record_b, j.verdict,
           (a.match_hash, b.match_hash) IS DISTINCT FROM (j.match_hash_a, j.match_hash_b) AS is_stale
      FROM reached r JOIN identity.judgement j ON r.record_id IN (j.record_a, j.record_b)
      LEFT JOIN source.record_version a ON a.record_id = j.record_a AND a.to_run IS NULL
      LEFT JOIN source.record_version b ON b.record_id = j.record_b AND b.to_run IS NULL
     WHERE j.undone_at IS NULL ORDER BY j.judgement_id"""

#: what is said anew takes the place of what was said before
END_FORMER = """
    UPDATE identity.judgement j SET undone_at = now(), undone_by = :by, undone_reason = 'said anew'
      FROM word w WHERE (j.record_a, j.record_b) = (w.record_a, w.record_b) AND j.undone_at IS NULL"""

WRITE = """
    INSERT INTO identity.judgement (record_a, record_b, verdict, reason, judged_by, match_hash_a, match_hash_b)
    SELECT w.record_a, w.record_b, w.verdict, w.reason, :by, a.match_hash, b.match_hash
      FROM word w JOIN source.record_version a ON a.record_id = w.record_a AND a.to_run IS NULL
      JOIN source.record_version b ON b.record_id = w.record_b AND b.to_run IS NULL
     ORDER BY w.record_a, w.record_b RETURNING record_a, record_b, judgement_id"""

#: the work list names the run that made the work: a judgement is made between runs, after the last one
TO_WORK = """
    INSERT INTO source.change (record_id, run_id)
    SELECT record_id, (SELECT coalesce(max(run_id), 0) FROM audit.run)
      FROM (SELECT record_a AS record_id FROM {pairs} UNION SELECT record_b FROM {pairs}) judged"""

UNDO = """
    UPDATE identity.judgement SET undone_at = now(), undone_by = :by, undone_reason = :reason
     WHERE judgement_id = :id AND undone_at IS NULL RETURNING record_a, record_b"""


class Decision(NamedTuple):
    """A word with its reason, as one line of an office's list says it."""

    word: Word
    reason: str


class Decided(NamedTuple):
    """What became of a decision: its judgement, or why there is none."""

    judgement_id: int | None
    objection: Objection | None


def record_judgements(pairs: Iterable[tuple[int, int]], verdict: str, *, reason: str, judged_by: str) -> list[int]:
    """Judge pairs of records `same`, `different` or `unsure`, all or none; the ids of the judgements, in the order of the pairs.

    Raises UsageError for a word that is none, a blank reason or judge, a record that is unknown or names no person, and a pair of one
    record; Refused for a record without a current row, a pair that has its word already, and a word that others contradict.
    """
    decisions = [Decision(Word(*ordered(*pair), verdict), reason) for pair in pairs]
    with store.transaction() as connection:
        results = _record(connection, decisions, judged_by)
        for result in results:
            if result.objection is not None:
                raise _as_error(result.objection)
    return [result.judgement_id for result in results if result.judgement_id is not None]


def record_decisions(decisions: Sequence[Decision], *, judged_by: str) -> list[Decided]:
    """Judge what an office's list decides, in one transaction; those that may not be recorded are told, the others are recorded."""
    with store.transaction() as connection:
        return _record(connection, decisions, judged_by)


def undo_judgement(judgement_id: int, *, undone_by: str, reason: str) -> None:
    """Take a judgement back; it stays in the history. Raises UsageError when there is none, Refused when it is not in force."""
    _require(undone_by, "who undoes it")
    _require(reason, "a reason")
    with store.transaction() as connection:
        known = connection.scalar(
            sa.text("SELECT EXISTS (SELECT FROM identity.judgement WHERE judgement_id = :id)"), {"id": judgement_id}
        )
        if not known:
            raise UsageError(f"there is no judgement {judgement_id}", mend="`sinergi review show PAIR` names them.")
        values = {"id": judgement_id, "by": undone_by.strip(), "reason": reason.strip()}
        undone = connection.execute(sa.text(UNDO), values).one_or_none()
        if undone is None:
            raise Refused(f"judgement {judgement_id} was undone already")
        pairs = f"(SELECT {undone.record_a} AS record_a, {undone.record_b} AS record_b) p"
        connection.execute(sa.text(TO_WORK.format(pairs=pairs)))


def _record(connection: sa.Connection, decisions: Sequence[Decision], judged_by: str) -> list[Decided]:
    """Write the words that nothing speaks against; for each decision, in order, what became of it."""
    import pandas as pd

    _require(judged_by, "who judges")
    for word, reason in decisions:
        _require(reason, "a reason")
        if word.verdict not in VERDICTS:
            raise UsageError(f"{word.verdict!r} is no verdict", mend=f"Say one of {', '.join(VERDICTS)}.")
    if not decisions:
        return []
    connection.execute(
        sa.text("LOCK TABLE identity.judgement IN SHARE ROW EXCLUSIVE MODE")
    )  # two judges, one after the other
    words = [word for word, _ in decisions]
    asked = pd.DataFrame(words, columns=list(Word._fields)).assign(reason=[reason.strip() for _, reason in decisions])
    with store.staged(connection, "word", "identity.judgement", asked):
        records = connection.execute(sa.text(RECORDS)).all()
        speaks = {row.record_id: None if row.match_hash is None else bool(row.is_person) for row in records}
        standing = [Judgement(**row) for row in connection.execute(sa.text(STANDING)).mappings()]
    objections = object_to(words, speaks, standing)
    accepted = asked[[objection is None for objection in objections]].drop_duplicates(
        ["record_a", "record_b"], keep="last"
    )
    with store.staged(connection, "word", "identity.judgement", accepted):
        values = {"by": judged_by.strip()}
        connection.execute(sa.text(END_FORMER), values)
        written = connection.execute(sa.text(WRITE), values).all()
        connection.execute(sa.text(TO_WORK.format(pairs="word")))
    ids = {(row.record_a, row.record_b): row.judgement_id for row in written}
    return [
        Decided(None if objection else ids[word[:2]], objection)
        for word, objection in zip(words, objections, strict=True)
    ]


def _require(text: str, what: str) -> None:
    if not text.strip():
        raise UsageError(f"a judgement needs {what}", mend="It is kept beside it.")


def _as_error(objection: Objection) -> Refused | UsageError:
    kind = UsageError if objection.code in ("ONE_RECORD", "UNKNOWN_RECORD", "NO_PERSON") else Refused
    return kind(objection.what, mend=objection.mend)
