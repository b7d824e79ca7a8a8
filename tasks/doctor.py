"""Is everything well? Each check answers with a level, a sentence and how to mend it.

Belongs here: looking, at database, disk, runs, submissions, outbox, keys and region data. Does not belong here: mending anything.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import sqlalchemy as sa

from schemas.errors import SinergiError
from schemas.settings import settings
from tasks import store

Level = Literal["ok", "warn", "fail"]
DISK_WARN_MB = 5_000
DISK_FAIL_MB = 500
#: a province that consolidates nightly has a good night in the last day and a half, or somebody should look
GOOD_NIGHT_HOURS = 36


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, how it is, and how to mend it."""

    check: str
    level: Level
    says: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def examine() -> list[Finding]:
    """Every check in order; what needs the database is said once when it does not answer."""
    before = [_disk(), _regions(), _receiver()]
    try:
        return [*before, _database(), *[check() for check in _IN_DATABASE]]
    except SinergiError as error:
        return [*before, Finding("database", "fail", error.what, error.mend)]


def _disk() -> Finding:
    home = settings().home
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free // 1_000_000
    level: Level = "fail" if free < DISK_FAIL_MB else "warn" if free < DISK_WARN_MB else "ok"
    return Finding(
        "disk", level, f"{free} MB free under {home}", "" if level == "ok" else "Free disk space before the next night."
    )


def _regions() -> Finding:
    from schemas import regions

    try:
        count = len(regions.villages()) and len(regions.regencies())
    except SinergiError as error:
        return Finding("regions", "fail", error.what, "Restore schemas/reference/regions from the release.")
    return Finding("regions", "ok", f"region data is whole ({count} regencies)")


def _receiver() -> Finding:
    if settings().receiver_url is None:
        return Finding(
            "receiver", "warn", "no receiving system is set: lists stay in the outbox", "Set SINERGI_RECEIVER_URL."
        )
    return Finding("receiver", "ok", "a receiving system is set")


def _database() -> Finding:
    from schemas.migrations import HEAD

    at = store.warehouse_revision()
    if at != HEAD:
        return Finding(
            "database", "fail", f"the warehouse is at migration {at}, not {HEAD}", "Run `sinergi db upgrade`."
        )
    with store.transaction() as connection:
        version = connection.scalar(sa.text("SHOW server_version"))
    return Finding("database", "ok", f"PostgreSQL {version}, migration {at}")


def _counted(sql: str) -> int:
    if store.warehouse_revision() is None:
        return 0
    with store.transaction() as connection:
        return int(connection.scalar(sa.text(sql)) or 0)


def _waiting_files() -> Finding:
    count = _counted("SELECT count(*) FROM intake.submission WHERE state = 'waiting'")
    if count:
        return Finding(
            "waiting files",
            "warn",
            f"{count} files wait for a person's word",
            "`sinergi submission list --state waiting`",
        )
    return Finding("waiting files", "ok", "no file waits")


def _refused_files() -> Finding:
    count = _counted("SELECT count(*) FROM intake.submission WHERE state = 'refused'")
    if count:
        return Finding(
            "refused files", "warn", f"{count} files could not be read", "`sinergi submission list --state refused`"
        )
    return Finding("refused files", "ok", "every file could be read")


def _unfinished_files() -> Finding:
    count = _counted(
        "SELECT count(*) FROM intake.submission WHERE state NOT IN ('answered','waiting','refused','same_bytes','no_change')"
    )
    if count:
        return Finding(
            "unfinished files",
            "warn",
            f"{count} files are between receipt and answer",
            "The next `sinergi run` finishes them.",
        )
    return Finding("unfinished files", "ok", "no file is half-way")


def _outbox() -> Finding:
    open_messages = _counted("SELECT count(*) FROM outbox.message WHERE state IN ('queued', 'sending')")
    doubtful = _counted("SELECT count(*) FROM outbox.message WHERE state IN ('in_doubt', 'held')")
    if doubtful:
        return Finding(
            "outbox",
            "fail",
            f"{doubtful} messages are in doubt or held",
            "`sinergi outbox list`, then `sinergi outbox send`",
        )
    if open_messages:
        return Finding("outbox", "warn", f"{open_messages} messages are not sent yet", "`sinergi outbox send`")
    return Finding("outbox", "ok", "everything is sent and acknowledged")


def _conflicts() -> Finding:
    count = _counted("SELECT count(*) FROM aid.conflict WHERE resolved_at IS NULL")
    if count:
        return Finding(
            "conflicts",
            "fail",
            f"{count} awards fell on what turned out to be one person",
            "A person decides: `sinergi aid lists`",
        )
    return Finding("conflicts", "ok", "no open conflict")


def _last_night() -> Finding:
    hours = _counted(
        "SELECT ceil(extract(epoch FROM now() - max(finished_at)) / 3600) FROM audit.run WHERE kind = 'nightly' AND state = 'done'"
    )
    never = not _counted("SELECT count(*) FROM audit.run WHERE kind = 'nightly' AND state = 'done'")
    if never:
        return Finding("last good night", "warn", "no night has been completed yet", "`sinergi run --inbox DIR`")
    if hours > GOOD_NIGHT_HOURS:
        return Finding(
            "last good night", "fail", f"{hours} hours ago", "See the last run's state; run `sinergi run --inbox DIR`."
        )
    return Finding("last good night", "ok", f"at most {hours} hours ago")


_IN_DATABASE: tuple[Callable[[], Finding], ...] = (
    _waiting_files, _refused_files, _unfinished_files, _outbox, _conflicts, _last_night,
)  # fmt: skip
