"""One file from its bytes to the office's answer; all new files of an inbox; one file on demand.

Belongs here: the order of steps, and the one place where a bad file is set aside so that the night goes on (P13). Does not belong here:
any work (tasks/intake). Every step may die at any point: the submission stays `received`, or `loaded` without an answer, and the next
run goes on from there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

from expectations.apart import checks_for
from expectations.validation import HERE, Checks
from flows.consolidation import consolidate
from flows.crew import Crew, Work
from flows.distribution import award
from schemas.errors import FileRefused
from schemas.settings import settings
from tasks import runs, store
from tasks.ahead import fetch_ahead
from tasks.halves import sweep_halves
from tasks.identity.steps import load_engines
from tasks.intake.questions import count_states, submission_answer
from tasks.intake.steps.answer import answer, submissions_to_answer
from tasks.intake.steps.inbox import InboxFile, scan_inbox, single_file
from tasks.intake.steps.load import Understood, load
from tasks.intake.steps.load_answers import load_answers
from tasks.intake.steps.load_correction import load_correction
from tasks.intake.steps.members import lists_in
from tasks.intake.steps.reader import FileReader
from tasks.intake.steps.take import (
    check_rows,
    load_words,
    map_sheets,
    open_parcel,
    read_sheets,
    set_aside,
    standardise_rows,
)
from tasks.intake.steps.unpack import unpack, zips_to_open
from tasks.intake.steps.vault import is_kept, receive, submissions_to_take_in
from tasks.upgrade import upgrade_warehouse

Progress = Callable[[dict[str, Any]], None]
#: each worker starts for itself (some seconds, Great Expectations above all): less than this is done sooner without a crew
CREW_BYTES = 16 << 20
#: unless SINERGI_WORKERS says more: each may hold a whole file of a million rows
MOST_WORKERS = 2


def take_in_all(inbox: Path, run_id: int, today: date, progress: Progress) -> dict[str, Any]:
    """Receive all that is new in the inbox, take it in, answer whatever has no answer yet.

    Returns counts of the inbox's files, and of the lists in its zips: `files`, `new`, `skipped`, and one count per state they are in
    now. What an earlier run left half done is finished too. Raises UsageError for an inbox that names no province or several.
    """
    scan = scan_inbox(inbox)
    received = receive(scan.files, run_id)
    skipped = [*scan.skipped, *received.skipped]
    progress({"step": "receive", "files": len(scan.files), "new": received.new_count, "skipped": len(skipped)})
    for each in skipped:
        progress({"step": "skip", "file": each.file, "why": each.why})
    with FileReader() as reader:
        from_zips = open_zips(zips_to_open(), run_id, reader, progress)
        take_in_these([Work(*each) for each in submissions_to_take_in()], run_id, today, reader, progress)
    answer_all(today, progress)
    inside = lists_in(received.submission_ids)
    states = count_states({*received.submission_ids, *inside})
    new = received.new_count + from_zips
    return {"files": len(scan.files) + len(inside), "new": new, "skipped": len(skipped), **states}


def open_zips(submission_ids: Sequence[str], run_id: int, reader: FileReader, progress: Progress) -> int:
    """Make submissions of the lists in zips, before anything is taken in: their order is then the same in every run. How many are new."""
    opened = [each for each in (unpack(submission_id, run_id, reader) for submission_id in submission_ids) if each]
    for each in opened:
        progress({"step": "unpack", **asdict(each)})
    return sum(each.new_count for each in opened)


def take_in_these(work: Sequence[Work], run_id: int, today: date, reader: FileReader, progress: Progress) -> None:
    """Take in what was received: by a crew when there is enough of it from several regencies, else here, one after the other."""
    if not work:
        return
    byte_count = sum(each.byte_count for each in work)
    fetch_ahead(byte_count)
    size = min(settings().workers or min(os.cpu_count() or 1, MOST_WORKERS), len({each.regency_code for each in work}))
    if size > 1 and byte_count >= CREW_BYTES:
        with Crew(size, run_id, today, progress) as crew:
            crew.take_in(work)
        return
    with checks_for(byte_count) as checks:
        for each in work:
            take_in(each.submission_id, run_id, today, reader, progress, checks)


def take_in(
    submission_id: str,
    run_id: int,
    today: date,
    reader: FileReader,
    progress: Progress,
    checks: Checks = HERE,
) -> None:
    """One received file: read, map, standardise, check, load, answer. A file that cannot be loaded is set aside with its reason."""
    parcel = open_parcel(submission_id)
    if parcel is None:
        return
    clock = _Clock()
    mapped = None
    try:
        sheets = clock("read", read_sheets, parcel, reader)
        mapped = clock("map", map_sheets, parcel, sheets, reader)
        frame, word = clock("standardise", standardise_rows, parcel, mapped, today)
        clock("load checks", checks.wait)
        understood = clock("validate", check_rows, parcel, mapped, frame, word, today, checks)
        clock("load", _loader(understood), understood, run_id)
    except FileRefused as error:
        set_aside(parcel, run_id, error, mapped)
    clock("answer", answer, submission_id, today)
    told = submission_answer(submission_id)
    event = {"submission_id": submission_id, "regency": parcel.regency_code, "state": told["state"]}
    reason = {"reason": told["reason_code"]} if told["reason_code"] else {}
    progress({"step": "submission", **event, **reason, "counts": told["counts"], "seconds": clock.seconds})


def _loader(understood: Understood) -> Callable[[Understood, int], dict[str, int]]:
    """How a file of this kind goes into the warehouse."""
    if understood.kind == "verification":
        return load_answers
    return load_correction if understood.corrects else load


def answer_all(today: date, progress: Progress) -> None:
    """Answer every submission that was decided and not answered: by this run, or by one that died."""
    for submission_id in submissions_to_answer():
        answer(submission_id, today)
        progress({"step": "answer", "submission_id": submission_id, "state": submission_answer(submission_id)["state"]})


def submit_file(
    path: Path, regency: str, period: str | None, today: date, progress: Progress, checks: Checks | None = None
) -> dict[str, Any]:
    """One file, or zip of lists, on demand, through its answer, link, merge and drafts for what it touched; publishes nothing.

    `checks`: who validates, where the caller has begun to load them.
    Returns `{submission_id, state, reason_code, reason, same_as, counts, receipt, workbook, members}`; the counts of a zip are those of
    its lists. Raises UsageError for no file or no such regency.
    """
    file = single_file(path, regency, period)
    is_new = not is_kept(path)
    begin = checks is None and is_new
    with checks_for(path.stat().st_size) if begin else nullcontext(checks or HERE) as ready, FileReader() as reader:
        if is_new:
            reader.begin()
            Thread(target=_load_libraries).start()
        return _submit(file, today, ready, reader, progress)


def _load_libraries() -> None:
    """What standardising and scoring need, in that order: while the server starts and the checks load."""
    load_words()
    load_engines()


def _submit(file: InboxFile, today: date, checks: Checks, reader: FileReader, progress: Progress) -> dict[str, Any]:
    upgrade_warehouse()
    sweep_halves()
    with runs.run("submission", today) as run:
        progress({"step": "start", "run": run.run_id})
        received = receive([file], run.run_id)
        if received.skipped:
            raise FileRefused("UNREADABLE_BYTES", received.skipped[0].why, where=file.file)
        (submission_id,) = received.submission_ids
        open_zips([submission_id], run.run_id, reader, progress)
        fetch_ahead(sum(byte_count for _, _, byte_count in submissions_to_take_in()))
        for each in (submission_id, *lists_in([submission_id])):
            take_in(each, run.run_id, today, reader, progress, checks)
        for each in (*lists_in([submission_id]), submission_id):
            if submission_answer(each)["receipt"] is None:
                answer(each, today)
        told = submission_answer(submission_id)
        with store.consolidation_lock(
            on_wait=lambda: progress({"step": "lock", "note": "another run consolidates; waiting"})
        ):
            run.counts["identity"] = consolidate(run.run_id, progress)
        run.counts["aid"] = award(run.run_id, today, progress)
        run.counts["intake"] = told["counts"]
    return told


class _Clock:
    """Calls a step and keeps how long it took, in seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, work: Callable[..., Any], *given: Any) -> Any:
        started = perf_counter()
        try:
            return work(*given)
        finally:
            self.seconds[name] = round(perf_counter() - started, 3)
