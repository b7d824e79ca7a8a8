"""Connections that break and disks that are full, at every moment of a walk: one sentence, and the next try goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from tests.deep.house import House
from tests.deep.promises import Watch
from tests.deep.test_crashes import Faults, is_as_undisturbed, reached
from tests.deep.wire import wire

pytestmark = pytest.mark.deep


@pytest.mark.more
def test_cut_off_at_every_commit_and_send_and_without_room_for_any_file_it_ends_as_if_nothing_had_happened(
    undisturbed: House, new_house: Callable[..., House], faults: Faults
) -> None:
    house = new_house()
    told = house.strike([[*house.inbox_command("walkthrough")]], "cut", "no room")
    faults(told)
    assert {"run_nightly", "load_whole", "merge", "publish", "_settle", "answer"} <= reached(told)
    is_as_undisturbed(house, undisturbed)


#: two keep-alives a second apart, instead of the half minute that suits a province
IMPATIENT = {"keepalives_idle": "1", "keepalives_interval": "1", "keepalives_count": "2", "tcp_user_timeout": "2000"}


@pytest.mark.parametrize(("how", "limit"), [("cut", 60_000), ("cut", 100_000), ("silent", 150_000)])
def test_a_wire_that_breaks_or_falls_silent_in_the_midst_of_a_copy_is_told_in_one_sentence(
    how: Literal["cut", "silent"],
    limit: int,
    server: str,
    undisturbed: House,
    new_house: Callable[..., House],
    faults: Faults,
) -> None:
    house = new_house()
    watch = Watch(house)
    with wire(str(house.url), how, limit) as line:
        address = line.url.update_query_dict(IMPATIENT).render_as_string(hide_password=False)
        house.environment["SINERGI_DATABASE_URL"] = address
        said = house.sinergi(*house.inbox_command("walkthrough"), codes=(4,))
    assert line.failed.is_set()
    assert [line for line in said if line.startswith("sinergi: ")] == said[-1:]
    assert watch.broken() == []
    faults({"faults": {f"wire {how}": [str(limit)]}})
    house.environment["SINERGI_DATABASE_URL"] = str(house.url)
    house.sinergi(*house.inbox_command("walkthrough"))
    is_as_undisturbed(house, undisturbed)
