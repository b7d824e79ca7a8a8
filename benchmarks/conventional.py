"""The conventional way on the same workbook: `SINERGI_HOME=... python -m benchmarks.conventional FILE.xlsx` says seconds as JSON.

openpyxl into a frame, 25 expectations of Great Expectations as one writes them from its gallery, with COMPLETE results, then pandas' own
`to_sql` into one table of the same embedded server. Nothing is mapped, typed, accounted for, answered, linked or merged: it only reads,
checks and stores the text.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from tasks import store

NIK, KK = "NIK", "Nomor KK"
FILLED = ("Nama pemilik", NIK, KK, "Jenis kelamin", "Tanggal lahir", "Alamat pemilik", "Nama usaha", "Alamat usaha",
          "Kecamatan", "Desa/kelurahan", "Sektor usaha", "Skala usaha")  # fmt: skip
PATTERNS = {
    NIK: r"^\d{16}$", KK: r"^\d{16}$", "No. HP": r"^(\+62|0)8\d{7,11}$", "Tanggal lahir": r"^\d{2}/\d{2}/\d{4}$",
    "Tahun berdiri": r"^(19|20)\d{2}$", "NIB": r"^\d{13}$", "Tenaga kerja laki-laki": r"^\d+$", "Tenaga kerja perempuan": r"^\d+$",
}  # fmt: skip
WORDS = {
    "Jenis kelamin": ["L", "P"],
    "Skala usaha": ["Mikro", "Kecil", "Menengah"],
    "Status usaha": ["Aktif", "Tidak Aktif"],
}


def read(path: Path) -> pd.DataFrame:
    """The first sheet by openpyxl, its first row as heading."""
    from openpyxl import load_workbook

    rows = load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
    heading = next(rows)
    return pd.DataFrame(list(rows), columns=list(heading))


def suite(gx: Any) -> Any:
    """25 expectations of the gallery."""
    checks = gx.expectations
    return gx.ExpectationSuite(
        name="conventional",
        expectations=[
            *[checks.ExpectColumnValuesToNotBeNull(column=name) for name in FILLED],
            *[checks.ExpectColumnValuesToMatchRegex(column=name, regex=regex) for name, regex in PATTERNS.items()],
            *[checks.ExpectColumnValuesToBeInSet(column=name, value_set=words) for name, words in WORDS.items()],
            checks.ExpectColumnValuesToBeUnique(column=NIK),
            checks.ExpectColumnValueLengthsToBeBetween(column="Nama pemilik", min_value=3, max_value=60),
        ],
    )


def check(frame: pd.DataFrame) -> int:
    """Run the suite with COMPLETE results; returns how many values are unexpected."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    batch = (
        context.data_sources.add_pandas("sent").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    )
    definition = gx.ValidationDefinition(name="conventional", data=batch, suite=context.suites.add(suite(gx)))
    result = context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": frame}, result_format="COMPLETE"
    )
    return sum(each.result.get("unexpected_count", 0) for each in result.results)


def main(path: Path) -> None:
    """Read, check, store; print one JSON document. Imports and the start of the server are told apart."""
    started = time.perf_counter()
    import great_expectations
    import openpyxl

    with store.engine().connect():
        marks = {"start": time.perf_counter()}
    frame = read(path)
    marks["read"] = time.perf_counter()
    unexpected = check(frame)
    marks["check"] = time.perf_counter()
    with store.engine().begin() as connection:
        frame.to_sql("conventional", connection, if_exists="replace", index=False)
    marks["store"] = time.perf_counter()
    seconds: dict[str, float] = {}
    for name, at in marks.items():
        seconds[name], started = at - started, at
    versions = {"openpyxl": openpyxl.__version__, "great_expectations": great_expectations.__version__}
    print(json.dumps({"rows": len(frame), "unexpected": unexpected, "seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
