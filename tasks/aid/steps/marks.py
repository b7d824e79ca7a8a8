"""Fingerprints of what a draft was made from: nothing new means no row work (P4).

Belongs here: what counts as an input of a draft. `rules` = everything that decides apart from the golden rows (programme body, round,
blacklist, what registers were asked and answered, open conflicts about whose an award was, claims of other rounds, lines that a
receiver refused; the round's own claims are left out, since publishing is not news to the list that was published). `gold` = the
current golden persons and businesses. Does not belong here: building.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import sqlalchemy as sa

from schemas.programmes import Programme, Round

_RULES = """
SELECT (SELECT md5(coalesce(string_agg(blacklist_id::text, '|' ORDER BY blacklist_id), '')) FROM aid.blacklist_now),
       (SELECT concat_ws('/', count(*), max(result_id), (SELECT count(*) FROM verification.batch)) FROM verification.result),
       (SELECT concat_ws('/', count(*), max(c.run_id)) FROM aid.claim c JOIN aid.list l USING (list_id)
         WHERE c.conflict_group = :conflict_group AND c."window" = :window
           AND (l.programme, l.round) IS DISTINCT FROM (:programme, :round))"""

_DISPUTED = """
SELECT string_agg(conflict_id::text, '|' ORDER BY conflict_id) FROM aid.conflict
 WHERE cause = 'two_persons' AND resolved_at IS NULL AND conflict_group = :conflict_group AND "window" = :window"""

#: more than those of the round: asked every night, so by one look at the lines
_REFUSED = "SELECT count(*) FROM outbox.line WHERE answer = 'refused'"

_GOLD = """
SELECT concat_ws('/', count(*) FILTER (WHERE to_run IS NULL), sum(content_hash) FILTER (WHERE to_run IS NULL),
                 sum(from_run) FILTER (WHERE to_run IS NULL), {flags} max(greatest(from_run, to_run))) AS mark,
       coalesce(max(greatest(from_run, to_run)), 0) AS newest
  FROM {table}"""

_FLAGS = "count(*) FILTER (WHERE to_run IS NULL AND is_in_review), count(aid_hold) FILTER (WHERE to_run IS NULL),"


@dataclass(frozen=True)
class GoldMark:
    """The fingerprint of the golden rows and the newest run among them."""

    mark: str
    newest_run: int


def gold_mark(connection: sa.Connection) -> GoldMark:
    """The fingerprint of the current golden persons and businesses: one pass over each, no row is written."""
    persons = connection.execute(sa.text(_GOLD.format(table="gold.person", flags=_FLAGS))).one()
    businesses = connection.execute(sa.text(_GOLD.format(table="gold.business", flags=""))).one()
    mark = hashlib.sha256(f"{persons.mark}|{businesses.mark}".encode()).hexdigest()
    return GoldMark(mark, max(persons.newest, businesses.newest))


def rules_mark(connection: sa.Connection, programme: Programme, entry: Round) -> str:
    """The fingerprint of everything else that decides this round's drafts."""
    values = round_values(programme, entry)
    row = connection.execute(sa.text(_RULES), values).one()
    disputed = connection.scalar(sa.text(_DISPUTED), values)
    refused = connection.scalar(sa.text(_REFUSED))
    told = json.dumps([programme.sha256, entry.round, *row, *(news for news in (disputed, refused) if news)])
    return hashlib.sha256(told.encode()).hexdigest()


def round_values(programme: Programme, entry: Round) -> dict[str, object]:
    """The bind values that every query about one round shares."""
    return {
        "programme": programme.code,
        "round": entry.round,
        "reference_date": entry.reference_date,
        "conflict_group": programme.conflict_group,
        "window": programme.window,
    }
