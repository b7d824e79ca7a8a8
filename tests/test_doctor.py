"""The doctor says what is wrong and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from schemas.errors import Unreachable
from schemas.settings import settings
from tasks import runs, store
from tasks.doctor import Finding, examine
from tests.delivery.published import publish
from tests.intake.offices import OWNERS, TODAY, night, send, told


def found() -> dict[str, Finding]:
    """Every line by what was looked at."""
    return {finding.check: finding for finding in examine()}


def test_every_line_that_is_not_well_says_how_to_mend_it(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    well = found()
    assert not [line for line in well.values() if line.level == "fail"]
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    publish(2)
    with store.transaction() as connection:
        connection.execute(
            sa.text("UPDATE intake.submission SET state = 'received', received_at = now() - interval '3 days'")
        )
        connection.execute(sa.text("INSERT INTO audit.run (kind, today) VALUES ('nightly', '2020-05-01')"))
    settings().keys.mkdir(parents=True, exist_ok=True)
    (settings().keys / "sari.key").write_text("not a key")
    (settings().keys / "sari.key").chmod(0o644)
    for path in settings().vault.rglob("*"):
        if path.is_file():
            path.unlink()
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    ill = found()
    assert {name for name, line in ill.items() if line.level == "fail"} >= {
        "keys",
        "prefect",
        "unfinished files",
        "vault",
    }
    assert {name for name, line in ill.items() if line.level == "warn"} >= {"dead runs", "outbox", "expected lists"}
    assert all(line.mend for line in ill.values() if line.level != "ok")
    with runs.run("nightly", TODAY):
        pass
    assert found()["dead runs"].level == "ok"  # the next run closed it
    assert told("SELECT state FROM audit.run ORDER BY run_id DESC LIMIT 1") == [("done",)]


def test_of_a_warehouse_of_an_older_program_only_that_is_said(warehouse: sa.Engine) -> None:
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0014'"))
        connection.execute(sa.text("DROP TABLE aid.blacklist_act CASCADE"))
    assert {name for name, line in found().items() if line.level == "fail"} == {"database"}
    assert found()["database"].mend == "Run `sinergi db upgrade`."


def test_messages_held_since_a_restore_are_named_as_such(warehouse: sa.Engine) -> None:
    publish(2)
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE outbox.message SET state = 'held', last_error_code = 'restored'"))
    assert "sinergi db reconcile" in found()["outbox"].mend


def test_a_server_without_a_free_connection_is_named_as_such(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        database = connection.scalar(sa.text("SELECT current_database()"))
        connection.execute(sa.text(f"CREATE ROLE crowded_{database} LOGIN CONNECTION LIMIT 1 PASSWORD 'invented'"))
    crowded = warehouse.url.set(username=f"crowded_{database}", password="invented")
    monkeypatch.setenv("SINERGI_DATABASE_URL", crowded.render_as_string(hide_password=False))
    settings.cache_clear()
    store.engine.cache_clear()
    with store.engine().connect():
        line = found()["database"]
        with pytest.raises(Unreachable, match="no free connection"), store.transaction():
            pass
    store.engine().dispose()
    monkeypatch.undo()
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"DROP ROLE crowded_{database}"))
    assert (line.level, line.says) == ("fail", "the database has no free connection")
    assert "max_connections" in line.mend


def test_the_lock_and_the_connections_have_a_line_each(warehouse: sa.Engine) -> None:
    assert found()["lock"].says == "nobody consolidates or publishes now"
    with store.consolidation_lock():
        assert found()["lock"].says == "held for 0 minutes, 0 runs wait for it"
    assert "connections are taken" in found()["connections"].says
