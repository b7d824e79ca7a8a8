"""The bare reading of an inbox: `python -m benchmarks.floor_reading INBOX` says seconds and rows as JSON.

CSV by pyarrow.csv with every column as text; workbooks by python-calamine, all sheets, cells as Python values (fastexcel is no dependency
of the project; it needed 0.7 of calamine's time where both were measured). Nothing is mapped, checked or kept.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pyarrow as pa
import python_calamine
from pyarrow import csv


def read_csv(path: Path) -> int:
    """Read one CSV file as text; returns the rows below the heading."""
    names = csv.open_csv(path).schema.names
    options = csv.ConvertOptions(column_types={name: pa.string() for name in names})
    return int(csv.read_csv(path, convert_options=options).num_rows)


def read_workbook(path: Path) -> int:
    """Read all sheets of one workbook; returns their rows."""
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)


def main(inbox: Path) -> None:
    """Read every file and say what it took."""
    started, rows = time.perf_counter(), 0
    for path in sorted(inbox.rglob("*")):
        if path.suffix == ".csv":
            rows += read_csv(path)
        elif path.suffix == ".xlsx":
            rows += read_workbook(path)
    print(json.dumps({"seconds": time.perf_counter() - started, "rows": rows}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
