"""A house of its own for a deep test: a warehouse, a SINERGI_HOME and a receiver, commands as real processes, and its facts.

Facts stand under keys that do not depend on when or in how many tries they came about: a unit is named after its first row.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from schemas.warehouse import metadata
from tests.deep.forge import run_forged

ROOT = Path(__file__).parents[2]
TODAY = "2020-05-01"


class House:
    """One province's house; `url` None = its own embedded server."""

    def __init__(self, folder: Path, inbox: Path, url: str | None, receiver_url: str) -> None:
        self.home, self.inbox, self.url, self.receiver_url = folder / "home", inbox, url, receiver_url
        self.receiver_data = folder / "receiver"
        self.sent = {path: path.read_bytes() for path in inbox.glob("*/*")}
        self.environment = {**os.environ, "SINERGI_HOME": str(self.home), "SINERGI_RECEIVER_URL": receiver_url}
        self.environment.pop("SINERGI_DATABASE_URL", None)
        if url is not None:
            self.environment["SINERGI_DATABASE_URL"] = url

    def start(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        """A process of this house that goes on beside others."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=self.environment,
        )  # fmt: skip

    def run(self, module: str, *arguments: str, codes: tuple[int, ...] = (0, 3)) -> list[str]:
        """Run it to its end; the lines it said."""
        code, said = run_forged(module, arguments, self.environment)
        assert code in codes, said[-3000:]
        return said.splitlines()

    def sinergi(self, *arguments: str, codes: tuple[int, ...] = (0, 3)) -> list[str]:
        """One command of the product."""
        return self.run("cli.main", *arguments, codes=codes)

    def strike(
        self, commands: list[list[str]], *faults: str, within: tuple[str, ...] = (), codes: tuple[int, ...] = (0, 3)
    ) -> dict[str, Any]:
        """Run commands, each struck by every fault at every moment (crashing.py), or at those of the functions it is kept `within`;
        what struck them, and their exit codes.

        Whatever was not as promised after a fault fails here.
        """
        asked = {"inbox": str(self.inbox), "url": self.url, "faults": faults, "within": within, "commands": commands}
        told = last_json(self.run("tests.deep.crashing", json.dumps(asked)))
        assert told["wrong"] == [], "\n".join(told["wrong"])
        assert set(told["codes"]) <= set(codes), told
        assert told["missed"] == [], "\n".join(told["missed"])
        return dict(told)

    def inbox_command(self, verb: str) -> tuple[str, ...]:
        """`run` or `walkthrough` over the inbox, on the day of the tests."""
        return (verb, "--inbox", str(self.inbox), "--today", TODAY, "--json")

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a question to the warehouse."""
        return self.ask_all([sql])[0]

    def ask_all(self, questions: list[str]) -> list[list[tuple[Any, ...]]]:
        """The rows of each question, all about one moment."""
        assert self.url is not None
        engine = sa.create_engine(self.url, poolclass=sa.NullPool, isolation_level="REPEATABLE READ")
        with engine.connect() as connection:
            return [[tuple(row) for row in connection.exec_driver_sql(sql)] for sql in questions]

    def row_versions(self) -> dict[str, tuple[Any, ...]]:
        """Per table how many rows there are and which transaction wrote each where: equal only when nothing was written at all.

        The trail of runs is left out: that a run took place is new every time.
        """
        sql = "SELECT count(*), md5(string_agg(xmin::text || ctid::text, ',' ORDER BY ctid)) FROM {}"
        tables = [table.fullname for table in metadata.sorted_tables if table.fullname != "audit.run"]
        return {table: self.ask(sql.format(table))[0] for table in tables}

    def received(self) -> dict[str, Any]:
        """What the receiving system has seen and holds, by its own log."""
        told: dict[str, Any] = requests.get(f"{self.receiver_url}/v1/log", timeout=60).json()
        return told

    def facts(self) -> dict[str, Any]:
        """Everything that must be the same, each under a name that a failure can show."""
        names = {(kind, unit): name for kind, unit, name in self.ask(_UNIT_NAMES)}
        return {
            "files": self.ask(_FILES),
            "rows": self.ask(_ROWS),
            "findings": self.ask(_FINDINGS),
            "versions": self.ask(_VERSIONS),
            "units": sorted(self.ask(_UNITS)),
            "pairs": sorted(self.ask(_PAIRS)),
            "gold": {name: self._golden(*about, names) for name, about in GOLDEN.items()},
            "lists": self.ask(_LISTS),
            "decisions": {names["person", unit]: rest for unit, *rest in self.ask(_DECISIONS)},
            "claims": sorted((names["person", unit], *rest) for unit, *rest in self.ask(_CLAIMS)),
            "messages": self.ask(_MESSAGES),
            "left to do": self.ask("SELECT count(*) FROM source.change"),
            "running": self.ask("SELECT count(*) FROM audit.run WHERE state = 'running'"),
        }

    def _golden(self, table: str, id_name: str, names: dict[tuple[str, str], str]) -> dict[str, dict[str, Any]]:
        """Current golden rows under the names of their units; ids in their values are replaced by names as well."""
        found = {}
        for unit, row in self.ask(f"SELECT {id_name}, to_jsonb(t) FROM gold.{table} t WHERE to_run IS NULL"):
            for gone in (id_name, "from_run", "to_run", "content_hash"):
                del row[gone]
            for other in ("person_id", "household_id"):
                if row.get(other):
                    row[other] = names[other.removesuffix("_id"), row[other]]
            found[names[table, unit]] = row
        return found

    def litter(self) -> list[str]:
        """Files that a killed process left behind: halves of answers, copies of what it was reading."""
        marks = (".half-", ".part-")
        files = [path for path in self.home.rglob("*") if path.is_file() and "pg" not in path.parts]
        return [
            str(path.relative_to(self.home)) for path in files if path.name.startswith(marks) or "reading" in path.parts
        ]


GOLDEN = {
    "persons": ("person", "person_id"),
    "businesses": ("business", "business_id"),
    "households": ("household", "household_id"),
}

_FIRST_ROW = """
WITH placed AS (
  SELECT DISTINCT ON (r.record_id) r.record_id, s.file || '/' || r.sheet_no || '/' || r.row AS place
    FROM intake.source_row r JOIN intake.submission s USING (submission_id)
   WHERE r.record_id IS NOT NULL ORDER BY r.record_id, s.file COLLATE "C", r.sheet_no, r.row)
"""
_UNIT_NAMES = f"""{_FIRST_ROW}
SELECT unit_kind, unit_id, min(place COLLATE "C") FROM identity.membership JOIN placed USING (record_id)
 WHERE to_run IS NULL GROUP BY 1, 2"""
_UNITS = f"""{_FIRST_ROW}
SELECT unit_kind, string_agg(place || ' ' || coalesce(role, ''), '|' ORDER BY place COLLATE "C")
  FROM identity.membership JOIN placed USING (record_id) WHERE to_run IS NULL GROUP BY unit_kind, unit_id"""
_PAIRS = f"""{_FIRST_ROW}
SELECT least(a.place COLLATE "C", b.place COLLATE "C"), greatest(a.place COLLATE "C", b.place COLLATE "C"), tier, verdict, clause,
       round(weight::numeric, 6)
  FROM identity.edge e JOIN placed a ON a.record_id = e.record_a JOIN placed b ON b.record_id = e.record_b"""
_FILES = """
SELECT s.file, s.state, s.reason_code, s.version, s.is_current, s.period, o.file, s.row_count, s.receipt IS NOT NULL, s.workbook IS NOT NULL
  FROM intake.submission s LEFT JOIN intake.submission o ON o.submission_id = s.same_as ORDER BY s.file COLLATE "C\""""
_ROWS = """
SELECT s.file, r.sheet_no, r.row, r.data_row, r.outcome, r.record_id IS NOT NULL, md5(r.cells)
  FROM intake.source_row r JOIN intake.submission s USING (submission_id) ORDER BY s.file COLLATE "C", 2, 3"""
_FINDINGS = """
SELECT s.file, f.sheet_no, f.row, f.code, f.field, f.severity
  FROM intake.finding f JOIN intake.submission s USING (submission_id) ORDER BY s.file COLLATE "C", 2, 3, 4, 5"""
_VERSIONS = """
SELECT s.file, v.row, v.to_run IS NULL, v.content_hash, v.aid_hold
  FROM source.record_version v JOIN intake.submission s USING (submission_id) ORDER BY s.file COLLATE "C", 2, 3, 4"""
_LISTS = """
SELECT list_id, state, in_count, out_count, waiting_count, amount_idr,
       (SELECT string_agg(officer_id, '|' ORDER BY officer_id) FROM aid.approval a WHERE a.list_id = l.list_id)
  FROM aid.list l ORDER BY list_id"""
_DECISIONS = """
SELECT unit_id, decision, decisive_reason, reasons, rank, amount_idr, (SELECT jsonb_object_agg(key, value -> 0) FROM jsonb_each(facts))
  FROM aid.decision"""
_CLAIMS = 'SELECT unit_id, conflict_group, "window", slot, list_id, amount_idr FROM aid.claim'
_MESSAGES = """
SELECT m.part, m.state, m.line_count, count(l.line_key), sum(l.amount_idr), count(*) FILTER (WHERE l.answer = 'accepted'),
       (SELECT count(*) FROM outbox.receipt r WHERE r.idempotency_key = m.idempotency_key)
  FROM outbox.message m JOIN outbox.line l USING (idempotency_key) GROUP BY m.idempotency_key ORDER BY m.list_id, m.part"""


@contextmanager
def receiver(data: Path) -> Iterator[str]:
    """A receiver that outlives every crash; its URL."""
    command = [sys.executable, "-m", "cli.main", "receiver", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline())
        assert url is not None
        try:
            yield url.group()
        finally:
            process.terminate()


def make_inbox(folder: Path, rows: int, kept: int) -> Path:
    """A small province's inbox: its `kept` largest lists, one workbook of groups and of cooperatives, a file nobody can read and one
    without a heading."""
    command = ("demo", "--province", "82", "--rows", str(rows), "--seed", "5", "--out", str(folder / "demo"))
    code, said = run_forged("cli.main", command, dict(os.environ))
    assert code == 0, said[-3000:]
    inbox = folder / "inbox"
    files = sorted((folder / "demo" / "inbox").glob("*/*"), key=lambda path: -path.stat().st_size)
    groups = [path for path in files if "KELOMPOK" in path.name][:1]
    cooperatives = [path for path in files if "KOPERASI" in path.name][:1]
    lists = [path for path in files if "KELOMPOK" not in path.name and "KOPERASI" not in path.name]
    for path in [*lists[:kept], *groups, *cooperatives]:
        (inbox / path.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, inbox / path.parent.name / path.name)
    somewhere = next(inbox.iterdir())
    (somewhere / "rusak.xlsx").write_bytes(b"PK\x03\x04 bukan buku kerja")
    (somewhere / "tanpa judul.csv").write_text("a;b\nc;d\n")
    return inbox


def last_json(lines: list[str]) -> Any:
    """The JSON of the last line."""
    return json.loads(lines[-1])
