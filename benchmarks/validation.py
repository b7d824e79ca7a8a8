"""What validating costs: `python -m benchmarks.validation [ROWS]`.

Times `validate()` (counts, row positions, no values) beside the same suite under BOOLEAN_ONLY, in the same process and on the same
frame; import and the making of the suite are printed apart.
"""

from __future__ import annotations

import sys
import time
from datetime import date

import pandas as pd

from expectations import validation
from tasks.intake.standardise import standardise

TODAY = date(2020, 4, 1)


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


def main(count: int) -> None:
    """Print seconds, one line a measurement."""
    started = time.perf_counter()
    definition = validation.validation_of("umkm")
    print(f"import and suite of {len(definition.suite.expectations)} checks: {time.perf_counter() - started:.2f} s")
    from expectations.row_rule import evaluating

    frame = sent_rows(count)
    validation.validate(frame.head(10), "umkm", today=TODAY)
    started = time.perf_counter()
    findings = validation.validate(frame, "umkm", today=TODAY)
    full = time.perf_counter() - started
    started = time.perf_counter()
    with evaluating(TODAY):
        definition.run(batch_parameters={"dataframe": frame}, result_format="BOOLEAN_ONLY")
    boolean = time.perf_counter() - started
    print(
        f"{count} rows, {len(findings.rows)} findings: {full:.2f} s; BOOLEAN_ONLY {boolean:.2f} s; ratio {full / boolean:.2f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
