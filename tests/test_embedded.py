"""The embedded server: comes back by itself after kill -9 with every row, and stops with its last user."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import Unreachable
from tasks.embedded import _binaries

SCRIPT = """
import sys
import sqlalchemy as sa
from pathlib import Path
from tasks.embedded import start_embedded
engine = sa.create_engine(start_embedded(Path(sys.argv[1])))
with engine.begin() as connection:
    for statement in sys.argv[2:]:
        result = connection.execute(sa.text(statement))
    answer = result.scalar() if result.returns_rows else "done"
print(answer, flush=True)  # only once it is committed: the reader may kill this process at the first line
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="sinergi with space "))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def ask(folder: Path, *sql: str) -> str:
    command = [sys.executable, "-c", SCRIPT, str(folder / "pg"), *sql]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]
    ).stdout.strip()


def postmaster(folder: Path) -> int:
    return int((folder / "pg" / "postmaster.pid").read_text().splitlines()[0])


def keep_seven(folder: Path) -> subprocess.Popen[str]:
    """A process that has kept a 7 in the warehouse and goes on using its server."""
    holder = subprocess.Popen(
        [sys.executable, "-c", SCRIPT + "input()", str(folder / "pg"), "CREATE TABLE kept AS SELECT 7 AS n"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "done"
    return holder


def test_it_works_on_a_path_with_a_space_and_stops_with_its_last_user(folder: Path) -> None:
    ask(folder, "CREATE TABLE kept AS SELECT 1 AS n")
    assert not (folder / "pg" / "postmaster.pid").exists()
    assert ask(folder, "SELECT n FROM kept") == "1"


def test_it_comes_back_after_kill_minus_nine_with_every_row(folder: Path) -> None:
    holder = keep_seven(folder)
    os.kill(postmaster(folder), signal.SIGKILL)
    assert ask(folder, "SELECT n FROM kept") == "7"
    holder.kill()
    holder.wait()
    assert ask(folder, "SELECT n FROM kept") == "7"


def test_data_go_on_with_the_version_that_made_them(folder: Path) -> None:
    """The wheel ships several; the oldest of them made these."""
    command = [sys.executable, "-c", "import tasks.embedded; tasks.embedded.max = min\n" + SCRIPT, str(folder / "pg")]
    subprocess.run([*command, "CREATE TABLE kept AS SELECT 7 AS n"], check=True, cwd=Path(__file__).parents[1])
    made_by = (folder / "pg" / "PG_VERSION").read_text().strip()
    assert (
        ask(folder, "SELECT n || ' ' || current_setting('server_version_num')::int / 10000 FROM kept") == f"7 {made_by}"
    )
    (folder / "new").mkdir()
    assert ask(folder / "new", "SELECT current_setting('server_version_num')::int / 10000") > made_by


def test_data_of_a_version_that_is_not_there_are_refused_by_name(folder: Path) -> None:
    (folder / "PG_VERSION").write_text("12\n")
    with pytest.raises(Unreachable, match="made by PostgreSQL 12"):
        _binaries(folder)


def test_it_comes_back_when_the_last_stop_hangs(folder: Path) -> None:
    holder = keep_seven(folder)
    server = postmaster(folder)
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    (checkpointer,) = [int(pid) for pid in children if b"checkpointer" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(checkpointer, signal.SIGSTOP)  # a shutdown waits for its last checkpoint, for ever
    holder.kill()
    holder.wait()
    os.kill(server, signal.SIGINT)  # fast shutdown
    assert ask(folder, "SELECT n FROM kept") == "7"
    assert not (folder / "pg" / "postmaster.pid").exists()
