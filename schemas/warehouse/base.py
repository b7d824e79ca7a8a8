"""What every table module shares: the metadata with its naming convention, and the few repeated column shapes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, ForeignKey, MetaData, Text, func

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def run_span(*, is_derived: bool = False) -> list[Column[Any]]:
    """The time axis: the run that wrote the row and the run that ended it (null = current).

    Derived tables are written whole by one step from what it has just read, and can be dropped and rebuilt: a foreign key there would
    look up a million times what cannot be wrong.
    """
    if is_derived:
        return [Column("from_run", BigInteger, nullable=False, primary_key=True), Column("to_run", BigInteger)]
    return [
        Column("from_run", BigInteger, ForeignKey("audit.run.run_id"), nullable=False, primary_key=True),
        Column("to_run", BigInteger, ForeignKey("audit.run.run_id")),
    ]


def now_column(name: str) -> Column[Any]:
    """A UTC timestamp that the database fills."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def one_of(column: str, *words: str, name: str | None = None) -> CheckConstraint:
    """A text column that holds one of a few words."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(w) for w in words)})", name=name or f"{column}_word")


def text_column(name: str, *, required: bool = False) -> Column[Any]:
    """A text column; identifiers are text, always."""
    return Column(name, Text, nullable=not required)
