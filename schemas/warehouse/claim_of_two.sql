-- A claim that was taken on records which people have said since are two persons': one line a pair of records that stood together in
-- the unit when the claim was made. Applied by the migrations.
CREATE VIEW aid.claim_of_two WITH (security_invoker = true) AS
SELECT c.conflict_group, c."window", c.unit_kind, c.unit_id, c.slot, c.list_id, c.amount_idr, j.judgement_id, j.record_a, j.record_b
  FROM identity.judgement j
  JOIN identity.membership a ON a.unit_kind = 'person' AND a.record_id = j.record_a
  JOIN identity.membership b ON b.unit_kind = 'person' AND b.record_id = j.record_b AND b.unit_id = a.unit_id
  JOIN aid.claim c ON c.unit_kind = 'person' AND c.unit_id = a.unit_id
   AND c.run_id >= a.from_run AND (a.to_run IS NULL OR c.run_id < a.to_run)
   AND c.run_id >= b.from_run AND (b.to_run IS NULL OR c.run_id < b.to_run)
 WHERE j.verdict = 'different' AND j.undone_at IS NULL;
