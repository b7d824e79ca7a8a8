"""What each export asks the warehouse: one SELECT per contract in schemas/exports, columns in the contract's order.

Belongs here: the queries, as text. Does not belong here: running them or writing files (questions.py).
Parameters: `show_values` (boolean; false masks personal values), `all_versions` (boolean), `list_id` (text); of `to-verify`: `batch_id`,
`register`, `purpose`, `asked_on` (text), `again` (boolean).
"""

from __future__ import annotations

#: rows of every submission, with the current ids of their record. A file of equal bytes shows the rows of the file it equals.
#: A row counts now when it is what its record's current version came from, or, without a record, when its submission is current; a
#: row that a correction replaces (intake.replaced_row) does not.
_ROWS = """
rows AS (
  SELECT s.file, s.submission_id, s.version, s.same_as, s.is_current AS submission_is_current, s.state,
         r.submission_id AS source_id, r.sheet_no, r.row, r.data_row, r.outcome, r.record_id
    FROM intake.submission s
    JOIN intake.source_row r ON r.submission_id = coalesce(s.same_as, s.submission_id)
), codes AS (
  SELECT submission_id, sheet_no, row, string_agg(DISTINCT code, '|' ORDER BY code) AS codes
    FROM intake.finding WHERE row > 0 GROUP BY submission_id, sheet_no, row
), member AS (
  SELECT record_id,
         max(unit_id) FILTER (WHERE unit_kind = 'person') AS person_id,
         max(unit_id) FILTER (WHERE unit_kind = 'business') AS business_id,
         max(unit_id) FILTER (WHERE unit_kind = 'household') AS household_id
    FROM identity.membership WHERE to_run IS NULL GROUP BY record_id
)"""

MEMBERSHIPS = f"""
WITH {_ROWS}, told AS (
  SELECT x.*, v.aid_hold,
         CASE WHEN p.row IS NOT NULL THEN false
              WHEN x.submission_is_current OR x.state IN ('waiting', 'same_bytes') THEN true
              ELSE v.submission_id = x.source_id AND v.sheet_no = x.sheet_no AND v.row = x.row END AS is_current
    FROM rows x
    LEFT JOIN source.record_version v ON v.record_id = x.record_id AND v.to_run IS NULL AND x.outcome <> 'duplicate'
    LEFT JOIN intake.replaced_row p ON p.submission_id = x.source_id AND p.sheet_no = x.sheet_no AND p.row = x.row
)
SELECT t.file, h.name AS sheet, t.row, t.data_row, t.submission_id, t.version, coalesce(t.is_current, false) AS is_current,
       t.same_as, t.outcome, t.aid_hold, c.codes AS findings, m.person_id, m.business_id, m.household_id
  FROM told t
  JOIN intake.sheet h ON h.submission_id = t.source_id AND h.sheet_no = t.sheet_no
  LEFT JOIN codes c ON c.submission_id = t.source_id AND c.sheet_no = t.sheet_no AND c.row = t.row
  LEFT JOIN member m ON m.record_id = t.record_id
 WHERE :all_versions OR coalesce(t.is_current, false)
 ORDER BY t.file, t.submission_id, t.sheet_no, t.row
"""


def _counted(kind: str, unit: str) -> str:
    """Joins m.record_count, the number of records of the unit of a column; null = none."""
    return (
        "LEFT JOIN (SELECT unit_id, count(*) AS record_count FROM identity.membership"
        f" WHERE unit_kind = '{kind}' AND to_run IS NULL GROUP BY unit_id) m ON m.unit_id = {unit}"
    )


PERSONS = f"""
SELECT p.person_id,
       CASE WHEN :show_values THEN p.nik ELSE left(p.nik, 4) || '********' || right(p.nik, 4) END AS nik,
       CASE WHEN :show_values THEN p.full_name ELSE left(p.full_name, 1) || '***' END AS full_name,
       p.sex, CASE WHEN :show_values THEN p.birth_date END AS birth_date,
       CASE WHEN :show_values THEN p.phone ELSE '***' || right(p.phone, 3) END AS phone,
       p.regency_code, p.residence_regency_code, p.district_code, p.village_code, p.household_id,
       coalesce(m.record_count, 0) AS record_count,
       p.claiming_regency_codes, p.aid_hold, p.is_in_review, p.sources, p.activity_status, p.verified_on
  FROM gold.person p
  {_counted("person", "p.person_id")}
 WHERE p.to_run IS NULL ORDER BY p.person_id
"""

BUSINESSES = f"""
SELECT b.business_id, b.person_id, b.business_name, b.sector, b.regency_code, b.district_code, b.village_code, b.size_class,
       b.criteria_version, b.activity_status, b.nib, b.has_sku,
       CASE WHEN :show_values THEN b.annual_turnover_idr END AS annual_turnover_idr, coalesce(m.record_count, 0) AS record_count, b.sources,
       b.is_fostered, b.covid_impact, b.export_commodity, b.licence_request, b.copyright_request, b.is_willing, b.verified_on
  FROM gold.business b
  {_counted("business", "b.business_id")}
 WHERE b.to_run IS NULL ORDER BY b.business_id
"""

FINDINGS = """
SELECT s.file, f.submission_id, h.name AS sheet, f.row, r.data_row, f.column_no + 1 AS "column",
       h.headings ->> f.column_no AS heading, f.field, f.code, f.severity
  FROM intake.finding f
  JOIN intake.submission s USING (submission_id)
  LEFT JOIN intake.sheet h USING (submission_id, sheet_no)
  LEFT JOIN intake.source_row r USING (submission_id, sheet_no, row)
  LEFT JOIN intake.replaced_row p USING (submission_id, sheet_no, row)
 WHERE :all_versions OR ((s.is_current OR s.state = 'waiting') AND p.row IS NULL)
 ORDER BY s.file, f.submission_id, f.sheet_no, f.row, f.code, f.field
"""

LEDGER = """
SELECT s.file, s.regency_code, s.submission_id, s.kind, s.period, s.period_source, s.version, s.is_current, s.same_as, s.state,
       s.reason_code, s.row_count, s.accepted_count AS accepted, s.accepted_with_findings_count AS accepted_with_findings,
       s.quarantined_count AS quarantined, s.duplicate_count AS duplicate,
       s.waiting_with_file_count AS waiting_with_file, s.not_data_count AS not_data
  FROM intake.submission s ORDER BY s.file, s.submission_id
"""

LISTS = """
SELECT list_id AS id, programme, round, phase, version, state, in_count AS "in", out_count AS "out", waiting_count AS waiting
  FROM aid.list ORDER BY programme, round, phase, version
"""

#: the NIK as it was judged and sent, whatever became of the person since
LIST = """
SELECT d.list_id || '/' || d.unit_id AS line_id, d.unit_kind, d.person_id, d.business_id, d.household_id,
       left(d.facts -> 'nik' ->> 0, 4) || '********' || right(d.facts -> 'nik' ->> 0, 4) AS nik_masked,
       d.decision, d.decisive_reason, d.reasons, d.rank, d.amount_idr, d.key
  FROM aid.decision d
 WHERE d.list_id = :list_id
 ORDER BY d.decision, d.rank NULLS LAST, d.unit_id
"""

UNCOVERED = """
SELECT person_id, regency_code, reason, codes FROM aid.coverage WHERE coverage = 'uncovered' ORDER BY person_id
"""

#: who is to be asked about: every NIK of a golden person that the register has not answered about, or any with `again`
_UNANSWERED = """
  SELECT DISTINCT ON (p.nik) p.nik, p.full_name, p.birth_date
    FROM gold.person p
   WHERE p.to_run IS NULL AND p.nik IS NOT NULL
     AND (:again OR NOT EXISTS (SELECT FROM verification.result r WHERE r.register = :register AND r.nik = p.nik))
   ORDER BY p.nik, p.person_id"""

TO_VERIFY = f"""
SELECT CAST(:batch_id AS text) AS batch_id, CAST(:register AS text) AS register, nullif(:purpose, '') AS purpose,
       CAST(:asked_on AS date) AS asked_on,
       CASE WHEN :show_values THEN u.nik ELSE left(u.nik, 4) || '********' || right(u.nik, 4) END AS nik,
       CASE WHEN :show_values THEN u.full_name ELSE left(u.full_name, 1) || '***' END AS full_name,
       CASE WHEN :show_values THEN u.birth_date END AS birth_date, NULL::text AS answer, NULL::date AS answered_on
  FROM ({_UNANSWERED}) AS u ORDER BY u.nik
"""

#: the number of the next question to a register on a day; a question is kept with the list that asks it
NEXT_BATCH = """
SELECT concat_ws('-', CAST(:register AS text), to_char(CAST(:asked_on AS date), 'YYYYMMDD'), count(*) + 1)
  FROM verification.batch WHERE register = :register AND asked_on = CAST(:asked_on AS date)
"""
KEEP_BATCH = f"""
INSERT INTO verification.batch (batch_id, register, purpose, asked_on, nik_count)
SELECT :batch_id, :register, :purpose, CAST(:asked_on AS date), count(*) FROM ({_UNANSWERED}) AS u HAVING count(*) > 0
"""
KEEP_QUESTIONS = f"INSERT INTO verification.question (batch_id, nik) SELECT :batch_id, u.nik FROM ({_UNANSWERED}) AS u"

#: export name -> SELECT
QUERIES: dict[str, str] = {
    "memberships": MEMBERSHIPS,
    "persons": PERSONS,
    "businesses": BUSINESSES,
    "findings": FINDINGS,
    "ledger": LEDGER,
    "lists": LISTS,
    "list": LIST,
    "uncovered": UNCOVERED,
    "to-verify": TO_VERIFY,
}
