-- P2: at commit, every version that a submission brought has its row as it was sent, and its record. Applied by the migrations.

CREATE FUNCTION intake.check_versions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lost bigint;
BEGIN
  SELECT count(*) INTO lost
    FROM source.record_version v
    LEFT JOIN intake.source_row r ON r.submission_id = v.submission_id AND r.sheet_no = v.sheet_no AND r.row = v.row
    LEFT JOIN source.logical_record l ON l.record_id = v.record_id
   WHERE v.submission_id = NEW.submission_id AND (r.row IS NULL OR l.record_id IS NULL);
  IF lost > 0 THEN
    RAISE EXCEPTION 'submission %: % versions without their row or record', NEW.submission_id, lost
      USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER versions_are_proven AFTER INSERT OR UPDATE OF row_count, content_key ON intake.submission
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION intake.check_versions();
