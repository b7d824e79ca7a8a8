"""Halves of files: a killed process's are swept, a living one's are left alone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from schemas.settings import settings
from tasks.halves import half_prefix, sweep_halves


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SINERGI_HOME", str(tmp_path))
    settings.cache_clear()
    return tmp_path


def test_halves_of_a_process_that_is_gone_are_swept(home: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    dead = half_prefix().replace(str(os.getpid()), str(gone.pid))
    halves = [home / "vault" / "7c" / f"{dead}x", home / "answers" / "19.01" / f"{dead}y", home / "keys" / f"{dead}k"]
    folder = home / "published" / f"{dead}list"
    folder.mkdir(parents=True)
    (folder / "list.jsonl").write_bytes(b"half")
    living, whole = home / "answers" / "19.01" / f"{half_prefix()}z", home / "answers" / "19.01" / "tanda-terima.txt"
    for path in (*halves, living, whole):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    assert sweep_halves() == 4
    assert sorted(path for path in home.rglob("*") if path.is_file()) == sorted([living, whole])
    assert sweep_halves() == 0


def test_a_home_without_folders_has_no_halves(home: Path) -> None:
    assert sweep_halves() == 0
