"""What speaks for one reading of a damaged NIK: the row itself as it was understood, and people of the same name and birth date.

Belongs here: gathering that from the warehouse when an answer is made. Does not belong here: what follows from it (suggestions.py).
Suggestions are never kept: they are made from what is known on the day of the answer, and stand in the office's workbook only (P12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tasks import store

if TYPE_CHECKING:
    import pandas as pd


def find_suggestions(connection: sa.Connection, submission_id: str, today: date) -> pd.DataFrame:
    """`sheet_no, row, code, suggestion` of the findings of damaged NIKs for which there is exactly one reading."""
    import pandas as pd

    from tasks.intake.suggestions import DAMAGED, Damaged, suggest

    wanted = {"id": submission_id, "codes": list(DAMAGED)}
    with joined_by_hash(connection):
        damaged = [dict(row) for row in connection.execute(sa.text(_DAMAGED), wanted).mappings()]
    found = _understood(connection, damaged) if damaged else []
    known = _known(connection, submission_id, found)
    told = []
    for row in found:
        damage = Damaged(
            row["code"], row["nik"] or "", row["kk"] or "", row["birth_date"], row["sex"], row["district_code"]
        )
        suggestion = suggest(damage, known[row["sheet_no"], row["row"]], today)
        if suggestion is not None:
            told.append((row["sheet_no"], row["row"], row["code"], str(suggestion)))
    return pd.DataFrame(told, columns=["sheet_no", "row", "code", "suggestion"])


def _understood(connection: sa.Connection, damaged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The damaged rows with what was understood of each beside the number."""
    import pandas as pd

    rows = pd.DataFrame(damaged, dtype=object)[["sheet_no", "row", "record_id"]].drop_duplicates(["sheet_no", "row"])
    with store.staged(connection, "damaged", "intake.source_row", rows):
        told = {(row["sheet_no"], row["row"]): row for row in connection.execute(sa.text(_UNDERSTOOD)).mappings()}
    return [{**row, **told[row["sheet_no"], row["row"]]} for row in damaged]


def _known(
    connection: sa.Connection, submission_id: str, found: list[dict[str, Any]]
) -> defaultdict[tuple[int, int], list[str]]:
    """Intact NIKs of the name and birth date of each row: of people known before, and of other rows of the same list."""
    import pandas as pd

    known: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    names = ["sheet_no", "row", "owner_name", "birth_date"]
    told = [[row[name] for name in names] for row in found if row["owner_name"] and row["birth_date"]]
    if told:
        asked = pd.DataFrame(told, columns=names).drop_duplicates(["sheet_no", "row"])
        with store.staged(connection, "asked", "source.record_version", asked):
            with joined_by_hash(connection):
                niks = set(connection.execute(sa.text(_IN_THIS_LIST), {"id": submission_id}).tuples())
            niks.update(connection.execute(sa.text(_KNOWN_BEFORE)).tuples())
        for sheet_no, row, nik in niks:
            known[sheet_no, row].append(nik)
    return known


@contextmanager
def joined_by_hash(connection: sa.Connection) -> Iterator[None]:
    """Inside the block nothing is joined row by row: the server has not counted the rows that were loaded a moment ago, takes them for one,
    and would compare every row with every finding."""
    connection.execute(sa.text("SET LOCAL enable_nestloop = off"))
    yield
    connection.execute(sa.text("SET LOCAL enable_nestloop TO DEFAULT"))


_DAMAGED = r"""
SELECT f.sheet_no, f.row, f.code, r.record_id,
       split_part(r.cells, E'\x1f', (h.mapping->>'nik')::int + 1) AS nik,
       split_part(r.cells, E'\x1f', (h.mapping->>'kk_number')::int + 1) AS kk
  FROM intake.finding f
  JOIN intake.source_row r USING (submission_id, sheet_no, row)
  JOIN intake.sheet h USING (submission_id, sheet_no)
 WHERE f.submission_id = :id AND f.code = ANY(:codes)
"""

_UNDERSTOOD = """
SELECT d.sheet_no, d.row, v.owner_name, v.birth_date, v.sex, v.district_code
  FROM damaged d LEFT JOIN source.record_version v ON v.record_id = d.record_id AND v.to_run IS NULL
"""

#: names are compared as letters and single blanks, and only of those born on the day
_SAME_NAME = """
WITH same_day AS MATERIALIZED ({same_day})
SELECT DISTINCT sheet_no, row, nik FROM same_day
 WHERE btrim(upper(regexp_replace(name, '[^A-Za-z]+', ' ', 'g'))) = btrim(upper(regexp_replace(owner_name, '[^A-Za-z]+', ' ', 'g')))
"""
_KNOWN_BEFORE = _SAME_NAME.format(
    same_day="""
  SELECT DISTINCT a.sheet_no, a.row, a.owner_name, p.full_name AS name, p.nik
    FROM asked a JOIN gold.person p ON p.birth_date = a.birth_date AND p.to_run IS NULL AND p.nik IS NOT NULL"""
)
_IN_THIS_LIST = _SAME_NAME.format(
    same_day="""
  SELECT DISTINCT a.sheet_no, a.row, a.owner_name, v.owner_name AS name, v.nik
    FROM asked a JOIN source.record_version v
      ON v.birth_date = a.birth_date AND v.submission_id = :id AND v.to_run IS NULL AND v.nik IS NOT NULL"""
)
