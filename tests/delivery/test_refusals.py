"""What a receiver refused is somebody's problem until a person says that it was looked into."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import typer

from cli.run import leave
from flows.deployed import _in_short
from schemas.errors import UsageError
from schemas.receivers import Receiver
from tasks import runs, store
from tasks.delivery.steps import send_to, settle_refusal
from tasks.doctor import examine
from tests.delivery.published import TODAY, answers, events, publish, states
from tests.delivery.servers import road


def said() -> tuple[str, str]:
    """How the doctor finds what was refused."""
    ((level, says),) = [(line.level, line.says) for line in examine() if line.check == "refusals"]
    return level, says


def test_refused_parts_and_lines_are_told_until_somebody_has_looked_into_them(
    warehouse: sa.Engine, penyalur: Receiver, receiver_url: str
) -> None:
    first, second = (message.idempotency_key for message in publish(4, part_size=2))
    assert said()[0] == "ok"
    with road(receiver_url, "refuses_the_part") as strict, runs.run("distribution", TODAY) as run:
        send_to(penyalur, strict.url, run.run_id)
    publish(3, phase=2, first=2)  # two of them were accepted before: the receiver refuses their lines
    with runs.run("distribution", TODAY) as run:
        counts = send_to(penyalur, receiver_url, run.run_id)
    assert states() == ["refused", "acknowledged", "acknowledged"]
    assert (counts["refused"], counts["refused_lines"]) == (0, 2)
    third = store.query("SELECT idempotency_key FROM outbox.line WHERE answer = 'refused'")["idempotency_key"][0]

    level, says = said()
    assert (level, "refused 1 messages, and 2 lines" in says) == ("fail", True)
    for key, by, reason in ((first, " ", "dijawab"), (first, "sari", ""), (second, "sari", "dijawab")):
        with pytest.raises(UsageError):
            settle_refusal(key, by, reason)
    settle_refusal(first, "sari", "diganti surat")
    assert "refused 0 messages, and 2 lines" in said()[1]
    settle_refusal(third, "sari", "sudah dibayar pada tahap 1")
    assert said()[0] == "ok"
    assert events()[-1] == ("refusal_looked_into", "sari: sudah dibayar pada tahap 1")
    assert answers() == {"none": 2, "accepted": 3, "refused:duplicate_unit": 2}, "what was answered stays answered"


NIGHTS = {
    "nothing sent": ({}, 0, "2 new of 2 files"),
    "all arrived": ({"acknowledged": 3, "accepted_lines": 9}, 0, "2 new of 2 files"),
    "out of reach": ({"out_of_reach": 1}, 4, "a receiving system was out of reach; 2 new of 2 files"),
    "held": (
        {"held": 2}, 4, "2 messages held: a receiving system has something else; 2 new of 2 files"
    ),
    "a part refused": ({"refused": 1}, 4, "1 messages refused by a receiving system; 2 new of 2 files"),
    "lines refused": (
        {"acknowledged": 1, "refused_lines": 7}, 4, "7 lines refused by a receiving system; 2 new of 2 files"
    ),
}  # fmt: skip


@pytest.mark.parametrize("night", NIGHTS)
def test_a_night_says_what_a_receiver_did_not_take(night: str) -> None:
    outbox, code, message = NIGHTS[night]
    counts = {"intake": {"files": 2, "new": 2}, "late": {"lists": 0, "regencies": 0}, "outbox": outbox}
    assert _in_short(counts) == message
    try:
        leave(counts)
        left = 0
    except typer.Exit as end:
        left = end.exit_code
    assert left == code
