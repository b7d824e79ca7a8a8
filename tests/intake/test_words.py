"""Words for categories: known ones give their code, unknown ones a problem, never a default."""

from __future__ import annotations

import pyarrow as pa
import pytest

from schemas import words as reference
from tasks.intake.words import parse_category, parse_platforms, parse_sex, parse_yes_no, sets_p_beside_w


@pytest.mark.parametrize(
    ("category", "written", "code"),
    [
        ("sex", "L", "male"), ("sex", "PEREMPUAN", "female"), ("sex", "Laki - laki", "male"), ("sex", "wanita", "female"),
        ("occupation", "PNS", "asn"), ("occupation", "Wiraswasta", "self_employed"), ("occupation", "Petani/Pekebun", "farmer"),
        ("occupation", "IRT", "housewife"), ("occupation", "Anggota DPRD", "official"), ("occupation", "Pensiunan PNS", "retired"),
        ("size_class", "Usaha Mikro", "micro"), ("activity_status", "Meninggal dunia", "deceased"),
        ("activity_status", "tidak ditemukan", "not_found"), ("group_role", "Ketua", "leader"),
        ("sector", "Kulier", "culinary"), ("sector", "Kuliner / Makanan", "culinary"), ("sector", "KONVEKSI", "fashion"),
    ],
)  # fmt: skip
def test_known_words_give_their_code(category: str, written: str, code: str) -> None:
    assert parse_category(written, category) == (code, None)


@pytest.mark.parametrize(
    ("category", "written", "problem"),
    [
        ("sector", "Astronomi", "unknown_category"), ("sex", "1", "unknown_category"), ("occupation", "Guru", "ambiguous"),
        ("occupation", "guru / dosen", "ambiguous"), ("occupation", "Petani/PNS", "ambiguous"), ("occupation", "xyz", "unknown_category"),
        ("sector", "Jasa dan Perdagangan", "ambiguous"), ("sector", "Kuliner, Astronomi", "unknown_category"),
    ],
)  # fmt: skip
def test_unknown_words_are_a_problem_and_never_a_default(category: str, written: str, problem: str) -> None:
    assert parse_category(written, category) == (None, problem)


@pytest.mark.parametrize("written", ["-", "0", "BELUM ADA", "kosong", "..."])
def test_placeholders_are_absence(written: str) -> None:
    assert parse_category(written, "sector") == (None, None)


def test_p_beside_w_may_be_pria_and_is_left_open() -> None:
    assert sets_p_beside_w(pa.array(["P", "W", None, "w"]))
    assert not sets_p_beside_w(pa.array(["L", "P", "W"]))
    assert parse_sex("P", is_p_unclear=True) == (None, "ambiguous")
    assert parse_sex("W", is_p_unclear=True) == ("female", None)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Ya", (True, None)), ("✓", (True, None)), ("Ada", (True, None)), ("Tidak", (False, None)), ("tidak ada", (False, None)),
        ("Belum", (False, None)), ("-", (None, None)), ("mungkin", (None, "unknown_category")), ("Ya, di BRI", (True, None)),
    ],
)  # fmt: skip
def test_yes_and_no_are_answers_and_a_dash_is_none(written: str, expected: tuple[bool | None, str | None]) -> None:
    assert parse_yes_no(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Tokopedia, Shopee", ("shopee|tokopedia", None)), ("shopee & tokped", ("shopee|tokopedia", None)),
        ("IG: @warung", ("instagram", None)),
        ("Offline", (None, None)), ("tidak ada", (None, None)), ("Shopee, Zalora", ("shopee", "unknown_category")),
    ],
)  # fmt: skip
def test_marketplaces_come_in_fixed_order(written: str, expected: tuple[str | None, str | None]) -> None:
    assert parse_platforms(written) == expected


@pytest.mark.parametrize("file", sorted(path.stem for path in reference.FOLDER.glob("*.yaml")))
def test_no_word_stands_under_two_codes(file: str) -> None:
    if file not in {
        "sex",
        "occupation",
        "size_class",
        "activity_status",
        "group_role",
        "sector",
        "platform",
        "yes_no",
        "months",
    }:
        return
    assert reference.codes_by_word(file)
