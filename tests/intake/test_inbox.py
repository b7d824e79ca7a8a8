"""The inbox: which files are submissions, of which regency, and what is passed over with a word."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from schemas.errors import FileWaits, UsageError
from schemas.settings import settings
from tasks import runs, store
from tasks.intake.series import Word, word_of
from tasks.intake.steps.inbox import scan_inbox, single_file
from tasks.intake.steps.vault import receive, submissions_to_take_in, vault_path


def inbox_with(folder: Path, **files: str) -> Path:
    """An inbox with these files; the keys are paths."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder


def received(inbox: Path) -> tuple[str, ...]:
    """Scan and receive an inbox in a run of its own."""
    with runs.run("nightly", "2020-05-01") as run:  # type: ignore[arg-type]
        return receive(scan_inbox(inbox).files, run.run_id).submission_ids


def states() -> dict[str, str]:
    """File -> state."""
    with store.transaction() as connection:
        return dict(connection.execute(sa.text("SELECT file, state FROM intake.submission")).tuples().all())


@pytest.mark.parametrize(
    "name",
    ["~$data.xlsx", ".data.csv", "data.csv.meta.yaml", "Thumbs.db"],
)
def test_what_programs_leave_about_is_no_submission(tmp_path: Path, name: str) -> None:
    inbox = inbox_with(tmp_path, **{"19.01/data.csv": "x", f"19.01/{name}": "period: 2020-04"})
    scan = scan_inbox(inbox)
    assert [file.file for file in scan.files] == ["19.01/data.csv"]
    assert scan.skipped == ()


def test_files_that_lie_too_deep_or_too_high_are_named(tmp_path: Path) -> None:
    inbox = inbox_with(tmp_path, **{"catatan.txt": "x", "19.01/lama/data.csv": "x", "19.01/data.csv": "x"})
    scan = scan_inbox(inbox)
    assert [file.file for file in scan.files] == ["19.01/data.csv"]
    assert [each.file for each in scan.skipped] == ["catatan.txt", "19.01/lama/data.csv"]


def test_the_order_is_by_regency_then_name_with_numbers_by_value(tmp_path: Path) -> None:
    names = ["19.02/a.csv", "19.01/data v10.csv", "19.01/data v2.csv", "19.01/data.csv"]
    scan = scan_inbox(inbox_with(tmp_path, **dict.fromkeys(names, "x")))
    assert [file.file for file in scan.files] == [
        "19.01/data.csv",
        "19.01/data v2.csv",
        "19.01/data v10.csv",
        "19.02/a.csv",
    ]


def test_an_unknown_folder_is_refused_in_indonesian_and_the_others_go_on(tmp_path: Path) -> None:
    scan = scan_inbox(inbox_with(tmp_path, **{"19.99/a.csv": "x", "19.01/a.csv": "y"}))
    assert [(file.file, file.reason_code) for file in scan.files] == [
        ("19.01/a.csv", None),
        ("19.99/a.csv", "UNKNOWN_REGENCY"),
    ]
    assert "bukan kode kabupaten/kota" in str(scan.files[1].reason)
    assert scan.province == "19"


def test_several_provinces_need_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = inbox_with(tmp_path, **{"19.01/a.csv": "x", "82.71/a.csv": "y"})
    with pytest.raises(UsageError, match="2 provinces"):
        scan_inbox(inbox)
    monkeypatch.setenv("SINERGI_PROVINCE", "82")
    settings.cache_clear()
    try:
        files = scan_inbox(inbox).files
    finally:
        monkeypatch.delenv("SINERGI_PROVINCE")
        settings.cache_clear()
    assert [(file.file, file.reason_code) for file in files] == [
        ("19.01/a.csv", "UNKNOWN_REGENCY"),
        ("82.71/a.csv", None),
    ]


def test_no_inbox_no_file_and_no_regency_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such inbox"):
        scan_inbox(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no such file"):
        single_file(tmp_path / "a.csv", "19.01", None)
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(UsageError, match="no regency code"):
        single_file(tmp_path / "a.csv", "1901", None)
    assert single_file(tmp_path / "a.csv", "19.01", "2020-04").sidecar == {"period": "2020-04"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("period: 2020-04", Word(period="2020-04")),
        ("period: 2020", Word(period="2020")),
        ("version: 2\nscope: Belinyu", Word(version=2, scope="Belinyu")),
        ("accept: [TOO_FEW_ROWS]", Word(accept=("TOO_FEW_ROWS",))),
        ("", Word()),
    ],
)
def test_a_sidecar_is_the_offices_word(tmp_path: Path, text: str, word: Word) -> None:
    inbox = inbox_with(tmp_path, **{"19.01/a.csv": "x", "19.01/a.csv.meta.yaml": text})
    assert word_of(scan_inbox(inbox).files[0].sidecar) == word


@pytest.mark.parametrize(
    "text", ["periode: 2020-04", "period: April", "version: dua", "- 1", "a: [", "accept: ya", "version: true"]
)
def test_a_sidecar_that_cannot_be_understood_makes_its_file_wait(tmp_path: Path, text: str) -> None:
    inbox = inbox_with(tmp_path, **{"19.01/a.csv": "x", "19.01/a.csv.meta.yaml": text})
    with pytest.raises(FileWaits) as caught:
        word_of(scan_inbox(inbox).files[0].sidecar)
    assert caught.value.code == "SIDECAR_UNREADABLE"


def test_bytes_are_kept_by_their_hash_and_the_inbox_is_untouched(warehouse: sa.Engine, tmp_path: Path) -> None:
    inbox = inbox_with(tmp_path / "inbox", **{"19.01/a.csv": "isi"})
    before = (inbox / "19.01/a.csv").stat().st_mtime_ns
    (identity,) = received(inbox)
    with store.transaction() as connection:
        sha = connection.scalar(
            sa.text("SELECT sha256 FROM intake.submission WHERE submission_id = :id"), {"id": identity}
        )
    assert vault_path(str(sha)).read_text() == "isi"
    assert (inbox / "19.01/a.csv").stat().st_mtime_ns == before
    assert [each[0] for each in submissions_to_take_in()] == [identity]


def test_what_is_known_is_not_received_again(warehouse: sa.Engine, tmp_path: Path) -> None:
    inbox = inbox_with(tmp_path / "inbox", **{"19.01/a.csv": "isi"})
    first = received(inbox)
    assert received(inbox) == first
    inbox_with(inbox, **{"19.01/a.csv": "isi baru"})
    assert received(inbox) != first
    assert len(submissions_to_take_in()) == 2


def test_equal_bytes_under_another_name_are_the_same_in_one_regency_only(warehouse: sa.Engine, tmp_path: Path) -> None:
    inbox = inbox_with(tmp_path / "inbox", **{"19.01/a.csv": "isi", "19.01/b.csv": "isi", "19.02/a.csv": "isi"})
    received(inbox)
    assert states() == {"19.01/a.csv": "received", "19.01/b.csv": "same_bytes", "19.02/a.csv": "received"}


def test_a_half_written_vault_file_is_written_again(warehouse: sa.Engine, tmp_path: Path) -> None:
    inbox = inbox_with(tmp_path / "inbox", **{"19.01/a.csv": "isi"})
    received(inbox)
    (kept,) = [path for path in settings().vault.rglob("*") if path.is_file()]
    kept.chmod(0o600)
    kept.write_text("is")
    received(inbox)
    assert kept.read_text() == "isi"


def test_a_waiting_file_is_taken_up_again_when_its_sidecar_changes(warehouse: sa.Engine, tmp_path: Path) -> None:
    inbox = inbox_with(tmp_path / "inbox", **{"19.01/a.csv": "isi"})
    received(inbox)
    with store.transaction() as connection:
        connection.execute(
            sa.text("UPDATE intake.submission SET state = 'waiting', reason_code = 'AMBIGUOUS_REVISION'")
        )
    received(inbox)
    assert states() == {"19.01/a.csv": "waiting"}
    inbox_with(inbox, **{"19.01/a.csv.meta.yaml": "scope: Belinyu"})
    received(inbox)
    assert states() == {"19.01/a.csv": "received"}


def test_a_file_that_cannot_be_read_is_passed_over_and_named(warehouse: sa.Engine, tmp_path: Path) -> None:
    inbox = inbox_with(tmp_path / "inbox", **{"19.01/a.csv": "isi", "19.01/b.csv": "lain"})
    scan = scan_inbox(inbox)
    (inbox / "19.01/a.csv").unlink()
    with runs.run("nightly", "2020-05-01") as run:  # type: ignore[arg-type]
        told = receive(scan.files, run.run_id)
    assert [each.file for each in told.skipped] == ["19.01/a.csv"]
    assert states() == {"19.01/b.csv": "received"}
