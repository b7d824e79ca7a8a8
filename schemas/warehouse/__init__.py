"""The warehouse: every table, one module per schema (layer). A change here needs a migration (`alembic check` notices).

Belongs here: tables, keys, constraints. Does not belong here: queries, or triggers and functions (schemas/warehouse/guards.sql,
applied by the migrations).

    audit        who ran and did what, when
    intake       what was sent: bytes, submissions, every row with its outcome, findings
    source       logical records and their versions, typed
    identity     features, edges, judgements, the register of ids, memberships
    gold         one row per person, business, household, group, cooperative, with the source of each value
    verification what registers answered
    aid          programmes, rounds, lists, decisions, claims, officers, approvals
    outbox       messages to receiving systems, their lines and receipts

One time axis: `from_run`, `to_run` (null = current) on source.record_version, identity.membership and gold.*.
"""

from schemas.warehouse import aid, audit, gold, identity, intake, outbox, source, verification
from schemas.warehouse.base import metadata

SCHEMAS = ("audit", "intake", "source", "identity", "gold", "verification", "aid", "outbox")

__all__ = ["SCHEMAS", "aid", "audit", "gold", "identity", "intake", "metadata", "outbox", "source", "verification"]
