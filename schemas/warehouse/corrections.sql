-- Rows of current submissions that count no more, because a correction that came back says otherwise. Applied by the migrations.
-- The one place that knows: exports and reports leave these rows out, nothing is deleted.
--
-- Of the attempts at one row (as the list was sent, then correction after correction) an accepted later one replaces those before;
-- any later one replaces one that was not accepted itself. A correction's row that could not be placed goes with the next correction.
CREATE VIEW intake.replaced_row WITH (security_invoker = true) AS
WITH correction AS (
  SELECT submission_id, corrects, version FROM intake.submission WHERE corrects IS NOT NULL AND is_current
), attempt AS (
  SELECT c.submission_id, c.corrects, c.version, r.sheet_no, r.row, r.outcome, r.corrects_sheet_no, r.corrects_row
    FROM correction c JOIN intake.source_row r USING (submission_id) WHERE r.outcome <> 'not_data'
  UNION ALL
  SELECT r.submission_id, r.submission_id, 0, r.sheet_no, r.row, r.outcome, r.sheet_no, r.row
    FROM intake.source_row r
    JOIN (SELECT DISTINCT c.corrects, a.corrects_sheet_no, a.corrects_row
            FROM correction c JOIN intake.source_row a USING (submission_id) WHERE a.corrects_row IS NOT NULL) touched
      ON r.submission_id = touched.corrects AND r.sheet_no = touched.corrects_sheet_no AND r.row = touched.corrects_row
)
SELECT DISTINCT o.submission_id, o.sheet_no, o.row, o.outcome
  FROM attempt o
  JOIN attempt n ON n.corrects = o.corrects AND n.corrects_sheet_no = o.corrects_sheet_no AND n.corrects_row = o.corrects_row
       AND n.version > o.version
 WHERE n.outcome IN ('accepted', 'accepted_with_findings', 'duplicate') OR o.outcome NOT IN ('accepted', 'accepted_with_findings')
UNION ALL
SELECT o.submission_id, o.sheet_no, o.row, o.outcome
  FROM attempt o
 WHERE o.corrects_row IS NULL AND EXISTS (SELECT FROM correction n WHERE n.corrects = o.corrects AND n.version > o.version);
