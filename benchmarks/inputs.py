"""What a measurement is fed with: demo inboxes and files made from them. Made once, kept under the bench's folder.

Belongs here: making inputs. Does not belong here: measuring.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from itertools import islice
from pathlib import Path

from benchmarks.watch import ROOT

PROVINCE = "82"
SEED = 3
OTHER_SEED = 4


def demo(base: Path, rows: int, *, seed: int = SEED) -> Path:
    """The folder of a plain demo (inbox/ and truth/), made unless it is whole."""
    folder = base / f"demo-{PROVINCE}-{rows}-{seed}"
    if not (folder / "truth" / "truth.csv").exists():
        command = [sys.executable, "-m", "cli.main", "demo", "--province", PROVINCE, "--rows", str(rows)]
        command += ["--seed", str(seed), "--plain", "--out", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder


def largest_list(inbox: Path) -> Path:
    """The largest list of businesses in an inbox."""
    return max(inbox.glob("*/umkm*.csv"), key=lambda path: path.stat().st_size)


def submission(base: Path, known: Path, rows: int, name: str) -> Path:
    """A file of `rows` rows as the office of the largest list would send next month: half of it people of that list, half new.

    The new ones are of a demo with another seed. Returns the path; its folder is the regency's code.
    """
    source = largest_list(known)
    target = base / "files" / source.parent.name / f"{name}_{rows}.csv"
    if not target.exists():
        other = demo(base, max(5 * rows, 1_000), seed=OTHER_SEED) / "inbox"
        target.parent.mkdir(parents=True, exist_ok=True)
        half = rows // 2
        with source.open(encoding="utf-8") as ours, largest_list(other).open(encoding="utf-8") as theirs:
            heading = ours.readline()
            if theirs.readline() != heading:
                raise ValueError("the demos do not have the same headings")
            lines = [*islice(ours, half), *islice(theirs, rows - half)]
        if len(lines) < rows:
            raise ValueError(f"the lists are too short for {rows} rows")
        target.write_text(heading + "".join(lines), encoding="utf-8")
    return target


def workbook_inbox(base: Path, rows: int) -> Path:
    """An inbox of one regency with one workbook of `rows` rows, all cells as text: the largest list of a demo ten times as large."""
    import xlsxwriter

    inbox = base / f"xlsx-{rows}"
    if inbox.exists():
        return inbox
    listed = largest_list(demo(base, rows * 10) / "inbox")
    half = base / f"xlsx-{rows}.half"
    target = half / listed.parent.name / "umkm_2020-04.xlsx"
    target.parent.mkdir(parents=True, exist_ok=True)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book, listed.open(encoding="utf-8", newline="") as source:
        sheet = book.add_worksheet("UMKM")
        for number, row in enumerate(islice(csv.reader(source), rows + 1)):
            sheet.write_row(number, 0, row)
    half.rename(inbox)
    return inbox
