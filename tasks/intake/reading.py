"""Reading one file of any known form: which reader it needs, and the loop of the killable child process.

`python -m tasks.intake.reading` answers requests, one JSON object per line: `{"work", "path", "name", "out", "limits"}` ->
`{"code", "details"}` or what it was asked for. `work` is `read`: `{"sheets": [{"sheet_no", "name", "is_hidden", "file", "why_not",
"merged"}]}`, the cells of each sheet an Arrow IPC file in the folder `out`; or `unpack`: `{"members": [...]}` as archives.Member has
them, null when the file is no zip of lists. The bytes lie at `path`; `name` is what their sender called them.
Belongs here: choosing and serving. Does not belong here: the parent's side (steps/reader.py), parsing.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from tasks.intake.archives import ZIP_MAGIC, archive_kind, unpack
from tasks.intake.markup import is_excel_xml, is_html, read_excel_xml, read_html
from tasks.intake.refusals import Unreadable
from tasks.intake.sheets import Limits, Sheet, unread_part
from tasks.intake.textfiles import read_text

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOK_SUFFIXES = {".xlsx", ".xlsm", ".xls", ".ods", ".xltx", ".xlsb"}
TEXT_SUFFIXES = {".csv", ".tsv", ".txt", ""}
#: programs write delimited text under this name so that a click opens Excel
EXPORTED_AS = {".xls"}
#: the house has no room for what was read: not the file's fault, so no code of a refusal
_NO_ROOM = {"has_no_room": True}


def read_file(path: Path, limits: Limits, name: str = "") -> list[Sheet]:
    """The sheets of a file, by what its bytes are rather than by its name (that of the path unless given).

    Raises Unreadable with a code of REFUSALS.
    """
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("EMPTY_FILE")
    if size > limits.max_file_mb << 20:
        raise Unreadable("TOO_LARGE", detail=f"{size >> 20} MB, batasnya {limits.max_file_mb} MB")
    with path.open("rb") as stream:
        head = stream.read(4096)
    try:
        sheets = _read_as(path, PurePosixPath(name or path.name), head, limits)
    except MemoryError as error:
        raise Unreadable("TOO_LARGE", detail=f"memerlukan lebih dari {limits.memory_mb} MB memori") from error
    if not sheets:
        raise Unreadable("NOT_A_WORKBOOK")
    if not any(sheet.height for sheet in sheets):
        raise Unreadable("NO_DATA")
    return sheets


def _read_as(path: Path, name: PurePosixPath, head: bytes, limits: Limits) -> list[Sheet]:
    suffix = name.suffix.lower()
    if head.startswith(ZIP_MAGIC):
        from tasks.intake.workbooks import read_workbook
        from tasks.intake.zipchecks import check_zip

        form, unread = check_zip(path, limits)
        return _with_unread(read_workbook(path, form, limits), unread)
    if head.startswith(OLE_MAGIC):
        from tasks.intake.olechecks import check_chains
        from tasks.intake.workbooks import read_workbook

        data = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable("ENCRYPTED")
        check_chains(data)
        has_macros = "_VBA_PROJECT_CUR".encode("utf-16-le") in data
        return _with_unread(read_workbook(path, "xls", limits), ["VBA"] if has_macros else [])
    if is_html(head):
        return read_html(path.read_bytes(), name.stem, limits)
    if is_excel_xml(head):
        return read_excel_xml(path.read_bytes(), limits)
    known = _known_other_form(head)
    if known:
        raise Unreadable("UNKNOWN_FORMAT", detail=known)
    if archive_kind(head):
        raise Unreadable("OTHER_ARCHIVE", detail=archive_kind(head))
    if suffix in WORKBOOK_SUFFIXES - EXPORTED_AS or (suffix in EXPORTED_AS and not _looks_like_text(head)):
        raise Unreadable("NOT_A_WORKBOOK")
    if suffix not in TEXT_SUFFIXES | EXPORTED_AS and not _looks_like_text(head):
        raise Unreadable("UNKNOWN_FORMAT", detail=suffix)
    if not _looks_like_text(head):
        raise Unreadable("UNKNOWN_FORMAT", detail="bukan teks")
    return read_text(path.read_bytes(), name.stem, limits)


def _with_unread(sheets: list[Sheet], names: list[str]) -> list[Sheet]:
    """The sheets, and after them one without cells for each part that was not read."""
    after = max((sheet.sheet_no for sheet in sheets), default=0) + 1
    return [*sheets, *(unread_part(after + position, name, "macro") for position, name in enumerate(names))]


def _known_other_form(head: bytes) -> str:
    """What a file is that can not be read, when its first bytes tell; '' otherwise."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    forms = {
        b"%pdf": "PDF",
        b"<?xml": "XML",
        b"{\\rtf": "RTF",
        b"\x89png": "gambar",
        b"\xff\xd8\xff": "gambar",
        b"gif8": "gambar",
    }
    return next((form for magic, form in forms.items() if start.startswith(magic)), "")


def _looks_like_text(head: bytes) -> bool:
    """Whether the first bytes are text: UTF-16 by its mark or its zeros, else hardly any control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    zeros = head.count(0)
    if zeros > len(head) // 3:
        return 0 in (sum(1 for byte in head[::2] if byte == 0), sum(1 for byte in head[1::2] if byte == 0))
    controls = sum(1 for byte in head if byte < 32 and byte not in (0, 9, 10, 11, 12, 13, 26, 28, 29, 30, 31))
    return zeros + controls <= max(2, len(head) // 100)


def write_sheets(sheets: list[Sheet], folder: Path) -> list[dict[str, Any]]:
    """Write each sheet's cells as an Arrow IPC file that the parent can map into memory."""
    import pyarrow as pa

    described = []
    for sheet in sheets:
        file = folder / f"sheet{sheet.sheet_no}.arrow"
        with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, sheet.cells.schema) as writer:
            writer.write_table(sheet.cells)
        described.append(
            {
                "sheet_no": sheet.sheet_no,
                "name": sheet.name,
                "is_hidden": sheet.is_hidden,
                "file": file.name,
                "why_not": sheet.why_not,
                "merged": sheet.merged,
            }
        )
    return described


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request of the parent."""
    limits, path, out = Limits(**request["limits"]), Path(request["path"]), Path(request["out"])
    _allow_seconds(limits.seconds)
    tempfile.tempdir = request["out"]
    try:
        read = _unpacked if request["work"] == "unpack" else _read
        return read(path, request["name"], out, limits)
    except Unreadable as error:
        return {"code": error.code, "details": error.details}


def _read(path: Path, name: str, folder: Path, limits: Limits) -> dict[str, Any]:
    sheets = read_file(path, limits, name)
    try:
        return {"sheets": write_sheets(sheets, folder)}
    except OSError:
        return _NO_ROOM


def _unpacked(path: Path, name: str, folder: Path, limits: Limits) -> dict[str, Any]:
    """A broken zip that calls itself a workbook is no zip of lists: its reader says what it is."""
    try:
        members = unpack(path, folder, limits)
    except Unreadable as error:
        if error.code == "BROKEN_ARCHIVE" and PurePosixPath(name).suffix.lower() in WORKBOOK_SUFFIXES:
            return {"members": None}
        raise
    except OSError:
        return _NO_ROOM
    return {"members": None if members is None else [asdict(member) for member in members]}


def _allow_seconds(seconds: int) -> None:
    """Let this process use so much more processor time; the system ends it beyond that (a second guard beside the parent's)."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 2 * seconds + 5, resource.RLIM_INFINITY)
    )


def serve() -> None:
    """Answer requests from standard input until it ends. Libraries that print cannot disturb: answers have a channel of their own."""
    channel = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        channel.write(json.dumps(answer(json.loads(line))) + "\n")


if __name__ == "__main__":
    serve()
