"""Bringing the warehouse to the newest migration.

Belongs here: running the migrations, one at a time. Does not belong here: any migration (schemas/migrations).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from schemas import migrations
from schemas.migrations import HEAD
from tasks.store import autocommit, engine, warehouse_revision

#: held while the warehouse is made or brought to another migration
_UPGRADE_LOCK = 7_190_003


def upgrade_warehouse() -> None:
    """Bring the warehouse to the newest migration; harmless when it is there already.

    The current revision is asked with one cheap query first, so that a start without changes does not import alembic.
    """
    if warehouse_revision() == HEAD:
        return
    from alembic import command

    with autocommit() as connection:  # of two at once, one waits
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
        try:
            command.upgrade(alembic_config(), "head")
        finally:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _UPGRADE_LOCK})


def alembic_config() -> Any:
    """Alembic's configuration with this process's engine."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["engine"] = engine()
    return config
