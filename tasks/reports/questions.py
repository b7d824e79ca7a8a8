"""Exports: a query of exports.py becomes a CSV or Parquet file, streamed by COPY, replaced atomically; the ledger by regency.

Belongs here: running the export queries, and what the flows ask about outcomes. Does not belong here: their text (exports.py,
statements.py) or their columns (schemas/exports).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.errors import UsageError
from schemas.exports import Export, export_contract, export_names
from schemas.regions import regencies, regency_name
from tasks import store
from tasks.reports import statements
from tasks.reports.exports import QUERIES


def export(name: str, target: Path, *, all_versions: bool = False, show_values: bool = False) -> int:
    """Write export `name` (or `list:<id>`) to `target` (.csv or .parquet) and return the number of lines.

    UTF-8, empty = null, stable order; the target is replaced only when the whole file is there. Raises UsageError for an unknown
    name, list or file type.
    """
    kind, _, list_id = name.partition(":")
    if kind not in QUERIES or (kind == "list") != bool(list_id):
        names = ", ".join("list:<id>" if known == "list" else known for known in export_names())
        raise UsageError(f"there is no export {name!r}", mend=f"Choose one of: {names}.")
    if target.suffix not in (".csv", ".parquet"):
        raise UsageError(f"{target.name}: an export is a .csv or a .parquet file")
    contract = export_contract(kind)
    values = {"all_versions": all_versions, "show_values": show_values, "list_id": list_id}
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=target.parent, prefix=f".{target.name}.", suffix=".csv", delete=False
    ) as handle:
        part = Path(handle.name)
        try:
            used = {key: value for key, value in values.items() if f":{key}" in QUERIES[kind]}
            with store.transaction() as connection:
                count = store.copy_out(connection, QUERIES[kind], used, handle)
            if kind == "list" and count == 0 and not _list_exists(list_id):
                raise UsageError(f"there is no list {list_id!r}", mend="`sinergi aid lists` shows them.")
            handle.flush()
            os.fsync(handle.fileno())
            finished = part if target.suffix == ".csv" else _as_parquet(part, contract)
            finished.chmod(0o640)
            finished.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return count


def outcomes_by_regency() -> list[dict[str, Any]]:
    """One line a regency that has sent: its code and name, how many files and rows, and how many rows had each outcome."""
    with store.transaction() as connection:
        rows = connection.execute(sa.text(statements.LEDGER)).mappings().all()
    known = regencies()
    return [
        {
            "regency": row["regency_code"],
            "name": regency_name(row["regency_code"]) if row["regency_code"] in known else "",
            **{name: int(value or 0) for name, value in row.items() if name != "regency_code"},
        }
        for row in rows
    ]


def answered_in(run_id: int) -> list[dict[str, Any]]:
    """The files that a run decided, those that wait or were refused first: ids, state, counts, and where their answers lie."""
    return _answered("s.run_id = :value", run_id)


def answered_by(submission_id: str) -> list[dict[str, Any]]:
    """The line of one file, as `answered_in` has it."""
    return _answered("s.submission_id = :value", submission_id)


def _answered(condition: str, value: int | str) -> list[dict[str, Any]]:
    with store.transaction() as connection:
        told = connection.execute(
            sa.text(f"{statements.ANSWERED} WHERE {condition} {statements.GRAVEST_FIRST}"), {"value": value}
        )
        return [dict(row) for row in told.mappings()]


def _list_exists(list_id: str) -> bool:
    with store.transaction() as connection:
        return connection.scalar(sa.text("SELECT 1 FROM aid.list WHERE list_id = :id"), {"id": list_id}) is not None


def _as_parquet(path: Path, contract: Export) -> Path:
    """The CSV as Parquet with the contract's types, beside it."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    types = {name: pa.type_for_alias(kind) for name, kind in contract.columns.items()}
    convert = csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, null_values=[""], true_values=["t"], false_values=["f"],
        quoted_strings_can_be_null=False,
    )  # fmt: skip
    parse = csv.ParseOptions(newlines_in_values=True)
    finished = path.with_suffix(".parquet")
    reader = csv.open_csv(path, parse_options=parse, convert_options=convert)
    with reader, parquet.ParquetWriter(finished, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    return finished
