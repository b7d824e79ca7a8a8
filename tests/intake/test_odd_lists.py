"""Whole lists as offices write them (tests/golden/odd_lists.yaml): every column right, or the file waits with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from schemas.datafiles import read_yaml
from tasks.intake.mapping import MappingWaits, map_workbook
from tests.intake.sheet_making import sheet_of

LISTS: list[dict[str, Any]] = read_yaml(Path(__file__).parents[1] / "golden" / "odd_lists.yaml")


@pytest.mark.parametrize("odd", LISTS, ids=lambda odd: odd["list"])
def test_an_odd_list_is_right_or_waits(odd: dict[str, Any]) -> None:
    lines = [line.split(";") for line in odd["sheet"].splitlines()]
    width = max(map(len, lines))
    sheet = sheet_of([line + [""] * (width - len(line)) for line in lines])
    if "waits" in odd:
        with pytest.raises(MappingWaits) as told:
            map_workbook([sheet], "19.01", {})
        assert told.value.code == odd["waits"]
        return
    book = map_workbook([sheet], "19.01", {})
    (account,) = book.sheets
    assert (book.kind, len(book.frame)) == (odd["kind"], odd["rows"])
    assert {field: account.headings[column] for field, column in account.mapping.items()} == odd["fields"]
    assert book.hints == odd.get("hints", {})
    assert list(book.dropped) == odd.get("dropped", [])
    for field, blanks in odd.get("blanks", {}).items():
        assert int(book.frame[f"{field}__raw"].isna().sum()) == blanks
