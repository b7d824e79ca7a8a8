"""A submission again: with today's rules, or with a person's word on its headings.

Belongs here: the order of steps. Does not belong here: any work (tasks/intake). Both are restartable: what was received again or
changed without an answer is finished by the next run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from flows.consolidation import consolidate
from flows.distribution import award
from flows.submission import take_in
from schemas.errors import FileRefused
from tasks import runs, store
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
from tasks.intake.steps.rerun_correction import corrections_of
from tasks.intake.steps.scope import Scope, submissions_to_rerun
from tasks.upgrade import upgrade_warehouse

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
    upgrade_warehouse()
    with FileReader() as reader:
        again = _decide_again(submission_id, today, reader, words)
        if again[0].understood is None or dry_run:
            return _told(again)
        with ExitStack() as stack:
            run = _take_over(again, None, stack, today, reader, progress)
            if run is None:
                return _told(again)
            run.counts["intake"] = submission_answer(submission_id)["counts"]
            _carry_on(run, today, progress)
    return {**_told(again), **_now(submission_id)}


def rerun_many(scope: Scope, today: date, progress: Progress, *, dry_run: bool = False) -> dict[str, Any]:
    """Read every submission of a scope again, consolidate once for all of them; what differs over all of them, and file by file.

    Returns `{submissions, before, after, moved, opened, closed, codes, changed: [a Difference each], stopped: [...], is_written}`. A file
    that would wait, be refused or be another list today is left as it is and stands under `stopped`. Raises UsageError when the scope
    means none.
    """
    upgrade_warehouse()
    chosen = submissions_to_rerun(scope)
    told: list[Difference] = []
    with ExitStack() as stack:
        reader, run = stack.enter_context(FileReader()), None
        for submission_id in chosen:
            again = _decide_again(submission_id, today, reader, None)
            if not dry_run:
                run = _take_over(again, run, stack, today, reader, progress)
            told += [each.difference for each in again]
            for each in again:
                progress({"step": "rerun", **_event(each.difference)})
        if run is not None:
            run.counts["intake"] = {"reread": len(chosen)}
            _carry_on(run, today, progress)
    return {**add_up(told), "is_written": run is not None}


@dataclass
class _Again:
    """A submission by today's rules beside what was decided of it; without an `understood` when it would stop today."""

    understood: Understood | None
    difference: Difference


def _decide_again(
    submission_id: str, today: date, reader: FileReader, words: Mapping[str, str | None] | None
) -> list[_Again]:
    """The file, and after it the corrections of it that stand."""
    found = []
    for parcel, state in [parcel_to_rerun(submission_id), *corrections_of(submission_id)]:
        try:
            understood = understand(parcel, reader, today, words)
            found.append(_Again(understood, compare(understood)))
        except FileRefused as error:
            found.append(_Again(None, would_stop(parcel.submission_id, state, error)))
    return found


def _take_over(
    again: Sequence[_Again],
    run: runs.Run | None,
    stack: ExitStack,
    today: date,
    reader: FileReader,
    progress: Progress,
) -> runs.Run | None:
    """Write what differs of a list and of its corrections, in a run that is opened with the first difference.

    Where a correction lost a row, the list's own word on that row stands again.
    """
    for each in again:
        if each.understood is None:
            continue
        if not _has_work(each.difference):
            apply(each.understood, 0)
            continue
        run = run or stack.enter_context(runs.run("submission", today))
        each.difference = _write_again(each.understood, each.difference, run, today, reader, progress)
    first, *corrections = again
    if corrections and run is not None and first.understood is not None:
        stood_again = apply(first.understood, run.run_id)
        if stood_again.is_written:
            answer(stood_again.submission_id, today)
    return run


def _told(again: Sequence[_Again]) -> dict[str, Any]:
    """The difference of the file, and under `corrections` those of its corrections."""
    first, *corrections = (asdict(each.difference) for each in again)
    return {**first, "corrections": corrections}


def _event(difference: Difference) -> dict[str, Any]:
    told = {
        "submission_id": difference.submission_id,
        "file": difference.file,
        "changed": difference.changed_row_count,
    }
    return {**told, **({"reason": difference.reason_code} if difference.reason_code else {})}


def _has_work(difference: Difference) -> bool:
    return not difference.is_same or difference.state in UNLOADED


def _write_again(
    understood: Understood, difference: Difference, run: runs.Run, today: date, reader: FileReader, progress: Progress
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
    upgrade_warehouse()
    found = headings_of(submission_id)
    checked = check_words(found, words)
    if not keep_mapping(found, checked, confirmed_by):
        return rerun_submission(submission_id, today, progress)
    with runs.run("submission", today) as run, FileReader() as reader:
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


def _carry_on(run: runs.Run, today: date, progress: Progress) -> None:
    """Link, merge and drafts for what was touched; publishes nothing."""
    with store.consolidation_lock(
        on_wait=lambda: progress({"step": "lock", "note": "another run consolidates; waiting"})
    ):
        run.counts["identity"] = consolidate(run.run_id, progress)
    run.counts["aid"] = award(run.run_id, today, progress)


def _now(submission_id: str) -> dict[str, Any]:
    told = submission_answer(submission_id)
    return {"submission_id": submission_id, "is_written": True, **told}
