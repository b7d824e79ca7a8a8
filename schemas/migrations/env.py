"""Alembic's entry: the engine comes from the caller (tasks/store.py), or from SINERGI_DATABASE_URL for `alembic check`."""

import os

import sqlalchemy as sa
from alembic import context

from schemas.warehouse import SCHEMAS, metadata


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return name in SCHEMAS if kind == "schema" else True


engine = context.config.attributes.get("engine") or sa.create_engine(os.environ["SINERGI_DATABASE_URL"])
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, include_schemas=True, include_name=include_name,
        version_table_schema="public",
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()
