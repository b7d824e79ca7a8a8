"""Which kind of list a sheet is, by its headings.

Belongs here: that decision, pure and without frames, so that a question about headings does not wait for them. Does not belong here:
which column is which field (columns.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.layouts import family, heading_keys, normalise_heading
from schemas.records import Kind

#: what a list of people says and a list of cooperatives does not; what people who own a business are called
_OF_PEOPLE = {"business_name", "kk_number", "sex", "birth_date", "occupation", "has_bank_credit"}
_CALLED = {"pemilik", "pelaku", "pengusaha", "wirausaha", "peserta", "penerima", "anggota"}


def kind_of(texts: Sequence[str]) -> Kind:
    """Which kind of list the headings make. A cooperative or group is one when its own marks stand there and no business is named."""

    def named(kind: Kind) -> set[str]:
        words = family(kind)
        return {words.claims[key].field for text in texts for key in heading_keys(text) if key in words.claims}

    umkm, group, cooperative = named("umkm"), named("group"), named("cooperative")
    if _is_cooperative(cooperative) and not _names_owners(texts, umkm):
        return "cooperative"
    if "group_role" in group and "group_name" in group:
        return "group"
    if "group_name" in umkm and "business_name" not in umkm and ("members_count" in group or "nik" not in umkm):
        return "group"
    return "umkm"


def _is_cooperative(named: set[str]) -> bool:
    return bool({"cooperative_name", "cooperative_nik", "legal_entity_number"} & named)


def _names_owners(texts: Sequence[str], umkm: set[str]) -> bool:
    """Whether a list that names cooperatives is one of people who belong to them: it names businesses, or says of people what nobody
    asks of a chair, or calls them owners or members."""
    claims = family("umkm").claims
    owners = [text for text in texts if (claim := claims.get(heading_keys(text)[1])) and claim.field == "owner_name"]
    return bool(_OF_PEOPLE & umkm) or any(_CALLED & set(normalise_heading(text).split()) for text in owners)
