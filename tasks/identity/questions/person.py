"""What is asked of one person: which id stands, the golden row, the records, what holds them together and what is still open.

Belongs here: read-only SQL with plain rows as answers. Does not belong here: what they mean (explain.py), words and pages, any change
except the record that values were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.errors import InvariantBroken, UsageError
from tasks.asking import rows_of
from tasks.trail import record_event

if TYPE_CHECKING:
    from tasks.identity.explain import Bars
    from tasks.identity.model import Model
    from tasks.identity.waterfall import Bar

#: the least of an id that names a person
LEAST_OF_ID = 6
_ID = re.compile(r"P-[A-Z2-7]+")
#: persons found by a name that are shown
MOST_FOUND = 50

_NAMED = """
SELECT unit_id FROM identity.id_register
 WHERE unit_kind = 'person' AND (unit_id = :named OR (length(:named) >= :least AND left(unit_id, length(:named)) = :named))
 ORDER BY unit_id = :named DESC, unit_id LIMIT 3"""

_CURRENT = "SELECT current_id FROM aid.forward WHERE unit_kind = 'person' AND unit_id = :id"


def _as_of(sql: str, run: int | None) -> str:
    """A query with `{x stands}` filled in: today, or as of a run."""
    stands = (
        r"\1.to_run IS NULL"
        if run is None
        else r"(\1.from_run <= :as_of AND (\1.to_run IS NULL OR \1.to_run > :as_of))"
    )
    return re.sub(r"\{(\w+) stands\}", stands, sql)


def _record_count(kind: str, unit: str) -> str:
    """How many records the unit of a column has."""
    return (
        f"(SELECT count(*) FROM identity.membership n WHERE n.unit_kind = '{kind}' AND n.unit_id = {unit} AND {{n stands}})"
        " AS record_count"
    )


_GOLDEN = "SELECT to_jsonb(p) AS row FROM gold.person p WHERE p.person_id = :id AND {p stands}"

_RECORDS = """
SELECT m.record_id, l.regency_code, l.kind, l.state, s.period, v.submission_id, b.file, v.sheet_no, h.name AS sheet, v.row,
       v.from_run, to_jsonb(v) || jsonb_build_object('intact_nik', f.nik, 'intact_kk', f.kk_number) AS told,
       f.written_name, f.is_nik_doubted
  FROM identity.membership m JOIN source.logical_record l USING (record_id)
  JOIN source.record_version v ON v.record_id = m.record_id AND {v stands}
  LEFT JOIN intake.series s ON s.series_id = l.series_id
  LEFT JOIN intake.submission b ON b.submission_id = v.submission_id
  LEFT JOIN intake.sheet h ON h.submission_id = v.submission_id AND h.sheet_no = v.sheet_no
  LEFT JOIN identity.features f ON f.record_id = m.record_id
 WHERE m.unit_kind = 'person' AND m.unit_id = :id AND {m stands}
 ORDER BY m.record_id"""

_EDGES = """
SELECT e.record_a, e.record_b, e.tier, e.weight, e.model_id, e.verdict, e.clause, e.evidence
  FROM identity.edge e WHERE e.record_a = ANY(:ids) AND e.record_b = ANY(:ids) ORDER BY e.record_a, e.record_b"""

#: pairs that would join a member to somebody else and that nobody has judged
_OPEN = """
SELECT e.record_a, e.record_b, e.tier, e.weight, e.model_id, e.verdict, coalesce(e.held_by, e.clause) AS clause, e.evidence,
       m.unit_id AS other_id, m.record_id AS other_record, f.written_name AS other_name
  FROM (SELECT * FROM identity.edge WHERE record_a = ANY(:ids) UNION SELECT * FROM identity.edge WHERE record_b = ANY(:ids)) e
  JOIN identity.membership m ON m.record_id = CASE WHEN e.record_a = ANY(:ids) THEN e.record_b ELSE e.record_a END
   AND m.unit_kind = 'person' AND m.to_run IS NULL AND m.unit_id <> :id
  LEFT JOIN identity.features f ON f.record_id = m.record_id
 WHERE e.verdict IN ('review', 'merge') AND NOT EXISTS (
       SELECT FROM identity.judgement j WHERE j.record_a = e.record_a AND j.record_b = e.record_b
          AND j.verdict IN ('same', 'different') AND j.undone_at IS NULL)
 ORDER BY e.weight DESC NULLS LAST, e.record_a, e.record_b"""

_JUDGEMENTS = """
SELECT j.judgement_id, j.record_a, j.record_b, j.verdict, j.reason, j.judged_by, j.judged_at
  FROM identity.judgement j WHERE j.undone_at IS NULL AND (j.record_a = ANY(:ids) OR j.record_b = ANY(:ids))
 ORDER BY j.judgement_id"""

_FORWARDED = "SELECT unit_id FROM aid.forward WHERE unit_kind = 'person' AND current_id = :id ORDER BY unit_id"

_HOUSEHOLDS = f"""
SELECT h.household_id, h.person_count, {_record_count("household", "h.household_id")} FROM gold.household h
 WHERE {{h stands}} AND h.household_id IN (
       SELECT m.unit_id FROM identity.membership m WHERE m.unit_kind = 'household' AND m.record_id = ANY(:ids) AND {{m stands}})
 ORDER BY h.household_id"""

_BUSINESSES = f"""
SELECT b.business_id, b.business_name, b.sector, b.regency_code, {_record_count("business", "b.business_id")} FROM gold.business b
 WHERE b.person_id = :id AND {{b stands}} ORDER BY b.business_id"""

_BY_NIK = """
SELECT DISTINCT m.unit_id FROM identity.membership m
  JOIN (SELECT record_id FROM identity.features WHERE nik = :nik
        UNION SELECT record_id FROM source.record_version WHERE to_run IS NULL AND nik = :nik) f USING (record_id)
 WHERE m.unit_kind = 'person' AND m.to_run IS NULL"""

_BY_NAME = """
SELECT DISTINCT m.unit_id FROM identity.membership m JOIN identity.features f USING (record_id)
 WHERE m.unit_kind = 'person' AND m.to_run IS NULL AND string_to_array(f.name_sorted, ' ') @> string_to_array(:name, ' ')"""

_FOUND = f"""
SELECT p.person_id, p.full_name, p.nik, p.regency_code, p.claiming_regency_codes, p.is_in_review,
       {_as_of(_record_count("person", "p.person_id"), None)}
  FROM gold.person p JOIN ({{found}}) found ON found.unit_id = p.person_id
 WHERE p.to_run IS NULL AND (CAST(:regency AS text) IS NULL OR :regency = ANY(string_to_array(p.claiming_regency_codes, '|')))
 ORDER BY p.person_id LIMIT :most"""


class Standing(NamedTuple):
    """An id as it was given (whole), and the id that stands for it."""

    asked: str
    person_id: str


def find_person(named: str, as_of: int | None = None) -> Standing:
    """The person that an id, or its unique beginning of six signs or more, names today or as of a run; a merged id is followed.

    Raises UsageError when there is none, or several, or a run that there was not.
    """
    named = named.strip().upper()
    if not _ID.fullmatch(named):  # perhaps a NIK or a name: it is not repeated
        raise UsageError(
            "that is no person id", mend="One begins with P-; `sinergi person find` finds it by NIK or name."
        )
    found = [row["unit_id"] for row in rows_of(_NAMED, named=named, least=LEAST_OF_ID)]
    if not found:
        raise UsageError(f"there is no person {named!r}", mend="`sinergi person find` finds one by NIK or name.")
    if len(found) > 1 and found[0] != named:
        raise UsageError(f"{named!r} is the beginning of several ids: {', '.join(found)}", mend="Write more of it.")
    asked = found[0]
    if as_of is not None:
        if not rows_of("SELECT FROM audit.run WHERE run_id = :run", run=as_of):
            raise UsageError(f"there was no run {as_of}")
        if rows_of(_as_of(_GOLDEN, as_of), id=asked, as_of=as_of):
            return Standing(asked, asked)
    forwards = rows_of(_CURRENT, id=asked)
    return Standing(asked, forwards[0]["current_id"] if forwards else asked)


def read_person(person_id: str, as_of: int | None = None) -> dict[str, Any]:
    """All that the warehouse knows of a person: golden, records, edges, open, judgements, forwarded, households, businesses.

    Edges, judgements and open questions are those of today. Raises UsageError when the id stands for nobody (as of that run).
    """

    def ask(sql: str, **values: Any) -> list[dict[str, Any]]:
        return rows_of(_as_of(sql, as_of), id=person_id, as_of=as_of, **values)

    golden = ask(_GOLDEN)
    if not golden:
        when = "today" if as_of is None else f"as of run {as_of}"
        raise UsageError(f"{person_id} stands for nobody {when}", mend="--as-of RUN shows an earlier run.")
    records = ask(_RECORDS)
    ids = [record["record_id"] for record in records]
    return {
        "golden": golden[0]["row"],
        "records": records,
        "edges": rows_of(_EDGES, ids=ids),
        "open": rows_of(_OPEN, ids=ids, id=person_id),
        "judgements": rows_of(_JUDGEMENTS, ids=ids),
        "forwarded": [row["unit_id"] for row in rows_of(_FORWARDED, id=person_id)],
        "households": ask(_HOUSEHOLDS, ids=ids),
        "businesses": ask(_BUSINESSES),
    }


def find_by_nik(nik: str, regency: str | None, *, reason: str, show_values: bool) -> list[dict[str, Any]]:
    """The persons with a record that gives this NIK; masked unless values may be shown.

    That somebody looked is recorded with the reason, never what was looked for.
    """
    found = rows_of(_FOUND.format(found=_BY_NIK), nik=nik.strip(), regency=regency, most=MOST_FOUND)
    return _told(found, "persons by NIK", reason, show_values)


def find_by_name(name: str, regency: str | None, *, reason: str, show_values: bool) -> list[dict[str, Any]]:
    """The persons with a record whose name has all these words, spelt as comparison spells them; as find_by_nik, at most MOST_FOUND."""
    from tasks.identity.names import compare_name

    words = compare_name(name).sorted
    if not words:
        raise UsageError("--name has no word to look for")
    found = rows_of(_FOUND.format(found=_BY_NAME), name=words, regency=regency, most=MOST_FOUND)
    return _told(found, "persons by name", reason, show_values)


def _told(found: list[dict[str, Any]], subject: str, reason: str, show_values: bool) -> list[dict[str, Any]]:
    """Persons as they may be seen; recorded."""
    from tasks.identity.explain import shown

    action = "show_values" if show_values else "find"
    record_event(action, subject, reason=reason, counts={"persons": len(found)})
    return [{field: shown(field, value, show_values) for field, value in person.items()} for person in found]


def explain(named: str, *, as_of: int | None = None, reason_to_show: str | None = None) -> dict[str, Any]:
    """Why the records of a person are one (explain.explain_person), with `asked_id`, `as_of` and `is_masked`.

    Values are masked unless `reason_to_show` says why they are needed; that is recorded. Raises as find_person and read_person do.
    """
    from tasks.identity.explain import explain_person

    standing = find_person(named, as_of)
    known = read_person(standing.person_id, as_of)
    if reason_to_show is not None:
        record_event("show_values", f"person {standing.person_id}", reason=reason_to_show)
    told = explain_person(standing.person_id, known, _bars_of(known), show_values=reason_to_show is not None)
    return {"asked_id": standing.asked, "as_of": as_of, "is_masked": reason_to_show is None, **told}


def _bars_of(known: dict[str, Any]) -> Bars:
    """The waterfall of an edge by the model that scored it; no bars when that model is not at hand any more."""
    from tasks.identity.waterfall import waterfall

    names = {record["record_id"]: record["written_name"] for record in known["records"]}
    names |= {edge["other_record"]: edge["other_name"] for edge in known["open"]}
    models = {
        model_id: _model(model_id) for model_id in {edge["model_id"] for edge in (*known["edges"], *known["open"])}
    }

    def bars(edge: Mapping[str, Any]) -> Sequence[Bar]:
        model = models[edge["model_id"]]
        if model is None:
            return ()
        return waterfall(model, edge["evidence"], (names[edge["record_a"]], names[edge["record_b"]]))

    return bars


def _model(model_id: str | None) -> Model | None:
    from tasks.identity.questions.model import model_called

    try:
        return model_called(model_id) if model_id is not None else None
    except InvariantBroken:  # of other comparisons than today's
        return None
