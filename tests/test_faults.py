"""What fails is told without a value: as it is when it was foreseen, else by its kind and place."""

from __future__ import annotations

import errno
import traceback

import psycopg
import pytest
import sqlalchemy as sa

from schemas.errors import DiskFull, InvariantBroken, Unreachable
from tasks import store
from tasks.faults import named

NIK = "9202126101800001"

FAULTS = {
    "of our own": (Unreachable("the database does not answer"), Unreachable, "the database does not answer"),
    "a full disk": (OSError(errno.ENOSPC, "No space left", "vault/ab"), DiskFull, "the disk is full"),
    "another file": (OSError(errno.EACCES, "Permission denied", NIK), InvariantBroken, "PermissionError"),
    "a value": (ValueError(f"{NIK} is no date"), InvariantBroken, "an unforeseen fault (ValueError)"),
    "the driver": (psycopg.errors.CheckViolation(f"Failing row contains ({NIK})"), InvariantBroken, "SQLSTATE 23514"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_without_its_text(fault: str) -> None:
    error, kind, says = FAULTS[fault]
    told = named(error)
    assert (type(told), says in str(told), NIK in str(told)) == (kind, True, False)


def test_it_says_which_line_of_ours_it_came_through(warehouse: sa.Engine) -> None:
    with pytest.raises(InvariantBroken) as caught:
        _veil()
    assert caught.value.where.startswith("tasks/store.py:")
    assert "DataError, SQLSTATE 22008" in caught.value.what
    assert NIK not in "".join(traceback.format_exception(caught.value)), "not in what caused it either"


def _veil() -> None:
    try:
        store.query("SELECT CAST(:nik AS date) AS day", nik=NIK)
    except Exception as error:  # noqa: BLE001 as whoever calls it does
        raise named(error) from None


def test_a_statement_that_fails_does_not_repeat_what_it_was_given(warehouse: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError) as caught, store.transaction() as connection:
        connection.execute(sa.text("INSERT INTO audit.run (kind, today) VALUES ('nightly', :n)"), {"n": None})
    assert "parameters hidden" in str(caught.value)
