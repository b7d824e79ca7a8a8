"""A person's word on what headings mean: kept per regency and heading set, and the file that waited for it goes on.

Belongs here: looking up what a file's headings are now, checking the word, keeping it. Does not belong here: mapping (mapping.py),
reading the file again (rerun.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from expectations.messages import column_letter
from schemas.errors import Refused, UsageError
from schemas.fields import fields
from schemas.layouts import heading_set, normalise_heading
from schemas.records import Kind
from tasks import store
from tasks.intake.kinds import kind_of
from tasks.intake.steps.remembered import remembered
from tasks.step import step
from tasks.trail import record_event

#: a heading that no heading row was found for must stand this near the top
ROWS_LOOKED_AT = 30


@dataclass(frozen=True)
class Headings:
    """What one file's headings are: the submission's line, its kind as far as the headings tell, the columns of every sheet with a
    heading row, and the cells near the top of sheets without one."""

    line: Mapping[str, Any]
    kind: Kind
    columns: tuple[dict[str, Any], ...]
    loose: frozenset[str]

    @property
    def proposal(self) -> dict[str, Any]:
        """For people: every column with the field it would be, or why it is none, and the fields that no column gives."""
        named = {column["field"] for column in self.columns}
        return {
            **{name: self.line[name] for name in ("submission_id", "regency_code", "file", "state", "reason_code", "reason")},
            "kind": self.kind,
            "columns": [dict(column) for column in self.columns],
            "remembered": {
                heading: field
                for said in remembered(self.line["regency_code"]).values()
                for heading, field in said.items()
            },
            "fields_without_column": [
                {"field": field.name, "label": field.label}
                for field in fields().values()
                if self.kind in field.kinds and field.columns and field.name not in named
            ],
        }  # fmt: skip


@step()
def headings_of(submission_id: str) -> Headings:
    """The headings of a submission as they were understood. Raises UsageError for an unknown id or a file that was never read."""
    with store.transaction() as connection:
        line = (
            connection.execute(
                sa.text("SELECT * FROM intake.submission WHERE submission_id = :id"), {"id": submission_id}
            )
            .mappings()
            .one_or_none()
        )
        if line is None:
            raise UsageError(f"there is no submission {submission_id!r}", mend="`sinergi submission list` shows them.")
        sheets = [dict(row) for row in connection.execute(sa.text(_SHEETS), {"id": submission_id}).mappings()]
        loose = connection.scalars(sa.text(_LOOSE), {"id": submission_id, "rows": ROWS_LOOKED_AT}).all()
    if not sheets:
        raise UsageError(
            "this file has no sheets that could be mapped",
            where=line["file"],
            mend=f"`sinergi submission inspect {submission_id}` tells what became of it.",
        )
    headed = [sheet for sheet in sheets if sheet["heading_row"] is not None]
    kind: Kind = line["kind"] or kind_of([text for sheet in headed for text in sheet["headings"]])
    return Headings(dict(line), kind, tuple(column for sheet in headed for column in _columns(sheet)), frozenset(loose))


@step()
def check_words(found: Headings, words: Mapping[str, str | None]) -> dict[str, str | None]:
    """The words (heading as written -> field, null = leave the column out) in the form that is remembered.

    Raises UsageError for a heading that the file has not, a field that its kind has not, or two words for one field.
    """
    known = {normalise_heading(column["heading"]) for column in found.columns} | {
        normalise_heading(cell) for cell in found.loose
    }
    checked: dict[str, str | None] = {}
    for heading, field in words.items():
        key = normalise_heading(heading)
        if not key or key not in known:
            raise UsageError(
                f"no column is headed {heading!r}", where=found.line["file"], mend="Write it as the proposal shows it."
            )
        chosen = fields().get(field) if field is not None else None
        if field is not None and (chosen is None or found.kind not in chosen.kinds or not chosen.columns):
            raise UsageError(
                f"{field!r} is no field of a list of kind {found.kind}", mend="The proposal names the fields."
            )
        checked[key] = field
    claimed = [field for field in checked.values() if field is not None]
    if len(claimed) != len(set(claimed)):
        raise UsageError("two headings are given the same field", mend="Leave one of them out with --ignore.")
    return checked


@step()
def keep_mapping(found: Headings, words: Mapping[str, str | None], confirmed_by: str) -> bool:
    """Keep the word for every heading set of the file that it speaks of; a waiting file is received again.

    Returns whether the file is to be taken in now: it waited, or an earlier try of this died on the way. What was said before of other
    headings of the set stays; the same word again is no event.
    """
    line = found.line
    if line["state"] not in ("waiting", "received", "answered", "loaded", "no_change"):
        raise Refused(f"a file in state {line['state']} cannot be mapped", where=line["file"])
    sets = _heading_sets(found, words)
    with store.transaction() as connection:
        news = 0
        for heading_set, said in sets.items():
            news += connection.execute(
                sa.text(_KEEP),
                {
                    "regency": line["regency_code"], "set": heading_set, "kind": found.kind, "said": json.dumps(said),
                    "by": confirmed_by,
                },
            ).rowcount  # fmt: skip
        taken = connection.execute(sa.text(_RECEIVE_AGAIN), {"id": line["submission_id"]}).rowcount
        subject, counts = f"submission {line['submission_id']}", {"headings": len(words)}
        if news:
            record_event("confirm_mapping", subject, reason=confirmed_by, counts=counts, connection=connection)
    return bool(taken)


def _heading_sets(found: Headings, words: Mapping[str, str | None]) -> dict[str, dict[str, str | None]]:
    """Heading set -> the words on its headings; headings of a sheet without a heading row make a set of their own."""
    by_sheet: dict[int, list[str]] = {}
    for column in found.columns:
        by_sheet.setdefault(column["sheet_no"], []).append(column["heading"])
    sets = {}
    for headings in by_sheet.values():
        said = {key: words[key] for key in map(normalise_heading, headings) if key in words}
        if said:
            sets[heading_set(headings)] = said
    rest = {key: field for key, field in words.items() if not any(key in said for said in sets.values())}
    return {**sets, **({heading_set(sorted(rest)): rest} if rest else {})}


def _columns(sheet: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A sheet's columns, each with what it became."""
    field_of = {position: name for name, position in sheet["mapping"].items()}
    return [
        {
            "sheet_no": sheet["sheet_no"], "sheet": sheet["name"], "column": column_letter(position), "heading": heading,
            "field": field_of.get(position), "why_not": sheet["ignored"].get(str(position)),
        }
        for position, heading in enumerate(sheet["headings"])
        if heading
    ]  # fmt: skip


_SHEETS = """
SELECT sheet_no, name, heading_row, headings, mapping, ignored FROM intake.sheet
 WHERE submission_id = :id AND NOT is_hidden ORDER BY sheet_no
"""

_LOOSE = """
SELECT DISTINCT cell
  FROM intake.source_row r JOIN intake.sheet h USING (submission_id, sheet_no), unnest(string_to_array(r.cells, chr(31))) AS cell
 WHERE r.submission_id = :id AND h.heading_row IS NULL AND NOT h.is_hidden AND r.row <= :rows AND cell <> ''
"""

_KEEP = """
INSERT INTO intake.mapping AS m (regency_code, heading_set, kind, mapping, confirmed_by)
VALUES (:regency, :set, :kind, CAST(:said AS jsonb), :by)
ON CONFLICT (regency_code, heading_set) DO UPDATE
   SET mapping = m.mapping || excluded.mapping, kind = excluded.kind, confirmed_by = excluded.confirmed_by, confirmed_at = now()
 WHERE (m.mapping || excluded.mapping, excluded.kind, excluded.confirmed_by) IS DISTINCT FROM (m.mapping, m.kind, m.confirmed_by)
"""

_RECEIVE_AGAIN = """
UPDATE intake.submission SET state = 'received', reason_code = NULL, reason = NULL, receipt = NULL, workbook = NULL
 WHERE submission_id = :id AND state IN ('waiting', 'received')
"""
