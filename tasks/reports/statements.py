"""What the report asks the warehouse: one SELECT per question, as text. Counts, codes, file names and ids of lists; never a person.

Belongs here: the queries of the report. Does not belong here: running them (steps.py), the exports' queries (exports.py).
`:run_id` is the run that reports.
"""

from __future__ import annotations

#: a submission counts now when its series has nothing newer, or when it, or something in it, still waits or was refused and nothing
#: newer of that name came
_NOW = """
now_sent AS (
  SELECT s.* FROM intake.submission s
   WHERE s.is_current OR (s.state IN ('received', 'waiting', 'refused') OR s.reason_code = 'MEMBERS_REFUSED') AND NOT EXISTS (
           SELECT 1 FROM intake.submission n WHERE n.regency_code = s.regency_code AND n.file = s.file
              AND n.received_at > s.received_at AND n.state IN ('answered', 'no_change', 'unpacked'))
)"""

FILES = f"""
WITH {_NOW}
SELECT regency_code, file, kind, period, version, state, reason_code, reason, row_count, quarantined_count, receipt, workbook,
       received_at::date AS received_on
  FROM now_sent ORDER BY regency_code, file, submission_id
"""

#: files that are not listed: older versions, equal bytes, nothing new
FILES_NOT_LISTED = f"""
WITH {_NOW}
SELECT count(*) FILTER (WHERE s.state = 'answered') AS older_count,
       count(*) FILTER (WHERE s.state = 'same_bytes') AS same_bytes_count,
       count(*) FILTER (WHERE s.state = 'no_change') AS no_change_count,
       count(*) FILTER (WHERE s.state NOT IN ('answered', 'same_bytes', 'no_change')) AS replaced_count
  FROM intake.submission s
 WHERE s.state <> 'unpacked' AND NOT EXISTS (SELECT 1 FROM now_sent n WHERE n.submission_id = s.submission_id)
"""

#: one line a file; `checked_id` is the submission whose bytes were checked: an equal file is not checked again
ANSWERED = """
SELECT s.submission_id, coalesce(s.same_as, s.submission_id) AS checked_id, s.regency_code, s.file, s.state, s.reason_code,
       s.row_count, (SELECT count(*) FROM intake.finding f WHERE f.submission_id = s.submission_id) AS finding_count,
       s.receipt, s.workbook
  FROM intake.submission s
"""
GRAVEST_FIRST = "ORDER BY s.state NOT IN ('waiting', 'refused'), s.regency_code, s.file, s.submission_id"

#: rows that a correction replaces count where they are corrected, not where they were sent
LEDGER = f"""
WITH {_NOW}, replaced AS (
  SELECT submission_id, count(*) AS row_count, count(*) FILTER (WHERE outcome = 'accepted') AS accepted,
         count(*) FILTER (WHERE outcome = 'accepted_with_findings') AS accepted_with_findings,
         count(*) FILTER (WHERE outcome = 'quarantined') AS quarantined, count(*) FILTER (WHERE outcome = 'duplicate') AS duplicate
    FROM intake.replaced_row GROUP BY submission_id
)
SELECT s.regency_code, count(*) AS file_count, sum(s.row_count - coalesce(p.row_count, 0)) AS row_count,
       sum(s.accepted_count - coalesce(p.accepted, 0)) AS accepted,
       sum(s.accepted_with_findings_count - coalesce(p.accepted_with_findings, 0)) AS accepted_with_findings,
       sum(s.quarantined_count - coalesce(p.quarantined, 0)) AS quarantined,
       sum(s.duplicate_count - coalesce(p.duplicate, 0)) AS duplicate,
       sum(s.waiting_with_file_count) AS waiting_with_file, sum(s.not_data_count) AS not_data
  FROM now_sent s LEFT JOIN replaced p USING (submission_id) GROUP BY s.regency_code ORDER BY s.regency_code
"""

FINDINGS = f"""
WITH {_NOW}
SELECT f.code, f.severity, count(DISTINCT (f.submission_id, f.sheet_no, f.row)) AS row_count,
       count(DISTINCT s.regency_code) AS regency_count
  FROM intake.finding f JOIN now_sent s USING (submission_id)
  LEFT JOIN intake.replaced_row p USING (submission_id, sheet_no, row)
 WHERE p.row IS NULL
 GROUP BY f.code, f.severity ORDER BY row_count DESC, f.code, f.severity
"""

#: the persons whom several records tell of
_SEVERAL = """
SELECT unit_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL GROUP BY unit_id HAVING count(*) > 1"""

UNITS = f"""
SELECT (SELECT count(*) FROM source.logical_record WHERE state = 'active') AS record_count,
       (SELECT count(*) FROM gold.person WHERE to_run IS NULL) AS person_count,
       (SELECT count(*) FROM ({_SEVERAL}) several) AS repeated_count,
       (SELECT count(*) FROM gold.person WHERE to_run IS NULL AND claiming_regency_codes LIKE '%|%') AS shared_count,
       (SELECT count(*) FROM gold.person WHERE to_run IS NULL AND is_in_review) AS review_count,
       (SELECT count(*) FROM gold.person WHERE to_run IS NULL AND aid_hold IS NOT NULL) AS held_count,
       (SELECT count(*) FROM gold.business WHERE to_run IS NULL) AS business_count,
       (SELECT count(*) FROM gold.household WHERE to_run IS NULL) AS household_count,
       (SELECT count(*) FROM gold."group" WHERE to_run IS NULL) AS group_count,
       (SELECT count(*) FROM gold.cooperative WHERE to_run IS NULL) AS cooperative_count
"""

PERSONS = f"""
SELECT regency_code, count(*) AS person_count, count(several.unit_id) AS repeated_count,
       count(*) FILTER (WHERE claiming_regency_codes LIKE '%|%') AS shared_count,
       count(*) FILTER (WHERE is_in_review) AS review_count, count(*) FILTER (WHERE aid_hold IS NOT NULL) AS held_count
  FROM gold.person LEFT JOIN ({_SEVERAL}) several ON unit_id = person_id
 WHERE to_run IS NULL GROUP BY regency_code ORDER BY regency_code
"""

BUSINESSES = (
    "SELECT regency_code, count(*) AS business_count FROM gold.business WHERE to_run IS NULL GROUP BY regency_code"
)

#: what is known of each business' activity: seen on a day, told or visited without one or the other, or neither
ACTIVITY = """
SELECT regency_code, count(*) AS business_count,
       count(*) FILTER (WHERE activity_status = 'active' AND verified_on IS NOT NULL) AS active_count,
       count(*) FILTER (WHERE activity_status <> 'active' AND verified_on IS NOT NULL) AS inactive_count,
       count(*) FILTER (WHERE (activity_status IS NULL) <> (verified_on IS NULL)) AS unclear_count,
       count(*) FILTER (WHERE activity_status IS NULL AND verified_on IS NULL) AS not_verified_count
  FROM gold.business WHERE to_run IS NULL GROUP BY regency_code
"""

#: of every register that was asked: the persons with a NIK about whom it answered, has not answered yet, was not asked
REGISTERS = """
WITH told AS (
  SELECT DISTINCT register, nik FROM verification.result
), asked AS (
  SELECT DISTINCT b.register, q.nik FROM verification.question q JOIN verification.batch b USING (batch_id)
)
SELECT r.register, count(t.nik) AS known_count, count(a.nik) FILTER (WHERE t.nik IS NULL) AS unknown_count,
       count(*) FILTER (WHERE t.nik IS NULL AND a.nik IS NULL) AS not_asked_count
  FROM (SELECT register FROM told UNION SELECT register FROM asked) r
  JOIN gold.person p ON p.to_run IS NULL AND p.nik IS NOT NULL
  LEFT JOIN told t ON t.register = r.register AND t.nik = p.nik
  LEFT JOIN asked a ON a.register = r.register AND a.nik = p.nik
 GROUP BY r.register ORDER BY r.register
"""

#: what the caps of the newest linking left out: a skip is an alarm with an owner
CAPPED = """
SELECT rule, capped_block_count, capped_record_count FROM identity.blocking_report
 WHERE run_id = (SELECT max(run_id) FROM identity.blocking_report) AND capped_block_count > 0
 ORDER BY capped_record_count DESC, rule
"""

#: the newest version of every programme's round and phase that is not withdrawn
LISTS = """
SELECT DISTINCT ON (l.programme, l.round, l.phase) l.list_id, l.programme, l.round, l.phase, l.version, l.state, l.in_count,
       l.out_count, l.waiting_count, l.amount_idr, l.published_on, p.body AS programme_body
  FROM aid.list l JOIN aid.programme p USING (programme_sha256) WHERE l.state <> 'withdrawn'
 ORDER BY l.programme, l.round, l.phase, l.version DESC
"""

REASONS = """
SELECT decision, decisive_reason, count(*) AS unit_count FROM aid.decision WHERE list_id = :list_id
 GROUP BY decision, decisive_reason ORDER BY decision, unit_count DESC, decisive_reason
"""

#: a unit that was merged since counts where the one stands that it is now
BY_REGENCY = """
SELECT p.regency_code, count(*) FILTER (WHERE d.decision = 'in') AS in_count,
       count(*) FILTER (WHERE d.decision = 'waiting') AS waiting_count, count(*) FILTER (WHERE d.decision = 'out') AS out_count,
       coalesce(sum(d.amount_idr) FILTER (WHERE d.decision = 'in'), 0) AS amount_idr
  FROM aid.decision d
  LEFT JOIN aid.forward f ON f.unit_kind = 'person' AND f.unit_id = d.person_id
  LEFT JOIN gold.person p ON p.person_id = coalesce(f.current_id, d.person_id) AND p.to_run IS NULL
 WHERE d.list_id = :list_id GROUP BY p.regency_code ORDER BY p.regency_code NULLS LAST
"""

CONFLICTS = "SELECT count(*) AS conflict_count, coalesce(sum(amount_idr), 0) AS amount_idr FROM aid.conflict WHERE resolved_at IS NULL"

COVERAGE = """
SELECT regency_code, coverage, count(*) AS person_count FROM aid.coverage GROUP BY regency_code, coverage ORDER BY regency_code NULLS LAST
"""

UNCOVERED = """
SELECT reason, count(*) AS person_count FROM aid.coverage WHERE coverage = 'uncovered' GROUP BY reason ORDER BY person_count DESC, reason
"""

DELIVERY = """
SELECT m.receiver, m.list_id, m.state, count(*) AS message_count, sum(m.line_count) AS line_count,
       coalesce(sum(a.accepted), 0) AS accepted_count, coalesce(sum(a.refused), 0) AS refused_count,
       max(m.settled_at)::date AS settled_on
  FROM outbox.message m
  LEFT JOIN (SELECT idempotency_key, count(*) FILTER (WHERE answer = 'accepted') AS accepted,
                    count(*) FILTER (WHERE answer = 'refused') AS refused
               FROM outbox.line GROUP BY idempotency_key) a USING (idempotency_key)
 GROUP BY m.receiver, m.list_id, m.state ORDER BY m.receiver, m.list_id, m.state
"""
