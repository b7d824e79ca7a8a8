"""A programme's rules as one SQL statement: decision, reasons and rank of every candidate at once.

Belongs here: turning checked rules (schemas/programmes) into SQL over a relation of facts. Does not belong here: where the facts come
from (steps/facts.py for a draft, the frozen facts of aid.decision for a verification), or running anything.

Three-valued (P8): a condition is met, not met or unknown, and each case is spelled out; SQL null reaches no decision. `out` beats
`waiting` beats `in`. The decisive reason is the first rejection in the programme's order, else the first hold.
"""

from __future__ import annotations

from schemas.programmes import Condition, Programme, Reaction
from schemas.programmes.facts import FACTS


def verdict_sql(programme: Programme, relation: str, seats: int | None, carry: tuple[str, ...] = ()) -> str:
    """SELECT unit_id, decision, decisive_reason, reasons, rank, amount_idr and the `carry` columns for every row of `relation`.

    `relation` has unit_id (text) and one typed column per fact that the rules name. `seats` = seats left for this list: whoever meets
    every condition is ranked (programme order, ties by unit id) and beyond the seats waits; without a limit nobody is ranked.
    """
    kept = ", ".join(("unit_id", *carry))
    rejects = _reasons(programme, "reject")
    holds = _reasons(programme, "hold")
    order = ", ".join([*_order(programme), 'unit_id COLLATE "C"'])
    rank = "NULL::integer"
    if seats is not None:
        rank = f"CASE WHEN is_eligible THEN row_number() OVER (PARTITION BY is_eligible ORDER BY {order})::integer END"
    beyond = "false" if seats is None else f"coalesce(rank > {seats:d}, false)"
    return f"""
  SELECT {kept}, decision, split_part(reasons, '|', 1) AS decisive_reason, reasons, rank,
         CASE WHEN decision = 'in' THEN {programme.amount_idr:d}::bigint END AS amount_idr
    FROM (
      SELECT {kept}, rank,
             CASE WHEN rejects <> '' THEN 'out' WHEN holds <> '' OR {beyond} THEN 'waiting' ELSE 'in' END AS decision,
             CASE WHEN is_eligible THEN CASE WHEN {beyond} THEN 'NO_SEAT_LEFT' ELSE 'ELIGIBLE' END
                  ELSE concat_ws('|', nullif(rejects, ''), nullif(holds, '')) END AS reasons
        FROM (
          SELECT {kept}, rejects, holds, is_eligible, {rank} AS rank
            FROM (
              SELECT terms.*, rejects = '' AND holds = '' AS is_eligible
                FROM (SELECT candidate.*, {rejects} AS rejects, {holds} AS holds FROM {relation} AS candidate) AS terms
            ) AS judged
        ) AS ranked
    ) AS decided"""


def frozen_relation(programme: Programme) -> str:
    """The facts of aid.decision for :list_id, back as typed columns: the relation that a verification judges again."""
    columns = ", ".join(f"(facts -> '{name}' ->> 0)::{FACTS[name].type} AS {name}" for name in programme.facts)
    return f"(SELECT unit_id, {columns} FROM aid.decision WHERE list_id = :list_id)"


def _reasons(programme: Programme, does: str) -> str:
    terms = [term for condition in programme.conditions if (term := _term(condition, does))]
    return f"concat_ws('|', {', '.join(terms)})" if terms else "''"


def _term(condition: Condition, does: str) -> str:
    """The codes that this condition adds to the rejections (or holds): null when it adds none."""
    fails, unknown = (_code(reaction, does) for reaction in (condition.fails, condition.unknown))
    if fails == unknown == "NULL":
        return ""
    return f"CASE ({condition.rule.sql}) WHEN true THEN NULL WHEN false THEN {fails} ELSE {unknown} END"


def _code(reaction: Reaction, does: str) -> str:
    if reaction.does != does:
        return "NULL"
    if reaction.with_codes:
        return f"concat_ws('|', '{reaction.code}', nullif({reaction.with_codes}, ''))"
    return f"'{reaction.code}'"


def _order(programme: Programme) -> list[str]:
    words = {"ascending": "ASC NULLS LAST", "descending": "DESC NULLS LAST"}
    collate = {True: ' COLLATE "C"', False: ""}
    return [f"{key.fact}{collate[FACTS[key.fact].type == 'text']} {words[key.direction]}" for key in programme.order]
