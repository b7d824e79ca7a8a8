"""The two frames intake hands on: every row with its class, and the mapped frame of the data rows.

Belongs here: putting columns of sheets together. Does not belong here: deciding what a column or row is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.fields import fields
from tasks.intake.rows import DATA, ROW_CLASSES, SUBHEADING, TITLE, Classes
from tasks.intake.sheets import NUMBER, SEPARATOR, Sheet, blank
from tasks.intake.subheadings import district_of, title_district

#: fields whose cells tell whether they were numbers: Excel keeps 15 digits of a number only
NUMBER_MATTERS = frozenset({"nik", "kk", "nib", "npwp", "digits", "phone"})
TEXT = pd.StringDtype("pyarrow", na_value=pd.NA)


def row_frame(sheets: Sequence[Sheet], classes: Sequence[Classes], dropped: Sequence[frozenset[int]]) -> pd.DataFrame:
    """sheet_no, row, data_row (Int32, NA unless data), is_data, row_class, cells - every row of every sheet, in order.

    `dropped`: per sheet the columns whose text is left out of `cells` (their place stays).
    """
    tables = [
        pa.table(
            {
                "sheet_no": pa.repeat(pa.scalar(sheet.sheet_no, pa.int32()), sheet.height),
                "row": sheet.cells["row"],
                "row_class": pa.array(np.array(ROW_CLASSES, dtype=object)[codes], pa.string()),
                "cells": joined_cells(sheet, without),
            }
        )
        for sheet, codes, without in zip(sheets, classes, dropped, strict=True)
    ]
    table = pa.concat_tables(tables)
    is_data = np.concatenate([codes == DATA for codes in classes])
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): TEXT}.get)
    numbers = pd.array(np.cumsum(is_data), dtype="Int32")
    numbers[~is_data] = pd.NA
    frame.insert(2, "data_row", pd.Series(numbers, index=frame.index))
    frame.insert(3, "is_data", is_data)
    return frame


def joined_cells(sheet: Sheet, without: frozenset[int]) -> pa.ChunkedArray:
    """The raw text of each row, its cells joined by U+001F."""
    if not sheet.width:
        return pa.chunked_array([pa.repeat(pa.scalar(""), sheet.height)])
    empty = pa.scalar("")
    columns = [empty if column in without else sheet.text(column) for column in range(sheet.width)]
    if len(columns) == len(without):
        return pa.chunked_array([pa.repeat(pa.scalar(SEPARATOR * (len(columns) - 1)), sheet.height)])
    return pc.binary_join_element_wise(*columns, SEPARATOR)


def mapped_frame(
    sheets: Sequence[Sheet], classes: Sequence[Classes], mappings: Sequence[Mapping[str, int]], rows: pd.DataFrame
) -> pd.DataFrame:
    """The mapped frame: sheet_no, row, data_row, cells, and `<field>__raw` (with `<field>__is_number` where that matters)."""
    names = [name for name in fields() if any(name in mapping for mapping in mappings)]
    pieces = [
        _mapped_columns(sheet, codes, mapping, names)
        for sheet, codes, mapping in zip(sheets, classes, mappings, strict=True)
        if mapping
    ]
    data = rows.loc[rows["is_data"], ["sheet_no", "row", "data_row", "cells"]].reset_index(drop=True)
    data["data_row"] = data["data_row"].astype("int32")
    raw: pd.DataFrame = pa.concat_tables(pieces, promote_options="default").to_pandas(
        types_mapper={pa.string(): TEXT}.get
    )
    return pd.concat([data, raw], axis=1)


def _mapped_columns(sheet: Sheet, codes: Classes, mapping: Mapping[str, int], names: Sequence[str]) -> pa.Table:
    """One sheet's data rows, column by column; fields of other sheets are null."""
    is_data = codes == DATA
    positions = pa.array(np.flatnonzero(is_data))
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for name in names:
        source = _sources(sheet, mapping[name], codes).take(positions) if name in mapping else None
        text = pa.nulls(len(positions), pa.string()) if source is None else sheet.text(mapping[name]).take(source)
        columns[f"{name}__raw"] = (
            pc.if_else(blank(text), pa.scalar(None, pa.string()), text) if name in mapping else text
        )
        if fields()[name].type in NUMBER_MATTERS:
            columns[f"{name}__is_number"] = (
                pc.equal(sheet.kind(mapping[name]).take(source), NUMBER)
                if source is not None
                else pa.array(np.zeros(len(positions), dtype=np.bool_))
            )
    if "district_code" not in mapping:
        districts = district_context(sheet, codes)
        if districts is not None:
            columns["district_code__raw"] = districts.take(positions)
    return pa.table(columns)


def _sources(sheet: Sheet, column: int, codes: Classes) -> pa.Array:
    """For each position of a column, the position that holds its value: cells merged below one of a data row share that one."""
    sources = np.arange(sheet.height)
    for _, first, last in (span for span in sheet.merged if span[0] == column):
        if first < sheet.height and codes[first] == DATA:
            sources[first : last + 1] = first
    return pa.array(sources)


def district_context(sheet: Sheet, codes: Classes) -> pa.Array | None:
    """For a sheet without a district column: the district of each row, from the sub-heading above it ('Kecamatan Belinyu'), else from
    the title, else from a sheet name that says so ('Kec. Belinyu'); None when none of them does."""
    stated = np.full(sheet.height, None, dtype=object)
    stated[:1] = district_of([sheet.name]) or None
    titles = [title_district(sheet.row_texts(int(at))) for at in np.flatnonzero(codes == TITLE)]
    stated[:1] = _the_one(titles) or stated[0] if sheet.height else None
    for position in np.flatnonzero(codes == SUBHEADING):
        stated[position] = district_of(sheet.row_texts(int(position))) or stated[position]
    if not any(stated):
        return None
    return pc.fill_null_forward(pa.array(stated, pa.string()))


def _the_one(names: Sequence[str]) -> str:
    """The name that all say who say one; '' when none does or they differ."""
    said = {name.upper() for name in names if name}
    return said.pop() if len(said) == 1 else ""
