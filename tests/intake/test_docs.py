"""Data Docs of a submission: whole, offline, and without anybody's data."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from expectations.catalogue import entries_of
from tasks.intake.steps.docs import write_docs
from tests.intake.offices import OWNERS, TODAY, night, only_submission, send

SHORT_NIK = "ORANG BARU;19010112058000;11/05/1980;TOKO;JALAN"


def test_data_docs_name_every_check_and_nobody(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", [*OWNERS, SHORT_NIK])
    night(tmp_path)
    page = write_docs(only_submission(), TODAY).read_text("utf-8")
    assert all(f"[{entry.code}]" in page for entry in entries_of("umkm"))
    assert "1 unexpected values found. 6.25% of 16 total rows." in page
    assert not re.search(r"(?i)https?:|src=|@import|url\(|//[a-z]", page)
    cells = {cell for row in [*OWNERS, SHORT_NIK] for cell in row.split(";")}
    assert not [cell for cell in cells if len(cell) > 5 and cell in page]
    assert not re.search(r"\d{14,}", page)
