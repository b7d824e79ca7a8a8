"""What people said of an office's headings.

Belongs here: reading it. Does not belong here: keeping it (confirm.py), what it does to a file (mapping.py).
"""

from __future__ import annotations

import sqlalchemy as sa

from schemas.layouts import normalise_heading
from tasks import store


def remembered(regency_code: str) -> dict[str, str | None]:
    """What people of this office said their headings mean, the latest word last; headings as they are evened out today."""
    sql = "SELECT mapping FROM intake.mapping WHERE regency_code = :regency ORDER BY confirmed_at, heading_set"
    with store.transaction() as connection:
        confirmed = connection.scalars(sa.text(sql), {"regency": regency_code}).all()
    return {normalise_heading(heading): field for mapping in confirmed for heading, field in mapping.items()}
