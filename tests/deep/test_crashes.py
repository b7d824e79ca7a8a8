"""kill -9 at every kind of moment, then the same command again: the same partition, lists and receipts as if nothing had happened."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MOMENTS = ("before-commit", "after-commit", "before-send", "after-send")
ROWS = 400
TODAY = "2020-05-01"


class House:
    """One SINERGI_HOME of its own with a receiver that outlives every crash."""

    def __init__(self, folder: Path, inbox: Path) -> None:
        self.folder, self.inbox = folder, inbox
        folder.mkdir(mode=0o755)
        self.environment = {**os.environ, "SINERGI_HOME": str(folder / "home")}
        self.environment.pop("SINERGI_DATABASE_URL", None)
        command = [sys.executable, "-m", "cli.main", "receiver", "--port", "0", "--data", str(folder / "receiver")]
        self.receiver = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=self.environment)
        assert self.receiver.stdout is not None
        url = re.search(r"http://\S+", self.receiver.stdout.readline())
        assert url is not None
        self.environment["SINERGI_RECEIVER_URL"] = self.url = url.group()

    def close(self) -> None:
        self.receiver.terminate()
        self.receiver.wait(timeout=20)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *command],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=self.environment,
            timeout=300,
        )

    def sinergi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        result = self.run("cli.main", *arguments)
        assert result.returncode in (0, 3), result.stderr[-3000:]
        return result

    def walk(self) -> None:
        self.sinergi("walkthrough", "--inbox", str(self.inbox), "--today", TODAY)

    def crash(self, at: str, number: int) -> int:
        return self.run(
            "tests.deep.crashing", at, str(number), "walkthrough", "--inbox", str(self.inbox), "--today", TODAY
        ).returncode

    def table(self, name: str) -> list[dict[str, str]]:
        target = self.folder / "export.csv"
        self.sinergi("export", name, str(target))
        with target.open(newline="", encoding="utf-8") as handle:
            return list(csv.DictReader(handle))

    def facts(self) -> dict[str, Any]:
        """Everything that must be the same, under keys that do not depend on when or in how many tries it came about."""
        rows = self.table("memberships")
        place = {(r["file"], r["sheet"], r["row"]): r for r in rows}
        assert len(place) == len(rows)
        units: dict[str, dict[str, set[tuple[str, str, str]]]] = {}
        for unit in ("person_id", "business_id", "household_id"):
            units[unit] = defaultdict(set)
            for key, row in place.items():
                if row[unit]:
                    units[unit][row[unit]].add(key)
        lists = [r for r in self.table("lists") if r["state"] == "published"]
        decisions = {
            frozenset(units["person_id"][line["person_id"]]): (
                line["decision"],
                line["decisive_reason"],
                line["amount_idr"],
            )
            for entry in lists
            for line in self.table(f"list:{entry['id']}")
        }
        messages = json.loads(self.sinergi("outbox", "list", "--json").stdout.splitlines()[-1])
        return {
            "outcomes": {key: (row["outcome"], row["findings"], row["aid_hold"]) for key, row in place.items()},
            "partitions": {name: {frozenset(rows) for rows in found.values()} for name, found in units.items()},
            "lists": [(entry["id"], entry["in"], entry["out"], entry["waiting"]) for entry in lists],
            "decisions": decisions,
            "messages": sorted((m["part"], m["state"], m["line_count"]) for m in messages),
            "received": self.received(),
        }

    def received(self) -> Any:
        """What the receiving system says it holds: per list, lines and rupiah."""
        import requests

        lists = [r["id"] for r in self.table("lists") if r["state"] == "published"]
        answers = [requests.get(f"{self.url}/v1/lists/{list_id}", timeout=10).json() for list_id in lists]
        return [{key: value for key, value in answer.items() if not key.endswith("_at")} for answer in answers]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="sinergi-crash-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def inbox(folder: Path) -> Path:
    command = [
        sys.executable,
        "-m",
        "cli.main",
        "demo",
        "--province",
        "82",
        "--rows",
        str(ROWS),
        "--seed",
        "5",
        "--out",
        str(folder / "demo"),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return folder / "demo" / "inbox"


@pytest.fixture(scope="module")
def undisturbed(folder: Path, inbox: Path) -> Iterator[tuple[House, dict[str, Any], dict[str, int]]]:
    """A house where nothing ever went wrong, its facts, and how many moments of each kind a whole walk has."""
    house = House(folder / "undisturbed", inbox)
    told = house.run(
        "tests.deep.crashing", "before-commit", "0", "walkthrough", "--inbox", str(inbox), "--today", TODAY
    )
    assert told.returncode in (0, 3), told.stderr[-3000:]
    counts = [int(word) for word in told.stderr.strip().splitlines()[-1].split()[1:]]
    yield house, house.facts(), dict(zip(MOMENTS, counts, strict=True))
    house.close()


@pytest.mark.deep
def test_a_second_run_changes_nothing_and_sends_nothing(
    undisturbed: tuple[House, dict[str, Any], dict[str, int]],
) -> None:
    house, facts, _ = undisturbed
    before = house.table("persons"), house.table("ledger"), house.table("lists")
    house.sinergi("run", "--inbox", str(house.inbox), "--today", TODAY)
    house.walk()
    assert (house.table("persons"), house.table("ledger"), house.table("lists")) == before
    assert house.facts() == facts


@pytest.mark.deep
def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(
    folder: Path, inbox: Path, undisturbed: tuple[House, dict[str, Any], dict[str, int]]
) -> None:
    """One house is killed at one moment after another, spread over the whole walk, each start getting further than the last."""
    _, facts, moments = undisturbed
    house = House(folder / "killed", inbox)
    killed = 0
    for _ in range(
        sum(moments.values())
    ):  # every try is killed at its own third commit: always new ground, until it gets through
        at = ("before-commit", "after-commit")[killed % 2]
        if house.crash(at, 3 + killed % 4) != -9:
            break
        killed += 1
    house.walk()
    print(f"killed {killed} times")
    assert killed >= 5
    assert house.facts() == facts
    house.close()


@pytest.mark.deep
@pytest.mark.parametrize("at", ["before-send", "after-send"])
def test_killed_around_a_send_the_list_is_received_once(
    at: str, folder: Path, inbox: Path, undisturbed: tuple[House, dict[str, Any], dict[str, int]]
) -> None:
    _, facts, _ = undisturbed
    house = House(folder / at, inbox)
    assert house.crash(at, 1) == -9
    house.walk()
    assert house.facts() == facts
    house.close()
