"""A published list in the warehouse with its messages in the outbox, as publishing leaves them. NIKs are invented."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from schemas.messages import ListHead, Message, build_messages, line_table, message_table
from tasks import runs, store

TODAY = date(2020, 4, 30)
AMOUNT = 2_400_000
FIRST_NIK = 9202_12010180_0001  # Papua: above 2^53

_FACTS = """
INSERT INTO aid.officer (officer_id, full_name, role, public_key) VALUES ('penyusun', 'Penyusun', 'preparer', 'key')
ON CONFLICT DO NOTHING;
INSERT INTO aid.programme (programme_sha256, code, body) VALUES ('programme-hash', 'bpum_2020', '{}') ON CONFLICT DO NOTHING;
INSERT INTO aid.round (programme, round, reference_date) VALUES ('bpum_2020', '2020', '2020-04-30') ON CONFLICT DO NOTHING;
"""
_LIST = """
INSERT INTO aid.list (list_id, programme, round, phase, version, programme_sha256, state, preparer,
                      in_count, out_count, waiting_count, amount_idr, rules_mark, gold_mark, gold_run, run_id,
                      sha256, body, signature, signed_by)
VALUES (:list_id, 'bpum_2020', '2020', :phase, 1, 'programme-hash', 'published', 'penyusun', :n, 0, 0, :amount, 'rules', 'gold',
        :run, :run, :sha256, 'body', 'signature', 'penyusun')
"""


def lines(count: int, first: int = 0) -> list[dict[str, object]]:
    """Lines of persons: number i has the NIK and the unit i."""
    return [
        {
            "line_id": f"{i:06d}", "unit_kind": "person", "unit_id": f"P-{i:012d}", "nik": str(FIRST_NIK + i),
            "full_name": f"ORANG CONTOH {i}", "amount_idr": AMOUNT,
        }
        for i in range(first, first + count)
    ]  # fmt: skip


def head(count: int, phase: int = 1) -> ListHead:
    """The head of a list with so many lines."""
    return ListHead(f"bpum_2020.2020.{phase}.1", "bpum_2020", "2020", phase, 1, "a" * 64, count, count * AMOUNT)


def publish(count: int = 3, *, part_size: int = 500, phase: int = 1, first: int = 0) -> list[Message]:
    """Publish a list of so many persons and queue its messages."""
    about = head(count, phase)
    messages = build_messages("penyalur", about, lines(count, first), part_size=part_size)
    with runs.run("aid", TODAY) as run, store.transaction() as connection:
        for statement in _FACTS.split(";\n"):
            if statement.strip():
                connection.execute(sa.text(statement))
        values = {
            "list_id": about.list_id,
            "phase": phase,
            "n": count,
            "amount": about.amount_idr,
            "sha256": about.sha256,
        }
        connection.execute(sa.text(_LIST), {**values, "run": run.run_id})
        store.copy_in(connection, "outbox.message", message_table(messages))
        store.copy_in(connection, "outbox.line", line_table(messages))
    return messages


def states() -> list[str]:
    """The states of all messages, in order of part."""
    return store.query("SELECT state FROM outbox.message ORDER BY list_id, part")["state"].tolist()


def error_codes() -> list[str]:
    """The last error code of each message that has one."""
    found = store.query("SELECT last_error_code FROM outbox.message WHERE last_error_code IS NOT NULL ORDER BY part")
    return found["last_error_code"].tolist()


def answers() -> dict[str, int]:
    """How many lines have which answer (and code)."""
    sql = "SELECT concat_ws(':', coalesce(answer, 'none'), answer_code) AS word, count(*) AS n FROM outbox.line GROUP BY 1"
    found = store.query(sql)
    return dict(zip(found["word"].tolist(), found["n"].tolist(), strict=True))


def events() -> list[tuple[str, str]]:
    """The alarms: (action, reason)."""
    found = store.query("SELECT action, reason FROM audit.event ORDER BY event_id")
    return list(zip(found["action"].tolist(), found["reason"].tolist(), strict=True))
