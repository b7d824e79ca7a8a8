-- P2: at commit, every version that a submission brought has its row as it was sent, and its record. Applied by the migrations, again whenever it changes.

CREATE OR REPLACE FUNCTION intake.check_versions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lost bigint;
BEGIN
  -- EXCEPT is one pass however few rows the planner believes a new submission to have; a join of both by row was quadratic then
  SELECT count(*) INTO lost FROM (
    SELECT v.sheet_no, v.row FROM source.record_version v WHERE v.submission_id = NEW.submission_id
    EXCEPT SELECT r.sheet_no, r.row FROM intake.source_row r WHERE r.submission_id = NEW.submission_id) without_row;
  SELECT lost + count(*) INTO lost FROM source.record_version v
   WHERE v.submission_id = NEW.submission_id
     AND NOT EXISTS (SELECT FROM source.logical_record l WHERE l.record_id = v.record_id);
  IF lost > 0 THEN
    RAISE EXCEPTION 'submission %: % versions without their row or record', NEW.submission_id, lost
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS versions_are_proven ON intake.submission;

CREATE CONSTRAINT TRIGGER versions_are_proven AFTER INSERT OR UPDATE OF row_count, content_key ON intake.submission
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION intake.check_versions();
