"""A recensus, from the inbox to golden values, report figures and the draft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tasks.reports.statements import ACTIVITY
from tests.intake.offices import TODAY, send, told
from tests.intake.registers import NIK, OWNERS, decided, send_owners, states, whole_night

HEADING = "NO;NAMA PEMILIK;NIK;NAMA USAHA;HASIL SENSUS ULANG;TANGGAL SENSUS"
LATER = TODAY.replace(day=20)


@pytest.fixture
def inbox(warehouse: sa.Engine, tmp_path: Path) -> Path:
    """Four owners are known."""
    send_owners(tmp_path)
    return tmp_path


def visit(inbox: Path, name: str, *seen: tuple[str, str, str]) -> None:
    """A recensus of some owners (first name, status, day), and a night over it."""
    whole = {owner.split()[0]: (owner, nik, business) for owner, (nik, _, business) in OWNERS.items()}
    rows = [f"{n};{';'.join(whole[first])};{status};{day}" for n, (first, status, day) in enumerate(seen, 1)]
    send(inbox, f"19.01/{name}", rows, HEADING)
    whole_night(inbox, LATER)


def activity() -> dict[str, tuple[Any, ...]]:
    """First name -> status and day of the golden business, and of the golden person."""
    sql = (
        "SELECT split_part(p.full_name, ' ', 1), b.activity_status, b.verified_on::text, p.activity_status, p.verified_on::text"
        " FROM gold.business b JOIN gold.person p USING (person_id) WHERE b.to_run IS NULL AND p.to_run IS NULL"
    )
    return {name.upper(): tuple(rest) for name, *rest in told(sql)}


def test_what_was_seen_reaches_business_person_report_and_draft(inbox: Path) -> None:
    visit(
        inbox, "sensus ulang.csv",
        ("SITI", "Aktif", "04/05/2020"), ("BUDI", "Tutup permanen", "5 Mei 2020"), ("RINA", "meninggal", "06-05-2020"),
        ("AGUS", "", ""),
    )  # fmt: skip
    assert states()[-1] == ("19.01/sensus ulang.csv", "recensus", "answered", None)
    assert activity() == {
        "SITI": ("active", "2020-05-04") * 2,
        "BUDI": ("closed", "2020-05-05") * 2,
        "RINA": ("deceased", "2020-05-06") * 2,
        "AGUS": (None,) * 4,
    }
    assert told("SELECT count(*) FROM gold.person WHERE to_run IS NULL") == [(len(OWNERS),)]
    assert told(ACTIVITY) == [("19.01", 4, 1, 2, 0, 1)]
    assert decided() == {
        "SITI": ("in", "ELIGIBLE"),
        "BUDI": ("out", "NO_ACTIVE_BUSINESS"),
        "RINA": ("out", "DECEASED"),
        "AGUS": ("in", "ELIGIBLE"),
    }


@pytest.mark.parametrize("names", [("sensus 2020-05.csv", "sensus 2020-06.csv"), ("sensus a.csv", "sensus b.csv")])
def test_the_newest_visit_counts_whichever_file_comes_last(inbox: Path, names: tuple[str, str]) -> None:
    """Two files of one month are versions of one list; of two months, two lists."""
    visit(inbox, names[0], ("SITI", "tutup", "10/05/2020"), ("BUDI", "aktif", "02/05/2020"))
    visit(inbox, names[1], ("SITI", "aktif", "03/05/2020"), ("BUDI", "tidak aktif", "11/05/2020"))
    told_now = activity()
    assert told_now["SITI"][:2] == ("closed", "2020-05-10")
    assert told_now["BUDI"][:2] == ("inactive", "2020-05-11")


def test_a_correction_of_the_same_day_counts(inbox: Path) -> None:
    visit(inbox, "sensus.csv", ("SITI", "tutup", "10/05/2020"), ("BUDI", "aktif", "10/05/2020"))
    visit(inbox, "sensus perbaikan.csv", ("SITI", "aktif", "10/05/2020"), ("BUDI", "aktif", "10/05/2020"))
    assert activity()["SITI"][:2] == ("active", "2020-05-10")


def test_a_status_whose_day_or_word_is_unclear_is_not_certain_and_is_asked_about(inbox: Path) -> None:
    visit(
        inbox, "sensus.csv",
        ("SITI", "kadang-kadang", "10/05/2020"), ("BUDI", "aktif", ""), ("RINA", "aktif", "10/05/2099"), ("AGUS", "aktif", "11/05/2020"),
    )  # fmt: skip
    assert told("SELECT row, code FROM intake.finding WHERE severity IN ('reject', 'warn') ORDER BY row") == [
        (2, "ACTIVITY_STATUS_UNKNOWN"),
        (3, "RECENSUS_DATE_MISSING"),
        (4, "RECENSUS_DATE_IN_FUTURE"),
    ]
    assert told(ACTIVITY) == [("19.01", 4, 1, 0, 2, 1)]


def test_a_row_without_a_business_speaks_of_the_owners_only_one(inbox: Path) -> None:
    rows = [f"SITI AMINAH;{NIK['SITI']};pindah;10/05/2020"]
    send(inbox, "19.01/sensus.csv", rows, "NAMA;NIK;STATUS USAHA;TANGGAL VERIFIKASI")
    whole_night(inbox, LATER)
    assert states()[-1][1] == "recensus"
    assert told("SELECT count(*) FROM gold.business WHERE to_run IS NULL") == [(len(OWNERS),)]
    assert activity()["SITI"] == ("moved", "2020-05-10") * 2


def test_a_row_without_a_business_makes_none_for_an_owner_of_two(inbox: Path) -> None:
    send(inbox, "19.01/tambahan 2020-05.csv", [f"SITI AMINAH;{NIK['SITI']};10/05/1980;SALON CANTIK;JALAN"], OTHER)
    rows = [f"SITI AMINAH;{NIK['SITI']};meninggal;10/05/2020"]
    send(inbox, "19.01/sensus.csv", rows, "NAMA;NIK;STATUS USAHA;TANGGAL VERIFIKASI")
    whole_night(inbox, LATER)
    assert told("SELECT count(*) FROM gold.business WHERE to_run IS NULL") == [(len(OWNERS) + 1,)]
    assert activity()["SITI"] == (None, None, "deceased", "2020-05-10")
    assert decided()["SITI"] == ("out", "DECEASED")


OTHER = "NAMA PEMILIK;NIK;TANGGAL LAHIR;NAMA USAHA;ALAMAT USAHA"


def test_a_recensus_without_a_day_waits(warehouse: sa.Engine, tmp_path: Path) -> None:
    send(tmp_path, "19.01/sensus.csv", [f"SITI;{NIK['SITI']};aktif"], "NAMA PEMILIK;NIK;HASIL SENSUS ULANG")
    whole_night(tmp_path)
    assert states() == [("19.01/sensus.csv", None, "waiting", "REQUIRED_FIELD_UNMAPPED")]
