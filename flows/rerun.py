"""A submission again: with today's rules, or with a person's word on its headings.

Belongs here: the order of steps. Does not belong here: any work (tasks/intake). Both are restartable: what was received again or
changed without an answer is finished by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from flows.consolidation import consolidate
from flows.distribution import award
from flows.submission import take_in
from schemas.errors import FileRefused
from tasks import store
from tasks.intake.questions import submission_answer
from tasks.intake.steps.answer import answer
from tasks.intake.steps.confirm import check_words, headings_of, keep_mapping
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.rerun import (
    UNLOADED,
    apply,
    compare,
    parcel_to_rerun,
    receive_again,
    understand,
    would_stop,
)

Progress = Callable[[dict[str, Any]], None]


def rerun_submission(
    submission_id: str,
    today: date,
    progress: Progress,
    *,
    dry_run: bool = False,
    words: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """Read the kept bytes again with today's layouts and rules; the difference as a dict (steps/rerun.Difference).

    A waiting or refused file is taken in as if it had just come. With `dry_run` nothing is written, and `words` on its headings are
    tried. Raises UsageError for an unknown id or one that is still under way.
    """
    store.upgrade_warehouse()
    parcel, state = parcel_to_rerun(submission_id)
    with FileReader() as reader:
        try:
            understood = understand(parcel, reader, today, words)
            difference = compare(understood)
        except FileRefused as error:
            return asdict(would_stop(submission_id, state, error))
        if dry_run or (difference.is_same and state not in UNLOADED):
            if not dry_run:
                apply(understood, 0)
            return asdict(difference)
        with store.run("submission", today) as run:
            if state in UNLOADED:
                receive_again(submission_id)
                take_in(submission_id, run.run_id, today, reader, progress)
            else:
                difference = apply(understood, run.run_id)
                answer(submission_id, today)
            run.counts["intake"] = submission_answer(submission_id)["counts"]
            _carry_on(run, today, progress)
    return {**asdict(difference), **_now(submission_id)}


def confirm_headings(
    submission_id: str, words: Mapping[str, str | None], confirmed_by: str, today: date, progress: Progress
) -> dict[str, Any]:
    """Keep a person's word on headings, and let the file go on at once: a waiting one is taken in, a loaded one is rerun."""
    store.upgrade_warehouse()
    found = headings_of(submission_id)
    checked = check_words(found, words)
    if not keep_mapping(found, checked, confirmed_by):
        return rerun_submission(submission_id, today, progress)
    with store.run("submission", today) as run, FileReader() as reader:
        take_in(submission_id, run.run_id, today, reader, progress)
        run.counts["intake"] = submission_answer(submission_id)["counts"]
        _carry_on(run, today, progress)
    return _now(submission_id)


def try_headings(submission_id: str, words: Mapping[str, str | None], today: date) -> dict[str, Any]:
    """The proposal for a file's headings and, when words are given, what would become of the file with them."""
    found = headings_of(submission_id)
    proposal = found.proposal
    if not words:
        return proposal
    checked = check_words(found, words)
    tried: dict[str, Any] = rerun_submission(submission_id, today, lambda event: None, dry_run=True, words=checked)
    return {**proposal, "words": checked, "tried": tried}


def _carry_on(run: store.Run, today: date, progress: Progress) -> None:
    """Link, merge and drafts for what was touched; publishes nothing."""
    with store.consolidation_lock(
        on_wait=lambda: progress({"step": "lock", "note": "another run consolidates; waiting"})
    ):
        run.counts["identity"] = consolidate(run.run_id, progress)
    run.counts["aid"] = award(run.run_id, today, progress)


def _now(submission_id: str) -> dict[str, Any]:
    told = submission_answer(submission_id)
    return {"submission_id": submission_id, "is_written": True, **told}
