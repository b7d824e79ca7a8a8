"""Files that are written beside their place and then moved there: how such a half is named, and the sweep of what a killed process left.

Belongs here: that name, putting a file in place, and that sweep.
Does not belong here: what is written (the rooms). A half says which process writes it, so that
the next run can tell a dead one's from a living one's; halves hold what answers, lists and keys hold, and must not stay (P11, P12).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from schemas.settings import settings

_MARK = ".half-"


def half_prefix() -> str:
    """What the name of a file or folder of this process begins with until it is whole and in its place."""
    return f"{_MARK}{os.getpid()}-"


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in place at once: the old one stays until the whole new one is on disk."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=half_prefix(), delete=False) as handle:
        part = Path(handle.name)
        try:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
            part.chmod(0o640)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def sweep_halves() -> int:
    """Remove the halves of processes that are gone from the house's folders; returns how many."""
    home = settings()
    swept = 0
    for base in (home.vault, home.answers, home.published, home.reports, home.docs, home.models, home.keys):
        swept += _sweep(base.rglob(f"{_MARK}*"))
    return swept


def sweep_folder(folder: Path) -> int:
    """The same in one folder outside the house, without its subfolders: where somebody lets backups or exports be written."""
    return _sweep(folder.glob(f"{_MARK}*"))


def _sweep(halves: Iterable[Path]) -> int:
    swept = 0
    for half in sorted(halves):
        process = half.name.removeprefix(_MARK).split("-", 1)[0]
        if process.isdigit() and Path("/proc", process).exists():
            continue
        if half.is_dir():
            shutil.rmtree(half, ignore_errors=True)
        else:
            half.unlink(missing_ok=True)
        swept += 1
    return swept
