"""Loading: series, records and versions as a regency's files come in, one after the other."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from schemas.errors import FileWaits
from schemas.records import OUTCOMES
from tasks import runs, store
from tasks.intake.series import Word, word_of
from tasks.intake.standardise import standardise
from tasks.intake.steps.load import Understood, load
from tasks.intake.steps.sheets import SheetFacts
from tasks.intake.steps.unloaded import keep_unloaded

TODAY = date(2020, 5, 1)
COLUMNS = ("owner_name", "nik", "birth_date", "business_name")
#: enough owners that one is not a twentieth of them
OWNERS = [
    (f"PEMILIK {n}", f"190101{10 + n % 20}0580{n + 1:04d}", f"{10 + n % 20}/05/1980", f"WARUNG {n}") for n in range(40)
]
NO_FINDINGS = pd.DataFrame({name: [] for name in ("sheet_no", "row", "code", "field", "severity", "column_no")})


def register(name: str, run_id: int) -> str:
    """A submission in state `received`, as receiving leaves it."""
    with store.transaction() as connection:
        connection.execute(
            sa.text("INSERT INTO intake.content (sha256, byte_count) VALUES (:name, 1) ON CONFLICT DO NOTHING"),
            {"name": name},
        )
        connection.execute(
            sa.text(
                "INSERT INTO intake.submission (submission_id, regency_code, file, sha256, state, run_id)"
                " VALUES (:name, '19.01', :name, :name, 'received', :run)"
            ),
            {"name": name, "run": run_id},
        )
    return name


def understood(
    name: str, owners: list[tuple[str, ...]], findings: pd.DataFrame = NO_FINDINGS, **word: Any
) -> Understood:
    """A file with one title row and one row an owner."""
    raw = {f"{column}__raw": [owner[n] for owner in owners] for n, column in enumerate(COLUMNS)}
    mapped = pd.DataFrame(raw, dtype="string[pyarrow]").assign(sheet_no=1, row=range(2, len(owners) + 2))
    values = standardise(mapped, "umkm", "19.01", {}, TODAY)
    rows = pd.DataFrame(
        {
            "sheet_no": 1,
            "row": range(1, len(owners) + 2),
            "data_row": pd.array([None, *range(1, len(owners) + 1)], dtype="int64[pyarrow]"),
            "cells": "isi",
        }
    )
    sheets = (SheetFacts(1, "DATA", False, 1, ("Nama", "NIK", "Lahir", "Usaha"), {"owner_name": 0}, {}),)
    return Understood(name, "19.01", "umkm", "2020-04", "name", None, word_of(word), sheets, rows, values, findings)


def take(name: str, owners: list[tuple[str, ...]], findings: pd.DataFrame = NO_FINDINGS, **word: Any) -> dict[str, int]:
    """Register and load one file in a run of its own."""
    with runs.run("submission", TODAY) as run:
        return load(understood(register(name, run.run_id), owners, findings, **word), run.run_id)


def told(sql: str) -> list[tuple[Any, ...]]:
    """The rows of a question."""
    with store.transaction() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]


def versions() -> list[tuple[Any, ...]]:
    """Every version ever written."""
    return told(
        "SELECT record_id, from_run, to_run, submission_id, content_hash, aid_hold FROM source.record_version ORDER BY 1, 2"
    )


def shared_records(first: str, second: str) -> int:
    """How many rows of two submissions point to the same record."""
    of = "SELECT record_id FROM intake.source_row WHERE record_id IS NOT NULL AND submission_id = '{}'"
    return len(told(f"{of.format(first)} INTERSECT {of.format(second)}"))


def submission(name: str) -> tuple[Any, ...]:
    """State, version, is_current and reason of a submission."""
    return told(
        f"SELECT state, version, is_current, reason_code FROM intake.submission WHERE submission_id = '{name}'"
    )[0]


def test_a_first_file_opens_a_series_and_a_record_per_row(warehouse: sa.Engine) -> None:
    assert take("a", OWNERS)["accepted"] == 40
    assert submission("a") == ("loaded", 1, True, None)
    assert told("SELECT count(*), count(DISTINCT series_id) FROM source.logical_record WHERE state = 'active'") == [
        (40, 1)
    ]
    assert told("SELECT count(*) FROM source.record_version WHERE to_run IS NULL") == [(40,)]
    assert told("SELECT count(DISTINCT record_id) FROM source.change") == [(40,)]


def test_the_same_content_again_writes_no_version(warehouse: sa.Engine) -> None:
    take("a", OWNERS)
    before = versions()
    take("b", list(reversed(OWNERS)))
    assert versions() == before
    assert submission("b") == ("no_change", 1, False, None)
    assert submission("a")[2] is True
    assert shared_records("a", "b") == 40
    assert told("SELECT count(*) FROM source.change") == [(40,)]


def test_a_revision_writes_versions_only_for_what_changed(warehouse: sa.Engine) -> None:
    take("a", OWNERS)
    changed = [
        (f"{o[0]} BARU", *o[1:]) if n < 2 else o for n, o in enumerate(OWNERS)
    ]  # names corrected: found by NIK and business
    changed[2] = (
        OWNERS[2][0],
        "1901011505800999",
        *OWNERS[2][2:],
    )  # NIK corrected: found by name, birth date and business
    take("b", changed)
    assert submission("b") == ("loaded", 2, True, None)
    assert submission("a")[2] is False
    assert told("SELECT count(*) FROM source.record_version WHERE to_run IS NOT NULL") == [(3,)]
    assert told("SELECT count(*) FROM source.logical_record") == [(40,)]
    assert told("SELECT count(*) FROM source.record_version WHERE submission_id = 'b' AND to_run IS NULL") == [(3,)]
    assert told("SELECT count(*) FROM source.change") == [(43,)]


def test_an_omitted_row_is_not_deleted_and_comes_back(warehouse: sa.Engine) -> None:
    take("a", OWNERS)
    take("b", OWNERS[:-1])
    assert told("SELECT state, count(*) FROM source.logical_record GROUP BY 1 ORDER BY 1") == [
        ("active", 39),
        ("not_resent", 1),
    ]
    assert told("SELECT count(*) FROM source.record_version WHERE to_run IS NULL") == [(40,)]
    take("c", [*OWNERS, ("ORANG LAIN", "1901012005800777", "20/05/1980", "TOKO")])
    assert told("SELECT state, count(*) FROM source.logical_record GROUP BY 1") == [("active", 41)]


def test_another_districts_sheet_is_a_new_scope(warehouse: sa.Engine) -> None:
    take("a", OWNERS[:20])
    take("b", OWNERS[20:])
    assert told("SELECT count(*) FROM intake.series") == [(2,)]
    assert submission("a")[2] and submission("b")[2]


def test_an_unclear_share_of_repeated_rows_waits_and_a_sidecar_settles_it(warehouse: sa.Engine) -> None:
    take("a", OWNERS[:20])
    mixed = OWNERS[15:40]
    with pytest.raises(FileWaits) as caught:
        take("b", mixed)
    assert caught.value.code == "AMBIGUOUS_REVISION"
    assert told("SELECT count(*) FROM intake.source_row WHERE submission_id = 'b'") == [(0,)]
    take("c", mixed, scope="kecamatan lain")
    assert submission("c") == ("loaded", 1, True, None)
    take("d", mixed, scope="a")
    assert submission("d") == ("loaded", 2, True, None)


def test_an_older_version_arriving_late_reverts_nothing(warehouse: sa.Engine) -> None:
    take("a", OWNERS)
    take("b", [(f"{o[0]} BARU", *o[1:]) for o in OWNERS])
    before = versions()
    take("c", OWNERS)  # the first content once more, saved again
    assert versions() == before
    assert submission("c") == ("no_change", 1, False, None)
    assert shared_records("a", "c") == 40


def test_a_version_numbered_below_the_current_one_is_older(warehouse: sa.Engine) -> None:
    take("a", OWNERS, version=3)
    before = versions()
    older = [*[(f"{o[0]} LAMA", *o[1:]) for o in OWNERS[:39]], ("ORANG LAMA", "1901012005800777", "20/05/1980", "TOKO")]
    take("b", older, version=2)
    assert submission("b") == ("loaded", 2, False, "OLDER_VERSION")
    assert set(before) < set(versions())
    assert told("SELECT state, count(*) FROM source.logical_record GROUP BY 1 ORDER BY 1") == [
        ("active", 40),
        ("not_resent", 1),
    ]


def test_a_file_that_waited_while_a_newer_one_was_loaded_reverts_nothing(warehouse: sa.Engine) -> None:
    with runs.run("nightly", TODAY) as run:
        first = understood(register("a", run.run_id), OWNERS)
    take("b", [(f"{o[0]} BARU", *o[1:]) for o in OWNERS])
    before = versions()
    with runs.run("nightly", TODAY) as run:
        load(first, run.run_id)
    assert submission("a") == ("loaded", 0, False, "OLDER_VERSION")
    assert versions() == before


def test_two_versions_in_one_run_leave_one_version_of_that_run(warehouse: sa.Engine) -> None:
    with runs.run("nightly", TODAY) as run:
        load(understood(register("a", run.run_id), OWNERS), run.run_id)
        load(understood(register("b", run.run_id), [(f"{o[0]} BARU", *o[1:]) for o in OWNERS]), run.run_id)
    assert told("SELECT DISTINCT submission_id FROM source.record_version") == [("b",)]
    assert told("SELECT count(*) FROM source.record_version") == [(40,)]


def test_one_owner_with_two_businesses_and_twins_keep_their_records(warehouse: sa.Engine) -> None:
    same_owner = [
        ("SITI", "1901014105800001", "01/05/1980", "WARUNG"),
        ("SITI", "1901014105800001", "01/05/1980", "SALON"),
    ]
    twins = [("ADI", "1901010105900001", "01/05/1990", "BENGKEL"), ("ADA", "1901010105900002", "01/05/1990", "BENGKEL")]
    take("a", [*OWNERS, *same_owner, *twins])
    ids = {
        row[0]: row[1]
        for row in told("SELECT row, record_id FROM intake.source_row WHERE submission_id = 'a' AND row > 41")
    }
    later = [("SITI AMINAH", *o[1:]) for o in same_owner] + [(f"{o[0]} P.", *o[1:]) for o in twins]
    take("b", [*later, *OWNERS])
    again = told(
        "SELECT record_id FROM intake.source_row WHERE submission_id = 'b' AND row BETWEEN 2 AND 5 ORDER BY row"
    )
    assert [row[0] for row in again] == [ids[row] for row in (42, 43, 44, 45)]


def test_findings_decide_the_outcome_and_the_hold(warehouse: sa.Engine) -> None:
    findings = pd.DataFrame(
        [
            (1, 2, "NAME_MISSING", "owner_name", "reject", 0),
            (1, 3, "NIK_MISSING", "nik", "hold", 1),
            (1, 4, "AGE_ODD", "birth_date", "warn", 2),
            (1, 5, "NOTE", "birth_date", "info", 2),
        ],
        columns=list(NO_FINDINGS.columns),
    )
    counts = take("a", [*OWNERS, OWNERS[-1]], findings)
    assert counts == {
        "accepted": 37, "accepted_with_findings": 2, "quarantined": 1, "duplicate": 1, "waiting_with_file": 0, "not_data": 1,
    }  # fmt: skip
    assert told("SELECT row, duplicate_of_row FROM intake.source_row WHERE outcome = 'duplicate'") == [(42, 41)]
    assert told("SELECT row, aid_hold FROM source.record_version WHERE aid_hold IS NOT NULL") == [(3, "NIK_MISSING")]
    first, second = told("SELECT record_id FROM intake.source_row WHERE row IN (41, 42)")
    assert first == second


def test_a_hold_that_falls_away_is_a_new_version_of_the_same_content(warehouse: sa.Engine) -> None:
    hold = pd.DataFrame([(1, 2, "NIK_SHARED", "nik", "hold", 1)], columns=list(NO_FINDINGS.columns))
    take("a", OWNERS, hold)
    take("b", OWNERS[:-1])
    assert told("SELECT aid_hold, to_run IS NULL FROM source.record_version WHERE row = 2 ORDER BY from_run") == [
        ("NIK_SHARED", False), (None, True),
    ]  # fmt: skip


def test_copied_down_rows_wait_until_they_are_accepted(warehouse: sa.Engine) -> None:
    copied = [OWNERS[0]] * 30 + OWNERS[1:5]
    with pytest.raises(FileWaits) as caught:
        take("a", copied)
    assert caught.value.code == "TOO_MANY_DUPLICATES"
    assert take("b", copied, accept=["TOO_MANY_DUPLICATES"])["duplicate"] == 29


def test_a_far_shorter_revision_waits(warehouse: sa.Engine) -> None:
    take("a", OWNERS, scope="semua")
    with pytest.raises(FileWaits) as caught:
        take("b", OWNERS[:5], scope="semua")
    assert caught.value.code == "TOO_FEW_ROWS"


def test_a_submission_is_loaded_once_whoever_comes_second(warehouse: sa.Engine) -> None:
    take("a", OWNERS)
    before = versions()
    assert load(understood("a", OWNERS[:3]), 1) == {}
    assert versions() == before


def test_rows_of_a_waiting_file_are_in_the_ledger_and_make_room_when_it_is_loaded(warehouse: sa.Engine) -> None:
    with runs.run("submission", TODAY) as run:
        file = understood(register("a", run.run_id), OWNERS)
        keep_unloaded("a", "19.01", run.run_id, FileWaits("AMBIGUOUS_REVISION", "Tidak jelas."), file.sheets, file.rows)
        assert told("SELECT outcome, count(*) FROM intake.source_row GROUP BY 1 ORDER BY 1") == [
            ("not_data", 1), ("waiting_with_file", 40),
        ]  # fmt: skip
        with store.transaction() as connection:
            connection.execute(sa.text("UPDATE intake.submission SET state = 'received'"))
        load(file, run.run_id)
    assert told("SELECT outcome, count(*) FROM intake.source_row GROUP BY 1 ORDER BY 1") == [
        ("accepted", 40),
        ("not_data", 1),
    ]


def test_every_outcome_has_its_count(warehouse: sa.Engine) -> None:
    assert list(take("a", OWNERS)) == list(OUTCOMES)
    assert Word().accept == ()


@pytest.mark.parametrize("lost", ["intake.source_row WHERE row = 3", "source.logical_record"])
def test_at_commit_every_version_has_its_row_and_its_record(warehouse: sa.Engine, lost: str) -> None:
    take("a.csv", OWNERS)
    with pytest.raises(sa.exc.IntegrityError, match="without their row or record"), store.transaction() as connection:
        connection.execute(sa.text(f"DELETE FROM {lost}"))
        connection.execute(
            sa.text(
                "UPDATE intake.submission SET (row_count, accepted_count) ="
                " (SELECT count(*), count(*) - 1 FROM intake.source_row)"
            )
        )
    assert told("SELECT count(*) FROM source.logical_record") == [(40,)]
