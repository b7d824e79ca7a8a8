"""Verification of a locked or published list (P9): the frozen rules run again on the frozen facts, bytes and signatures compared.

Belongs here: saying what differs. Does not belong here: mending it. Nothing outside the list's own frozen rows is read, except the
officers' public keys, the approvals and the claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from schemas.errors import InvariantBroken, Refused
from schemas.programmes import Programme
from tasks import store
from tasks.aid.canonical import body_sql, publication_statement
from tasks.aid.eligibility import frozen_relation, verdict_sql
from tasks.aid.signing import is_signed
from tasks.aid.steps.lists import frozen_programme, head, list_row, list_sha256, valid_approvals
from tasks.aid.steps.officers import NIGHTLY
from tasks.aid.steps.publishing import standing_officers
from tasks.step import step

NAMED_UNITS = 10  # how many unit ids a difference names


@dataclass(frozen=True)
class VerifyResult:
    """What a verification found: `differences` is empty when everything holds. Ids and counts only."""

    list_id: str
    state: str
    sha256: str
    count: int
    total_idr: int
    approvals: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


@step()
def verify(list_id: str) -> VerifyResult:
    """Judge the frozen facts again under the frozen programme and compare decisions, bytes, hash, signatures and claims.

    Raises UsageError (no such list) and Refused (a draft has nothing fixed to verify).
    """
    with store.transaction() as connection:
        row = list_row(connection, list_id)
        if row["state"] == "draft":
            raise Refused(f"list {list_id} is a draft, nothing is fixed yet")
        try:
            programme = frozen_programme(row)
        except (InvariantBroken, ValueError):
            return _result(row, (), ["the programme body is not the one of its hash"])
        approvals = valid_approvals(connection, row)
        differences = [
            *_rules_again(connection, row, programme),
            *_counts(connection, row),
            *_bytes(connection, row, programme),
        ]
        if row["state"] == "published":
            differences += _signatures(connection, row, programme, approvals) + _claims(connection, row, programme)
        return _result(row, tuple(approvals), differences)


def _result(row: dict[str, Any], approvals: tuple[str, ...], differences: list[str]) -> VerifyResult:
    told = row["list_id"], row["state"], row["sha256"], row["in_count"], row["amount_idr"]
    return VerifyResult(*told, approvals, tuple(differences))


def _rules_again(connection: sa.Connection, row: dict[str, Any], programme: Programme) -> list[str]:
    """Units whose stored decision is not what the rules say of their facts."""
    columns = ("decision", "decisive_reason", "reasons", "rank", "amount_idr")
    old, new = (", ".join(f"{table}.{name}" for name in columns) for table in ("d", "v"))
    units = list(
        connection.scalars(
            sa.text(
                f"SELECT d.unit_id FROM aid.decision d JOIN ({verdict_sql(programme, frozen_relation(programme), row['seats'])}) v"
                f" USING (unit_id) WHERE d.list_id = :list_id AND ({old}) IS DISTINCT FROM ({new}) ORDER BY 1"
            ),
            {"list_id": row["list_id"]},
        )
    )
    named = ", ".join(units[:NAMED_UNITS])
    return [f"{len(units)} decisions are not what the rules say: {named}"] if units else []


def _counts(connection: sa.Connection, row: dict[str, Any]) -> list[str]:
    """The list's counts against its decisions."""
    found = connection.execute(
        sa.text(
            "SELECT count(*) FILTER (WHERE decision = 'in'), count(*) FILTER (WHERE decision = 'out'),"
            " count(*) FILTER (WHERE decision = 'waiting'), coalesce(sum(amount_idr), 0)::bigint"
            " FROM aid.decision WHERE list_id = :list_id"
        ),
        row,
    ).one()
    told = (row["in_count"], row["out_count"], row["waiting_count"], row["amount_idr"])
    return [] if tuple(found) == told else [f"counts and total {told} are not those of the decisions {tuple(found)}"]


def _bytes(connection: sa.Connection, row: dict[str, Any], programme: Programme) -> list[str]:
    """The canonical bytes made again against the hash, and for a published list against the stored bytes."""
    differences = []
    told_head = head(connection, row)
    if list_sha256(connection, row, told_head) != row["sha256"]:
        differences.append("the canonical bytes made again have another SHA-256")
    if row["state"] == "published":
        stored = connection.execute(
            sa.text(
                f"SELECT encode(sha256(body), 'hex') AS sha256, body = {body_sql(programme)} AS same"
                " FROM aid.list WHERE list_id = :list_id"
            ),
            {"list_id": row["list_id"], "head": told_head},
        ).one()
        if stored.sha256 != row["sha256"]:
            differences.append("the published bytes have another SHA-256")
        if not stored.same:
            differences.append("the published bytes are not the canonical bytes of the decisions")
    return differences


def _signatures(
    connection: sa.Connection, row: dict[str, Any], programme: Programme, approvals: list[str]
) -> list[str]:
    """The publishing officer's signature, and enough approvals: of this list, or standing on the day it was published."""
    differences = []
    public = connection.scalar(sa.text("SELECT public_key FROM aid.officer WHERE officer_id = :signed_by"), row)
    if not public or not is_signed(public, row["signature"], publication_statement(row["list_id"], row["sha256"])):
        differences.append("the publishing officer's signature does not hold")
    stored = connection.scalar(sa.text("SELECT count(*) FROM aid.approval WHERE list_id = :list_id"), row)
    if stored != len(approvals):
        differences.append(f"{int(stored or 0) - len(approvals)} approvals do not hold")
    held = approvals
    if row["preparer"] == NIGHTLY:
        held = standing_officers(
            connection, row["programme"], row["round"], row["programme_sha256"], row["published_on"]
        )
    if len(held) < programme.approvals:
        differences.append(f"{len(held)} valid approvals of {programme.approvals}")
    return differences


def _claims(connection: sa.Connection, row: dict[str, Any], programme: Programme) -> list[str]:
    """Every award holds its claim and that of its NIK, and no claim stands for somebody who is not on the list."""
    found = connection.execute(
        sa.text(
            "SELECT count(*) FILTER (WHERE c.person_id IS NULL) AS unclaimed, count(*) FILTER (WHERE d.unit_id IS NULL) AS strange"
            " FROM (SELECT * FROM aid.decision WHERE list_id = :list_id AND decision = 'in') d"
            " FULL JOIN (SELECT * FROM aid.claim WHERE list_id = :list_id AND conflict_group = :conflict_group) c"
            " ON c.person_id = d.unit_id"
        ),
        {"list_id": row["list_id"], "conflict_group": programme.conflict_group},
    ).one()
    differences = [f"{found.unclaimed} awards have no claim"] if found.unclaimed else []
    differences += [f"{found.strange} claims have no award"] if found.strange else []
    unclaimed_niks = connection.scalar(
        sa.text(
            "SELECT count(*) FROM aid.decision d WHERE list_id = :list_id AND decision = 'in' AND facts -> 'nik' ->> 0 IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM aid.claim_nik n"
            ' JOIN aid.claim c USING (conflict_group, unit_kind, unit_id, "window", slot)'
            " WHERE n.conflict_group = :conflict_group AND n.nik = d.facts -> 'nik' ->> 0"
            " AND c.list_id = d.list_id AND c.person_id = d.unit_id)"
        ),
        {"list_id": row["list_id"], "conflict_group": programme.conflict_group},
    )
    return differences + ([f"{unclaimed_niks} awards have no claim on their NIK"] if unclaimed_niks else [])
