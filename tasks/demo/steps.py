"""The demo's files: inbox and truth. All of the demo's I/O is here; the same arguments give the same bytes."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from schemas.errors import UsageError
from schemas.regions import province_name
from tasks.demo.office import FilePlan, SheetPlan, plan_files
from tasks.demo.province import DemoSummary, build_province
from tasks.demo.styles import write_cells

#: the creation date inside workbooks; a clock here would change the bytes
CREATED = dt.datetime(2020, 4, 15, 8, 0, tzinfo=dt.UTC)
TRUTH_COLUMNS = (
    "file", "sheet", "row", "data_row", "true_person_id", "true_business_id", "true_household_id", "kind", "is_duplicate_row",
    "dirt", "tie",
    "kin_person_id", "nik_true",
)  # fmt: skip


def generate(province: str, rows: int, seed: int, out: Path, plain: bool = False) -> DemoSummary:
    """Write `<out>/inbox/<regency>/<file>` and `<out>/truth/truth.csv`; returns the counts.

    An earlier demo in `out` is replaced. Raises UsageError when `out/inbox` holds files that no demo wrote.
    """
    inbox, truth = out / "inbox", out / "truth" / "truth.csv"
    _clear(inbox, truth)
    frame, places = build_province(province, rows, seed)
    plans = plan_files(frame, places, plain=plain)
    frame = _place_rows(frame, plans)
    truth.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: pa.array(frame[name]) for name in TRUTH_COLUMNS})
    csv.write_csv(table, str(truth), csv.WriteOptions(quoting_style="needed"))
    for plan in plans:
        path = inbox / plan.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_bytes(frame, plan))
    return _summary(frame, plans, places.province, seed, inbox, truth)


def _clear(inbox: Path, truth: Path) -> None:
    present = [path for path in inbox.rglob("*") if path.is_file()] if inbox.exists() else []
    if not present:
        return
    told = set(pd.read_csv(truth, usecols=["file"], dtype=str)["file"]) if truth.exists() else set()
    strange = [path for path in present if str(path.relative_to(inbox)) not in told]
    if strange:
        raise UsageError(f"{inbox} holds {len(strange)} files that are no demo", mend="Give --out a folder of its own.")
    for path in present:
        path.unlink()


def _place_rows(frame: pd.DataFrame, plans: list[FilePlan]) -> pd.DataFrame:
    """Tell each row its file, sheet, row number and its number among the data rows of the file."""
    files, sheets = np.empty(len(frame), object), np.empty(len(frame), object)
    numbers, data_rows, serials = (np.zeros(len(frame), np.int64) for _ in range(3))
    for plan in plans:
        told = 0
        for sheet in plan.sheets:
            count = len(sheet.positions)
            # a text file has no sheets; intake names its one sheet after the file
            name = sheet.name if plan.style.form.startswith("xlsx") else PurePosixPath(plan.path).stem
            files[sheet.positions], sheets[sheet.positions] = plan.path, name
            numbers[sheet.positions] = plan.first_row(sheet) + np.arange(count)
            data_rows[sheet.positions] = told + np.arange(1, count + 1)
            serials[sheet.positions] = np.arange(1, count + 1)
            told += count
    return frame.assign(file=files, sheet=sheets, row=numbers, data_row=data_rows, serial=serials)


def _bytes(frame: pd.DataFrame, plan: FilePlan) -> bytes:
    if plan.style.form.startswith("xlsx"):
        return _workbook(frame, plan)
    cells = write_cells(frame.take(plan.sheets[0].positions).reset_index(drop=True), plan.style.columns)
    buffer = io.BytesIO()
    if plan.style.form == "csv_comma":
        table = pa.table({heading: pa.array(column) for heading, column in cells.items()})
        csv.write_csv(table, buffer, csv.WriteOptions(quoting_style="needed"))
        return buffer.getvalue()
    written = pd.DataFrame(cells).to_csv(sep=";", index=False, lineterminator="\r\n")
    return written.encode("cp1252", errors="replace")


def _workbook(frame: pd.DataFrame, plan: FilePlan) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": plan.style.title[0] if plan.style.title else "", "created": CREATED})
        bold = book.add_format({"bold": True})
        date = book.add_format({"num_format": "dd/mm/yyyy"})
        whole = book.add_format({"num_format": "0"})
        if plan.style.guide:
            guide = book.add_worksheet("PETUNJUK")
            for number, line in enumerate(plan.style.guide):
                guide.write_string(number, 0, line)
        for sheet in plan.sheets:
            _write_sheet(book.add_worksheet(sheet.name), frame, plan, sheet, (bold, date, whole))
    return buffer.getvalue()


def _write_sheet(
    paper: Any, frame: pd.DataFrame, plan: FilePlan, sheet: SheetPlan, formats: tuple[Any, Any, Any]
) -> None:
    """Write one sheet row by row (the writer keeps one row in memory)."""
    bold, date, whole = formats
    rows = frame.take(sheet.positions).reset_index(drop=True)
    cells = [column.to_list() for column in write_cells(rows, plan.style.columns).values()]
    typed = _typed_as_numbers(rows, plan)
    paper.set_column(0, len(cells) - 1, 16)
    line = 0
    for above in sheet.above:
        _write_texts(paper, line, above, bold)
        line += 1
    _write_texts(paper, line, tuple(column.heading for column in plan.style.columns), bold)
    line += 1
    if plan.style.number_row:
        for position in range(len(cells)):
            paper.write_number(line, position, position + 1)
        line += 1
    kinds = [column.form for column in plan.style.columns]
    for number, values in enumerate(zip(*cells, strict=True)):
        for position, value in enumerate(values):
            if not value:
                continue
            if (kinds[position] == "number" or typed[position][number]) and value.isdigit() and len(value) <= 16:
                paper.write_number(line, position, int(value), whole)
            elif kinds[position] == "date_cell" and value[4:5] == "-" and len(value) == 10:
                paper.write_datetime(line, position, dt.date.fromisoformat(value), date)
            else:
                paper.write_string(line, position, value)
        line += 1
    for below in sheet.below:
        _write_texts(paper, line, below, bold)
        line += 1


def _typed_as_numbers(rows: pd.DataFrame, plan: FilePlan) -> list[list[bool]]:
    """Per column, which cells the office typed as a number although they are an identity number."""
    lost = rows["dirt"].str.contains("nik_precision_lost").to_list()
    never = [False] * len(rows)
    return [lost if column.source == "nik" else never for column in plan.style.columns]


def _write_texts(paper: Any, line: int, values: tuple[str, ...], look: Any) -> None:
    for position, value in enumerate(values):
        if value:
            paper.write_string(line, position, value, look)


def _summary(
    frame: pd.DataFrame, plans: list[FilePlan], province: str, seed: int, inbox: Path, truth: Path
) -> DemoSummary:
    regency = frame["file"].str.slice(0, 5)
    per_regency = [
        {
            "regency": code,
            "name": next(plan.regency for plan in plans if plan.path.startswith(code)),
            "files": sum(plan.path.startswith(code) for plan in plans),
            "rows": len(own),
            "persons": int(own["person"].nunique()),
        }
        for code, own in frame.groupby(regency, sort=True)
    ]
    return DemoSummary(
        province=province,
        province_name=province_name(province),
        seed=seed,
        rows=len(frame),
        files=len(plans),
        persons=int(frame["person"].nunique()),
        businesses=int(frame.loc[frame["business"] >= 0, "business"].nunique()),
        repeated_rows=int(frame["person"].duplicated().sum()),
        copied_rows=int(frame["is_copy"].sum()),
        dirty_rows=int((frame["dirt"] != "").sum()),
        inbox=str(inbox),
        truth=str(truth),
        per_regency=per_regency,
    )
