"""gold: one row per real thing, versioned by run; every value knows its record and its rule (`sources`, P6)."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.warehouse.base import metadata, run_span


def moved_indexes(name: str) -> tuple[Index, Index]:
    """Indexes that find the rows begun or ended since a run: a draft looks at those only."""
    return (
        Index(f"ix_{name}_from_run", "from_run"),
        Index(f"ix_{name}_to_run", "to_run", postgresql_where=text("to_run IS NOT NULL")),
    )


def golden(name: str, id_name: str, *columns: Column[Any] | Index) -> Table:
    """A golden table: id, time axis, values, and `sources` = {field: [record_id, rule]}.

    How many records a unit has is told by identity.membership: a row that says the same of more records is the same row.
    """
    return Table(
        name,
        metadata,
        Column(id_name, Text, primary_key=True),
        *run_span(is_derived=True),
        Column("regency_code", Text),
        *[column for column in columns if isinstance(column, Column)],
        Column("sources", JSONB, nullable=False),
        Column("disagreements", JSONB, nullable=False, server_default="{}"),  # field -> count of distinct values
        Column("content_hash", BigInteger, nullable=False),
        Index(f"uq_{name}_current", id_name, unique=True, postgresql_where=text("to_run IS NULL")),
        *[index for index in columns if isinstance(index, Index)],
        schema="gold",
    )


person = golden(
    "person",
    "person_id",
    Column("full_name", Text),
    Column("nik", Text),
    Column("kk_number", Text),
    Column("sex", Text),
    Column("birth_place", Text),
    Column("birth_date", Date),
    Column("phone", Text),
    Column("address", Text),
    Column("residence_regency_code", Text),
    Column("district_code", Text),
    Column("village_code", Text),
    Column("occupation", Text),
    Column("has_bank_credit", Boolean),
    Column("household_id", Text),
    Column("claiming_regency_codes", Text),  # every regency that sent this person, joined by |
    Column("aid_hold", Text),  # codes joined by |, null = not held
    Column("is_in_review", Boolean, nullable=False, server_default=text("false")),  # an open review pair touches it
    Column("activity_status", Text),  # the newest that any list said of the person's work, and the day it was seen
    Column("verified_on", Date),
    # who else has a NIK is asked for every person that moved
    Index("ix_person_nik", "nik", postgresql_where=text("to_run IS NULL")),
    # and who was born on the day, for every row whose NIK is damaged
    Index("ix_person_birth_date", "birth_date", postgresql_where=text("to_run IS NULL AND nik IS NOT NULL")),
    *moved_indexes("person"),
)

business = golden(
    "business",
    "business_id",
    Column("person_id", Text),
    Column("business_name", Text),
    Column("sector", Text),
    Column("product", Text),
    Column("address", Text),
    Column("district_code", Text),
    Column("village_code", Text),
    Column("annual_turnover_idr", BigInteger),
    Column("annual_turnover_low_idr", BigInteger),
    Column("annual_turnover_high_idr", BigInteger),
    Column("capital_idr", BigInteger),
    Column("capital_low_idr", BigInteger),
    Column("capital_high_idr", BigInteger),
    Column("assets_idr", BigInteger),
    Column("assets_low_idr", BigInteger),
    Column("assets_high_idr", BigInteger),
    Column("size_class", Text),  # micro | small | medium | large by criteria_version, null = unknown
    Column("criteria_version", Text),
    Column("workers_count", Integer),
    Column("nib", Text),
    Column("npwp", Text),
    Column("has_sku", Boolean),
    Column("activity_status", Text),
    Column("is_fostered", Boolean),
    Column("field_assistant", Text),
    Column("covid_impact", Text),
    Column("export_commodity", Text),
    Column("licence_request", Text),
    Column("copyright_request", Text),
    Column("is_willing", Boolean),
    Column("verified_on", Date),
    Index("ix_business_person_id", "person_id", postgresql_where=text("to_run IS NULL")),
    *moved_indexes("business"),
)

household = golden(
    "household", "household_id", Column("kk_number", Text), Column("person_count", Integer, nullable=False)
)

group = golden(
    "group",
    "group_id",
    Column("group_name", Text),
    Column("village_code", Text),
    Column("leader_person_id", Text),
    Column("member_count", Integer, nullable=False),
)

cooperative = golden(
    "cooperative",
    "cooperative_id",
    Column("cooperative_name", Text),
    Column("cooperative_nik", Text),
    Column("nib", Text),
    Column("legal_entity_number", Text),
    Column("cooperative_type", Text),
    Column("district_code", Text),
    Column("village_code", Text),
    Column("chair_person_id", Text),
    Column("members_count", Integer),
    Column("activity_status", Text),
)

product = golden(
    "product",
    "product_id",
    Column("business_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_product_business_id", "business_id", postgresql_where=text("to_run IS NULL")),
)

licence = golden(
    "licence",
    "licence_id",
    Column("business_id", Text, nullable=False),
    Column("licence_kind", Text, nullable=False),
    Column("number", Text),
    Index("ix_licence_business_id", "business_id", postgresql_where=text("to_run IS NULL")),
)

channel = golden(
    "channel",
    "channel_id",
    Column("business_id", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Index("ix_channel_business_id", "business_id", postgresql_where=text("to_run IS NULL")),
)
