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
CREATE TRIGGER standing_approval_is_a_fact BEFORE UPDATE OR DELETE ON aid.standing_approval
  FOR EACH ROW EXECUTE FUNCTION aid.refuse_change();
CREATE TRIGGER programme_is_a_fact BEFORE UPDATE OR DELETE ON aid.programme FOR EACH ROW EXECUTE FUNCTION aid.refuse_change();

-- what was locked stays as it was locked: only publishing or withdrawing it is left
CREATE TRIGGER locked_stays_fixed BEFORE UPDATE ON aid.list FOR EACH ROW
  WHEN (OLD.state = 'locked' AND (NEW.state = 'draft'
        OR (NEW.sha256, NEW.preparer, NEW.programme_sha256, NEW.in_count, NEW.out_count, NEW.waiting_count, NEW.amount_idr, NEW.seats)
           IS DISTINCT FROM
           (OLD.sha256, OLD.preparer, OLD.programme_sha256, OLD.in_count, OLD.out_count, OLD.waiting_count, OLD.amount_idr, OLD.seats)))
  EXECUTE FUNCTION aid.refuse_change();
CREATE TRIGGER only_drafts_are_dropped BEFORE DELETE ON aid.list
  FOR EACH ROW WHEN (OLD.state <> 'draft') EXECUTE FUNCTION aid.refuse_change();

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

-- P10: a message's key and body are stored when made, a receipt is what the receiver said; only how far a message is may change
CREATE FUNCTION outbox.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is a fact and cannot be changed', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER message_stays_as_made BEFORE UPDATE ON outbox.message FOR EACH ROW
  WHEN ((NEW.idempotency_key, NEW.receiver, NEW.list_id, NEW.operation, NEW.part, NEW.part_count, NEW.line_count, NEW.body, NEW.body_sha256)
        IS DISTINCT FROM
        (OLD.idempotency_key, OLD.receiver, OLD.list_id, OLD.operation, OLD.part, OLD.part_count, OLD.line_count, OLD.body, OLD.body_sha256)
        OR OLD.state IN ('acknowledged', 'refused') AND NEW.state <> OLD.state)
  EXECUTE FUNCTION outbox.refuse_change();
CREATE TRIGGER line_stays_as_made BEFORE UPDATE ON outbox.line FOR EACH ROW
  WHEN ((NEW.line_key, NEW.idempotency_key, NEW.line_id, NEW.unit_kind, NEW.unit_id, NEW.amount_idr)
        IS DISTINCT FROM (OLD.line_key, OLD.idempotency_key, OLD.line_id, OLD.unit_kind, OLD.unit_id, OLD.amount_idr))
  EXECUTE FUNCTION outbox.refuse_change();
CREATE TRIGGER message_is_kept BEFORE DELETE ON outbox.message FOR EACH ROW EXECUTE FUNCTION outbox.refuse_change();
CREATE TRIGGER line_is_kept BEFORE DELETE ON outbox.line FOR EACH ROW EXECUTE FUNCTION outbox.refuse_change();
CREATE TRIGGER receipt_is_a_fact BEFORE UPDATE OR DELETE ON outbox.receipt FOR EACH ROW EXECUTE FUNCTION outbox.refuse_change();

-- An id that was merged into another, with the id that stands for it now.
CREATE VIEW aid.forward WITH (security_invoker = true) AS
WITH RECURSIVE way AS (
  SELECT unit_kind, unit_id, forwarded_to AS current_id FROM identity.id_register WHERE forwarded_to IS NOT NULL
  UNION
  SELECT way.unit_kind, way.unit_id, r.forwarded_to
    FROM way JOIN identity.id_register r ON r.unit_kind = way.unit_kind AND r.unit_id = way.current_id
   WHERE r.forwarded_to IS NOT NULL
)
SELECT way.unit_kind, way.unit_id, way.current_id
  FROM way LEFT JOIN identity.id_register r ON r.unit_kind = way.unit_kind AND r.unit_id = way.current_id
 WHERE r.forwarded_to IS NULL;

-- A claim as awarded, with the id its unit has now: a merge never rewrites claims.
CREATE VIEW aid.claim_now WITH (security_invoker = true) AS
SELECT c.*, coalesce(f.current_id, c.unit_id) AS current_id
  FROM aid.claim c LEFT JOIN aid.forward f ON f.unit_kind = c.unit_kind AND f.unit_id = c.unit_id;

-- P14: every golden person once: aided, on a list, held, waiting, or uncovered (belum terjangkau), with the reason.
CREATE VIEW aid.coverage WITH (security_invoker = true) AS
WITH latest AS (
  SELECT DISTINCT ON (programme, round) list_id FROM aid.list
   WHERE state <> 'withdrawn' ORDER BY programme, round, phase DESC, version DESC
), decided AS (
  SELECT d.unit_id, bool_or(d.decision = 'in') AS is_in, bool_or(d.decision = 'waiting') AS is_waiting,
         (array_agg(d.decisive_reason ORDER BY (d.decision = 'waiting') DESC, d.list_id))[1] AS reason,
         string_agg(DISTINCT d.reasons, '|' ORDER BY d.reasons) AS codes
    FROM aid.decision d JOIN latest USING (list_id) WHERE d.unit_kind = 'person' GROUP BY d.unit_id
), aided AS (
  SELECT DISTINCT current_id AS unit_id FROM aid.claim_now WHERE unit_kind = 'person'
), told AS (
  SELECT p.person_id, p.regency_code, p.aid_hold, d.reason, d.codes,
         CASE WHEN a.unit_id IS NOT NULL THEN 'aided'
              WHEN d.is_in THEN 'on_list'
              WHEN (d.is_waiting OR d.unit_id IS NULL) AND (p.aid_hold IS NOT NULL OR p.is_in_review) THEN 'held'
              WHEN d.is_waiting THEN 'waiting'
              ELSE 'uncovered' END AS coverage
    FROM gold.person p
    LEFT JOIN decided d ON d.unit_id = p.person_id
    LEFT JOIN aided a ON a.unit_id = p.person_id
   WHERE p.to_run IS NULL
)
SELECT person_id, regency_code, coverage,
       CASE coverage WHEN 'aided' THEN 'AIDED' WHEN 'on_list' THEN 'ON_LIST'
                     WHEN 'held' THEN CASE WHEN aid_hold IS NULL THEN 'IDENTITY_IN_REVIEW' ELSE 'HELD_FROM_AID' END
                     ELSE coalesce(reason, 'NO_LIST') END AS reason,
       CASE coverage WHEN 'held' THEN coalesce(aid_hold, 'IDENTITY_IN_REVIEW') ELSE codes END AS codes
  FROM told;
