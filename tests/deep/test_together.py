"""Several processes on one house at the same time: one waits for the other, nothing is done twice, nobody is aided twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest
import sqlalchemy as sa

from tasks.store import CONSOLIDATION_LOCK
from tests.deep.house import TODAY, House
from tests.deep.promises import Watch

pytestmark = pytest.mark.deep
LIST = "bpum_2020.2020-1.1.v1"


def ended(process: Popen[str]) -> tuple[int, str]:
    """Exit code and all that a process said."""
    said, _ = process.communicate(timeout=1200)
    return process.returncode, said


def test_two_runs_and_a_submission_at_once_do_what_one_run_does(
    undisturbed: House, new_house: Callable[..., House], inbox: Path
) -> None:
    house = new_house()
    file = max(inbox.glob("*/*.xlsx"), key=lambda path: path.stat().st_size)
    submit = ("submit", str(file), "--regency", file.parent.name, "--today", TODAY, "--json")
    together = [house.start("cli.main", *house.inbox_command("run")) for _ in range(2)]
    together.append(house.start("cli.main", *submit))
    for process in together:
        code, said = ended(process)
        assert code in (0, 3), said[-3000:]
        assert "Traceback" not in said
    facts, wanted = house.facts(), undisturbed.facts()
    for word in ("files", "rows", "findings", "units", "pairs", "gold", "left to do", "running"):
        assert facts[word] == wanted[word], word


def test_whoever_comes_while_another_consolidates_waits_and_says_so(
    undisturbed: House, new_house: Callable[..., House], inbox: Path
) -> None:
    house = new_house()
    assert house.url is not None
    engine = sa.create_engine(house.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    first, second, *_ = sorted(inbox.glob("*/*.xlsx"), key=lambda path: -path.stat().st_size)
    with engine.connect() as another:
        another.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": CONSOLIDATION_LOCK})
        coming = [house.start("cli.main", *house.inbox_command("run"))]
        coming += [
            house.start("cli.main", "submit", str(file), "--regency", file.parent.name, "--today", TODAY, "--json")
            for file in (first, second)
        ]
        for process in coming:
            assert process.stdout is not None
            assert any('"step": "lock"' in line and "waiting" in line for line in process.stdout)
    for process in coming:
        code, said = ended(process)
        assert code in (0, 3), said[-3000:]
    facts, wanted = house.facts(), undisturbed.facts()
    for word in ("files", "rows", "findings", "units", "pairs", "gold", "left to do", "running"):
        assert facts[word] == wanted[word], word
    assert Watch(house).broken() == []


def test_two_first_starts_at_once_make_one_warehouse(new_house: Callable[..., House]) -> None:
    house = new_house(template="template0")
    starting = [house.start("cli.main", "db", "upgrade") for _ in range(3)]
    told = [ended(process) for process in starting]
    assert [code for code, _ in told] == [0, 0, 0], told
    assert Watch(house).broken() == []


def test_two_publishers_of_one_list_publish_it_once(undisturbed: House, new_house: Callable[..., House]) -> None:
    house = new_house()
    house.sinergi(*house.inbox_command("run"))
    for officer, role in (("sari", "preparer"), ("budi", "approver"), ("rina", "approver")):
        house.sinergi("officer", "add", officer, "--name", officer.title(), "--role", role)
    house.sinergi("aid", "lock", LIST, "--officer", "sari")
    for officer in ("budi", "rina"):
        house.sinergi("aid", "approve", LIST, "--officer", officer)
    publishers = [house.start("cli.main", "aid", "publish", LIST, "--officer", who) for who in ("budi", "rina")]
    assert [ended(process)[0] for process in publishers] == [0, 0]
    senders = [house.start("cli.main", "outbox", "send") for _ in range(2)]
    assert [ended(process)[0] for process in senders] == [0, 0]
    facts, wanted = house.facts(), undisturbed.facts()
    assert (facts["claims"], facts["messages"]) == (wanted["claims"], wanted["messages"])
    assert house.ask("SELECT count(*) FROM audit.event WHERE action = 'aid.publish'") == [(1,)]
    assert house.received() == undisturbed.received()
