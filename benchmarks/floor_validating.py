"""What validating costs beside plain Great Expectations, in one process, over the same standardised frames.

    python -m benchmarks.floor_validating INBOX [COMPLETE_ROWS]   every file of an inbox; sums as JSON
    python -m benchmarks.floor_validating --rows ROWS [COMPLETE]  one generated frame of a UMKM list

    ours       `validate()`: counts and the complete row positions of every failing check, no values
    boolean    the same suite under BOOLEAN_ONLY: success and failure alone
    plain      BOOLEAN_ONLY by expectations that ask for all that a map expectation of Great Expectations asks for by itself
    complete   the same with COMPLETE: values and row positions, for the first COMPLETE_ROWS rows (it is slow)

Reading, mapping and standardising are not counted; neither are importing Great Expectations and making the suite, which are told apart.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from tasks.intake.standardise import standardise

TODAY = date(2020, 5, 1)
COMPLETE_ROWS = 200_000


def sent_rows(count: int) -> pd.DataFrame:
    """A standardised frame of invented owners; one in fifty has a NIK of 15 digits."""
    number = pd.Series(range(count))
    niks = "190101" + (number % 28 + 1).map("{:02d}".format) + "0385" + (number // 28 % 9999 + 1).map("{:04d}".format)
    columns = {
        "nik__raw": niks.where(number % 50 != 0, niks.str.slice(0, 15)),
        "owner_name__raw": "Nama " + number.map(lambda each: chr(65 + each % 26) * 3 + chr(65 + each // 26 % 26) * 3),
        "phone__raw": "0812" + number.map("{:08d}".format),
        "district_code__raw": pd.Series(["Sungailiat", "Belinyu", "Belinju"] * (count // 3 + 1))[:count],
        "annual_turnover__raw": (number % 300 * 10_000_000).astype(str),
        "capital__raw": (number % 200 * 10_000_000).astype(str),
        "size_class__raw": pd.Series(["Mikro"] * count),
    }
    mapped = (
        pd.DataFrame(columns)
        .astype("string[pyarrow]")
        .assign(sheet_no=1, row=number + 2, data_row=number + 1, cells="")
    )
    return standardise(mapped, "umkm", "19.01", {}, TODAY)


def frames_of(inbox: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Kind and standardised frame of every file of an inbox that can be understood without a person's word."""
    from schemas.errors import FileRefused
    from tasks.intake.mapping import map_workbook
    from tasks.intake.steps.reader import FileReader

    with FileReader() as reader:
        for path in sorted(inbox.glob("*/*")):
            if path.suffix not in (".csv", ".xlsx"):
                continue
            regency = path.parent.name
            try:
                mapped = map_workbook(reader.read(path), regency, {})
            except FileRefused:
                continue
            if not mapped.frame.empty:
                yield mapped.kind, standardise(mapped.frame, mapped.kind, regency, mapped.hints, TODAY)


@lru_cache(maxsize=1)
def plain_check() -> Any:
    """An expectation that does nothing beside the mask: what a map expectation of Great Expectations does by itself."""
    from great_expectations.expectations.expectation import ColumnMapExpectation

    class ExpectRowsToPassPlainly(ColumnMapExpectation):
        """The check of the catalogue with this code."""

        code: str
        map_metric: ClassVar[str] = "column_values.row_rule"
        success_keys: ClassVar[tuple[str, ...]] = ("mostly", "code")
        args_keys: ClassVar[tuple[str, ...]] = ("column", "code")

    return ExpectRowsToPassPlainly


def plain_definition(kind: Any) -> Any:
    """The suite of a kind by `plain_check`."""
    import great_expectations as gx

    from expectations.catalogue import entries_of

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("plain").add_dataframe_asset("frame")
    checks = [
        plain_check()(column=f"{entry.field}__raw", code=entry.code, mostly=entry.mostly) for entry in entries_of(kind)
    ]
    suite = context.suites.add(gx.ExpectationSuite(name=f"plain_{kind}", expectations=checks))
    batch = source.add_batch_definition_whole_dataframe("all")
    return context.validation_definitions.add(gx.ValidationDefinition(name=f"plain_{kind}", data=batch, suite=suite))


class Measure:
    """Sums over frames; definitions are made once a kind."""

    def __init__(self, complete_rows: int) -> None:
        self.left = complete_rows
        self.sums: dict[str, float] = dict.fromkeys(
            ("rows", "findings", "ours", "boolean", "plain", "complete", "complete_rows"), 0
        )
        started = time.perf_counter()
        from expectations import row_rule, validation

        self.row_rule, self.validation = row_rule, validation
        self._plain: dict[str, Any] = {}
        for kind in ("umkm", "cooperative", "group"):
            validation.validation_of(kind)
        self.sums["import_and_suites"] = time.perf_counter() - started

    def add(self, kind: Any, frame: pd.DataFrame) -> None:
        """Measure one frame in all ways; each is warm."""
        if kind not in self._plain:
            self._plain[kind] = plain_definition(kind)
            self.validation.validate(frame.head(10), kind, today=TODAY)
        checked = frame.drop(columns=["cells"], errors="ignore").reset_index(drop=True)
        found = self._time("ours", lambda: self.validation.validate(frame, kind, today=TODAY))
        self._run("boolean", self.validation.validation_of(kind), checked, "BOOLEAN_ONLY")
        self._run("plain", self._plain[kind], checked, "BOOLEAN_ONLY")
        self.sums["rows"] += len(frame)
        self.sums["findings"] += len(found.rows)
        if self.left > 0:
            self.left -= len(frame)
            self.sums["complete_rows"] += len(frame)
            self._run("complete", self._plain[kind], checked, "COMPLETE")

    def _run(self, name: str, definition: Any, frame: pd.DataFrame, result_format: str) -> None:
        with self.row_rule.evaluating(TODAY):
            self._time(name, lambda: definition.run(batch_parameters={"dataframe": frame}, result_format=result_format))

    def _time(self, name: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        self.sums[name] += time.perf_counter() - started
        return result


def main(arguments: list[str]) -> None:
    """Measure and print one JSON document."""
    is_generated = arguments[0] == "--rows"
    limit = arguments[1 + is_generated :]
    measure = Measure(int(limit[0]) if limit else COMPLETE_ROWS)
    if is_generated:
        measure.add("umkm", sent_rows(int(arguments[1])))
    else:
        for kind, frame in frames_of(Path(arguments[0])):
            measure.add(kind, frame)
    print(json.dumps(measure.sums))


if __name__ == "__main__":
    main(sys.argv[1:])
