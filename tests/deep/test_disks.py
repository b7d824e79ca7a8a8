"""A full disk of the server's: its own refusal in the midst of a load. The home's full disk is struck in test_cuts.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tasks.embedded import start_embedded
from tests.deep.house import House
from tests.deep.promises import Watch
from tests.deep.test_crashes import Faults

pytestmark = pytest.mark.deep


def is_told(said: list[str]) -> None:
    """One sentence that names the disk, and nothing of our insides."""
    assert [line for line in said if "disk is full" in line] == said[-1:], "\n".join(said)[-2000:]
    assert "Traceback" not in "\n".join(said)


def ends_as(undisturbed: House, house: House) -> None:
    """With room again the same command ends as if nothing had happened."""
    house.sinergi(*house.inbox_command("walkthrough"))
    house.url = start_embedded(house.home / "pg")
    assert Watch(house).broken(at_rest=True) == []
    assert house.facts() == undisturbed.facts()


def test_a_server_that_cannot_extend_a_table_stops_the_night_which_goes_on_when_there_is_room(
    undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house(embedded=True)
    house.sinergi("db", "upgrade")
    house.url = start_embedded(house.home / "pg")
    ((file,),) = house.ask("SELECT pg_relation_filepath('intake.source_row')")
    stop(house)
    table = (house.home / "pg").resolve() / file
    table.rename(table.with_name("aside"))
    table.symlink_to("/dev/full")
    is_told(house.sinergi(*house.inbox_command("walkthrough"), codes=(1,)))
    table.unlink()
    table.with_name("aside").rename(table)
    faults({"faults": {"server's disk full": ["table"]}})
    ends_as(undisturbed, house)


def stop(house: House) -> None:
    """Leave the house's server, so that it stops."""
    from tasks import embedded

    data = (house.home / "pg").resolve()
    server, handle = embedded._users.pop(data)
    with server.lock():
        server.leave(handle)
