"""What questions import: an officer who asks for a list does not wait for engines that answer nothing there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

QUESTIONS = {
    "catalogue": ["catalogue", "--json"],
    "aid lists": ["aid", "lists", "--json"],
    "submission list": ["submission", "list", "--json"],
    "outbox list": ["outbox", "list", "--json"],
    "officer list": ["officer", "list", "--json"],
    "db status": ["db", "status"],
    "doctor": ["doctor"],
    "export": ["export", "memberships", "EXPORT.csv"],
}
ENGINES = ("prefect", "great_expectations", "splink", "duckdb", "altair")
FRAMES = ("pandas", "pyarrow")  # an export to CSV is the database's own COPY
LOOK = """
import atexit, json, sys
atexit.register(lambda: sys.stderr.write(json.dumps(sorted({name.split(".")[0] for name in sys.modules}))))
from cli.main import main
main()
"""


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_imports_no_engine(question: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    arguments = [word.replace("EXPORT", str(tmp_path / "export")) for word in QUESTIONS[question]]
    environment = {**os.environ, "SINERGI_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, *arguments], capture_output=True, text=True, env=environment, timeout=120
    )
    imported = set(json.loads(done.stderr.splitlines()[-1]))
    assert done.returncode == 0, done.stderr[-2000:]
    assert imported.isdisjoint(ENGINES)
    assert imported.isdisjoint(FRAMES)
