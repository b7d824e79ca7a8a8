"""Sent rows for the tests of the checks, standardised by the product itself; all NIKs are invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from expectations.catalogue import entries_of
from expectations.masks import Rows
from expectations.row_rule import failing_rows
from schemas.records import Kind
from tasks.intake.standardise import standardise

TODAY = date(2020, 4, 1)
SITI = {"owner_name": "Siti Aminah", "nik": "1901015503900001", "birth_date": "15/03/1990", "sex": "P"}
BUDI = {"owner_name": "Budi Hartono", "nik": "1901011207850002", "birth_date": "12/07/1985", "sex": "L"}


def sent(rows: Sequence[Mapping[str, str]], kind: Kind = "umkm", *, numeric: Sequence[str] = ()) -> pd.DataFrame:
    """A standardised frame of rows that Kabupaten Bangka (19.01) sent; `numeric` = fields whose cells were numbers."""
    names = sorted({name for row in rows for name in row})
    columns: dict[str, object] = {
        f"{name}__raw": pd.array([row.get(name) or None for row in rows], dtype="string[pyarrow]") for name in names
    }
    columns |= {f"{name}__is_number": [True] * len(rows) for name in numeric}
    place = {"sheet_no": 1, "row": range(2, len(rows) + 2), "data_row": range(1, len(rows) + 1), "cells": ""}
    mapped = pd.DataFrame({**columns}, index=range(len(rows))).assign(**place)
    return standardise(mapped, kind, "19.01", {}, TODAY)


def codes_of(frame: pd.DataFrame, kind: Kind = "umkm") -> list[set[str]]:
    """Per row the codes of the row checks it fails, without Great Expectations."""
    found: list[set[str]] = [set() for _ in range(len(frame))]
    for entry in entries_of(kind):
        if entry.level == "row":
            for position in failing_rows(entry, Rows(frame, entry.field, TODAY)).nonzero()[0]:
                found[position].add(entry.code)
    return found
