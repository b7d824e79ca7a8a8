-- An entry of the blacklist that nobody has lifted, with the id that its person has now and the day from which it counts. Applied by the
-- migrations.
CREATE VIEW aid.blacklist_now WITH (security_invoker = true) AS
SELECT b.*, coalesce(f.current_id, b.unit_id) AS current_id, coalesce(b.counts_from, b.listed_on) AS since
  FROM aid.blacklist b LEFT JOIN aid.forward f ON f.unit_kind = b.unit_kind AND f.unit_id = b.unit_id
 WHERE NOT EXISTS (SELECT FROM aid.blacklist_act a WHERE a.blacklist_id = b.blacklist_id AND a.act = 'lift');

-- Who else holds a record that the person had when it was barred: parted since, and nobody has said which of them was meant.
CREATE VIEW aid.blacklist_doubt WITH (security_invoker = true) AS
SELECT DISTINCT b.blacklist_id, b.unit_kind, m.unit_id, b.since, b.expires_on
  FROM aid.blacklist_now b JOIN identity.membership m ON m.unit_kind = b.unit_kind AND m.record_id = ANY(b.record_ids)
 WHERE m.to_run IS NULL AND m.unit_id <> b.current_id;
