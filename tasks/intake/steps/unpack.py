"""A zip of lists: every member that may be a list becomes a submission of its own, every other one is named with its reason.

Belongs here: asking the child for the members, keeping their bytes, registering them, in one transaction with the standing of their
archive. Does not belong here: judging and unpacking (archives.py), reading the lists (take.py), the answer (answer.py).

Restartable at every point: until that transaction the archive stays `received` and is unpacked again; bytes that were kept already are
found. A list in a zip is a file like any other, called <zip>/<member>: equal bytes, loose or in another zip, are the same again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.errors import FileRefused
from tasks import store
from tasks.intake.archives import Member
from tasks.intake.refusals import NOT_A_LIST, refusal_text
from tasks.intake.steps.inbox import InboxFile, member_sidecar
from tasks.intake.steps.load import claim_submission
from tasks.intake.steps.reader import FileReader, Unpacked
from tasks.intake.steps.take import Parcel, kept_bytes, open_parcel, set_aside
from tasks.intake.steps.vault import bytes_to_take_in, entry_of, keep_bytes, register
from tasks.step import step

#: what zips begin with: workbooks do as well, the child tells them apart
_ZIP = b"PK"


@dataclass(frozen=True)
class Opened:
    """What came of one zip of lists: how many members became lists, how many of those were new, how many were refused or are no lists."""

    submission_id: str
    regency_code: str
    list_count: int = 0
    new_count: int = 0
    refused_count: int = 0
    other_count: int = 0


@step()
def zips_to_open() -> list[str]:
    """Submissions that are still to be taken in and whose bytes begin like a zip's, in their order."""
    return [submission_id for submission_id, kept in bytes_to_take_in() if _begins_like_a_zip(kept)]


@step()
def unpack(submission_id: str, run_id: int, reader: FileReader) -> Opened | None:
    """Register the members of a zip of lists. None when it is none, or was decided already.

    An archive that cannot be opened, or holds no list that can be read, is set aside as refused. Raises DiskFull and InvariantBroken
    when members cannot be kept.
    """
    parcel = open_parcel(submission_id)
    if parcel is None:
        return None
    try:
        unpacked = reader.unpack(kept_bytes(parcel), parcel.name)
    except FileRefused as error:
        set_aside(parcel, run_id, error, None)
        return Opened(submission_id, parcel.regency_code)
    if unpacked is None:
        return None
    entries = {
        number: _kept(parcel, member, unpacked, run_id)
        for number, member in enumerate(unpacked.members, 1)
        if member.file
    }
    lines = [_line(parcel, number, member, entries) for number, member in enumerate(unpacked.members, 1)]
    refused = sum(line["reason_code"] not in (None, NOT_A_LIST) for line in lines)
    opened = Opened(submission_id, parcel.regency_code, len(entries), 0, refused, len(lines) - len(entries) - refused)
    with store.transaction() as connection:
        if not claim_submission(connection, submission_id, parcel.regency_code):
            return None
        new_count = register(connection, list(entries.values()))
        connection.execute(sa.text("DELETE FROM intake.member WHERE archive_id = :id"), {"id": submission_id})
        if lines:
            connection.execute(sa.text(_INSERT_MEMBER), lines)
        if entries:
            connection.execute(sa.text(_UNPACKED), {"id": submission_id, "run": run_id, **_standing(refused)})
    if not entries:
        what, mend = refusal_text("NO_LISTS", {})
        set_aside(parcel, run_id, FileRefused("NO_LISTS", what, mend=mend), None)
    return replace(opened, new_count=new_count)


def _begins_like_a_zip(kept: Path) -> bool:
    if not kept.exists():  # its reader says so
        return False
    with kept.open("rb") as stream:
        return stream.read(len(_ZIP)) == _ZIP


def _kept(parcel: Parcel, member: Member, unpacked: Unpacked, run_id: int) -> dict[str, Any]:
    """A list of the zip with its bytes in the vault, as it is registered."""
    path = unpacked.folder / member.file
    file = InboxFile(
        parcel.regency_code, f"{parcel.file}/{member.name}", path, member_sidecar(parcel.sidecar, member.name)
    )
    entry = entry_of(file, *keep_bytes(path), run_id)
    path.unlink()
    return entry


def _line(parcel: Parcel, number: int, member: Member, entries: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """What the warehouse keeps of one member: the list it became, or why it became none."""
    reason = (
        member.thing if member.code == NOT_A_LIST else " ".join(refusal_text(member.code, {})) if member.code else None
    )
    return {
        "archive": parcel.submission_id, "number": number, "name": member.name, "size": member.byte_count,
        "submission": entries[number]["id"] if number in entries else None, "reason_code": member.code or None, "reason": reason,
    }  # fmt: skip


def _standing(refused: int) -> dict[str, str | None]:
    """Why an archive that was opened asks for somebody's look; nothing when every list in it could be unpacked."""
    if not refused:
        return {"code": None, "reason": None}
    return {
        "code": "MEMBERS_REFUSED",
        "reason": f"{refused} berkas di dalam arsip tidak dapat dibaca; lihat daftar isi arsip.",
    }


_INSERT_MEMBER = """
INSERT INTO intake.member (archive_id, member_no, name, byte_count, submission_id, reason_code, reason)
VALUES (:archive, :number, :name, :size, :submission, :reason_code, :reason)
"""

_UNPACKED = """
UPDATE intake.submission SET state = 'unpacked', reason_code = :code, reason = :reason, run_id = :run WHERE submission_id = :id
"""
