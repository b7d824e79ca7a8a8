"""What lies in the inbox: which files are submissions, of which regency, with which sidecar. Reads names, never file contents.

Belongs here: walking the inbox and the sidecars. Does not belong here: keeping bytes (vault.py) or reading them (reader.py).

    <inbox>/<regency code, dotted Kemendagri>/<file>          a submission
    <inbox>/<province code>/<file>                            answers of registers, which the province asked (`export to-verify`)
    <inbox>/<regency code>/<file>.meta.yaml                    the office's word on that file (period, scope, version, ...); of a zip
                                                               of lists, on each of them, and under `members` on single ones

Nothing in the inbox is ever modified. What is passed over is named, except for what programs and systems leave about (`~$*`, hidden).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from schemas.errors import UsageError
from schemas.regions import office_name, province_name, provinces
from schemas.settings import settings
from tasks.step import step

SIDECAR_SUFFIX = ".meta.yaml"
UNREADABLE_SIDECAR = {"unreadable": True}
_LITTER = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class InboxFile:
    """One file to receive. `file` is its name relative to the inbox; a `reason_code` refuses it before it is read."""

    regency_code: str
    file: str
    path: Path
    sidecar: dict[str, Any] = field(default_factory=dict)
    reason_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Skipped:
    """Something in the inbox that is no submission, and why (English, for operators)."""

    file: str
    why: str


@dataclass(frozen=True)
class InboxScan:
    """What the inbox holds: the files to receive in a stable order, what was passed over, and the province."""

    files: tuple[InboxFile, ...]
    skipped: tuple[Skipped, ...]
    province: str | None


@step()
def scan_inbox(inbox: Path) -> InboxScan:
    """Name every file of the inbox, sorted by regency and then by name with numbers in their order (v2 before v10).

    The province is the setting, else the one that the folders name. Raises UsageError when the inbox is no folder, or when its folders
    name several provinces and none is set.
    """
    if not inbox.is_dir():
        raise UsageError(
            "there is no such inbox folder", where=str(inbox), mend="Give a folder with one folder per regency."
        )
    folders = sorted(
        (entry for entry in inbox.iterdir() if entry.is_dir() and not _is_litter(entry)), key=lambda e: e.name
    )
    province = _province([folder.name for folder in folders])
    files: list[InboxFile] = []
    skipped = [
        Skipped(_shown(entry.name), "lies beside the regency folders")
        for entry in sorted(inbox.iterdir())
        if not entry.is_dir() and not _is_litter(entry)
    ]
    for folder in folders:
        code, reason = _unknown_regency(folder.name, province)
        for entry in sorted(folder.iterdir(), key=lambda e: name_order(e.name)):
            if _is_litter(entry) or entry.name.endswith(SIDECAR_SUFFIX):
                continue
            name = _shown(f"{folder.name}/{entry.name}")
            if entry.is_dir():
                skipped.extend(
                    Skipped(f"{name}/{_shown(inner)}", "lies deeper than a regency folder") for inner in _inner(entry)
                )
                continue
            files.append(InboxFile(_shown(folder.name), name, entry, _sidecar(entry), code, reason))
    return InboxScan(tuple(files), tuple(skipped), province)


def single_file(path: Path, regency: str, period: str | None) -> InboxFile:
    """One file given by hand, as if it lay in the regency's folder. Raises UsageError for no file or no such regency."""
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path))
    if office_name(regency) is None:
        raise UsageError(f"{regency!r} is no regency code", mend="Write the dotted Kemendagri code, for example 19.01.")
    code, reason = _unknown_regency(regency, settings().province)
    said = {"period": period} if period else {}
    return InboxFile(regency, f"{regency}/{_shown(path.name)}", path, {**_sidecar(path), **said}, code, reason)


def arrival(received_at: datetime, file: str) -> tuple[Any, ...]:
    """The sorting key of submissions: what came first goes first, and of what came at once, the lower name."""
    return received_at, name_order(file)


def name_order(name: str) -> tuple[Any, ...]:
    """Sorting key of file names: stem before stem plus more, numbers by value."""
    path = Path(name.casefold())
    parts = re.split(r"(\d+)", path.with_suffix("").as_posix())
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts), path.suffix, name


def _province(folders: list[str]) -> str | None:
    """The province whose regencies are awaited."""
    chosen = settings().province
    if chosen is not None:
        if chosen not in provinces():
            raise UsageError(
                f"SINERGI_PROVINCE={chosen!r} is no province code", mend="Write two digits, for example 19."
            )
        return chosen
    named = sorted({folder[:2] for folder in folders if office_name(folder)})
    if len(named) > 1:
        raise UsageError(
            f"the inbox names {len(named)} provinces ({', '.join(named)})",
            mend="Set SINERGI_PROVINCE to the one that is meant.",
        )
    return named[0] if named else None


def _unknown_regency(folder: str, province: str | None) -> tuple[str | None, str | None]:
    """The refusal of a folder that names no regency of the province, in the words of the office."""
    mend = "Simpan berkas di folder dengan kode Kemendagri kabupaten/kota, misalnya 19.01."
    if office_name(folder) is None:
        return "UNKNOWN_REGENCY", f"Folder {_shown(folder)!r} bukan kode kabupaten/kota. {mend}"
    if province is not None and folder[:2] != province:
        return (
            "UNKNOWN_REGENCY",
            f"{office_name(folder)} ({folder}) tidak termasuk Provinsi {province_name(province)}. {mend}",
        )
    return None, None


def _sidecar(path: Path) -> dict[str, Any]:
    """The sidecar of a file as plain JSON values; one that is not a map of words is marked, so that its file waits."""
    beside = path.with_name(path.name + SIDECAR_SUFFIX)
    if not beside.is_file():
        return {}
    try:
        content = yaml.safe_load(beside.read_text("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return dict(UNREADABLE_SIDECAR)
    if content is None:
        return {}
    if not isinstance(content, dict):
        return dict(UNREADABLE_SIDECAR)
    return {str(key): _plain(value) for key, value in content.items()}


def member_sidecar(sidecar: Mapping[str, Any], member: str) -> dict[str, Any]:
    """The office's word on one list of a zip: what it says of all, and over that what it says of this one, under `members`, by name."""
    own = sidecar.get("members", {})
    if not isinstance(own, dict) or not isinstance(own.get(member, {}), dict):
        return dict(UNREADABLE_SIDECAR)
    return {**{key: value for key, value in sidecar.items() if key != "members"}, **own.get(member, {})}


def _plain(value: Any) -> Any:
    """A YAML value as JSON has it (a date becomes its text)."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _inner(folder: Path) -> Iterator[str]:
    """Names below a folder that would have been submissions higher up."""
    for entry in sorted(folder.rglob("*")):
        if entry.is_file() and not _is_litter(entry):
            yield entry.relative_to(folder).as_posix()


def _is_litter(entry: Path) -> bool:
    return entry.name.startswith((".", "~$")) or entry.name.lower() in _LITTER


def _shown(name: str) -> str:
    """A file name as text that can be stored: bytes that are no UTF-8 become the replacement sign."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "")
