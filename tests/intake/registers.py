"""A list of owners, a night over it, the question about them and a register's answer: shared by tests of recensus and verification."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from flows.consolidation import consolidate
from flows.distribution import award
from flows.submission import take_in_all
from tasks import runs
from tasks.reports.questions import Asking, export
from tests.intake.offices import TODAY, send, told

HEADING = "NAMA PEMILIK;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA;OMZET PER TAHUN"
#: owner -> (NIK, birth date, business)
OWNERS = {
    "SITI AMINAH": ("1901015005800001", "10/05/1980", "WARUNG KENANGA"),
    "BUDI HARTONO": ("1901011105810002", "11/05/1981", "BENGKEL JAYA"),
    "RINA WULANDARI": ("1901015205820003", "12/05/1982", "JAHIT RAPI"),
    "AGUS SALIM": ("1901011305830004", "13/05/1983", "KERIPIK PEDAS"),
}
NIK = {name.split()[0]: nik for name, (nik, _, _) in OWNERS.items()}


def whole_night(inbox: Path, today: date = TODAY) -> None:
    """Everything up to the drafts."""
    with runs.run("nightly", today) as run:
        take_in_all(inbox, run.run_id, today, lambda event: None)
        consolidate(run.run_id, lambda event: None)
        award(run.run_id, today, lambda event: None)


def send_owners(inbox: Path) -> None:
    """The list that the regency sent, and a night over it."""
    rows = [f"{name};{nik};{born};{business};JALAN MAWAR;12.000.000" for name, (nik, born, business) in OWNERS.items()]
    send(inbox, "19.01/umkm 2020-04.csv", rows, HEADING)
    whole_night(inbox)


def ask(folder: Path, register: str = "dukcapil", **more: Any) -> list[dict[str, str]]:
    """The question to a register, as it is exported with its values."""
    path = folder / f"{register}.csv"
    asking = Asking("BPUM 2020", TODAY, **more)
    export(f"to-verify:{register}", path, show_values=True, asking=asking)
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def answer(inbox: Path, name: str, question: list[dict[str, str]], answers: Mapping[str, tuple[str, str]]) -> None:
    """The question with `answer` and `answered_on` filled in for some of its NIKs, back in the province's folder."""
    path = inbox / "19" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(question[0]))
        writer.writeheader()
        for line in question:
            word, day = answers.get(line["nik"], ("", ""))
            writer.writerow({**line, "answer": word, "answered_on": day})


def decided() -> dict[str, tuple[str, str]]:
    """First name -> decision and decisive reason in the draft."""
    sql = (
        "SELECT split_part(p.full_name, ' ', 1), d.decision, d.decisive_reason FROM aid.decision d"
        " JOIN gold.person p ON p.person_id = d.person_id AND p.to_run IS NULL"
    )
    return {name.upper(): (decision, reason) for name, decision, reason in told(sql)}


def states() -> list[tuple[Any, ...]]:
    """Every submission: file, kind, state, reason."""
    return told("SELECT file, kind, state, reason_code FROM intake.submission ORDER BY received_at, file")
