"""kill -9 of the sender, real processes: between the receiver's commit and its answer, and before the request arrives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from schemas.errors import EXIT_OUT_OF_REACH
from tests.delivery.published import answers, publish, states
from tests.delivery.servers import ROOT, receiver_process, receiving, road

SEND = [sys.executable, "-c", "from cli.outbox import app; app()", "send", "--json"]


def sender(url: str) -> subprocess.Popen[str]:
    """`sinergi outbox send` as a process of its own."""
    environment = {**os.environ, "SINERGI_RECEIVER_URL": url}
    return subprocess.Popen(SEND, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and everything it said."""
    out, err = process.communicate(timeout=300)
    return process.returncode, out + err


def test_a_sender_killed_before_the_answer_pays_once(warehouse: sa.Engine, data: Path) -> None:
    publish(6, part_size=2)
    with receiver_process(data) as (url, _):
        with road(url, "", "holds_the_reply") as unreliable:
            killed = sender(unreliable.url)
            assert unreliable.reached.wait(300)
            killed.kill()
            finish(killed)
            assert states() == ["acknowledged", "sending", "queued"]
            code, said = finish(sender(unreliable.url))
        log = requests.get(f"{url}/v1/log", timeout=60).json()
    assert (code, states(), answers()) == (0, ["acknowledged"] * 3, {"accepted": 6})
    assert (log["message_count"], log["accepted_count"], log["post_count"]) == (3, 6, 3), "read back, not sent again"
    assert "ORANG" not in said and "92021201" not in said


def test_a_receiver_killed_after_its_answer_keeps_what_it_acknowledged(warehouse: sa.Engine, data: Path) -> None:
    publish(4, part_size=2)
    with receiver_process(data) as (url, process):
        assert finish(sender(url))[0] == 0
        process.kill()
    with receiver_process(data) as (url, _):
        log = requests.get(f"{url}/v1/log", timeout=60).json()
    assert (log["message_count"], log["accepted_count"]) == (2, 4)
    assert "ORANG" not in (data.parent / "receiver.log").read_text()
    assert "92021201" not in (data.parent / "receiver.log").read_text()


def test_a_receiver_out_of_reach_ends_with_exit_code_four_and_is_served_later(warehouse: sa.Engine, data: Path) -> None:
    publish(4, part_size=2)
    with receiving(data) as url:
        gone = url
    code, said = finish(sender(gone))
    assert (code, states()) == (EXIT_OUT_OF_REACH, ["queued", "queued"])
    assert '"out_of_reach": 2' in said
    with receiver_process(data) as (url, process):
        assert finish(sender(url))[0] == 0
        process.terminate()
        assert process.wait(120) == 0, "it stops in order on SIGTERM"
    assert states() == ["acknowledged"] * 2


@pytest.mark.deep
@pytest.mark.parametrize("round_", range(4))
def test_a_sender_killed_again_and_again_pays_once(warehouse: sa.Engine, data: Path, round_: int) -> None:
    publish(10, part_size=2)
    with receiver_process(data) as (url, _):
        for _ in range(round_ + 1):
            with road(url, "holds_the_reply") as unreliable:
                killed = sender(unreliable.url)
                assert unreliable.reached.wait(300)
                killed.kill()
                finish(killed)
        assert finish(sender(url))[0] == 0
        log = requests.get(f"{url}/v1/log", timeout=60).json()
    assert (states(), answers()) == (["acknowledged"] * 5, {"accepted": 10})
    assert (log["message_count"], log["accepted_count"], log["conflict_count"]) == (5, 10, 0)
