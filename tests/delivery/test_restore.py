"""A backup in another house: everything is back, and what was not settled is asked after before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from schemas.errors import InvariantBroken, Refused, UsageError
from schemas.receivers import Receiver
from schemas.settings import settings
from schemas.warehouse import metadata
from tasks import backup, runs, store
from tasks.delivery.steps import send_to
from tests import conftest
from tests.aid.population import execute
from tests.delivery.published import TODAY, answers, publish, states
from tests.intake.offices import OWNERS, night, send


@pytest.fixture
def other_house(server: str, template: str, tmp_path: Path) -> Iterator[None]:
    """From where a test asks for it on: an empty migrated database and an empty home."""
    name = f"{template}_other"
    conftest._admin(
        server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {template}"
    )
    before = (settings().home, settings().database_url)
    os.environ["SINERGI_HOME"] = str(tmp_path / "other home")
    with conftest._using(conftest._database(server, name)):
        yield
    os.environ.update(SINERGI_HOME=str(before[0]), SINERGI_DATABASE_URL=str(before[1]))
    settings.cache_clear()
    store.engine.cache_clear()
    conftest._admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def everything() -> dict[str, list[str]]:
    """Every row of every table as text, but for what a restore itself says."""
    with store.transaction() as connection:
        return {
            table.fullname: sorted(
                connection.scalars(sa.text(f'SELECT t::text FROM "{table.schema}"."{table.name}" t')).all()
            )
            for table in metadata.sorted_tables
            if table.fullname not in ("audit.event", "outbox.message")
        }


def a_house(inbox: Path) -> None:
    """An inbox taken in, a published list of three persons that is not sent yet, and somebody barred who objects."""
    send(inbox, "19.01/umkm_2020-04.csv", OWNERS)
    night(inbox)
    publish(3)
    execute(
        "INSERT INTO aid.blacklist (unit_kind, unit_id, reason, listed_by, listed_on, record_ids)"
        " VALUES ('person', 'P-ABCDEFGH', 'surat usaha dipalsukan', 'penyusun', '2020-04-30', '{1, 2}')"
    )
    execute(
        "INSERT INTO aid.blacklist_act (blacklist_id, act, officer_id, reason, acted_on)"
        " VALUES (1, 'appeal', 'penyusun', 'punya surat asli', '2020-04-30')"
    )


def deliver(receiver: Receiver, url: str) -> None:
    with runs.run("distribution", TODAY) as run:
        send_to(receiver, url, run.run_id)


def test_what_was_backed_up_is_back_in_an_empty_house(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    a_house(tmp_path / "inbox")
    file = tmp_path / "house.tar"
    written = backup.write_backup(file)
    assert (written.content_count, file.stat().st_mode & 0o777) == (1, 0o600)
    before = everything()
    kept = {path.name: path.read_bytes() for path in settings().vault.rglob("*") if path.is_file()}
    with pytest.raises(Refused, match="not empty"):
        backup.restore_backup(file)
    request.getfixturevalue("other_house")
    restored = backup.restore_backup(file)
    assert everything() == before
    assert {path.name: path.read_bytes() for path in settings().vault.rglob("*") if path.is_file()} == kept
    assert (restored.row_count, restored.held_count) == (written.row_count, 1)
    with runs.run("nightly", TODAY) as run:
        assert run.run_id > max(int(row.split(",")[0].lstrip("(")) for row in before["audit.run"])
    assert night(tmp_path / "inbox")["new"] == 0  # the same bytes are known


def test_a_restore_that_could_not_say_that_it_was_done_says_so_when_it_is_tried_again(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    a_house(tmp_path / "inbox")
    file = tmp_path / "house.tar"
    backup.write_backup(file)
    request.getfixturevalue("other_house")
    restored, once = backup.restore_backup(file), everything()
    assert (backup.restore_backup(file), everything()) == (restored, once)
    backup.release_restored("sari", "dipulihkan")
    with pytest.raises(Refused, match="not empty"):  # since then something happened
        backup.restore_backup(file)


def test_what_was_sent_after_the_backup_is_not_sent_again(
    warehouse: sa.Engine, tmp_path: Path, receiver_url: str, penyalur: Receiver, request: pytest.FixtureRequest
) -> None:
    publish(3)
    file = tmp_path / "house.tar"
    backup.write_backup(file)
    deliver(penyalur, receiver_url)
    assert states() == ["acknowledged"]
    request.getfixturevalue("other_house")
    backup.restore_backup(file)
    deliver(penyalur, receiver_url)
    assert states() == ["held"]
    with pytest.raises(UsageError):
        backup.release_restored("sari", " ")
    assert backup.release_restored("sari", "dipulihkan dari cadangan") == 1
    deliver(penyalur, receiver_url)
    assert (states(), answers()) == (["acknowledged"], {"accepted": 3})
    with store.transaction() as connection:
        assert connection.scalar(sa.text("SELECT attempt_count FROM outbox.message")) == 0  # read back, not sent


def test_a_damaged_backup_restores_nothing(
    warehouse: sa.Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    a_house(tmp_path / "inbox")
    file = tmp_path / "house.tar"
    backup.write_backup(file)
    whole = file.read_bytes()
    at = whole.index(b"PEMILIK")  # bytes of the vault stand in the tar as they came
    request.getfixturevalue("other_house")
    for bad in (whole[:at] + b"X" + whole[at + 1 :], whole[: len(whole) // 2], b"not a backup"):
        file.write_bytes(bad)
        with pytest.raises((InvariantBroken, UsageError)):
            backup.restore_backup(file)
        assert not any(everything().values())


def test_a_backup_never_replaces_a_file(warehouse: sa.Engine, tmp_path: Path) -> None:
    file = tmp_path / "house.tar"
    file.write_bytes(b"yesterday's")
    with pytest.raises(UsageError):
        backup.write_backup(file)
    assert file.read_bytes() == b"yesterday's"
