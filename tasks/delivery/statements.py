"""The sender's SQL, one named statement each. Text only: the transactions around it are in steps."""

OPEN_COUNTS = """
SELECT receiver, count(*) AS n FROM outbox.message WHERE state IN ('queued', 'sending', 'in_doubt')
 GROUP BY receiver ORDER BY receiver
"""

LOCK = "SELECT pg_advisory_lock(:space, hashtext(:receiver))"

DOUBT_LEFT_BEHIND = """
UPDATE outbox.message SET state = 'in_doubt', last_error_code = 'sender_stopped'
 WHERE receiver = :receiver AND state = 'sending'
"""

OPEN_MESSAGES = """
SELECT idempotency_key, state FROM outbox.message WHERE receiver = :receiver AND state IN ('queued', 'in_doubt')
 ORDER BY queued_at, list_id, operation, part
"""

MESSAGE = """
SELECT state, body, body_sha256, coalesce(extract(epoch FROM clock_timestamp() - sent_at), 0)::float8 AS age_seconds
  FROM outbox.message WHERE idempotency_key = :key
"""

MESSAGE_LINES = "SELECT line_key, line_id FROM outbox.line WHERE idempotency_key = :key"

CLAIM = """
UPDATE outbox.message SET state = 'sending', attempt_count = attempt_count + 1, sent_at = clock_timestamp()
 WHERE idempotency_key = :key AND state IN ('queued', 'in_doubt')
"""

SETTLE = """
UPDATE outbox.message
   SET state = :state, last_error_code = :code,
       settled_at = CASE WHEN :state IN ('acknowledged', 'refused', 'held') THEN now() END
 WHERE idempotency_key = :key AND state IN ('queued', 'sending', 'in_doubt')
"""

KEEP_RECEIPT = """
INSERT INTO outbox.receipt (idempotency_key, http_status, body_sha256, body)
VALUES (:key, :status, :sha256, CAST(:body AS jsonb)) ON CONFLICT (idempotency_key, body_sha256) DO NOTHING
"""

ANSWER_LINES = """
UPDATE outbox.line l SET answer = a.answer, answer_code = a.code, answered_at = now()
  FROM jsonb_to_recordset(CAST(:answers AS jsonb) -> 'answers') AS a (line_key text, answer text, code text)
 WHERE l.line_key = a.line_key AND l.idempotency_key = :key
"""

IS_REFUSED = """
SELECT state = 'refused' OR EXISTS (SELECT FROM outbox.line WHERE idempotency_key = :key AND answer = 'refused')
  FROM outbox.message WHERE idempotency_key = :key
"""
