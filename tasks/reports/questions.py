"""Exports: a query of exports.py becomes a CSV or Parquet file, streamed by COPY, replaced atomically; the ledger by regency.

Belongs here: running the export queries, keeping the question that one of them asks, and what the flows ask about outcomes. Does not
belong here: their text (exports.py, statements.py) or their columns (schemas/exports).
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas.errors import UsageError
from schemas.exports import Export, export_contract, export_names
from schemas.regions import office_name
from schemas.registers import POPULATION, registers
from tasks import store
from tasks.asking import rows_of
from tasks.halves import half_prefix, sweep_folder
from tasks.reports import statements
from tasks.reports.exports import KEEP_BATCH, KEEP_QUESTIONS, NEXT_BATCH, QUERIES
from tasks.trail import record_event


@dataclass(frozen=True)
class Asking:
    """Why an export shows values; of questions to a register also when they are asked, and whether what was answered is asked again."""

    purpose: str = ""
    asked_on: date = date.min
    again: bool = False


def export(
    name: str, target: Path, *, all_versions: bool = False, show_values: bool = False, asking: Asking | None = None
) -> int:
    """Write export `name` (or `list:<id>`, `to-verify:<register>`) to `target` (.csv or .parquet) and return the number of lines.

    UTF-8, empty = null, stable order; the target is replaced only when the whole file is there. Before it is, that values are shown is
    recorded, and `to-verify` with its values shown is kept as a question: what was asked can be answered. Raises UsageError for an
    unknown name, list, register or file type.
    """
    kind, _, of = name.partition(":")
    if kind not in QUERIES or ((kind == "list") != bool(of) and kind != "to-verify"):
        told = {"list": "list:<id>", "to-verify": "to-verify[:<register>]"}
        names = ", ".join(told.get(known, known) for known in export_names())
        raise UsageError(f"there is no export {name!r}", mend=f"Choose one of: {names}.")
    if target.suffix not in (".csv", ".parquet"):
        raise UsageError(f"{target.name}: an export is a .csv or a .parquet file")
    contract = export_contract(kind)
    values: dict[str, Any] = {"all_versions": all_versions, "show_values": show_values, "list_id": of}
    if kind == "to-verify":
        values |= _question(of or POPULATION, asking or Asking())
    why = asking.purpose if asking else None
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep_folder(target.parent)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=half_prefix(), suffix=".csv", delete=False) as handle:
        part = finished = Path(handle.name)
        try:
            with store.transaction() as connection:
                if kind == "to-verify" and show_values:
                    values["batch_id"] = _keep_question(connection, values)
                count = store.copy_out(connection, QUERIES[kind], _used(QUERIES[kind], values), handle)
                if kind == "list" and count == 0 and not _list_exists(of):
                    raise UsageError(f"there is no list {of!r}", mend="`sinergi aid lists` shows them.")
                handle.flush()
                os.fsync(handle.fileno())
                if target.suffix == ".parquet":
                    finished = part.with_suffix(".parquet")
                    _write_parquet(part, finished, contract)
                finished.chmod(0o640)
                if show_values:
                    record_event(
                        "show_values", f"export {name}", reason=why, counts={"lines": count}, connection=connection
                    )
            finished.replace(target)
        finally:
            part.unlink(missing_ok=True)
            finished.unlink(missing_ok=True)
    return count


def _question(register: str, asking: Asking) -> dict[str, Any]:
    """The values of a question to a register. Raises UsageError for a register that there is not."""
    if register not in registers():
        raise UsageError(f"there is no register {register!r}", mend=f"Choose one of: {', '.join(registers())}.")
    asked_on = asking.asked_on.isoformat()
    return {
        "register": register,
        "purpose": asking.purpose,
        "asked_on": asked_on,
        "again": asking.again,
        "batch_id": None,
    }


def _keep_question(connection: sa.Connection, values: dict[str, Any]) -> str:
    """Keep which NIKs are asked about, as this transaction sees them to its end; the question's id."""
    connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    connection.execute(sa.text("LOCK TABLE verification.batch IN SHARE ROW EXCLUSIVE MODE"))
    batch_id = str(connection.execute(sa.text(NEXT_BATCH), _used(NEXT_BATCH, values)).scalar_one())
    for statement in (KEEP_BATCH, KEEP_QUESTIONS):
        connection.execute(sa.text(statement), _used(statement, {**values, "batch_id": batch_id}))
    return batch_id


def _used(sql: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values that a statement names."""
    return {key: value for key, value in values.items() if f":{key}" in sql}


def outcomes_by_regency() -> list[dict[str, Any]]:
    """One line a regency that has sent: its code and name, how many files and rows, and how many rows had each outcome."""
    with store.transaction() as connection:
        rows = connection.execute(sa.text(statements.LEDGER)).mappings().all()
    return [
        {
            "regency": row["regency_code"],
            "name": office_name(row["regency_code"]) or "",
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
    return rows_of(f"{statements.ANSWERED} WHERE {condition} {statements.GRAVEST_FIRST}", value=value)


def _list_exists(list_id: str) -> bool:
    with store.transaction() as connection:
        return connection.scalar(sa.text("SELECT 1 FROM aid.list WHERE list_id = :id"), {"id": list_id}) is not None


def _write_parquet(path: Path, finished: Path, contract: Export) -> None:
    """The CSV as Parquet with the contract's types."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    types = {name: pa.type_for_alias(kind) for name, kind in contract.columns.items()}
    convert = csv.ConvertOptions(
        column_types=types, strings_can_be_null=True, null_values=[""], true_values=["t"], false_values=["f"],
        quoted_strings_can_be_null=False,
    )  # fmt: skip
    parse = csv.ParseOptions(newlines_in_values=True)
    reader = csv.open_csv(path, parse_options=parse, convert_options=convert)
    with reader, parquet.ParquetWriter(finished, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
