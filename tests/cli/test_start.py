"""What questions import: an officer who asks for a list does not wait for engines that answer nothing there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer import Typer

from cli.main import app
from flows.nightly import run_nightly
from tests.intake.offices import OWNERS, TODAY, only_submission, send, told

LIST = "bpum_2020.2020-1.1.v1"
#: every command that only reads -> how it is asked; ID, PERSON, LIST and FOLDER are those of the test
QUESTIONS = {
    "catalogue": [["--json"], ["--markdown"], ["NIK_MISSING"]],
    "doctor": [[]],
    "export": [["memberships", "FOLDER/m.csv"], ["findings", "FOLDER/f.csv"]],
    "submission list": [["--json"], []],
    "submission show": [["ID", "--json"], ["ID"]],
    "submission inspect": [["ID", "--json"], ["ID", "--show-values", "--reason", "a test"]],
    "submission map": [["ID", "--json"]],
    "submission missing": [["--json"]],
    "aid lists": [["--json"]],
    "aid explain": [["LIST", "PERSON", "--json"]],
    "aid reasons": [["LIST", "--json"]],
    "aid coverage": [["--json"]],
    "aid conflicts": [["--json"]],
    "aid blacklist list": [["--json"]],
    "person find": [["--name", "siti", "--reason", "a test", "--json"]],
    "person explain": [["PERSON", "--json"], ["PERSON", "--html", "FOLDER/p.html"]],
    "review list": [["--json"], ["--sample"]],
    "review show": [["1-2"]],
    "model show": [["--json"]],
    "model quality": [["--json"]],
    "officer list": [["--json"]],
    "outbox list": [["--json"]],
    "outbox show": [["no-such-message"]],
    "db status": [[]],
}
#: commands that do something: of these only the help is a question
ACTS = {
    "run", "submit", "demo", "receiver", "report", "walkthrough", "serve", "submission rerun", "submission docs", "aid build",
    "aid lock", "aid approve", "aid withdraw", "aid publish", "aid stand", "aid verify", "aid resolve", "aid blacklist add",
    "aid blacklist appeal", "aid blacklist uphold", "aid blacklist lift", "person unmerge",
    "review decide", "review undo", "review apply", "review allow", "review sample", "model train", "model promote", "officer add",
    "outbox send", "outbox settle", "db upgrade", "db backup", "db restore", "db reconcile",
}  # fmt: skip
#: an export to CSV is the database's own COPY: it needs no frames either
HEAVY = ("prefect", "great_expectations", "splink", "duckdb", "altair", "pandas", "pyarrow", "alembic")
LOOK = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from cli.main import main
heavy, questions = json.loads(sys.argv[1])
for question in questions:
    sys.argv = ["sinergi", *question]
    code = 0
    with redirect_stdout(io.StringIO()) as said, redirect_stderr(io.StringIO()) as complained:
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    loaded = [name for name in heavy if name in sys.modules]
    print(json.dumps([" ".join(question), code, loaded, complained.getvalue()]))
"""


def commands(group: Typer, before: str = "") -> Iterator[str]:
    """The names of every command there is."""
    for command in group.registered_commands:
        name = command.name or str(getattr(command.callback, "__name__", ""))
        yield f"{before}{name}".replace("_", "-")
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from commands(inner.typer_instance, f"{before}{inner.name} ")


def asked(home: Path, questions: list[list[str]]) -> list[tuple[str, int, list[str], str]]:
    """Of each question in turn, in one fresh process: its exit code, what heavy is loaded by then, what it complained of."""
    given = json.dumps([HEAVY, questions])
    environment = {**os.environ, "SINERGI_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", LOOK, given], capture_output=True, text=True, env=environment, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_every_command_is_a_question_or_an_act() -> None:
    names = list(commands(app))
    assert len(names) == len(set(names))
    assert set(names) == QUESTIONS.keys() | ACTS
    assert not QUESTIONS.keys() & ACTS


def test_no_question_imports_an_engine(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path / "inbox", "19.01/umkm_2020-04.csv", [*OWNERS, "SITI;19010112058000;11/05/1980;TOKO;JALAN"])
    run_nightly(tmp_path / "inbox", TODAY, lambda event: None)
    ((person,),) = told("SELECT min(person_id) FROM gold.person")
    words = {"ID": only_submission(), "PERSON": person, "LIST": LIST}
    folder = str(tmp_path)
    questions = [
        [*name.split(), *(words.get(word, word.replace("FOLDER", folder)) for word in given)]
        for name, ways in QUESTIONS.items()
        for given in ways
    ]
    answers = asked(tmp_path / "home", questions)
    assert len(answers) == len(questions)
    for question, code, loaded, complaint in answers:
        assert loaded == [], question
        assert code == (2 if question in ("outbox show no-such-message", "review show 1-2") else 0), (
            f"{question}: {complaint}"
        )


@pytest.mark.parametrize("what", ["help", "nonsense"])
def test_no_help_and_no_usage_error_imports_an_engine(what: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    words = ["--help"] if what == "help" else ["--no-such-flag"]
    for question, code, loaded, _ in asked(tmp_path / "home", [[*name.split(), *words] for name in commands(app)]):
        assert loaded == [], question
        assert code == (0 if what == "help" else 2), question
