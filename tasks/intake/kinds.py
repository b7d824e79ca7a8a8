"""Which kind of list a sheet is, by its headings.

Belongs here: that decision, pure and without frames, so that a question about headings does not wait for them. Does not belong here:
which column is which field (columns.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.layouts import family, heading_keys
from schemas.records import Kind


def kind_of(texts: Sequence[str]) -> Kind:
    """Which kind of list the headings make. A cooperative or group is one when its own marks stand there and no business is named."""

    def named(kind: Kind) -> set[str]:
        words = family(kind)
        return {words.claims[key].field for text in texts for key in heading_keys(text) if key in words.claims}

    umkm, group, cooperative = named("umkm"), named("group"), named("cooperative")
    if {"cooperative_name", "cooperative_nik", "legal_entity_number"} & cooperative and "business_name" not in umkm:
        return "cooperative"
    if "group_role" in group and "group_name" in group:
        return "group"
    if "group_name" in umkm and "business_name" not in umkm and ("members_count" in group or "nik" not in umkm):
        return "group"
    return "umkm"
