"""Officers and their keys: the warehouse holds public keys, private keys are files of this machine (mode 600).

Belongs here: adding officers, reading keys, checking signatures against stored public keys. Does not belong here: what is signed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.errors import Refused, UsageError
from schemas.settings import settings
from tasks import store
from tasks.aid import signing
from tasks.halves import half_prefix
from tasks.step import step

OFFICER_ID = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")
ROLES = ("preparer", "approver")
#: prepares and signs what the nightly publishes under a standing approval; it can approve nothing
NIGHTLY = "sinergi-malam"


@step()
def add_officer(officer_id: str, full_name: str, role: str = "approver") -> dict[str, Any]:
    """Register an officer and make the key pair; again with the same words changes nothing.

    Returns {officer_id, full_name, role, public_key, key_file}. Raises UsageError (bad id or role) and Refused (another officer has it).
    """
    if not OFFICER_ID.match(officer_id):
        raise UsageError(f"{officer_id!r} is no officer id", mend="Use small letters, digits, '.', '_' and '-'.")
    if role not in ROLES:
        raise UsageError(f"{role!r} is no role", mend=f"Use one of: {', '.join(ROLES)}.")
    with store.transaction() as connection:
        add_officer_row(connection, officer_id, full_name, role)
        public = _public_key(connection, officer_id)
    return {
        "officer_id": officer_id,
        "full_name": full_name,
        "role": role,
        "public_key": public,
        "key_file": str(key_file(officer_id)),
    }


def add_officer_row(connection: sa.Connection, officer_id: str, full_name: str, role: str) -> None:
    """Make the key file when there is none, then the row. The file comes first: a crash between leaves a key nobody uses yet."""
    known = connection.execute(
        sa.text("SELECT full_name, role FROM aid.officer WHERE officer_id = :id"), {"id": officer_id}
    ).one_or_none()
    if known is not None:
        if (known.full_name, known.role) != (full_name, role):
            raise Refused(f"officer {officer_id} is somebody else already", mend="Choose another id.")
        return
    path = key_file(officer_id)
    if not path.exists():
        _write_key(path, signing.new_private_key())
    connection.execute(
        sa.text(
            "INSERT INTO aid.officer (officer_id, full_name, role, public_key) VALUES (:id, :name, :role, :key)"
            " ON CONFLICT (officer_id) DO NOTHING"
        ),
        {"id": officer_id, "name": full_name, "role": role, "key": signing.public_key(path.read_text("ascii").strip())},
    )


def key_file(officer_id: str) -> Path:
    """Where this machine keeps the officer's private key."""
    return settings().keys / f"{officer_id}.ed25519"


def _write_key(path: Path, private: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(half_prefix() + path.name)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as handle:
        handle.write(private + "\n")
    beside.replace(path)


def _public_key(connection: sa.Connection, officer_id: str) -> str | None:
    sql = sa.text("SELECT public_key FROM aid.officer WHERE officer_id = :id AND is_active")
    found: str | None = connection.scalar(sql, {"id": officer_id})
    return found


def sign_as(connection: sa.Connection, officer_id: str, statement: bytes) -> str:
    """The officer's signature over a statement, checked at once against the stored public key.

    Raises Refused when the officer is unknown or inactive, or the key is not on this machine or not the registered one.
    """
    public = require_officer(connection, officer_id)
    path = key_file(officer_id)
    if not path.is_file():
        raise Refused(
            f"the private key of {officer_id} is not on this machine",
            where=str(path),
            mend="Bring the file from the machine that had it: a backup holds no keys. Is it lost, `sinergi officer add` another id.",
        )
    signature = signing.sign(path.read_text("ascii").strip(), statement)
    if not signing.is_signed(public, signature, statement):
        raise Refused(f"the key file of {officer_id} does not belong to the registered public key", where=str(path))
    return signature


def require_officer(connection: sa.Connection, officer_id: str, role: str | None = None) -> str:
    """The public key of an active officer (of this role); raises Refused."""
    public = _public_key(connection, officer_id)
    if public is None:
        raise Refused(f"there is no active officer {officer_id!r}", mend="`sinergi officer add` makes one.")
    if role is not None:
        sql = sa.text("SELECT role FROM aid.officer WHERE officer_id = :id")
        if connection.scalar(sql, {"id": officer_id}) != role:
            raise Refused(f"officer {officer_id} is no {role}")
    return public
