"""What must hold of a house at any moment, what must hold once it is at rest, and what may never be lost again: P1 to P11 as a table.

Each promise is one question that names whatever breaks it; no answer means that it holds. Files and the receiving system's own records
are asked below. Does not belong here: faults (crashing.py), what two houses have in common (house.py).
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.deep.house import House

#: a claim's unit as it is now, and decisions that aid somebody
AWARDS = """
  SELECT d.list_id, d.unit_kind, d.unit_id, d.amount_idr FROM aid.decision d JOIN aid.list l USING (list_id)
   WHERE l.state = 'published' AND d.decision = 'in'"""

#: promise, in words, the question whose answers break it; right after any fault as well
ALWAYS = (
    ("P1", "a file's counts are its rows, outcome by outcome", """
SELECT s.submission_id FROM intake.submission s LEFT JOIN intake.source_row r USING (submission_id) GROUP BY 1
HAVING (s.row_count, s.accepted_count, s.accepted_with_findings_count, s.quarantined_count, s.duplicate_count, s.waiting_with_file_count,
        s.not_data_count)
   <> (count(r.row), count(*) FILTER (WHERE outcome = 'accepted'), count(*) FILTER (WHERE outcome = 'accepted_with_findings'),
       count(*) FILTER (WHERE outcome = 'quarantined'), count(*) FILTER (WHERE outcome = 'duplicate'),
       count(*) FILTER (WHERE outcome = 'waiting_with_file'), count(*) FILTER (WHERE outcome = 'not_data'))"""),
    ("P1", "a row is a record exactly when it was accepted, or is the duplicate of one that was", """
SELECT submission_id, sheet_no, row FROM intake.source_row
 WHERE (record_id IS NOT NULL) <> (outcome IN ('accepted', 'accepted_with_findings', 'duplicate'))"""),
    ("P1", "a loaded file has rows, a refused one none", """
SELECT submission_id FROM intake.submission
 WHERE state IN ('loaded', 'answered', 'no_change') AND row_count = 0 OR state IN ('refused', 'same_bytes') AND row_count > 0"""),
    ("P2", "what was understood stands beside the row it was written in", """
SELECT v.record_id FROM source.record_version v LEFT JOIN intake.source_row r USING (submission_id, sheet_no, row)
 WHERE r.cells IS NULL OR (v.to_run IS NULL AND r.record_id <> v.record_id)"""),
    ("P3", "one version of a record is current, and one file of a series", """
SELECT record_id::text FROM source.record_version WHERE to_run IS NULL GROUP BY 1 HAVING count(*) > 1
UNION ALL SELECT series_id::text FROM intake.submission WHERE is_current GROUP BY 1 HAVING count(*) <> 1"""),
    ("P5", "a record is one person at most, and each person's id is in the register, not passed on to another", """
SELECT record_id::text FROM identity.membership WHERE to_run IS NULL GROUP BY record_id, unit_kind HAVING count(*) > 1
UNION ALL
SELECT m.unit_id FROM identity.membership m LEFT JOIN identity.id_register r USING (unit_kind, unit_id)
 WHERE m.to_run IS NULL AND (r.unit_id IS NULL OR r.forwarded_to IS NOT NULL)"""),
    ("P5", "an edge binds records that are there", """
SELECT e.record_a FROM identity.edge e LEFT JOIN identity.features a ON a.record_id = e.record_a
  LEFT JOIN identity.features b ON b.record_id = e.record_b WHERE a.record_id IS NULL OR b.record_id IS NULL"""),
    ("P6", "golden persons are the persons that records belong to, and every value names one of their records", """
SELECT coalesce(unit_id, person_id) FROM
       (SELECT DISTINCT unit_id FROM identity.membership WHERE unit_kind = 'person' AND to_run IS NULL) m
  FULL JOIN (SELECT person_id FROM gold.person WHERE to_run IS NULL) p ON unit_id = person_id
 WHERE unit_id IS NULL OR person_id IS NULL
UNION ALL
SELECT p.person_id || ' ' || s.key FROM gold.person p, jsonb_each(p.sources) s
 WHERE p.to_run IS NULL AND NOT EXISTS (SELECT FROM identity.membership m WHERE m.unit_kind = 'person' AND m.unit_id = p.person_id
                                           AND m.to_run IS NULL AND m.record_id = (s.value ->> 0)::bigint)"""),
    ("P7", "nobody is aided twice", """
SELECT current_id FROM aid.claim_now GROUP BY conflict_group, "window", unit_kind, current_id HAVING count(*) > 1"""),
    ("P7", "no NIK is paid twice", """
SELECT facts -> 'nik' ->> 0 FROM aid.claim c
  JOIN aid.decision d ON (d.list_id, d.unit_kind, d.unit_id) = (c.list_id, c.unit_kind, c.person_id)
 WHERE facts -> 'nik' ->> 0 IS NOT NULL GROUP BY conflict_group, "window", slot, 1 HAVING count(*) > 1"""),
    ("P7", "published awards are claims and claims are published awards, unit by unit and rupiah by rupiah", f"""
SELECT coalesce(a.list_id, c.list_id), coalesce(a.unit_id, c.person_id)
  FROM ({AWARDS}) a FULL JOIN aid.claim c ON c.list_id = a.list_id AND c.unit_kind = a.unit_kind AND c.person_id = a.unit_id
 WHERE a.amount_idr IS DISTINCT FROM c.amount_idr"""),
    ("P8", "a list's counts are its decisions, each with its reason", """
SELECT l.list_id FROM aid.list l LEFT JOIN aid.decision d USING (list_id) GROUP BY 1
HAVING (l.in_count, l.out_count, l.waiting_count, l.amount_idr)
    <> (count(*) FILTER (WHERE decision = 'in'), count(*) FILTER (WHERE decision = 'out'), count(*) FILTER (WHERE decision = 'waiting'),
        coalesce(sum(d.amount_idr), 0)) OR bool_or(d.decisive_reason = '')"""),
    ("P9", "a published list's bytes are what was locked and approved", """
SELECT l.list_id FROM aid.list l WHERE l.state = 'published' AND (encode(sha256(l.body), 'hex') <> l.sha256
    OR (SELECT count(*) FROM aid.approval a WHERE a.list_id = l.list_id AND a.sha256 = l.sha256 AND a.officer_id <> l.preparer) < 2)"""),
    ("P10", "what is queued is what was published, line by line and byte by byte", f"""
SELECT coalesce(a.list_id, o.list_id), coalesce(a.unit_id, o.unit_id)
  FROM ({AWARDS}) a
  FULL JOIN (SELECT m.list_id, l.unit_kind, l.unit_id, l.amount_idr FROM outbox.line l JOIN outbox.message m USING (idempotency_key)) o
         ON (o.list_id, o.unit_kind, o.unit_id) = (a.list_id, a.unit_kind, a.unit_id)
 WHERE a.amount_idr IS DISTINCT FROM o.amount_idr
UNION ALL SELECT list_id, idempotency_key FROM outbox.message WHERE body_sha256 <> encode(sha256(body), 'hex')"""),
    ("P10", "acknowledged says: one receipt, and every line answered", """
SELECT idempotency_key FROM outbox.message m WHERE m.state = 'acknowledged'
   AND ((SELECT count(*) FROM outbox.receipt r WHERE r.idempotency_key = m.idempotency_key) <> 1
        OR EXISTS (SELECT FROM outbox.line l WHERE l.idempotency_key = m.idempotency_key AND l.answer IS NULL))"""),
    ("P14", "every golden person is counted once", """
SELECT person_id FROM gold.person p LEFT JOIN aid.coverage c USING (person_id) WHERE p.to_run IS NULL
 GROUP BY 1 HAVING count(c.coverage) <> 1"""),
)  # fmt: skip

#: the same, once everything was run to its end
AT_REST = (
    ("P1", "every file is decided and answered", """
SELECT submission_id FROM intake.submission WHERE state IN ('received', 'loaded') OR receipt IS NULL"""),
    ("P3", "nothing is left to consolidate", "SELECT record_id FROM source.change"),
    ("P5", "every record that names a person is one", """
SELECT f.record_id FROM identity.features f LEFT JOIN identity.membership m
    ON m.record_id = f.record_id AND m.unit_kind = 'person' AND m.to_run IS NULL GROUP BY 1 HAVING count(m.unit_id) <> 1"""),
    ("P10", "every message is acknowledged", "SELECT idempotency_key FROM outbox.message WHERE state <> 'acknowledged'"),
    ("P11", "no run is called running", "SELECT run_id FROM audit.run WHERE state = 'running'"),
)  # fmt: skip

#: name of a thing, what it is: once there, always there, and the same
KEPT = {
    "the text of a row (P2)": """
SELECT s.file || '/' || r.sheet_no || '/' || r.row, md5(r.cells) FROM intake.source_row r JOIN intake.submission s USING (submission_id)""",
    "bytes received (P2)": "SELECT sha256, byte_count FROM intake.content",
    "a word on headings": "SELECT regency_code || heading_set, mapping::text FROM intake.mapping",
    "an id and whom it was given to (P3)": "SELECT unit_kind || unit_id, anchor_record FROM identity.id_register",
    "a claim (P7)": 'SELECT conflict_group || unit_id || "window" || slot, list_id || amount_idr FROM aid.claim',
    "a NIK that was paid (P7)": 'SELECT conflict_group || nik || "window" || slot, unit_id FROM aid.claim_nik',
    "an approval (P9)": "SELECT list_id || officer_id, signature FROM aid.approval",
    "a published list (P9)": "SELECT list_id, sha256 || signature || md5(body) FROM aid.list WHERE state = 'published'",
    "a message to send (P10)": "SELECT idempotency_key, body_sha256 FROM outbox.message",
    "a line that was answered (P10)": "SELECT line_key, answer FROM outbox.line WHERE answer IS NOT NULL",
    "a receipt (P10)": "SELECT idempotency_key, body_sha256 FROM outbox.receipt",
}


class Watch:
    """Looks at a house again and again; remembers what may never be lost."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.seen: dict[str, dict[str, Any]] = {name: {} for name in KEPT}

    def broken(self, *, at_rest: bool = False) -> list[str]:
        """Every promise that does not hold, with the first things that break it."""
        house = self.house
        table = (*ALWAYS, *AT_REST) if at_rest else ALWAYS
        names = (*(f"{code} {words}" for code, words, _ in table), *KEPT)
        answers = house.ask_all([*(sql for *_, sql in table), *KEPT.values()])
        found = dict(zip(names, answers, strict=True))
        told = {name: found[name] for name in names[: len(table)]}
        for name in KEPT:
            now = dict(found[name])
            told[f"{name} is kept as it was"] = [key for key, value in self.seen[name].items() if now.get(key) != value]
            self.seen[name] = now
        told["P2 bytes received are in the vault, unharmed"] = damaged_bytes(house)
        told["P2 the inbox is as it came"] = changed_files(house)
        told["P9 published lists and approvals bear their officers' signatures"] = unsigned(house)
        told["P10 the receiving system holds what was sent, and nothing else"] = misdelivered(house, at_rest)
        if at_rest:
            told["P1 answers are whole files"] = unreadable_answers(house)
            told["P9 published folders hold the published bytes"] = wrong_folders(house)
            told["P11 no half of a file is left"] = house.litter()
        return [f"{name}: {rows[:3]}" for name, rows in told.items() if rows]


def damaged_bytes(house: House) -> list[str]:
    """Received bytes that are not in the vault under their hash."""
    kept = {
        sha256: house.home / "vault" / sha256[:2] / sha256
        for (sha256,) in house.ask("SELECT sha256 FROM intake.content")
    }
    return [
        name for name, path in kept.items() if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != name
    ]  # fmt: skip


def changed_files(house: House) -> list[str]:
    """Files of the inbox that are not what they were when the house was made."""
    now = {path: path.read_bytes() for path in house.inbox.glob("*/*")}
    return [path.name for path in now.keys() | house.sent.keys() if now.get(path) != house.sent.get(path)]


def unsigned(house: House) -> list[str]:
    """Lists and approvals whose signature is not the registered key's over the words that are signed."""
    signed = house.ask("""
SELECT 'publication', l.list_id, l.sha256, l.signature, o.public_key FROM aid.list l JOIN aid.officer o ON o.officer_id = l.signed_by
 WHERE l.state = 'published'
UNION ALL SELECT 'approval', a.list_id, a.sha256, a.signature, o.public_key FROM aid.approval a JOIN aid.officer o USING (officer_id)""")
    return [f"{act} {list_id}" for act, list_id, sha256, *rest in signed if not _verifies(act, list_id, sha256, *rest)]


def _verifies(act: str, list_id: str, sha256: str, signature: str, public: str) -> bool:
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    try:
        key.verify(base64.b64decode(signature), f"sinergi {act}\n{list_id}\n{sha256}\n".encode())
    except InvalidSignature:
        return False
    return True


def misdelivered(house: House, at_rest: bool) -> list[str]:
    """Where outbox and receiving system disagree: sent but not queued, acknowledged but not there, accepted twice, another receipt."""
    with closing(sqlite3.connect(house.receiver_data / "received.sqlite")) as there:
        held = {
            key: (sha256, receipt)
            for key, sha256, receipt in there.execute("SELECT idempotency_key, body_sha256, receipt FROM message")
        }
        twice = there.execute(
            "SELECT programme || unit FROM line WHERE answer = 'accepted' GROUP BY programme, round, unit HAVING count(*) > 1"
        ).fetchall()
        alarms = there.execute("SELECT what FROM seen WHERE what = 'conflict'").fetchall()
    ours = {
        key: (sha256, state)
        for key, sha256, state in house.ask("SELECT idempotency_key, body_sha256, state FROM outbox.message")
    }
    said: dict[str, list[Any]] = {}
    for key, body in house.ask("SELECT idempotency_key, body FROM outbox.receipt"):
        said.setdefault(key, []).append(body)
    wrong = [f"twice {unit}" for unit in twice] + [f"alarm {what}" for what in alarms]
    wrong += [f"not ours {key}" for key, (sha256, _) in held.items() if ours.get(key, ("", ""))[0] != sha256]
    wrong += [
        f"not there {key}"
        for key, (_, state) in ours.items()
        if (at_rest or state == "acknowledged") and key not in held
    ]
    wrong += [f"another receipt {key}" for key, bodies in said.items() if bodies != [json.loads(held[key][1])]]
    return wrong + ([f"no receipt {key}" for key in held if key not in said] if at_rest else [])


def unreadable_answers(house: House) -> list[str]:
    """Answers that are named and not there, empty, or no JSON."""
    named = house.ask("SELECT receipt, workbook FROM intake.submission WHERE receipt IS NOT NULL")
    paths = [Path(path) for row in named for path in row if path]
    empty = [path.name for path in paths if not path.is_file() or path.stat().st_size == 0]
    facts = [path.with_suffix(".json") for path in paths if path.suffix == ".txt"]
    return empty + [path.name for path in facts if not path.is_file() or not json.loads(path.read_text("utf-8"))]


def wrong_folders(house: House) -> list[str]:
    """Published lists whose folder holds other bytes."""
    lists = house.ask("SELECT list_id, body FROM aid.list WHERE state = 'published'")
    places = {list_id: house.home / "published" / list_id / "list.jsonl" for list_id, _ in lists}
    return [
        list_id for list_id, body in lists if not places[list_id].is_file() or places[list_id].read_bytes() != bytes(body)
    ]  # fmt: skip
