"""The frame-level step: every field is there with its type, nothing is damaged, hashes are stable."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pandas as pd
import pytest

from schemas.fields import fields
from schemas.records import Kind
from tasks.intake.standardise import NIK_FLAGS, PROBLEMS, standardise

TODAY = date(2026, 11, 22)


def mapped(*rows: dict[str, str | None]) -> pd.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pd.DataFrame({"sheet_no": 1, "row": range(5, 5 + len(rows)), "data_row": range(1, 1 + len(rows))})
    for name in names:
        frame[f"{name}__raw"] = pd.Series([row.get(name) for row in rows], dtype="string[pyarrow]")
    return frame


def read(*rows: dict[str, str | None], kind: Kind = "umkm", hints: dict[str, str] | None = None) -> pd.DataFrame:
    return standardise(mapped(*rows), kind, "19.01", hints or {}, TODAY)


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("rows", [0, 2])
def test_every_field_of_the_kind_is_there_even_when_the_file_has_none_of_them(kind: Kind, rows: int) -> None:
    frame = read(*({"owner_name": "Budi"} for _ in range(rows)), kind=kind)
    for field in fields().values():
        if kind in field.kinds:
            assert {*field.columns, f"{field.name}__problem", f"{field.name}__raw"} <= set(frame.columns)
    assert set(NIK_FLAGS) <= set(frame.columns)
    assert len(frame) == rows
    assert frame.columns.is_unique


def test_columns_have_the_types_the_warehouse_takes() -> None:
    types = read({"owner_name": "Budi"}).dtypes.astype(str)
    expected = {
        "owner_name": "string", "nik": "string", "birth_date": "date32[day][pyarrow]", "capital_idr": "int64[pyarrow]",
        "workers_count": "int64[pyarrow]", "has_sku": "bool[pyarrow]", "nik__problem": "string", "nik__series": "bool[pyarrow]",
        "content_hash": "int64[pyarrow]", "match_hash": "int64[pyarrow]",
    }  # fmt: skip
    assert {name: types[name] for name in expected} == expected


def test_what_was_written_stays_beside_what_was_understood() -> None:
    written = {
        "owner_name": " Budi\u00a0 Santoso ",
        "annual_turnover": "5 juta/bln",
        "nik": "19O1014503900001",
        "sector": "Kulier",
    }
    row = read(written).iloc[0]
    assert {name: row[f"{name}__raw"] for name in written} == written
    assert (row["owner_name"], row["annual_turnover_idr"], row["sector"]) == ("Budi Santoso", 60_000_000, "culinary")
    assert pd.isna(row["nik"])


@pytest.mark.parametrize("written", ["-", "--", "BELUM ADA", "Tidak ada.", "kosong", "n/a", "...", "\u200b", "  "])
def test_a_placeholder_name_is_absence_without_a_problem(written: str) -> None:
    row = read({"owner_name": written}).iloc[0]
    assert pd.isna(row["owner_name"])
    assert pd.isna(row["owner_name__problem"])


@pytest.mark.parametrize(
    "written", ["Nihil Santoso", "X-tra Laundry", "Siti Kosong", "H. Ja'far", "Café Müller", "Toko 99"]
)
def test_a_name_that_only_contains_a_placeholder_is_a_name(written: str) -> None:
    assert read({"business_name": written}).iloc[0]["business_name"] == written


def test_zero_is_a_number_and_a_dash_is_none() -> None:
    frame = read({"workers_count": "0", "capital": "0"}, {"workers_count": "-", "capital": "-"})
    assert frame["workers_count"].to_list() == [0, pd.NA]
    assert frame["capital_idr"].to_list() == [0, pd.NA]
    assert frame[["workers_count__problem", "capital__problem"]].isna().all(axis=None)


def test_a_row_without_a_regency_belongs_to_the_one_that_sent_it() -> None:
    frame = read({"regency_code": None}, {"regency_code": "Kab. Bangka Selatan", "district_code": "Toboali"})
    assert frame["regency_code"].to_list() == ["19.01", "19.03"]
    assert frame["regency_code__problem"].to_list() == [pd.NA, "other_regency"]
    assert frame["district_code"].to_list() == [pd.NA, "19.03.01"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("085824750208", None), ("0858-2475-0208", None), ("+62 858 2475 0208", None), ("9202126101800001", None), ("Toko 99", "Toko 99"),
        ("212", "212"), ("17-08-1945", "17-08-1945"), ("Maju 085824750208", "Maju 085824750208"), ("金龙 0812345678", "金龙 0812345678"),
    ],
)  # fmt: skip
def test_a_telephone_or_identity_number_is_no_name_of_a_business(written: str, name: str | None) -> None:
    frame = read({"business_name": written})
    assert frame["business_name"].isna().tolist() == [name is None]
    assert frame["business_name"].fillna("").tolist() == [name or ""]
    assert frame["business_name__raw"].tolist() == [written]


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("Kupang, 17-03-1985", "Kupang"), ("Sungai Liat 17 Maret 1985", "Sungai Liat"), ("Kab. Kupang / 1985-03-17", "Kab Kupang"),
        ("TTL: Kupang, 17-03-1985", "Kupang"), ("TTL:Kupang, 17-03-1985", "Kupang"), ("Kupang, tgl 17-03-1985", "Kupang"),
        ("Tempat/Tgl Lahir: Kupang, 17-03-1985", "Kupang"), ("Kupang, pada tanggal 17 Maret 1985", "Kupang"),
        ("Kupang, Senin 17 Maret 1985", "Kupang"), ("Atambua Barat,17031985", "Atambua Barat"), ("17-03-1985", None),
        ("17 Maret 1985", None),
        ("1985-03-17 00:00:00", None), ("31123", None), ("tgl. 17-03-1985", None), ("Senin, 17 Maret 1985", None),
        ("Rabu Kliwon, 17 Maret 1985", None), ("Jum’at, 17 Maret 1985", None), ("tidak tahu 17-03-1985", None), ("null, 17-03-1985", None),
        ("Laki-laki, 17-03-1985", None), ("Islam, 17-03-1985", None), ("L, 17-03-1985", None), ("sekitar 17-03-1985", None),
        ("Kupang, 37-03-1985", None),
    ],
)  # fmt: skip
def test_a_place_of_birth_in_the_cell_of_the_day_is_read(written: str, place: str | None) -> None:
    assert read({"birth_date": written})["birth_place"].fillna("").tolist() == [place or ""]


def test_a_place_of_birth_that_has_its_own_column_goes_before() -> None:
    assert read({"birth_date": "Kupang, 17-03-1985", "birth_place": "Soe"})["birth_place"].tolist() == ["Soe"]
    assert read({"birth_date": "Kupang, 17-03-1985", "birth_place": "-"})["birth_place"].tolist() == ["Kupang"]


def test_the_heading_says_that_a_turnover_is_monthly() -> None:
    assert (
        read({"annual_turnover": "5.000.000"}, hints={"annual_turnover": "monthly|band"}).iloc[0]["annual_turnover_idr"]
        == 60_000_000
    )


def test_only_listed_words_are_problems() -> None:
    odd = dict.fromkeys(fields(), "?! 99-99-9999 Rp -1,200 E")
    frame = read(odd, dict.fromkeys(fields(), "-9"), dict.fromkeys(fields(), "1,200"), dict.fromkeys(fields(), "1990"))
    for field in fields().values():
        if "umkm" in field.kinds:
            assert set(frame[f"{field.name}__problem"].dropna()) <= set(PROBLEMS[field.type])


#: changing these means that every row of every warehouse gets a new version: it needs a decision
CONTENT, MATCH = -475263216690315024, 2981751249135408978

ROW: dict[str, str | None] = {
    "owner_name": "Budi Santoso",
    "nik": "1901010503900001",
    "birth_date": "05-03-1990",
    "capital": "5 juta",
}


def test_hashes_are_the_same_for_ever() -> None:
    row = read(ROW).iloc[0]
    assert (row["content_hash"], row["match_hash"]) == (CONTENT, MATCH)


def hashes(*rows: dict[str, str | None]) -> list[tuple[int, int]]:
    frame = read(*rows)
    return list(zip(frame["content_hash"], frame["match_hash"], strict=True))


def test_the_same_said_otherwise_is_the_same_content() -> None:
    plain, same = hashes(
        ROW,
        ROW
        | {"birth_date": "5 Maret 1990", "capital": "Rp 5.000.000,-", "owner_name": "Budi  Santoso ", "product": "-"},
    )
    assert plain == same


def test_a_change_of_a_compared_field_changes_both_hashes_and_of_another_only_the_content() -> None:
    (content, match), other_name, other_capital, problem = hashes(
        ROW, ROW | {"owner_name": "Budi Santosa"}, ROW | {"capital": "6 juta"}, ROW | {"sector": "Astronomi"}
    )
    assert other_name[0] != content
    assert other_name[1] != match
    assert other_capital[0] != content
    assert other_capital[1] == match
    assert problem[0] != content
    assert problem[1] == match


def test_values_do_not_run_into_each_other() -> None:
    one, other = hashes(
        {"owner_name": "Budi", "business_name": "Warung"}, {"owner_name": "Warung", "business_name": "Budi"}
    )
    assert one[0] != other[0]
    assert one[1] != other[1]


def test_a_long_frame_is_hashed_as_short_ones_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [ROW | {"owner_name": f"Budi {number}"} for number in range(7)]
    whole = hashes(*rows)
    monkeypatch.setattr("tasks.intake.standardise.HASH_ROWS", 3)
    assert hashes(*rows) == whole
