"""What people said of an office's headings.

Belongs here: reading it. Does not belong here: keeping it (confirm.py), what it does to a file (mapping.py).
"""

from __future__ import annotations

import sqlalchemy as sa

from schemas.layouts import normalise_heading
from tasks import store


def remembered(regency_code: str) -> dict[str, dict[str, str | None]]:
    """Heading set -> what people of this office said its headings mean (field, None = leave out), the latest word last; headings as
    they are evened out today."""
    sql = "SELECT heading_set, mapping FROM intake.mapping WHERE regency_code = :regency ORDER BY confirmed_at, heading_set"
    with store.transaction() as connection:
        confirmed = connection.execute(sa.text(sql), {"regency": regency_code}).all()
    return {
        heading_set: {normalise_heading(heading): field for heading, field in mapping.items()}
        for heading_set, mapping in confirmed
    }
