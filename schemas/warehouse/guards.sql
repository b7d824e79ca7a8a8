-- What a table definition cannot say: the ledger is proven at commit, and a published fact refuses a change.
-- Applied by the migrations. Belongs here: guards and read-only views. Does not belong here: any step's work.

-- P1: at commit, the counts on a submission equal its rows, outcome by outcome.
CREATE FUNCTION intake.check_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told text;
  found text;
BEGIN
  SELECT concat_ws('/', s.row_count, s.accepted_count, s.accepted_with_findings_count, s.quarantined_count,
                   s.duplicate_count, s.waiting_with_file_count, s.not_data_count)
    INTO told FROM intake.submission s WHERE s.submission_id = NEW.submission_id;
  SELECT concat_ws('/', count(*), count(*) FILTER (WHERE outcome = 'accepted'),
                   count(*) FILTER (WHERE outcome = 'accepted_with_findings'),
                   count(*) FILTER (WHERE outcome = 'quarantined'), count(*) FILTER (WHERE outcome = 'duplicate'),
                   count(*) FILTER (WHERE outcome = 'waiting_with_file'), count(*) FILTER (WHERE outcome = 'not_data'))
    INTO found FROM intake.source_row r WHERE r.submission_id = NEW.submission_id;
  IF told <> found THEN
    RAISE EXCEPTION 'ledger of submission %: told %, found %', NEW.submission_id, told, found
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_is_proven AFTER INSERT OR UPDATE ON intake.submission
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION intake.check_ledger();

-- What did not enter the warehouse, with its codes.
CREATE VIEW intake.quarantine WITH (security_invoker = true) AS
SELECT r.submission_id, r.sheet_no, r.row, r.data_row, r.cells,
       (SELECT string_agg(DISTINCT f.code, '|' ORDER BY f.code) FROM intake.finding f
         WHERE f.submission_id = r.submission_id AND f.sheet_no = r.sheet_no AND f.row = r.row) AS findings
  FROM intake.source_row r WHERE r.outcome = 'quarantined';

-- P9: a published list and its decisions, a claim and an approval are facts.
CREATE FUNCTION aid.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is a fact and cannot be changed', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER published_is_a_fact BEFORE UPDATE OR DELETE ON aid.list
  FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION aid.refuse_change();
CREATE TRIGGER claim_is_a_fact BEFORE UPDATE OR DELETE ON aid.claim FOR EACH ROW EXECUTE FUNCTION aid.refuse_change();
CREATE TRIGGER approval_is_a_fact BEFORE UPDATE OR DELETE ON aid.approval FOR EACH ROW EXECUTE FUNCTION aid.refuse_change();

-- decisions may be written while their list is a draft, never after
CREATE FUNCTION aid.refuse_fixed_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM changed c JOIN aid.list l USING (list_id) WHERE l.state IN ('locked', 'published')) THEN
    RAISE EXCEPTION 'a decision of a locked or published list cannot be changed' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER decision_added AFTER INSERT ON aid.decision REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION aid.refuse_fixed_decision();
CREATE TRIGGER decision_changed AFTER UPDATE ON aid.decision REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION aid.refuse_fixed_decision();
CREATE TRIGGER decision_removed AFTER DELETE ON aid.decision REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION aid.refuse_fixed_decision();
