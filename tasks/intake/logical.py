"""Which logical record a row is a new version of, and the ids of new records.

Belongs here: matching rows to the records of one series; pure, columnar.
Does not belong here: which series a file belongs to (series.py), who is who across files (the room identity), any I/O.

A row finds its record by the first key that is unique on both sides, among what the keys before it left over:

    1. equal content                           nothing changed
    2. NIK and business (or group) name        something else was corrected
    3. owner, birth date and business name     the NIK was corrected

Else it is a new record. Twins and one owner's two businesses share parts of a key, never a whole one; when a whole key stands
twice (two stalls of one name), it decides nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from schemas.records import Kind

#: stands between the values of a fingerprint; removed from every cell when the file is read
SEPARATOR = "\x1f"

#: per kind, the keys after equal content: (columns that must be there, columns that may be blank)
KEYS: dict[Kind, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = {
    "umkm": ((("nik",), ("business_name",)), (("owner_name", "birth_date"), ("business_name",))),
    "group": ((("nik",), ("group_name",)), (("owner_name", "birth_date"), ("group_name",))),
    "cooperative": ((("cooperative_nik",), ("cooperative_name",)), (("cooperative_name", "village_code"), ())),
}
KEYS["recensus"] = KEYS["umkm"]
#: kinds of which each row has a day of its own: what was seen earlier never replaces what was seen later, whichever file came last
SEEN_ON: dict[Kind, str] = {"recensus": "verified_on"}


def key_columns(kind: Kind) -> list[str]:
    """The typed columns that the keys of `kind` and its order of rows read, each once, in stable order."""
    keys = {column for required, optional in KEYS[kind] for column in (*required, *optional)}
    return sorted(keys | ({SEEN_ON[kind]} if kind in SEEN_ON else set()))


def seen_earlier(rows: pd.DataFrame, now: pd.DataFrame, kind: Kind) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows say what was seen before the day of their record's current version (`now`, in the order of `rows`), or without a day."""
    if kind not in SEEN_ON:
        return np.zeros(len(rows), dtype=bool)
    seen, known = (pa.array(frame[SEEN_ON[kind]], pa.date32(), from_pandas=True) for frame in (rows, now))
    earlier = pc.and_(pc.is_valid(known), pc.fill_null(pc.less(seen, known), True))
    return np.asarray(earlier, dtype=bool)


def content_key(hashes: pd.Series[Any]) -> str:
    """One fingerprint of a whole file: its rows' fingerprints in any order; empty text for no rows."""
    ordered = np.sort(hashes.to_numpy(dtype=np.int64))
    return hashlib.blake2b(ordered.tobytes(), digest_size=16).hexdigest() if len(ordered) else ""


def record_ids(submission_id: str, rows: pd.DataFrame) -> pd.Series[Any]:
    """The ids that rows get when they are new records: 63 bits of BLAKE2b over submission, sheet and row."""
    sheet, row = (pc.cast(pa.array(rows[name]), pa.string()) for name in ("sheet_no", "row"))
    texts = pc.binary_join_element_wise(pa.scalar(submission_id), sheet, row, "|")
    return pd.Series(_blake(texts), index=rows.index)


def repeated_records(rows: pd.DataFrame, records: pd.DataFrame, kind: Kind) -> pd.Series[Any]:
    """Which of `records` stand in the file again by any key, unique or not: bool, index of `records`."""
    found = pd.Series(records["content_hash"].isin(rows["content_hash"]).to_numpy(dtype=bool), index=records.index)
    for required, optional in KEYS[kind]:
        there = _key(records, required, optional)
        here = _key(rows, required, optional).dropna()
        found |= (there.notna() & there.isin(here)).to_numpy(dtype=bool)
    return found


def match_records(rows: pd.DataFrame, records: pd.DataFrame, kind: Kind) -> pd.Series[Any]:
    """The record of each row, or null for a new one: int64[pyarrow], index of `rows`. No record is given twice.

    Both frames have `content_hash` and the columns of `key_columns(kind)`; `records` also `record_id`.
    """
    found = pd.Series(np.zeros(len(rows), dtype=np.int64), index=rows.index)
    is_found = pd.Series(False, index=rows.index)
    is_used = pd.Series(False, index=records.index)
    for number in range(1 + len(KEYS[kind])):
        free_rows, free_records = rows[~is_found], records[~is_used]
        if free_rows.empty or free_records.empty:
            break
        here, there = (_numbered_key(frame, kind, number) for frame in (free_rows, free_records))
        here, there = _once(here), _once(there)
        wanted = pd.Series(there.index.to_numpy(), index=pd.Index(there.to_numpy()))
        partner = here.map(wanted).dropna()
        found.loc[partner.index] = records.loc[partner.to_numpy(), "record_id"].to_numpy(dtype=np.int64)
        is_found.loc[partner.index] = True
        is_used.loc[partner.to_numpy()] = True
    return found.astype("int64[pyarrow]").where(is_found)


def known_content(rows: pd.DataFrame, history: pd.DataFrame) -> pd.Series[Any]:
    """The record that once had exactly this content, for a file that comes again: int64[pyarrow], null when none had.

    `history`: `content_hash, record_id` of the rows that the series ever had. Where several records had it, the lowest id is named.
    """
    known = history.sort_values(["content_hash", "record_id"]).drop_duplicates("content_hash")
    ids = known["record_id"].to_numpy(dtype=np.int64)
    position = pd.Index(known["content_hash"].to_numpy(dtype=np.int64)).get_indexer(
        pd.Index(rows["content_hash"].to_numpy(dtype=np.int64))
    )
    values = ids[position] if len(ids) else np.zeros(len(rows), dtype=np.int64)
    return pd.Series(values, index=rows.index).astype("int64[pyarrow]").where(position >= 0)


def _numbered_key(frame: pd.DataFrame, kind: Kind, number: int) -> pd.Series[Any]:
    """Key 0 is the content; the others are those of KEYS."""
    return frame["content_hash"].astype("int64") if number == 0 else _key(frame, *KEYS[kind][number - 1])


def _once(key: pd.Series[Any]) -> pd.Series[Any]:
    """The keys that are there and stand only once."""
    present = key.dropna()
    return present[~present.duplicated(keep=False)]


def _key(frame: pd.DataFrame, required: Sequence[str], optional: Sequence[str]) -> pd.Series[Any]:
    """Columns joined into one text; null where a required one is."""
    columns = [_comparable(frame[name]) for name in (*required, *optional)]
    filled = [*columns[: len(required)], *[pc.fill_null(column, "") for column in columns[len(required) :]]]
    joined = pc.binary_join_element_wise(*filled, SEPARATOR, null_handling="emit_null")
    return pd.Series(pd.array(joined, dtype=pd.ArrowDtype(pa.string())), index=frame.index)


def _comparable(column: pd.Series[Any]) -> pa.Array:
    """A column as text in capitals with single spaces; empty is null."""
    values = pa.array(column, from_pandas=True)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_null(values.type):
        return pc.cast(values, pa.string())
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return pc.cast(values, pa.string())
    text = pc.utf8_upper(pc.utf8_trim_whitespace(values))
    if pc.any(pc.match_substring_regex(text, r"\s\s|[^\S ]")).as_py():
        text = pc.replace_substring_regex(text, r"\s+", " ")
    return pc.cast(pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text), pa.string())


def _blake(texts: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """63-bit BLAKE2b of each text."""
    blake2b = hashlib.blake2b
    digests = b"".join([blake2b(text.encode(), digest_size=8).digest() for text in texts.to_pylist()])
    return (np.frombuffer(digests, dtype=">u8") >> np.uint64(1)).astype(np.int64)
