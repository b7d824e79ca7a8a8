"""The warehouse's files are fetched whole, in the order of need, when there is much to look up and room for them."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tasks import ahead, store

MUCH = 10**9


@pytest.fixture
def asked(warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[int, int]]]:
    """What is asked of the machine, by file: where each piece begins and how long it is. The server counts as an embedded one."""
    del warehouse
    pieces: dict[str, list[tuple[int, int]]] = {}

    def note(file: int, start: int, length: int, advice: int) -> None:
        assert advice == os.POSIX_FADV_WILLNEED
        pieces.setdefault(str(Path(f"/proc/self/fd/{file}").readlink()), []).append((start, length))

    monkeypatch.setattr(ahead, "settings", lambda: SimpleNamespace(database_url=None))
    monkeypatch.setattr(os, "posix_fadvise", note)
    return pieces


def path_of(relation: str) -> str:
    with store.transaction() as connection:
        sql = "SELECT current_setting('data_directory') || '/' || pg_relation_filepath(:relation)"
        return str(connection.scalar(sa.text(sql), {"relation": relation}))


def fetch(byte_count: int) -> None:
    thread = ahead.fetch_ahead(byte_count)
    assert thread is not None
    thread.join()


def test_tables_and_indexes_are_asked_for_whole(asked: dict[str, list[tuple[int, int]]]) -> None:
    with store.transaction() as connection:
        connection.execute(
            sa.text("CREATE TABLE gold.wide AS SELECT repeat('x', 900) AS x FROM generate_series(1, 400)")
        )
    wide = path_of("gold.wide")
    fetch(MUCH)
    assert list(asked).index(path_of("identity.ix_features_nik")) < list(asked).index(wide)
    ends = [start + length for start, length in asked[wide]]
    assert [start for start, _ in asked[wide]] == [0, *ends[:-1]]
    assert ends[-1] >= Path(wide).stat().st_size > ahead.PIECE


def test_a_few_rows_are_looked_up_page_by_page(asked: dict[str, list[tuple[int, int]]]) -> None:
    assert ahead.fetch_ahead(1) is None
    assert not asked


def test_no_more_is_fetched_than_there_is_room_for(
    asked: dict[str, list[tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "available_memory", lambda: 5 * 8192 * ahead.SHARE)
    fetch(MUCH)
    assert 0 < sum(Path(path).stat().st_size for path in asked) <= 5 * 8192


def test_nobody_waits_for_a_table_that_somebody_holds(asked: dict[str, list[tuple[int, int]]]) -> None:
    with store.transaction() as holder:
        holder.execute(sa.text("TRUNCATE identity.edge"))
        fetch(MUCH)
    assert asked


def test_a_file_that_is_gone_stops_nobody(
    asked: dict[str, list[tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, there = Path("/gone/base/1/2"), path_of("identity.ix_features_nik")
    sizes = ahead._sizes
    monkeypatch.setattr(ahead, "_sizes", lambda relations: {gone: 8192} | sizes(relations))
    fetch(MUCH)
    assert there in asked
    assert sizes([gone]) == {}


def test_where_the_machine_says_nothing_of_its_memory_nothing_is_fetched(
    asked: dict[str, list[tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "available_memory", lambda: 0)
    fetch(MUCH)
    assert not asked


def test_a_server_that_stays_up_keeps_its_own_pages(warehouse: sa.Engine) -> None:
    assert "SINERGI_DATABASE_URL" in os.environ
    assert ahead.fetch_ahead(MUCH) is None


def test_the_machine_has_memory_to_give() -> None:
    assert 0 < ahead.available_memory() < 2**50
