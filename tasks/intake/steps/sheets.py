"""The sheets of a submission as the warehouse keeps them: name, heading row, headings as written, and what each column became.

Belongs here: that record and its writing. Does not belong here: finding headings (headings.py) or mapping them (mapping.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa


@dataclass(frozen=True)
class SheetFacts:
    """`headings` by column position as written; `mapping`: canonical field -> column position; `ignored`: position -> why.

    `why_not` is a word of receipt.UNREAD for a sheet that holds no data; '' else.
    """

    sheet_no: int
    name: str
    is_hidden: bool
    heading_row: int | None = None
    headings: tuple[str, ...] = ()
    mapping: Mapping[str, int] = field(default_factory=dict)
    ignored: Mapping[int, str] = field(default_factory=dict)
    why_not: str = ""


def write_sheets(connection: sa.Connection, submission_id: str, sheets: Iterable[SheetFacts]) -> None:
    """One line a sheet."""
    lines = [
        {
            "id": submission_id,
            "sheet_no": sheet.sheet_no,
            "name": sheet.name,
            "is_hidden": sheet.is_hidden,
            "heading_row": sheet.heading_row,
            "headings": json.dumps(list(sheet.headings), ensure_ascii=False),
            "mapping": json.dumps(dict(sheet.mapping)),
            "why_not": sheet.why_not or None,
            "ignored": json.dumps({str(position): why for position, why in sheet.ignored.items()}, ensure_ascii=False),
        }
        for sheet in sheets
    ]
    if lines:
        connection.execute(
            sa.text(
                "INSERT INTO intake.sheet (submission_id, sheet_no, name, is_hidden, heading_row, why_not, headings, mapping, ignored)"
                " VALUES (:id, :sheet_no, :name, :is_hidden, :heading_row, :why_not, CAST(:headings AS jsonb), CAST(:mapping AS jsonb),"
                " CAST(:ignored AS jsonb))"
            ),
            lines,
        )
