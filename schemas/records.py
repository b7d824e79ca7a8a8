"""The words that pass between the rooms: kinds, outcomes, severities, and the small records that steps hand on.

Does not belong here: tables (schemas/warehouse), canonical fields (schemas/fields), behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["umkm", "group", "cooperative", "recensus", "verification"]
Outcome = Literal["accepted", "accepted_with_findings", "quarantined", "duplicate", "waiting_with_file", "not_data"]
OUTCOMES: tuple[Outcome, ...] = (
    "accepted", "accepted_with_findings", "quarantined", "duplicate", "waiting_with_file", "not_data",
)  # fmt: skip
Severity = Literal["reject", "hold", "warn", "info"]
UnitKind = Literal["person", "household", "business", "group", "cooperative"]
SubmissionState = Literal["received", "loaded", "answered", "waiting", "refused", "same_bytes", "no_change", "unpacked"]
Decision = Literal["in", "out", "waiting"]


@dataclass(frozen=True)
class Check:
    """One line of the catalogue of checks: what GX enforces and what the office is told."""

    code: str
    field: str
    severity: Severity
    id: str
    en: str
