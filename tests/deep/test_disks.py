"""Full disks: the server's own refusal in the midst of a load, and a small disk with the whole house on it, server and all."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.embedded import start_embedded, stop_embedded
from tests.deep.house import House
from tests.deep.promises import Watch
from tests.deep.test_crashes import Faults

pytestmark = pytest.mark.deep

#: roomy enough for a whole walk (a new server's data folder alone takes 40 MB)
DISK_MB = 400


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A disk of its own in memory; None where this account may not mount one."""
    place = Path(tempfile.mkdtemp(prefix="sinergi-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "none", str(place)]
    is_mounted = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield place if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def fill(disk: Path, left_kb: int) -> Path:
    """A file that leaves so much room on the disk."""
    ballast = disk / "ballast"
    count = shutil.disk_usage(disk).free // 1024 - left_kb
    with ballast.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, count * 1024)
    return ballast


def is_told(said: list[str]) -> None:
    """One sentence that names the disk, and nothing of our insides."""
    assert [line for line in said if "disk is full" in line] == said[-1:], "\n".join(said)[-2000:]
    assert "Traceback" not in "\n".join(said)


def ends_as(undisturbed: House, house: House) -> None:
    """With room again the same command ends as if nothing had happened."""
    house.sinergi(*house.inbox_command("walkthrough"))
    house.url = start_embedded(house.home / "pg")
    assert Watch(house).broken(at_rest=True) == []
    assert house.facts() == undisturbed.facts()


def test_a_server_that_cannot_extend_a_table_stops_the_night_which_goes_on_when_there_is_room(
    undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house(embedded=True)
    house.sinergi("db", "upgrade")
    house.url = start_embedded(house.home / "pg")
    ((file,),) = house.ask("SELECT pg_relation_filepath('intake.source_row')")
    stop_embedded(house.home / "pg")
    table = (house.home / "pg").resolve() / file
    table.rename(table.with_name("aside"))
    table.symlink_to("/dev/full")
    is_told(house.sinergi(*house.inbox_command("walkthrough"), codes=(1,)))
    table.unlink()
    table.with_name("aside").rename(table)
    faults({"faults": {"server's disk full": ["table"]}})
    ends_as(undisturbed, house)


def test_a_disk_that_fills_up_stops_the_night_which_goes_on_when_there_is_room(
    undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    with small_disk() as disk:
        house = new_house(embedded=True, place=disk)
        struck = []
        if disk is not None:
            house.sinergi("db", "upgrade")
            for left_kb in (200, 1_500):
                ballast = fill(disk, left_kb)
                is_told(house.sinergi(*house.inbox_command("walkthrough"), codes=(1,)))
                ballast.unlink()
                struck.append(f"{left_kb} KB left")
        faults({"faults": {"disk full": struck}})
        ends_as(undisturbed, house)
        stop_embedded(house.home / "pg")
