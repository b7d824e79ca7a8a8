"""Is everything well? Each check answers with a level, a sentence and how to mend it.

Belongs here: looking, at database, disk, runs, submissions, outbox, keys and region data. Does not belong here: mending anything,
Prefect (orchestrator.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

import sqlalchemy as sa

from schemas.errors import SinergiError
from schemas.settings import province_today, settings
from tasks import runs, store
from tasks.alive import lock_holding
from tasks.health import Finding, Level

DISK_WARN_MB = 5_000
DISK_FAIL_MB = 500
#: of the server's connections in use: beyond this the next run may not get one
CONNECTIONS_WARN = 0.8
#: a night over a million rows holds the lock for less
LOCK_WARN_HOURS = 3
#: a province that consolidates nightly has a good night in the last day and a half, or somebody should look
GOOD_NIGHT_HOURS = 36


def examine() -> list[Finding]:
    """Every check in order. When the database does not answer, or is of another migration, that is said once and nothing is asked of it."""
    from tasks.orchestrator import examine_orchestrator

    before = [_disk(), _regions(), _keys(), _receiver(), *examine_orchestrator()]
    try:
        database = _database()
        return [*before, database, *[check() for check in _IN_DATABASE if database.level == "ok"]]
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


def _keys() -> Finding:
    """Officers' private keys on this machine are for their owner only."""
    folder = settings().keys
    keys = [path for path in sorted(folder.glob("*")) if path.is_file()] if folder.is_dir() else []
    open_keys = [path.name for path in keys if path.stat().st_mode & 0o077]
    if open_keys:
        return Finding(
            "keys",
            "fail",
            f"others may read {', '.join(open_keys)}",
            f"`chmod 600` them in {folder}; were they copied?",
        )
    return Finding("keys", "ok", f"{len(keys)} private keys on this machine, for their owner only")


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


def _connections() -> Finding:
    """How many connections of the server are taken."""
    with store.transaction() as connection:
        used, most = connection.execute(sa.text(_CONNECTIONS)).one()
    says = f"{used} of {most} connections are taken"
    if used > most * CONNECTIONS_WARN:
        mend = "End what holds them, or raise PostgreSQL's max_connections; a run that gets none stops and says so."
        return Finding("connections", "warn", says, mend)
    return Finding("connections", "ok", says)


_CONNECTIONS = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
"""


def _lock() -> Finding:
    """Who holds the lock of consolidation and publishing, for how long, and who waits for it."""
    held = lock_holding()
    if held is None:
        return Finding("lock", "ok", "nobody consolidates or publishes now")
    says = f"held for {held.minutes} minutes, {held.waiting} runs wait for it"
    if held.minutes > 60 * LOCK_WARN_HOURS or held.waiting:
        mend = "Let it finish; it ends with its process. Which run it is: the one under way on Prefect's page, or `sinergi run`."
        return Finding("lock", "warn", says, mend)
    return Finding("lock", "ok", says)


def _counted(sql: str) -> int:
    with store.transaction() as connection:
        return int(connection.scalar(sa.text(sql)) or 0)


def _unless(count: int, check: str, otherwise: str, level: Level, says: str, mend: str) -> Finding:
    """Well, as `otherwise` says, unless something was counted."""
    return Finding(check, level, says, mend) if count else Finding(check, "ok", otherwise)


def _waiting_files() -> Finding:
    count = _counted("SELECT count(*) FROM intake.submission WHERE state = 'waiting'")
    says, mend = f"{count} files wait for a person's word", "`sinergi submission list --state waiting`"
    return _unless(count, "waiting files", "no file waits", "warn", says, mend)


def _refused_files() -> Finding:
    count = _counted("SELECT count(*) FROM intake.submission WHERE state = 'refused'")
    says, mend = f"{count} files could not be read", "`sinergi submission list --state refused`"
    return _unless(count, "refused files", "every file could be read", "warn", says, mend)


def _unfinished_files() -> Finding:
    half_way = "FROM intake.submission WHERE state IN ('received', 'loaded')"
    count = _counted(f"SELECT count(*) {half_way}")
    if not count:
        return Finding("unfinished files", "ok", "no file is half-way")
    hours = _counted(f"SELECT ceil(extract(epoch FROM now() - min(received_at)) / 3600) {half_way}")
    says = f"{count} files are between receipt and answer, the oldest for {hours} hours"
    mend = "The next `sinergi run` finishes them"
    if hours > GOOD_NIGHT_HOURS:
        return Finding("unfinished files", "fail", says, f"{mend}; if one stays, `sinergi submission inspect ID`.")
    return Finding("unfinished files", "warn", says, f"{mend}.")


def _vault() -> Finding:
    """Every received file has its bytes."""
    with store.transaction() as connection:
        hashes = connection.scalars(sa.text("SELECT sha256 FROM intake.content")).all()
    lost = sum(not (settings().vault / sha256[:2] / sha256).is_file() for sha256 in hashes)
    kept, says = (
        f"the bytes of {len(hashes)} received files are kept",
        f"the bytes of {lost} received files are missing",
    )
    return _unless(lost, "vault", kept, "fail", says, "Bring back the vault from a backup.")


def _overdue_lists() -> Finding:
    from tasks.late import count_late, late_lists

    late = count_late(late_lists(province_today()))
    says = f"{late['lists']} lists of {late['regencies']} regencies are overdue"
    return _unless(late["lists"], "expected lists", "nobody is late", "warn", says, "`sinergi submission missing`")


def _dead_runs() -> Finding:
    count = _counted(runs.DEAD_RUNS)
    says = f"{count} runs ended without closing (killed or cut off)"
    return _unless(count, "dead runs", "no run is dead", "warn", says, "The next run closes them.")


def _outbox() -> Finding:
    from tasks.backup import UNRECONCILED

    restored = _counted("SELECT count(*) FROM outbox.message WHERE state = 'held' AND last_error_code = 'restored'")
    held = _counted("SELECT count(*) FROM outbox.message WHERE state = 'held'") - restored
    doubtful = _counted("SELECT count(*) FROM outbox.message WHERE state = 'in_doubt'")
    waiting = _counted("SELECT count(*) FROM outbox.message WHERE state IN ('queued', 'sending')")
    if restored or _counted(UNRECONCILED):
        says = f"{restored} messages are held since a restore, and no standing approval counts"
        return Finding(
            "outbox", "fail", says, "`sinergi db reconcile --by WHO --reason WHY`, then `sinergi outbox send`"
        )
    if held:
        says = f"{held} messages are held: the receiver has something else under their key"
        return Finding(
            "outbox", "fail", says, "A person looks: `sinergi outbox list --state held`, `sinergi outbox show KEY`"
        )
    if doubtful:
        return Finding("outbox", "fail", f"{doubtful} messages are in doubt", "`sinergi outbox send` reads them back.")
    if waiting:
        hours = _counted(
            "SELECT ceil(extract(epoch FROM now() - min(queued_at)) / 3600) FROM outbox.message WHERE state IN ('queued', 'sending')"
        )
        says = f"{waiting} messages are not sent yet, the oldest for {hours} hours"
        return Finding("outbox", "warn", says, "`sinergi outbox send`")
    return Finding("outbox", "ok", "everything is sent and answered")


def _refusals() -> Finding:
    from tasks.delivery.questions import REFUSED_LINES, REFUSED_MESSAGES

    messages, lines = _counted(REFUSED_MESSAGES), _counted(REFUSED_LINES)
    return _unless(
        messages + lines,
        "refusals",
        "nothing that was sent is refused and not looked into",
        "fail",
        f"a receiver refused {messages} messages, and {lines} lines of others: these persons are awarded and get nothing",
        "A person looks: `sinergi outbox list`, `sinergi outbox show KEY`; once agreed with the receiver,"
        " `sinergi outbox settle KEY --by WHO --reason WHAT`",
    )


def _conflicts() -> Finding:
    count = _counted("SELECT count(*) FROM aid.conflict WHERE resolved_at IS NULL")
    says = f"{count} conflicts: awards that fell on what turned out to be one person, or two"
    return _unless(count, "conflicts", "no open conflict", "fail", says, "A person decides: `sinergi aid conflicts`")


def _blacklist() -> Finding:
    from tasks.aid.questions import blacklist

    entries = blacklist(province_today())
    count = sum(entry["state"] == "appealed" or entry["in_question"] is not None for entry in entries)
    says = f"{count} entries wait for a word: on an appeal, or on which of two persons was meant"
    mend = "A person decides: `sinergi aid blacklist list`"
    return _unless(count, "blacklist", "no appeal is open", "warn", says, mend)


def _shared_niks() -> Finding:
    from tasks.aid.questions import SHARING_A_NIK

    count = _counted(SHARING_A_NIK)
    return _unless(
        count,
        "shared NIKs",
        "every NIK is one person's",
        "warn",
        f"{count} persons have a NIK that another has too: no aid goes to it until it is one person's",
        "`sinergi review` asks whether they are one; if not, the offices look at the KTPs and send the right NIK:"
        " `sinergi person find --nik NIK` shows who has it",
    )


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


def _mass_merge() -> Finding:
    from tasks.identity.steps.brake import held_mass_merge

    held = held_mass_merge()
    if held is None:
        return Finding("mass merge", "ok", "no run was stopped for merging too many persons")
    return Finding(
        "mass merge",
        "fail",
        f"a run stopped: it would have merged {held['merged']} of {held['persons']} persons into others",
        "Look for a wrong rule, model or file; if it is right, `sinergi review allow`",
    )


_IN_DATABASE: tuple[Callable[[], Finding], ...] = (
    _connections, _lock, _waiting_files, _refused_files, _unfinished_files, _vault, _overdue_lists, _dead_runs, _outbox, _refusals,
    _conflicts, _blacklist, _shared_niks, _mass_merge, _last_night,
)  # fmt: skip
