"""A zip of lists through a night: its lists are submissions of their own, everything else in it is named, nothing is done twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import flows.submission as flow
from schemas.errors import UsageError
from tasks import runs
from tasks.intake.questions import inspect_submission, list_submissions, show_submission
from tasks.intake.steps.rerun import parcel_to_rerun
from tasks.intake.steps.vault import keep_bytes
from tests.intake.offices import HEADING, OWNERS, TODAY, PowerCut, night, power_cut, send, told
from tests.intake.zip_making import encrypted, packed

LIST = "\n".join([HEADING, *OWNERS]).encode()
OTHERS = [
    row.replace("PEMILIK", "USAHAWAN").replace("WARUNG", "TOKO").replace("0580", "0680").replace("/05/", "/06/")
    for row in OWNERS
]
OTHER_LIST = "\n".join([HEADING, *OTHERS]).encode()


def zipped(inbox: Path, name: str, members: dict[str, bytes], word: str = "") -> Path:
    """A zip as an office would send it, with its sidecar."""
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed(members))
    if word:
        path.with_name(path.name + ".meta.yaml").write_text(word)
    return path


def states() -> dict[str, str]:
    """File -> its state, or why it waits or was refused."""
    return dict(told("SELECT file, coalesce(reason_code, state) FROM intake.submission"))  # type: ignore[arg-type]


def receipt_of(file: str) -> dict[str, Any]:
    """The receipt of a file."""
    ((path,),) = told(f"SELECT receipt FROM intake.submission WHERE file = '{file}'")
    found: dict[str, Any] = json.loads(Path(str(path)).with_suffix(".json").read_text("utf-8"))
    return {**found, "text": Path(str(path)).read_text("utf-8")}


def test_every_list_in_a_zip_is_a_submission_and_everything_else_is_named(warehouse: sa.Engine, tmp_path: Path) -> None:
    members = {"data/umkm_2020-04.csv": LIST, "kosong.csv": b"", "foto/ktp.jpg": b"x", "__MACOSX/._umkm.csv": b"x"}
    zipped(tmp_path, "19.01/kiriman.zip", members)
    counts = night(tmp_path)
    assert counts == {"files": 3, "new": 3, "skipped": 0, "answered": 1, "refused": 1, "unpacked": 1}
    assert states() == {
        "19.01/kiriman.zip": "unpacked", "19.01/kiriman.zip/data/umkm_2020-04.csv": "answered",
        "19.01/kiriman.zip/kosong.csv": "EMPTY_FILE",
    }  # fmt: skip
    own = receipt_of("19.01/kiriman.zip/data/umkm_2020-04.csv")
    assert own["file"] == "kiriman.zip/data/umkm_2020-04.csv"
    assert (own["period"], own["ledger"]["accepted"] + own["ledger"]["accepted_with_findings"]) == ("2020-04", 15)
    whole = receipt_of("19.01/kiriman.zip")
    assert [(each["name"], each["state"], each["reason_code"]) for each in whole["members"]] == [
        ("data/umkm_2020-04.csv", "answered", None),
        ("kosong.csv", "refused", "EMPTY_FILE"),
        ("foto/ktp.jpg", None, "NOT_A_LIST"),
        ("__MACOSX/._umkm.csv", None, "NOT_A_LIST"),
    ]
    assert '"foto/ktp.jpg": bukan daftar (gambar)' in whole["text"]
    assert "Berkas kosong (0 byte)." in whole["text"]


def test_a_zip_seen_before_is_no_work(warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zipped(tmp_path / "inbox", "19.01/kiriman.zip", {"umkm.csv": LIST, "foto.jpg": b"x"})
    first = night(tmp_path / "inbox")
    monkeypatch.setattr(flow, "unpack", None)
    assert night(tmp_path / "inbox") == {**first, "new": 0}


def test_the_same_list_in_another_zip_or_loose_changes_nothing(warehouse: sa.Engine, tmp_path: Path) -> None:
    zipped(tmp_path, "19.01/a.zip", {"umkm_2020-04.csv": LIST})
    night(tmp_path)
    zipped(tmp_path, "19.01/b.zip", {"lain.csv": LIST, "baru_2020-04.csv": OTHER_LIST})
    zipped(tmp_path, "19.01/a.zip", {"umkm_2020-04.csv": LIST, "foto.jpg": b"x"})  # packed again
    send(tmp_path, "19.01/lepas.csv", OWNERS)
    (tmp_path / "19.01/lepas.csv").write_bytes(LIST)
    counts = night(tmp_path)
    assert (counts["same_bytes"], counts["unpacked"]) == (2, 2)
    assert len(told("SELECT record_id FROM source.logical_record")) == 30
    sql = "SELECT m.name, s.same_as IS NOT NULL FROM intake.member m JOIN intake.submission s USING (submission_id)"
    members: dict[Any, Any] = dict(told(sql))  # type: ignore[arg-type]
    assert members == {"umkm_2020-04.csv": False, "lain.csv": True, "baru_2020-04.csv": False}
    assert "tidak ada perubahan" in receipt_of("19.01/b.zip")["text"]
    again = [
        receipt
        for (receipt,) in told("SELECT receipt FROM intake.submission WHERE file = '19.01/a.zip' ORDER BY received_at")
    ]
    assert ["tidak ada perubahan" in Path(str(receipt)).read_text("utf-8") for receipt in again] == [False, True]


def test_lists_with_a_password_are_told_and_the_others_taken_in(warehouse: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "19.01").mkdir()
    encrypted(tmp_path / "19.01/kiriman.zip")
    counts = night(tmp_path)
    assert (counts["unpacked"], counts["refused"]) == (1, 1)
    assert states()["19.01/kiriman.zip"] == "MEMBERS_REFUSED"
    assert (
        '"lain.csv": ditolak. Berkas di dalam arsip dilindungi kata sandi.' in receipt_of("19.01/kiriman.zip")["text"]
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (packed({}), "NO_LISTS"),
        (packed({"foto.jpg": b"x", "surat.pdf": b"x"}), "NO_LISTS"),
        (packed({"../umkm.csv": LIST}), "NO_LISTS"),
        (packed({"umkm.csv": LIST})[:-10], "BROKEN_ARCHIVE"),
        (b"Rar!\x1a\x07\0" + bytes(100), "OTHER_ARCHIVE"),
    ],
)
def test_a_zip_without_a_list_is_refused_with_what_was_in_it(
    content: bytes, code: str, warehouse: sa.Engine, tmp_path: Path
) -> None:
    (tmp_path / "19.01").mkdir()
    (tmp_path / "19.01/kiriman.zip").write_bytes(content)
    assert night(tmp_path)["refused"] == 1
    assert states() == {"19.01/kiriman.zip": code}
    assert len(receipt_of("19.01/kiriman.zip")["members"]) == content.count(b"PK\x01\x02") * (code == "NO_LISTS")


def test_the_word_beside_a_zip_holds_for_its_lists_and_for_single_ones(warehouse: sa.Engine, tmp_path: Path) -> None:
    word = 'period: 2020-05\nmembers: {"a.csv": {period: 2020-06}}'
    zipped(tmp_path, "19.01/kiriman.zip", {"a.csv": LIST, "b.csv": OTHER_LIST, "c.csv": b"a;b\nc;d\n"}, word)
    night(tmp_path)
    periods = "SELECT m.name, s.period FROM intake.member m JOIN intake.submission s USING (submission_id) ORDER BY 1"
    assert told(periods) == [("a.csv", "2020-06"), ("b.csv", "2020-05"), ("c.csv", None)]
    zipped(tmp_path, "19.01/kiriman.zip", {"a.csv": LIST, "b.csv": OTHER_LIST, "c.csv": b"a;b\nc;d\n"}, "period: 2020")
    with runs.run("nightly", TODAY) as run:
        events: list[dict[str, Any]] = []
        flow.take_in_all(tmp_path, run.run_id, TODAY, events.append)
    taken = [event["submission_id"] for event in events if event["step"] == "submission"]
    assert taken == [
        identity for (identity,) in told("SELECT submission_id FROM intake.submission WHERE file LIKE '%c.csv'")
    ]


def test_a_list_that_tells_no_period_has_that_of_its_folder_or_zip(warehouse: sa.Engine, tmp_path: Path) -> None:
    zipped(tmp_path, "19.01/UMKM April 2020.zip", {"umkm.csv": LIST, "Mei 2020/umkm.csv": OTHER_LIST})
    night(tmp_path)
    sql = "SELECT m.name, s.period FROM intake.member m JOIN intake.submission s USING (submission_id) ORDER BY 1"
    assert told(sql) == [("Mei 2020/umkm.csv", "2020-05"), ("umkm.csv", "2020-04")]


def test_a_list_that_is_decided_later_stands_in_the_receipt_of_its_zip(warehouse: sa.Engine, tmp_path: Path) -> None:
    thrice = "\n".join([HEADING, *OWNERS, *OWNERS, *OWNERS]).encode()
    members = {"umkm_2020-04.csv": thrice}
    zipped(tmp_path, "19.01/kiriman.zip", members)
    night(tmp_path)
    assert receipt_of("19.01/kiriman.zip")["members"][0]["state"] == "waiting"
    zipped(tmp_path, "19.01/kiriman.zip", members, "accept: [TOO_MANY_DUPLICATES, FILE_MANY_REPEATED_ROWS]")
    night(tmp_path)
    assert receipt_of("19.01/kiriman.zip")["members"][0]["state"] == "answered"


def test_people_see_what_was_in_a_zip(warehouse: sa.Engine, tmp_path: Path) -> None:
    path = zipped(tmp_path, "19.01/kiriman.zip", {"umkm_2020-04.csv": LIST, "foto.jpg": b"x"})
    answer = flow.submit_file(path, "19.01", None, TODAY, lambda event: None)
    assert (answer["state"], answer["counts"]["accepted"] + answer["counts"]["accepted_with_findings"]) == (
        "unpacked",
        15,
    )
    assert [(each["name"], each["state"], each["reason_code"]) for each in answer["members"]] == [
        ("umkm_2020-04.csv", "answered", None),
        ("foto.jpg", None, "NOT_A_LIST"),
    ]
    identity = answer["submission_id"]
    for found in (show_submission(identity), inspect_submission(identity)):
        assert [each["name"] for each in found["members"]] == ["umkm_2020-04.csv", "foto.jpg"]
    assert {line["state"] for line in list_submissions()} == {"unpacked", "answered"}
    assert flow.submit_file(path, "19.01", None, TODAY, lambda event: None) == answer
    with pytest.raises(UsageError, match="submissions of their own"):
        parcel_to_rerun(identity)


@pytest.mark.parametrize("step", ["unpack", "take_in", "answer"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_a_zip_costs_nothing(step: str, when: str, warehouse: sa.Engine, tmp_path: Path) -> None:
    zipped(tmp_path, "19.01/kiriman.zip", {"a_2020-04.csv": LIST, "b_2020-04.csv": OTHER_LIST, "foto.jpg": b"x"})
    with power_cut(step, when):
        night(tmp_path)
    assert night(tmp_path)["answered"] == 2
    assert told("SELECT count(*) FROM intake.member") == [(3,)]
    assert told("SELECT count(*) FROM source.logical_record") == [(30,)]
    assert [each["state"] for each in receipt_of("19.01/kiriman.zip")["members"]] == ["answered", "answered", None]


def test_a_crash_between_the_bytes_of_two_lists_costs_nothing(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped(tmp_path, "19.01/kiriman.zip", {"a_2020-04.csv": LIST, "b_2020-04.csv": OTHER_LIST})
    kept = []

    def keep_one(path: Path) -> tuple[str, int]:
        if kept:
            raise PowerCut
        kept.append(keep_bytes(path))
        return kept[0]

    monkeypatch.setattr("tasks.intake.steps.unpack.keep_bytes", keep_one)
    with pytest.raises(PowerCut):
        night(tmp_path)
    assert states() == {"19.01/kiriman.zip": "received"}
    monkeypatch.undo()
    assert night(tmp_path)["answered"] == 2
    assert told("SELECT count(*) FROM source.logical_record") == [(30,)]
