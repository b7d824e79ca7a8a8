"""The demo's rows as the typed records that reading its files gives, without the files.

Belongs here: a demo province in its offices' own styles, typed by intake's standardisation. Does not belong here: another generator
(strangers), checks of rows: what the checks turn away is here too.
"""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from schemas.records import Kind
from tasks.demo.office import plan_files
from tasks.demo.province import build_province
from tasks.demo.styles import write_cells
from tasks.intake.standardise import standardise

TODAY = date(2020, 5, 1)
#: what resolving reads of a record
COLUMNS = (
    "record_id", "sender_code", "kind", "nik", "kk_number", "owner_name", "birth_date", "sex", "phone", "owner_address",
    "business_address", "district_code", "village_code", "business_name", "nib", "sector", "product", "started_year",
    "annual_turnover_idr",
)  # fmt: skip
#: the columns that are no text
TYPES = {"birth_date": pa.date32(), "started_year": pa.int64(), "annual_turnover_idr": pa.int64()}
TRUTH = ("true_person_id", "true_business_id", "true_household_id", "tie", "kin_person_id", "nik_true", "dirt")


def demo_records(province: str, rows: int, seed: int) -> pd.DataFrame:
    """COLUMNS and TRUTH of every row of a demo province; `true_business_id` is empty for members and chairs."""
    frame, places = build_province(province, rows, seed)
    parts = []
    for plan in plan_files(frame, places, plain=False):
        positions = np.concatenate([sheet.positions for sheet in plan.sheets])
        own = frame.take(positions).reset_index(drop=True)
        kind = own["kind"].iloc[0]
        columns = [column for column in plan.style.columns if column.source != "serial"]
        cells = write_cells(own, tuple(columns))
        mapped = pd.DataFrame({f"{c.source}__raw": cells[c.heading].replace("", pd.NA) for c in columns})
        typed_as_number = own["dirt"].str.contains("nik_precision_lost").to_numpy(dtype=bool)
        mapped["nik__is_number"] = typed_as_number & plan.style.form.startswith("xlsx")
        typed = typed_records(mapped, kind, plan.path[:5], positions + 1)
        parts.append(typed.join(own[list(TRUTH)]))
    return pd.concat(parts, ignore_index=True).sort_values("record_id", ignore_index=True)


def typed_records(mapped: pd.DataFrame, kind: str, sender: str, ids: np.ndarray[Any, Any]) -> pd.DataFrame:
    """COLUMNS of rows of text (`<field>__raw`) of one list, with the types that the warehouse gives."""
    numbered = mapped.assign(sheet_no=1, row=np.arange(1, len(mapped) + 1))
    typed = standardise(numbered, cast(Kind, kind), sender, {}, TODAY).reindex(columns=COLUMNS)
    given = typed.astype(object).where(typed.notna(), None)
    texts = {name: given[name].astype(pd.ArrowDtype(pa.string())) for name in COLUMNS if name not in TYPES}
    frame = pd.DataFrame({**texts, **{name: given[name].astype(pd.ArrowDtype(kind)) for name, kind in TYPES.items()}})
    return frame.assign(record_id=ids.astype(np.int64), sender_code=sender, kind=kind)[list(COLUMNS)]
