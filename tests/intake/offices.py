"""Files as offices send them, a night over them, and questions to the warehouse: shared by tests of whole files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from expectations import catalogue, validation
from flows import submission as flow
from tasks import runs, store
from tasks.intake.steps import rules

Entries = list[dict[str, Any]]

TODAY = date(2020, 5, 1)
HEADING = "NAMA PEMILIK;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA"
OWNERS = [
    f"PEMILIK {chr(65 + n)}{chr(75 + n)};190101{10 + n:02d}0580{n + 1:04d};{10 + n}/05/1980;WARUNG {chr(65 + n)};JALAN {n}"
    for n in range(15)
]


def send(inbox: Path, name: str, rows: list[str], heading: str = HEADING) -> None:
    """A file as an office would save it."""
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([heading, *rows]) + "\n", "utf-8")


def send_of_three(inbox: Path, *regencies: str) -> None:
    """Lists of three regencies: some people are on two of them, the first one's list has two versions."""
    first, second, third = regencies
    send(inbox, f"{first}/umkm 2020-04 v1.csv", OWNERS[:12])
    send(inbox, f"{first}/umkm 2020-04 v2.csv", [*OWNERS[:11], OWNERS[11].replace("WARUNG", "TOKO"), OWNERS[12]])
    send(inbox, f"{second}/umkm 2020-04.csv", [*OWNERS, OWNERS[3], "TANPA NIK;;;WARUNG Z;JALAN 9"])
    send(inbox, f"{third}/umkm 2020-04.csv", OWNERS[2:])


def night(inbox: Path) -> dict[str, Any]:
    """Take in an inbox in a run of its own."""
    with runs.run("nightly", TODAY) as run:
        return flow.take_in_all(inbox, run.run_id, TODAY, lambda event: None)


class PowerCut(BaseException):
    """The process ends here."""


@contextmanager
def power_cut(step: str, when: str) -> Iterator[None]:
    """Inside the block the process ends `before` or `after` a step of taking files in, and the block with it."""
    work: Callable[..., Any] = getattr(flow, step)

    def die(*given: Any) -> Any:
        if when == "after":
            work(*given)
        raise PowerCut

    with pytest.MonkeyPatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(flow, step, die)
        yield


def told(sql: str) -> list[tuple[Any, ...]]:
    """The rows of a question."""
    with store.transaction() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]


def only_submission() -> str:
    """The id of the one submission there is."""
    ((identity,),) = told("SELECT submission_id FROM intake.submission")
    return str(identity)


@contextmanager
def other_suites(folder: Path, change: Callable[[Entries], Entries]) -> Iterator[None]:
    """The suite files copied to `folder` with each file's entries changed: the rules of another day, while the block runs.

    They are the rules of this process alone, so it is this process that validates.
    """
    validation.load_checks()
    shutil.copytree(catalogue.SUITES, folder)
    for path in folder.glob("*.yaml"):
        suite = yaml.safe_load(path.read_text("utf-8"))
        path.write_text(yaml.safe_dump({**suite, "checks": change(suite["checks"])}, allow_unicode=True), "utf-8")
    usual = catalogue.SUITES
    catalogue.SUITES = folder
    _forget_rules()
    try:
        yield
    finally:
        catalogue.SUITES = usual
        _forget_rules()


def without(code: str) -> Callable[[Entries], Entries]:
    """A change that takes one check out of its suite."""
    return lambda entries: [entry for entry in entries if entry["code"] != code]


def with_severity(code: str, severity: str) -> Callable[[Entries], Entries]:
    """A change that makes one check graver or milder."""
    return lambda entries: [{**entry, "severity": severity} if entry["code"] == code else entry for entry in entries]


def _forget_rules() -> None:
    for cached in (catalogue.entries, validation.validation_of, validation._context, rules.rules_version):
        cached.cache_clear()
