"""The shared I/O: what goes in by COPY comes out unchanged, and a transaction is whole."""

from __future__ import annotations

import threading
from datetime import date

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa

from schemas.errors import DiskFull, InvariantBroken, SinergiError, Unreachable
from schemas.settings import settings
from tasks import runs, store


def test_text_survives_copy_with_null_and_empty_told_apart(warehouse: sa.Engine) -> None:
    texts = ["9202120101800001", "", None, 'a "quoted", line\nbreak', "Pangkal Pinang; \u00e9", "\\N", " padded "]
    frame = pd.DataFrame({"n": range(len(texts)), "t": pd.Series(texts, dtype="string")})
    with store.transaction() as connection:
        connection.execute(sa.text("CREATE TABLE round_trip (n bigint, t text)"))
        assert store.copy_in(connection, "round_trip", frame) == len(texts)
    back = store.query("SELECT n, t FROM round_trip ORDER BY n")
    assert [None if pd.isna(value) else value for value in back["t"]] == texts


def test_a_failed_transaction_leaves_nothing(warehouse: sa.Engine) -> None:
    with pytest.raises(InvariantBroken), store.transaction() as connection:
        connection.execute(sa.text("INSERT INTO audit.run (kind, today) VALUES ('nightly', '2020-04-01')"))
        raise InvariantBroken("on purpose")
    assert store.query("SELECT count(*) AS n FROM audit.run")["n"].tolist() == [0]


def test_the_ledger_is_proven_at_commit(warehouse: sa.Engine) -> None:
    with runs.run("nightly", date(2020, 4, 1)) as run:
        pass
    with pytest.raises(sa.exc.IntegrityError, match="ledger of submission"), store.transaction() as connection:
        connection.execute(sa.text("INSERT INTO intake.content (sha256, byte_count) VALUES ('x', 1)"))
        connection.execute(
            sa.text(
                "INSERT INTO intake.submission (submission_id, regency_code, file, sha256, state, run_id, row_count, accepted_count)"
                " VALUES ('s', '19.01', '19.01/a.csv', 'x', 'answered', :run, 1, 1)"
            ),
            {"run": run.run_id},
        )


def test_a_query_gives_arrow_types_and_keeps_null_apart_from_empty(warehouse: sa.Engine) -> None:
    frame = store.query(
        "SELECT CAST(:nik AS text) AS nik, 7::bigint AS n, true AS yes, DATE '1990-03-05' AS born, '' AS blank, NULL::text AS no",
        nik="9202'%:x",
    )
    assert frame.iloc[0].tolist()[:3] == ["9202'%:x", 7, True]
    assert str(frame["born"].iloc[0]) == "1990-03-05"
    assert frame["blank"].iloc[0] == ""
    assert frame["no"].isna().all()


def test_a_run_is_closed_as_done_or_stopped_and_a_dead_one_is_swept(warehouse: sa.Engine) -> None:
    with runs.run("nightly", date(2020, 4, 1)) as done:
        done.counts["files"] = 3
    with pytest.raises(InvariantBroken), runs.run("nightly", date(2020, 4, 2)):
        raise InvariantBroken("on purpose")
    with store.transaction() as connection:  # a run whose process was killed: registered, nobody holds its lock
        connection.execute(sa.text("INSERT INTO audit.run (kind, today) VALUES ('nightly', '2020-04-03')"))
    with runs.run("nightly", date(2020, 4, 4)), runs.run("submission", date(2020, 4, 4)):
        pass
    states = store.query("SELECT state FROM audit.run ORDER BY run_id")["state"].tolist()
    assert states == ["done", "stopped", "stopped", "done", "done"]


@pytest.mark.parametrize(
    ("sqlstate", "error"),
    [
        ("53100", DiskFull),
        ("53300", InvariantBroken),
        ("55P03", Unreachable),
        ("08006", Unreachable),
        (None, Unreachable),
    ],
)
def test_a_database_failure_has_a_name_and_repeats_no_value(
    sqlstate: str | None, error: type[SinergiError], warehouse: sa.Engine
) -> None:
    failure = psycopg.OperationalError("could not write 9202124101800001")
    failure.sqlstate = sqlstate
    told = store.unreachable(sa.exc.OperationalError("INSERT", {}, failure))
    assert type(told) is error
    assert "9202124101800001" not in str(told)


def end_the_lock_holder() -> None:
    """The server ends the connection that holds the consolidation lock."""
    with store.engine().connect() as connection:
        held = "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND granted"
        assert connection.scalars(sa.text(held), {"key": store.CONSOLIDATION_LOCK}).all() == [True]


def test_without_its_lock_a_consolidation_writes_nothing_more(warehouse: sa.Engine) -> None:
    with pytest.raises(Unreachable, match="lock broke"), store.consolidation_lock():
        with store.transaction():
            pass
        end_the_lock_holder()
        with store.transaction():
            raise AssertionError("it must not come here")


def test_whoever_gets_a_lost_lock_waits_for_the_work_that_was_under_way(warehouse: sa.Engine) -> None:
    order, is_mine = [], threading.Event()

    def next_one() -> None:
        with store.consolidation_lock(on_wait=is_mine.set):
            order.append("the next begins")

    with store.consolidation_lock():
        follower = threading.Thread(target=next_one)
        follower.start()
        assert is_mine.wait(300)
        with store.transaction() as connection:
            end_the_lock_holder()
            follower.join(0.5)  # it has the lock by now, and waits for this transaction
            connection.execute(sa.text("CREATE TABLE half_done (n int)"))
            order.append("the work ends")
        follower.join(300)
    assert order == ["the work ends", "the next begins"]


def test_publishing_waits_for_the_work_of_a_consolidation_whose_lock_was_lost(warehouse: sa.Engine) -> None:
    order: list[str] = []

    def publish() -> None:
        with store.transaction(lock=True):
            order.append("published")

    with store.consolidation_lock():
        with store.transaction():
            end_the_lock_holder()
            publisher = threading.Thread(target=publish)
            publisher.start()
            publisher.join(0.5)
            order.append("the work ends")
        publisher.join(300)
    assert order == ["the work ends", "published"]


def test_a_copy_that_is_cut_off_has_a_name(warehouse: sa.Engine) -> None:
    with pytest.raises(Unreachable), store.transaction() as connection:
        pid = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        with store.engine().connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        store.copy_in(connection, "audit.event", pd.DataFrame({"actor": ["x"], "action": ["x"], "subject": ["x"]}))


def test_a_disk_that_fills_up_in_the_midst_of_a_copy_has_a_name(warehouse: sa.Engine) -> None:
    full = "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full' USING ERRCODE = 'disk_full'; END $$"
    with pytest.raises(DiskFull), store.transaction() as connection:
        connection.execute(sa.text(full))
        connection.execute(
            sa.text("CREATE TRIGGER t BEFORE INSERT ON audit.event FOR EACH ROW EXECUTE FUNCTION fill()")
        )
        store.copy_in(connection, "audit.event", pd.DataFrame({"actor": ["x"], "action": ["x"], "subject": ["x"]}))


def test_what_the_address_says_of_patience_goes_before(monkeypatch: pytest.MonkeyPatch, warehouse: sa.Engine) -> None:
    address = sa.make_url(store.engine().url).update_query_dict({"tcp_user_timeout": "1234"})
    monkeypatch.setenv("SINERGI_DATABASE_URL", address.render_as_string(hide_password=False))
    settings.cache_clear()
    store.engine.cache_clear()
    with store.engine().connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        told = driver.info.get_parameters()
        asked = [connection.scalar(sa.text(f"SHOW {name}")) for name in ("client_connection_check_interval",)]
    store.engine().dispose()
    assert (told["tcp_user_timeout"], told["keepalives_idle"], asked) == ("1234", "30", ["10s"])
