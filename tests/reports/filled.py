"""A small warehouse with something of everything the report tells: invented, by plain INSERTs."""

from __future__ import annotations

import json
from datetime import date

import sqlalchemy as sa

from schemas.programmes import programmes
from tasks import runs, store

TODAY = date(2020, 4, 30)
NIK = "1901014101800001"
NAME = "Siti Rahayu"
LIST = "bpum_2020.2020.1.1"

_ROWS = """
INSERT INTO intake.content (sha256, byte_count) VALUES ('a', 1), ('b', 1), ('c', 1);
INSERT INTO intake.series (series_id, regency_code, kind, period, scope) OVERRIDING SYSTEM VALUE
  VALUES (1, '19.01', 'umkm', '2020-04', 'x'), (2, '19.71', 'umkm', '2020-04', 'x');
INSERT INTO intake.submission (submission_id, regency_code, file, sha256, kind, period, series_id, version, is_current, state, run_id,
  accepted_count, accepted_with_findings_count, quarantined_count, duplicate_count, not_data_count, row_count, receipt, workbook)
  VALUES ('s1', '19.01', '19.01/Data UMKM & kelompok #1.xlsx', 'a', 'umkm', '2020-04', 1, 1, true, 'answered', :run,
          1200, 30, 7, 5, 3, 1245, 'answers/19.01/tanda terima #1.html', 'answers/19.01/perbaikan.xlsx'),
         ('s2', '19.71', '19.71/umkm.csv', 'b', 'umkm', '2020-04', 2, 2, true, 'answered', :run, 300, 0, 0, 0, 1, 301, NULL, NULL);
INSERT INTO intake.submission (submission_id, regency_code, file, sha256, state, reason_code, reason, run_id, waiting_with_file_count,
  row_count) VALUES ('s3', '19.02', '19.02/daftar.xlsx', 'c', 'waiting', 'HEADINGS_UNCLEAR', 'Dua kolom mengaku NIK.', :run, 44, 44);
INSERT INTO intake.sheet (submission_id, sheet_no, name, is_hidden)
  VALUES ('s1', 1, 'Data', false), ('s2', 1, '', false), ('s3', 1, 'A', false);
INSERT INTO intake.source_row (submission_id, sheet_no, row, data_row, outcome, duplicate_of_row, duplicate_of_sheet_no, cells)
  SELECT 's1', 1, n, CASE WHEN n <= 1242 THEN n END,
         CASE WHEN n <= 1200 THEN 'accepted' WHEN n <= 1230 THEN 'accepted_with_findings' WHEN n <= 1237 THEN 'quarantined'
              WHEN n <= 1242 THEN 'duplicate' ELSE 'not_data' END,
         CASE WHEN n BETWEEN 1238 AND 1242 THEN 1 END, CASE WHEN n BETWEEN 1238 AND 1242 THEN 1 END, '' FROM generate_series(1, 1245) n;
INSERT INTO intake.source_row (submission_id, sheet_no, row, data_row, outcome, cells)
  SELECT 's2', 1, n, CASE WHEN n <= 300 THEN n END,
         CASE WHEN n <= 300 THEN 'accepted' ELSE 'not_data' END, '' FROM generate_series(1, 301) n;
INSERT INTO intake.source_row (submission_id, sheet_no, row, data_row, outcome, cells)
  SELECT 's3', 1, n, n, 'waiting_with_file', '' FROM generate_series(1, 44) n;
INSERT INTO intake.finding (submission_id, sheet_no, row, code, field, column_no, severity)
  SELECT 's1', 1, n, :code, 'nik', 2, 'hold' FROM generate_series(1201, 1230) n;
INSERT INTO gold.person (person_id, from_run, regency_code, full_name, nik, claiming_regency_codes, is_in_review, sources,
  content_hash)
  SELECT 'P-' || n, :run, CASE WHEN n <= 1000 THEN '19.01' ELSE '19.71' END, :name, :nik,
         CASE WHEN n % 50 = 0 THEN '19.01|19.71' ELSE '19.01' END, n % 100 = 1, '{}', n FROM generate_series(1, 1250) n;
INSERT INTO identity.membership (record_id, unit_kind, unit_id, from_run)
  SELECT n * 10 + part, 'person', 'P-' || n, :run FROM generate_series(1, 1250) n, generate_series(0, (n % 5 = 0)::int) part;
INSERT INTO gold.business (business_id, from_run, regency_code, person_id, sources, content_hash)
  SELECT 'B-' || n, :run, '19.01', 'P-' || n, '{}', n FROM generate_series(1, 1100) n;
INSERT INTO identity.blocking_report VALUES (:run, 'sound_village', 1000, 2, 812, true);
INSERT INTO aid.officer (officer_id, full_name, role, public_key) VALUES ('sari', 'Sari', 'preparer', '-');
INSERT INTO aid.round (programme, round, reference_date) VALUES ('bpum_2020', '2020', '2020-04-30');
INSERT INTO aid.programme (programme_sha256, code, body) VALUES ('p', 'bpum_2020', CAST(:body AS jsonb));
INSERT INTO aid.list (list_id, programme, round, phase, version, programme_sha256, rules_mark, gold_mark, gold_run, state, in_count,
  out_count, waiting_count, amount_idr, run_id)
  VALUES (:list, 'bpum_2020', '2020', 1, 1, 'p', 'm', 'g', :run, 'draft', 900, 200, 100, 900 * 2400000::bigint, :run);
INSERT INTO aid.decision (list_id, unit_kind, unit_id, person_id, decision, decisive_reason, facts, amount_idr)
  SELECT :list, 'person', 'P-' || n, 'P-' || n, CASE WHEN n <= 900 THEN 'in' WHEN n <= 1000 THEN 'waiting' ELSE 'out' END,
         CASE WHEN n <= 900 THEN 'ELIGIBLE' WHEN n <= 1000 THEN 'NO_VALID_NIK' ELSE 'BANK_CREDIT' END, '{}',
         CASE WHEN n <= 900 THEN 2400000 END FROM generate_series(1, 1200) n;
INSERT INTO outbox.message (idempotency_key, receiver, list_id, operation, part, part_count, line_count, body, body_sha256, state)
  VALUES ('m1', 'penyalur', :list, 'award', 1, 1, 2, '{}', 'x', 'acknowledged');
INSERT INTO outbox.line (line_key, idempotency_key, line_id, unit_kind, unit_id, amount_idr, answer)
  VALUES ('l1', 'm1', '1', 'person', 'P-1', 2400000, 'accepted'), ('l2', 'm1', '2', 'person', 'P-2', 2400000, 'refused');
"""


def fill(finding_code: str = "NIK_LENGTH") -> int:
    """Fill the test's warehouse; returns the run that did it."""
    with runs.run("nightly", TODAY) as run, store.transaction() as connection:
        values = {"run": run.run_id, "name": NAME, "nik": NIK, "list": LIST, "code": finding_code}
        values["body"] = json.dumps(programmes()["bpum_2020"].body)
        for statement in _ROWS.split(";\n"):
            if statement.strip():
                sql = sa.text(statement)
                connection.execute(sql, {name: value for name, value in values.items() if name in sql.compile().params})
    return run.run_id
