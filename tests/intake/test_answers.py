"""Which register answers in a row, and what: tables of what stands in the row."""

from __future__ import annotations

import pytest

from schemas.registers import registers
from tests.expectations.frames import codes_of, sent

UNSETTLED = "dukcapil.match|asn.listed|tni.listed|polri.listed|sikp.credit"
#: beside a NIK and a day: what is written -> register and answer (nothing = not told), and the codes of the finding
ROWS: list[tuple[dict[str, str], tuple[str | None, str | None], set[str]]] = [
    ({"register_answer": "Padan"}, ("dukcapil", "match"), set()),
    ({"register_answer": "TDK PADAN"}, ("dukcapil", "mismatch"), set()),
    ({"register_answer": "Meninggal dunia"}, ("dukcapil", "deceased"), set()),
    ({"register_answer": "pindah"}, ("dukcapil", "moved"), set()),
    ({"register_answer": "di luar negeri"}, ("dukcapil", "abroad"), set()),
    ({"register_answer": "PNS"}, ("asn", "listed"), set()),
    ({"register_answer": "Bukan ASN"}, ("asn", "not_listed"), set()),
    ({"register_answer": "Anggota Polri"}, ("polri", "listed"), set()),
    ({"register_answer": "Penerima KUR"}, ("sikp", "credit"), set()),
    ({"register_answer": "tidak ada KUR"}, ("sikp", "no_credit"), set()),
    ({"register_answer": "Terdaftar", "register": "BKN"}, ("asn", "listed"), set()),
    ({"register_answer": "Tidak ditemukan", "register": "Dukcapil"}, ("dukcapil", "mismatch"), set()),
    ({"register_answer": "Ada", "batch_id": "sikp-20200501-1"}, ("sikp", "credit"), set()),
    ({"register_answer": ""}, (None, None), {"ANSWER_MISSING"}),
    ({"register_answer": "Terdaftar"}, (None, UNSETTLED), {"REGISTER_NOT_NAMED"}),
    ({"register_answer": "Padan", "register": "BKN"}, ("asn", "dukcapil.match"), {"ANSWER_OF_OTHER_REGISTER"}),
    ({"register_answer": "Padan", "register": "pusat"}, ("dukcapil", "match"), {"REGISTER_UNKNOWN"}),
    ({"register_answer": "sip"}, (None, None), {"ANSWER_UNKNOWN"}),
    ({"register_answer": "padan / meninggal"}, (None, None), {"ANSWER_UNKNOWN"}),
    ({"register_answer": "padan", "verified_on": ""}, ("dukcapil", "match"), {"ANSWER_DATE_MISSING"}),
    ({"register_answer": "padan", "verified_on": "2020"}, ("dukcapil", "match"), {"ANSWER_DATE_UNREADABLE"}),
    ({"register_answer": "padan", "nik": "1,90102E+15"}, ("dukcapil", "match"), {"ANSWER_NIK_UNREADABLE"}),
    ({"register_answer": "padan", "nik": "-"}, ("dukcapil", "match"), {"ANSWER_NIK_MISSING"}),
]
SOUND = {"nik": "1901015503900001", "verified_on": "15/03/2020"}


@pytest.mark.parametrize(("written", "expected", "codes"), ROWS, ids=[str(written) for written, *_ in ROWS])
def test_an_answer_is_read_as_the_register_means_it(
    written: dict[str, str], expected: tuple[str | None, str | None], codes: set[str]
) -> None:
    frame = sent([{**SOUND, **written}], "verification")
    row = (
        frame[["register", "register_answer"]]
        .astype(object)
        .where(frame[["register", "register_answer"]].notna(), None)
    )
    assert tuple(row.iloc[0]) == expected
    assert codes_of(frame, "verification")[0] == codes


def test_a_row_that_names_no_register_is_of_the_one_that_its_file_is_of() -> None:
    other = {**SOUND, "nik": "1901011207850002"}
    frame = sent([{**SOUND, "register_answer": "Bukan PNS"}, {**other, "register_answer": "Terdaftar"}], "verification")
    assert frame["register"].to_list() == ["asn", "asn"]
    third = {**other, "nik": "1901011207850003", "register_answer": "Anggota TNI"}
    mixed = sent(
        [{**SOUND, "register_answer": "PNS"}, {**other, "register_answer": "Terdaftar"}, third], "verification"
    )
    assert codes_of(mixed, "verification") == [set(), {"REGISTER_NOT_NAMED"}, set()]


def test_two_answers_about_one_nik_on_one_day_are_both_sent_back() -> None:
    rows = [{**SOUND, "register_answer": word} for word in ("padan", "meninggal", "PNS")]
    assert codes_of(sent(rows, "verification"), "verification") == [{"ANSWER_DIFFERS"}, {"ANSWER_DIFFERS"}, set()]


def test_every_register_has_answers() -> None:
    assert registers()["dukcapil"] == ("match", "mismatch", "deceased", "moved", "abroad")
    assert all(len(answers) > 1 for answers in registers().values())
