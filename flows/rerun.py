"""A submission again: with today's rules, or with a person's word on its headings.

Belongs here: the order of steps. Does not belong here: any work (tasks/intake). Both are restartable: what was received again or
changed without an answer is finished by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from flows.consolidation import consolidate
from flows.distribution import award
from flows.submission import take_in
from schemas.errors import FileRefused
from tasks import store
from tasks.intake.questions import submission_answer
from tasks.intake.rereading import UNLOADED, Difference, add_up
from tasks.intake.steps.answer import answer
from tasks.intake.steps.confirm import check_words, headings_of, keep_mapping
from tasks.intake.steps.load import Understood
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.rerun import (
    apply,
    compare,
    parcel_to_rerun,
    receive_again,
    understand,
    would_stop,
)
from tasks.intake.steps.scope import Scope, submissions_to_rerun

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
    with FileReader() as reader:
        understood, difference = _decide_again(submission_id, today, reader, words)
        if understood is None or dry_run:
            return asdict(difference)
        if not _has_work(difference):
            apply(understood, 0)
            return asdict(difference)
        with store.run("submission", today) as run:
            difference = _write_again(understood, difference, run, today, reader, progress)
            run.counts["intake"] = submission_answer(submission_id)["counts"]
            _carry_on(run, today, progress)
    return {**asdict(difference), **_now(submission_id)}


def rerun_many(scope: Scope, today: date, progress: Progress, *, dry_run: bool = False) -> dict[str, Any]:
    """Read every submission of a scope again, consolidate once for all of them; what differs over all of them, and file by file.

    Returns `{submissions, before, after, moved, opened, closed, codes, changed: [a Difference each], stopped: [...], is_written}`. A file
    that would wait, be refused or be another list today is left as it is and stands under `stopped`. Raises UsageError when the scope
    means none.
    """
    store.upgrade_warehouse()
    chosen = submissions_to_rerun(scope)
    told: list[Difference] = []
    with ExitStack() as stack:
        reader, run = stack.enter_context(FileReader()), None
        for submission_id in chosen:
            understood, difference = _decide_again(submission_id, today, reader, None)
            if understood is not None and not dry_run:
                if _has_work(difference):
                    run = run or stack.enter_context(store.run("submission", today))
                    difference = _write_again(understood, difference, run, today, reader, progress)
                else:
                    apply(understood, 0)
            told.append(difference)
            event = {"submission_id": submission_id, "file": difference.file, "changed": difference.changed_row_count}
            progress(
                {"step": "rerun", **event, **({"reason": difference.reason_code} if difference.reason_code else {})}
            )
        if run is not None:
            run.counts["intake"] = {"reread": len(chosen)}
            _carry_on(run, today, progress)
    return {**add_up(told), "is_written": run is not None}


def _decide_again(
    submission_id: str, today: date, reader: FileReader, words: Mapping[str, str | None] | None
) -> tuple[Understood | None, Difference]:
    """The file by today's rules beside what was decided; without an Understood when it would stop today."""
    parcel, state = parcel_to_rerun(submission_id)
    try:
        understood = understand(parcel, reader, today, words)
        return understood, compare(understood)
    except FileRefused as error:
        return None, would_stop(submission_id, state, error)


def _has_work(difference: Difference) -> bool:
    return not difference.is_same or difference.state in UNLOADED


def _write_again(
    understood: Understood, difference: Difference, run: store.Run, today: date, reader: FileReader, progress: Progress
) -> Difference:
    """Write what differs and answer the office; a file that waited or was refused, or brings answers (which are kept once
    however often they come), is taken in as if it had just come."""
    if difference.state in UNLOADED or understood.kind == "verification":
        receive_again(understood.submission_id)
        take_in(understood.submission_id, run.run_id, today, reader, progress)
        return replace(difference, is_written=True)
    difference = apply(understood, run.run_id)
    answer(understood.submission_id, today)
    return difference


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
    """The proposal for a file's headings, and what would become of the file with these words on them."""
    found = headings_of(submission_id)
    checked = check_words(found, words)
    tried: dict[str, Any] = rerun_submission(submission_id, today, lambda event: None, dry_run=True, words=checked)
    return {**found.proposal, "words": checked, "tried": tried}


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
