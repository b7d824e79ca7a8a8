"""Which kind of list a sheet is, by its headings.

Belongs here: that decision, pure and without frames, so that a question about headings does not wait for them. Does not belong here:
which column is which field (columns.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.layouts import family, heading_keys, normalise_heading
from schemas.records import Kind

#: what a list says of businesses that it enters: with one of these it is no recensus, whatever else it says of them
_ENTERED = {
    "annual_turnover", "capital", "assets", "size_class", "workers_count", "workers_male_count", "workers_female_count", "product",
    "licence", "marketplace", "has_bank_credit", "covid_impact",
}  # fmt: skip
_BUSINESS = {"business_name", "business_address", "sector", "annual_turnover"}
#: what a list says of cooperatives themselves: a name and a number may be of the one where a person belongs, three of these are not
_OF_COOPERATIVES = {"cooperative_name", "cooperative_nik", "cooperative_type", "legal_entity_number", "members_count"}
#: what a list of people says and a list of cooperatives does not; what people who own a business are called
_OF_PEOPLE = {"business_name", "kk_number", "sex", "birth_date", "occupation", "has_bank_credit"}
_CALLED = {"pemilik", "pelaku", "pengusaha", "wirausaha", "peserta", "penerima", "anggota"}


def kind_of(texts: Sequence[str]) -> Kind:
    """Which kind of list the headings make.

    A cooperative or group is one when its own marks stand there and no business is named. A verification has a register's answer beside a
    NIK and no business. A recensus has a status in the words of one, or a status with its day and nothing that a business is entered with.
    """

    def named(kind: Kind, *, level: int | None = None) -> set[str]:
        words = family(kind)
        claims = [words.claims[key] for text in texts for key in heading_keys(text) if key in words.claims]
        return {claim.field for claim in claims if level is None or claim.level == level}

    umkm, group, cooperative = named("umkm"), named("group"), named("cooperative")
    if _is_cooperative(cooperative) and not _names_owners(texts, umkm, cooperative):
        return "cooperative"
    if "group_role" in group and "group_name" in group:
        return "group"
    if "group_name" in umkm and "business_name" not in umkm and ("members_count" in group or "nik" not in umkm):
        return "group"
    if {"nik", "register_answer"} <= named("verification", level=0) and not _BUSINESS & umkm:
        return "verification"
    if "activity_status" in named("recensus") and _is_recensus(umkm):
        return "recensus"
    return "umkm"


def _is_recensus(umkm: set[str]) -> bool:
    """Whether a list with a status, of whose columns a umkm list knows these, is a recensus."""
    return "activity_status" not in umkm or ("verified_on" in umkm and not _ENTERED & umkm)


def _is_cooperative(named: set[str]) -> bool:
    return bool({"cooperative_name", "cooperative_nik", "legal_entity_number"} & named)


def _names_owners(texts: Sequence[str], umkm: set[str], cooperative: set[str]) -> bool:
    """Whether a list that names cooperatives is one of people who belong to them: it names businesses, or says of people what nobody
    asks of a chair, or calls them owners or members and says little of the cooperative itself."""
    if _OF_PEOPLE & umkm:
        return True
    if len(_OF_COOPERATIVES & cooperative) > 2:
        return False
    claims = family("umkm").claims
    owners = [text for text in texts if (claim := claims.get(heading_keys(text)[1])) and claim.field == "owner_name"]
    return any(_CALLED & set(normalise_heading(text).split()) for text in owners)
