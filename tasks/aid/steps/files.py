"""The published folder: the bytes, a table with masked NIKs, the signature; all derived from the warehouse, replaced as a whole.

Belongs here: writing `<home>/published/<list_id>/`. Does not belong here: deciding or publishing. The files can be dropped and written
again at any time; the published version is the one in the warehouse.
"""

from __future__ import annotations

import io
import json
import os
import shutil
from pathlib import Path

import sqlalchemy as sa

from schemas.errors import Refused
from schemas.settings import settings
from tasks import store
from tasks.halves import half_prefix
from tasks.step import step

FILES = ("list.jsonl", "list.csv", "list.sha256", "signature.json")


@step()
def write_all_published() -> int:
    """Write the folder of every published list that has none; returns how many were written."""
    with store.transaction() as connection:
        lists = list(
            connection.scalars(sa.text("SELECT list_id FROM aid.list WHERE state = 'published' ORDER BY list_id"))
        )
    missing = [list_id for list_id in lists if not _is_complete(settings().published / list_id)]
    for list_id in missing:
        write_published(list_id)
    return len(missing)


def write_published(list_id: str) -> Path:
    """Write one published list's folder unless it is complete; returns the folder. Raises Refused when the list is not published."""
    folder = settings().published / list_id
    if _is_complete(folder):
        return folder
    with store.transaction() as connection:
        row = connection.execute(
            sa.text(
                "SELECT l.body, l.sha256, l.signature, l.signed_by, o.public_key FROM aid.list l"
                " JOIN aid.officer o ON o.officer_id = l.signed_by WHERE l.list_id = :list_id AND l.state = 'published'"
            ),
            {"list_id": list_id},
        ).one_or_none()
        approvals = connection.execute(
            sa.text(
                "SELECT a.officer_id, a.signature, o.public_key FROM aid.approval a JOIN aid.officer o USING (officer_id)"
                " WHERE a.list_id = :list_id ORDER BY a.officer_id"
            ),
            {"list_id": list_id},
        ).all()
    if row is None:
        raise Refused(f"list {list_id} is not published")
    body = bytes(row.body)
    signature = {
        "list_id": list_id,
        "sha256": row.sha256,
        "published_by": {"officer": row.signed_by, "public_key": row.public_key, "signature": row.signature},
        "approvals": [
            {"officer": a.officer_id, "public_key": a.public_key, "signature": a.signature} for a in approvals
        ],
    }
    contents = {
        "list.jsonl": body,
        "list.csv": masked_table(body),
        "list.sha256": f"{row.sha256}  list.jsonl\n".encode(),
        "signature.json": (json.dumps(signature, indent=2) + "\n").encode(),
    }
    _replace(folder, contents)
    return folder


def masked_table(body: bytes) -> bytes:
    """The awards of canonical bytes as CSV (UTF-8), NIK and name masked; columns as in the lines."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv
    from pyarrow import json as arrow_json

    lines = body.partition(b"\n")[2]
    table = arrow_json.read_json(io.BytesIO(lines), arrow_json.ReadOptions(block_size=1 << 26))
    nik, name = (pc.cast(table["nik"], pa.string()), pc.cast(table["full_name"], pa.string()))
    masked = {
        "nik": pc.replace_substring_regex(nik, r"^(.{4}).*(.{4})$", r"\1********\2"),
        "full_name": pc.binary_join_element_wise(pc.utf8_slice_codeunits(name, 0, 1), "***", ""),
    }
    for column, values in masked.items():
        table = table.set_column(table.column_names.index(column), column, values)
    target = io.BytesIO()
    csv.write_csv(table, target)
    return target.getvalue()


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in FILES)


def _replace(folder: Path, contents: dict[str, bytes]) -> None:
    """Write the whole folder beside its place and move it there: it is there whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(half_prefix() + folder.name)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(mode=0o700)
    for name, content in contents.items():
        with os.fdopen(os.open(beside / name, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
    if folder.exists():
        shutil.rmtree(folder)
    beside.rename(folder)
