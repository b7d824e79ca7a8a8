"""The canonical bytes of a list and the statements that officers sign.

Belongs here: what exactly is hashed and signed. Does not belong here: keys (signing.py), running the SQL (steps).

Canonical bytes = JSON Lines in UTF-8, every line ended by a line feed. First the head (sorted keys, no spaces): which list, under which
programme body, how many are in, how many rupiah, and the digest of *all* decisions with their frozen facts, so that who was left out and
why is as fixed as who is in. Then one line per award, sorted by line_id, keys in the order of `line_sql`.
"""

from __future__ import annotations

import json
from typing import Any

from schemas.messages import line_key
from schemas.programmes import Programme

FORMAT = "sinergi-list-1"

#: one text over every decision of :list_id, in order of unit id: what the head's digest is made of
DIGEST_SQL = """
SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY unit_kind COLLATE "C", unit_id COLLATE "C"), ''), 'UTF8')), 'hex')
  FROM (
    SELECT unit_kind, unit_id, encode(sha256(convert_to(concat_ws(E'\\x1f', unit_kind, unit_id, coalesce(person_id, ''),
             coalesce(business_id, ''), coalesce(household_id, ''), decision, decisive_reason, reasons, facts::text,
             coalesce(rank::text, ''), coalesce(amount_idr::text, ''), coalesce(key, '')), 'UTF8')), 'hex') AS line
      FROM aid.decision WHERE list_id = :list_id
  ) AS lines"""


def head_line(row: dict[str, Any], reference_date: str, decisions_sha256: str) -> str:
    """The first line of the canonical bytes. `row` = the aid.list row; counts and rupiah as locked."""
    head = {
        "format": FORMAT,
        "list_id": row["list_id"],
        "programme": row["programme"],
        "round": row["round"],
        "phase": row["phase"],
        "version": row["version"],
        "programme_sha256": row["programme_sha256"],
        "reference_date": reference_date,
        "seats": row["seats"],
        "count": row["in_count"],
        "total_idr": row["amount_idr"],
        "out_count": row["out_count"],
        "waiting_count": row["waiting_count"],
        "decisions_sha256": decisions_sha256,
    }
    return json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def body_sql(programme: Programme) -> str:
    """An SQL expression: the canonical bytes (bytea) of :list_id under the head line :head."""
    return f"""convert_to(:head || E'\\n' || coalesce((
      SELECT string_agg(line || E'\\n', '' ORDER BY unit_id COLLATE "C")
        FROM (SELECT unit_id, {line_sql(programme)} AS line FROM aid.decision WHERE list_id = :list_id AND decision = 'in') AS lines
    ), ''), 'UTF8')"""


def line_sql(programme: Programme) -> str:
    """An SQL expression over aid.decision: the JSON of one award, keys in a fixed order, no spaces."""
    parts = {
        "line_id": "to_json(list_id || '/' || unit_id)::text",
        "unit_kind": "to_json(unit_kind)::text",
        "unit_id": "to_json(unit_id)::text",
        "business_id": "coalesce(to_json(business_id)::text, 'null')",
        "household_id": "coalesce(to_json(household_id)::text, 'null')",
        "amount_idr": "amount_idr::text",
        "rank": "coalesce(rank::text, 'null')",
        "key": "to_json(key)::text",
        **{name: f"coalesce((facts -> '{name}' -> 0)::text, 'null')" for name in programme.line_facts},
    }
    joined = " || ',' || ".join(f"'\"{name}\"' || E'\\:' || {value}" for name, value in parts.items())
    return f"'{{' || {joined} || '}}'"


def key_sql(programme: Programme, round_name: str, phase: int) -> str:
    """An SQL expression: the line key (P10) of `unit_id` for the programme's first receiver, as schemas/messages makes it."""
    before, after = line_key(
        programme.receivers[0], programme.code, round_name, phase, "person", "\0", "award", 1
    ).split("\0")
    return f"'{_sql_text(before)}' || unit_id || '{_sql_text(after)}'"


def _sql_text(text: str) -> str:
    return text.replace("'", "''").replace(":", "\\:")


def approval_statement(list_id: str, sha256: str) -> bytes:
    """What an approver signs."""
    return f"sinergi approval\n{list_id}\n{sha256}\n".encode()


def publication_statement(list_id: str, sha256: str) -> bytes:
    """What the publishing officer signs."""
    return f"sinergi publication\n{list_id}\n{sha256}\n".encode()


def standing_statement(programme: str, round_name: str, programme_sha256: str, valid_until: str) -> bytes:
    """What an officer signs who lets the nightly publish one round until a date, under one body of rules."""
    return f"sinergi standing approval\n{programme}.{round_name}\n{programme_sha256}\n{valid_until}\n".encode()
