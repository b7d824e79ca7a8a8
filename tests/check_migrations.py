"""`alembic check` on an empty database of an embedded server: the migrations and the table definitions say the same."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path


def main() -> int:
    folder = Path(tempfile.mkdtemp(prefix="sinergi-check-"))
    folder.chmod(0o755)
    os.environ["SINERGI_HOME"] = str(folder)
    os.environ.pop("SINERGI_DATABASE_URL", None)
    from alembic import command
    from alembic.util import CommandError

    from tasks import store
    from tasks.embedded import stop_embedded
    from tasks.upgrade import alembic_config, upgrade_warehouse

    try:
        upgrade_warehouse()
        command.check(alembic_config())
    except CommandError as error:
        print(f"alembic check: {error}")
        return 1
    finally:
        store.engine().dispose()
        stop_embedded()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
