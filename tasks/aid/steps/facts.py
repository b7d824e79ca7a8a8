"""Where each fact of a candidate comes from: SQL over the golden rows, claims, blacklist and registers, with the source beside it.

Belongs here: one SQL expression and one source per fact of schemas/programmes/facts.py. Does not belong here: what a programme makes of
them (tasks/aid/eligibility.py).

Candidates are the current golden persons. A person with several businesses is as large as the largest that is not closed, and the place
and papers are those of the main one: active first, then the one in the regency of the KTP, then the one with an SKU, then the lower id.
A source is what gold keeps ([record_id, rule]) or a text that names the row of another table.
"""

from __future__ import annotations

from schemas.programmes import Programme
from schemas.registers import registers

CLOSED = "('inactive', 'closed', 'deceased', 'moved', 'not_found')"
#: the KTP's regency: as written, else the NIK's area (of first registration)
KTP = "coalesce(p.residence_regency_code, left(p.nik, 2) || '.' || substr(p.nik, 3, 2))"


def _kept(row: str, column: str) -> str:
    """Where a golden value comes from; a unit of one record has one source for all of them."""
    return f"coalesce({row}.sources -> '{column}', {row}.sources -> '*')"


#: fact -> (value, source as jsonb, relations it needs)
FACT_SQL: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "nik": ("p.nik", _kept("p", "nik"), ()),
    "full_name": ("p.full_name", _kept("p", "full_name"), ()),
    "has_nik": ("p.nik IS NOT NULL", _kept("p", "nik"), ()),
    "age_years": ("extract(year FROM age(:reference_date, p.birth_date))::integer", _kept("p", "birth_date"), ()),
    "sex": ("p.sex", _kept("p", "sex"), ()),
    "occupation": ("p.occupation", _kept("p", "occupation"), ()),
    "has_bank_credit": ("p.has_bank_credit", _kept("p", "has_bank_credit"), ()),
    "ktp_regency_code": (
        KTP,
        f"CASE WHEN p.residence_regency_code IS NULL THEN {_kept('p', 'nik')} ELSE {_kept('p', 'residence_regency_code')} END",
        (),
    ),
    "aid_hold": ("p.aid_hold", "to_jsonb('gold.person'::text)", ()),
    "is_held": ("p.aid_hold IS NOT NULL", "to_jsonb('gold.person'::text)", ()),
    "is_in_review": (
        "(p.is_in_review OR disputed.unit_id IS NOT NULL OR meant.unit_id IS NOT NULL)",
        "to_jsonb(coalesce('aid.conflict ' || disputed.conflict_id, 'aid.blacklist ' || meant.blacklist_id, 'gold.person'))",
        ("disputed", "meant"),
    ),
    "is_nik_shared": ("shared.person_id IS NOT NULL", "to_jsonb('gold.person ' || shared.other_id)", ("shared",)),
    "is_deceased": (
        "CASE WHEN dukcapil.answer = 'deceased' OR owned.is_deceased OR p.activity_status = 'deceased' THEN true"
        " WHEN dukcapil.answer IS NOT NULL THEN false END",
        "CASE WHEN dukcapil.answer IS NOT NULL THEN to_jsonb('verification.result ' || dukcapil.result_id)"
        " WHEN owned.is_deceased THEN owned.activity_source"
        f" WHEN p.activity_status = 'deceased' THEN {_kept('p', 'activity_status')} END",
        ("dukcapil", "owned"),
    ),
    "is_blacklisted": ("barred.unit_id IS NOT NULL", "to_jsonb('aid.blacklist ' || barred.blacklist_id)", ("barred",)),
    "is_aided_here": (
        "(coalesce(aided.is_here, false) OR coalesce(paid.is_here AND disputed.unit_id IS NULL, false))",
        "to_jsonb(coalesce('aid.claim ' || aided.here_list_id, 'aid.claim_nik ' || paid.here_list_id))",
        ("aided", "paid", "disputed"),
    ),
    "is_aided_elsewhere": (
        "(coalesce(aided.is_elsewhere, false) OR coalesce(paid.is_elsewhere AND disputed.unit_id IS NULL, false))",
        "to_jsonb(coalesce('aid.claim ' || aided.other_list_id, 'aid.claim_nik ' || paid.other_list_id))",
        ("aided", "paid", "disputed"),
    ),
    "business_count": ("coalesce(owned.business_count, 0)::integer", "to_jsonb('gold.business'::text)", ("owned",)),
    "business_name": ("main.business_name", _kept("main", "business_name"), ("main",)),
    "business_regency_code": ("main.regency_code", _kept("main", "regency_code"), ("main",)),
    "sector": ("main.sector", _kept("main", "sector"), ("main",)),
    "has_sku": ("main.has_sku", _kept("main", "has_sku"), ("main",)),
    "is_fostered": ("main.is_fostered", _kept("main", "is_fostered"), ("main",)),
    "size_class": ("owned.size_class", "owned.size_source", ("owned",)),
    "has_active_business": (
        "CASE WHEN owned.person_id IS NULL THEN false WHEN owned.has_active THEN true WHEN owned.is_all_closed THEN false END",
        "owned.activity_source",
        ("owned",),
    ),
    "activity_status": ("main.activity_status", _kept("main", "activity_status"), ("main",)),
    "days_since_verified": (
        "CASE WHEN main.activity_status IS NOT NULL THEN (CAST(:reference_date AS date) - main.verified_on) END",
        _kept("main", "verified_on"),
        ("main",),
    ),
    **{
        f"register_{name}": (f"{name}.answer", f"to_jsonb('verification.result ' || {name}.result_id)", (name,))
        for name in registers()
    },
    **{
        f"is_asked_{name}": (
            f"asked_{name}.nik IS NOT NULL",
            f"to_jsonb('verification.batch ' || asked_{name}.batch_id)",
            (f"asked_{name}",),
        )
        for name in registers()
    },
}

_OWNED = f"""
  SELECT person_id, count(*) FILTER (WHERE is_open) AS business_count,
         bool_or(activity_status = 'active') AS has_active,
         bool_and(coalesce(NOT is_open, false)) AS is_all_closed,
         bool_or(activity_status = 'deceased') AS is_deceased,
         (array_agg({_kept("b", "activity_status")} ORDER BY is_open, business_id COLLATE "C"))[1] AS activity_source,
         CASE WHEN max(size) FILTER (WHERE is_open) > 1 OR bool_and(size IS NOT NULL) FILTER (WHERE is_open)
              THEN (ARRAY['micro', 'small', 'medium', 'large'])[max(size) FILTER (WHERE is_open)] END AS size_class,
         (array_agg({_kept("b", "size_class")} ORDER BY is_open DESC, size DESC NULLS LAST, business_id COLLATE "C"))[1] AS size_source
    FROM (SELECT b.*, array_position(ARRAY['micro', 'small', 'medium', 'large'], b.size_class) AS size,
                 coalesce(b.activity_status NOT IN {CLOSED}, true) AS is_open
            FROM gold.business b WHERE b.to_run IS NULL AND b.person_id IS NOT NULL{{limit}}) AS b
   GROUP BY person_id"""

_MAIN = f"""
  SELECT DISTINCT ON (b.person_id) b.*
    FROM gold.business b JOIN gold.person p ON p.person_id = b.person_id AND p.to_run IS NULL
   WHERE b.to_run IS NULL{{limit}}
   ORDER BY b.person_id, (b.activity_status = 'active') DESC NULLS LAST, (b.activity_status IN {CLOSED}) ASC NULLS FIRST,
            (b.regency_code = {KTP}) DESC NULLS LAST, b.has_sku DESC NULLS LAST, b.business_id COLLATE "C\""""

#: in which lists of this round, and of others that exclude it, an award was made
_WHERE_AIDED = """
         bool_or(l.programme = :programme AND l.round = :round) AS is_here,
         bool_or((l.programme, l.round) IS DISTINCT FROM (:programme, :round)) AS is_elsewhere,
         min(c.list_id COLLATE "C") FILTER (WHERE l.programme = :programme AND l.round = :round) AS here_list_id,
         min(c.list_id COLLATE "C") FILTER (WHERE (l.programme, l.round) IS DISTINCT FROM (:programme, :round)) AS other_list_id"""

_AIDED = f"""
  SELECT c.current_id AS unit_id,{_WHERE_AIDED}
    FROM aid.claim_now c JOIN aid.list l USING (list_id)
   WHERE c.conflict_group = :conflict_group AND c."window" = :window AND c.unit_kind = 'person'
   GROUP BY c.current_id"""

_CLAIMED_NIKS = """
  SELECT n.nik, c.list_id FROM aid.claim_nik n JOIN aid.claim c USING (conflict_group, unit_kind, unit_id, "window", slot)
   WHERE n.conflict_group = :conflict_group AND n."window" = :window"""

#: a line is sure to be unpaid when it was refused, and not because its unit or NIK was accepted before (docs/receiver-api.md)
_IS_UNPAID = "(answer = 'refused' AND answer_code NOT IN ('duplicate_unit', 'duplicate_nik', 'line_key_used'))"

#: the awards that every receiver refused to pay; list ids and unit ids hold no slash
_UNPAID = f"""
     (SELECT line_id FROM outbox.line WHERE {_IS_UNPAID} EXCEPT SELECT line_id FROM outbox.line WHERE {_IS_UNPAID} IS NOT TRUE)"""
_IS_OF_AWARD = f"(SELECT FROM {_UNPAID} AS unpaid WHERE unpaid.line_id = c.list_id || '/' || c.person_id)"

#: NIKs that awards were sent under and that may have been paid, and those that surely were not: a slip bars nobody from aid
PAID_NIKS = f"{_CLAIMED_NIKS} AND NOT EXISTS {_IS_OF_AWARD}"
UNPAID_NIKS = f"{_CLAIMED_NIKS} AND EXISTS {_IS_OF_AWARD}"

#: whoever has such a NIK now; while it is asked whose an award was, both of `disputed` wait instead
_PAID = f"""
  SELECT c.nik,{_WHERE_AIDED}
    FROM ({PAID_NIKS}) AS c JOIN aid.list l USING (list_id)
   GROUP BY c.nik"""

_IN_FORCE = "since <= :reference_date AND (expires_on IS NULL OR expires_on > :reference_date)"

BARRED = f"""
  SELECT current_id AS unit_id, min(blacklist_id) AS blacklist_id
    FROM aid.blacklist_now WHERE unit_kind = 'person' AND {_IN_FORCE} GROUP BY current_id"""

#: who was parted from somebody barred while nobody has decided which of them was meant
_MEANT = f"""
  SELECT unit_id, min(blacklist_id) AS blacklist_id
    FROM aid.blacklist_doubt WHERE unit_kind = 'person' AND {_IN_FORCE} GROUP BY unit_id"""

#: who holds a record of an award on two persons while nobody has decided whose it was: either may have had the money
_DISPUTED = """
  SELECT m.unit_id, min(k.conflict_id) AS conflict_id
    FROM aid.conflict k JOIN aid.claim_of_two c
      ON (c.conflict_group, c."window", c.unit_kind, c.unit_id) = (k.conflict_group, k."window", k.unit_kind, k.unit_ids)
    JOIN identity.membership m ON m.record_id IN (c.record_a, c.record_b) AND m.unit_kind = 'person' AND m.to_run IS NULL
   WHERE k.cause = 'two_persons' AND k.resolved_at IS NULL AND k.conflict_group = :conflict_group AND k."window" = :window
   GROUP BY m.unit_id"""

#: two persons with one NIK, be it that people told them apart: it is paid once, so whose it is must be known before
_SHARED = """
  SELECT b.person_id, min(o.person_id COLLATE "C") AS other_id
    FROM gold.person b JOIN gold.person o ON o.nik = b.nik AND o.to_run IS NULL AND o.person_id <> b.person_id
   WHERE b.to_run IS NULL{limit}
   GROUP BY b.person_id"""


def _register(name: str) -> str:
    """The newest answer of one register about each NIK."""
    return f"""
  SELECT DISTINCT ON (nik) nik, answer, result_id FROM verification.result
   WHERE register = '{name}' ORDER BY nik, verified_on DESC, result_id DESC"""


def _asked(name: str) -> str:
    """The NIKs that one register was asked about, answered or not, with the newest question."""
    return f"""
  SELECT q.nik, max(q.batch_id COLLATE "C") AS batch_id FROM verification.question q JOIN verification.batch b USING (batch_id)
   WHERE b.register = '{name}' GROUP BY q.nik"""


#: relation -> (SQL, the column of gold.person that it is joined by, its own)
RELATIONS: dict[str, tuple[str, str, str]] = {
    "owned": (_OWNED, "person_id", "person_id"),
    "main": (_MAIN, "person_id", "person_id"),
    "aided": (_AIDED, "person_id", "unit_id"),
    "paid": (_PAID, "nik", "nik"),
    "barred": (BARRED, "person_id", "unit_id"),
    "disputed": (_DISPUTED, "person_id", "unit_id"),
    "meant": (_MEANT, "person_id", "unit_id"),
    "shared": (_SHARED, "person_id", "person_id"),
    **{name: (_register(name), "nik", "nik") for name in registers()},
    **{f"asked_{name}": (_asked(name), "nik", "nik") for name in registers()},
}


def candidates_sql(programme: Programme, touched: str | None) -> str:
    """SELECT the candidates: ids, one typed column per fact, and `facts` = {fact: [value, source]} to freeze.

    Parameters: reference_date, programme, round, conflict_group, window. `touched` = a relation of person_id, each once, that limits the
    candidates.
    """
    names = programme.facts
    needed = {"main"} | {relation for name in names for relation in FACT_SQL[name][2]}
    limit = f" AND b.person_id IN (SELECT person_id FROM {touched})" if touched else ""
    joins = "".join(_join(name, limit) for name in RELATIONS if name in needed)
    # with so many joins the planner keeps the order written: those touched come first
    first = f"{touched} t JOIN gold.person p ON p.person_id = t.person_id" if touched else "gold.person p"
    values = ", ".join(f"{FACT_SQL[name][0]} AS {name}, {FACT_SQL[name][1]} AS {name}__source" for name in names)
    frozen = ", ".join(f"'{name}', jsonb_build_array({name}, {name}__source)" for name in names)
    return f"""
SELECT found.*, jsonb_build_object({frozen}) AS facts
  FROM (SELECT p.person_id AS unit_id, p.person_id, main.business_id, p.household_id, {values}
          FROM {first}{joins}
         WHERE p.to_run IS NULL) AS found"""


def _join(name: str, limit: str) -> str:
    """One relation joined to the person `p`; `limit` narrows those that read every business, or every person twice."""
    sql, theirs, own = RELATIONS[name]
    return f"\n  LEFT JOIN ({sql.replace('{limit}', limit)}) AS {name} ON {name}.{own} = p.{theirs}"
