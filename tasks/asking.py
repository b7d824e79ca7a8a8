"""A read-only question's answer as plain rows, for commands and pages that want no frames.

Belongs here: that. Does not belong here: what is asked (each room's questions), answers in columns (store.query).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tasks import store


def rows_of(sql: str, connection: sa.Connection | None = None, /, **values: Any) -> list[dict[str, Any]]:
    """The rows of a query as dictionaries, in a transaction of its own unless a connection is given."""
    if connection is None:
        with store.transaction() as own:
            return rows_of(sql, own, **values)
    return [dict(row) for row in connection.execute(sa.text(sql), values).mappings()]
