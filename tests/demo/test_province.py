"""The demo province: the same seed gives the same bytes, everybody's number follows the rule, the shares are those of real lists."""

from __future__ import annotations

import csv
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from schemas import regions
from schemas.errors import UsageError
from tasks.demo.dirt import NIK_BROKEN
from tasks.demo.draw import data_file
from tasks.demo.people import write_nik
from tasks.demo.province import build_province
from tasks.demo.steps import generate
from tasks.intake.kinds import kind_of

TRUTH_OF_A_ROW = [
    "true_person_id",
    "true_business_id",
    "true_household_id",
    "kind",
    "is_duplicate_row",
    "dirt",
    "nik_true",
]


@pytest.fixture(scope="module")
def province() -> pd.DataFrame:
    """Six thousand rows of Bangka Belitung."""
    return build_province("19", 6000, 1)[0]


def read_truth(out: Path) -> pd.DataFrame:
    return pd.read_csv(out / "truth" / "truth.csv", dtype=str, keep_default_na=False)


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("plain", [False, True], ids=["offices", "plain"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, plain: bool) -> None:
    for name in ("one", "two"):
        generate("19", 600, 7, tmp_path / name, plain)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_another_seed_gives_another_province(tmp_path: Path) -> None:
    generate("19", 600, 1, tmp_path / "one", True)
    generate("19", 600, 2, tmp_path / "two", True)
    assert not set(digest(tmp_path / "one").values()) & set(digest(tmp_path / "two").values())


def test_a_workbook_carries_no_clock(tmp_path: Path) -> None:
    generate("19", 400, 1, tmp_path, False)
    (book,) = (tmp_path / "inbox" / "19.01").glob("DATA UMKM*.xlsx")
    with zipfile.ZipFile(book) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert b"2020-04-15T08:00:00Z" in archive.read("docProps/core.xml")


def test_as_many_rows_as_asked_for(province: pd.DataFrame) -> None:
    assert len(province) == 6000


@pytest.mark.parametrize("code", ["19", "82", "92"])
def test_every_nik_follows_the_rule_unless_the_dirt_says_otherwise(code: str) -> None:
    rows = build_province(code, 3000, 1)[0]
    whole = rows[[not NIK_BROKEN & set(dirt.split("|")) for dirt in rows["dirt"]]]
    nik = whole["nik"].str.replace(r"[ .']", "", regex=True)
    assert (nik == whole["nik_true"]).all()
    assert nik.str.fullmatch(r"\d{16}").all()
    assert nik.str[:6].isin(regions.nik_areas()).all()
    assert (nik.str[12:] != "0000").all()
    day = nik.str[6:8].astype("int64")
    assert ((day > 40) == (whole["sex"] == "P")).all()
    born = whole[~whole["dirt"].str.contains("birth_swapped")]
    written = born["birth"].dt.day + 40 * (born["sex"] == "P").astype("int64")
    assert (nik[born.index].str[6:8].astype("int64") == written).all()


def test_a_nik_is_one_persons(province: pd.DataFrame) -> None:
    assert province.groupby("nik_true")["true_person_id"].nunique().eq(1).all()
    assert province.groupby("true_person_id")["nik_true"].nunique().eq(1).all()


def test_women_have_forty_added_to_the_day() -> None:
    births = np.array(["1990-03-05", "1990-03-05"], "datetime64[D]")
    area = pd.Series(["190101", "190101"], dtype="string[pyarrow]")
    first, second = write_nik(area, births, np.array([False, True]))
    assert (first[6:12], second[6:12]) == ("050390", "450390")


def test_papuan_niks_are_beyond_what_a_float_can_hold() -> None:
    niks = build_province("92", 2000, 1)[0]["nik_true"]
    papuan = niks[niks.str.startswith("92")].astype("int64")
    assert len(papuan) > 1000
    assert (papuan > 2**53).all()
    assert (papuan.astype("float64").astype("int64") != papuan).any()


@pytest.mark.parametrize(
    ("what", "share", "tolerance"),
    [("repeated", 0.185, 0.02), ("copies", 0.008, 0.002), ("group", 0.015, 0.001), ("blank business", 0.15, 0.02),
     ("muhammad", 0.06, 0.03), ("one word", 0.14, 0.05), ("inactive", 0.065, 0.02)],
)  # fmt: skip
def test_the_shares_are_those_of_real_lists(province: pd.DataFrame, what: str, share: float, tolerance: float) -> None:
    umkm = province[province["kind"] == "umkm"]
    found = {
        "repeated": province["true_person_id"].duplicated().mean(),
        "copies": province["is_copy"].mean(),
        "group": (province["kind"] == "group").mean(),
        "blank business": (umkm["business_name"] == "").mean(),
        "muhammad": umkm["owner_name"]
        .str.contains(r"^(?:H\. )?(?:M|Moh|Muh|Mochamad|Mohamad|Mohammad|Muhamad|Muhammad)\b")
        .mean(),
        "one word": (~umkm["owner_name"].str.contains(" ")).mean(),
        "inactive": (umkm["activity_status"] != "Aktif").mean(),
    }[what]
    assert found == pytest.approx(share, abs=tolerance)


def test_two_percent_of_the_rows_are_dirty_and_every_fault_occurs() -> None:
    rows, _ = build_province("19", 20_000, 1)
    from tasks.demo.dirt import DIRT

    told = rows["dirt"].str.split("|").explode()
    listed = told[told.isin(DIRT) & (told != "nik_precision_lost")]
    assert set(listed) == set(DIRT) - {"nik_precision_lost"}
    assert 0.012 < len(listed) / len(rows) < 0.022


def test_twins_share_birth_and_area_and_spouses_their_card(province: pd.DataFrame) -> None:
    people = province.drop_duplicates("true_person_id").set_index("true_person_id")
    for tie in ("twin", "spouse"):
        younger = people[(people["tie"] == tie) & people["kin_person_id"].isin(people.index)]
        elder = people.loc[younger["kin_person_id"]]
        assert len(younger) > 5
        if tie == "twin":
            assert (younger["nik_true"].str[:6].to_numpy() == elder["nik_true"].str[:6].to_numpy()).all()
            assert (younger["nik_true"].to_numpy() != elder["nik_true"].to_numpy()).all()
        else:
            assert (younger["true_household_id"].to_numpy() == elder["true_household_id"].to_numpy()).all()
            assert (younger["sex"].to_numpy() != elder["sex"].to_numpy()).all()


def test_a_row_that_stands_twice_is_equal_to_its_first(province: pd.DataFrame) -> None:
    told = [
        "regency_no",
        "owner_name",
        "nik",
        "kk_number",
        "phone",
        "business_name",
        "annual_turnover",
        "village_code",
        "dirt",
        "birth_text",
    ]
    paired = province[province["is_paired"]]
    sizes = paired.groupby(told, dropna=False).size()
    assert sizes.eq(2).all()
    assert len(sizes) == province["is_copy"].sum()


def test_plain_and_offices_describe_the_same_truth(tmp_path: Path) -> None:
    generate("19", 1500, 3, tmp_path / "offices", False)
    generate("19", 1500, 3, tmp_path / "plain", True)
    offices, plain = (read_truth(tmp_path / name)[TRUTH_OF_A_ROW] for name in ("offices", "plain"))
    pd.testing.assert_frame_equal(offices, plain)


def test_the_truth_names_the_line_of_every_row(tmp_path: Path) -> None:
    generate("92", 800, 1, tmp_path, True)
    truth = read_truth(tmp_path)
    for file, rows in truth.groupby("file"):
        with (tmp_path / "inbox" / str(file)).open(encoding="utf-8", newline="") as handle:
            lines = list(csv.reader(handle))
        assert len(lines) == len(rows) + 1
        nik = lines[0].index("NIK")
        for row, true, dirt in zip(rows["row"].astype(int), rows["nik_true"], rows["dirt"], strict=True):
            if not any(name in dirt for name in NIK_BROKEN | {"nik_"}):
                assert lines[row - 1][nik] == true


def test_the_truth_names_the_row_of_every_row_of_a_workbook(tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    generate("19", 800, 1, tmp_path, False)
    truth = read_truth(tmp_path)
    books = truth[truth["file"].str.endswith(".xlsx")]
    assert books["sheet"].nunique() > 3
    for (file, sheet), rows in books.groupby(["file", "sheet"]):
        cells = (
            CalamineWorkbook.from_path(tmp_path / "inbox" / str(file))
            .get_sheet_by_name(str(sheet))
            .to_python(skip_empty_area=False)
        )
        for row, true, dirt in zip(rows["row"].astype(int), rows["nik_true"], rows["dirt"], strict=True):
            if not any(name in dirt for name in NIK_BROKEN | {"nik_"}):
                assert true in cells[row - 1]


def test_a_number_typed_as_a_number_has_lost_its_last_digit(tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    generate("92", 1500, 1, tmp_path, False)
    truth = read_truth(tmp_path)
    lost = truth[(truth["dirt"] == "nik_precision_lost") & truth["file"].str.endswith(".xlsx")]
    assert len(lost) > 10
    for row in lost.itertuples():
        book = CalamineWorkbook.from_path(tmp_path / "inbox" / row.file)
        cells = book.get_sheet_by_name(row.sheet).to_python(skip_empty_area=False)[int(row.row) - 1]
        assert float(row.nik_true[:15] + "0") in cells


def test_three_styles_at_least_and_one_regencys_cooperatives(tmp_path: Path) -> None:
    summary = generate("19", 1500, 1, tmp_path, False)
    names = [path.name for path in (tmp_path / "inbox").rglob("*") if path.is_file()]
    assert len(names) == summary.files
    assert sum("KOPERASI" in name for name in names) == 1
    assert sum("KELOMPOK" in name for name in names) == 3
    assert {name.rsplit(".", 1)[1] for name in names} == {"xlsx", "csv"}
    semicolon = next((tmp_path / "inbox").rglob("umkm_*.csv")).read_bytes()
    assert b";" in semicolon.splitlines()[0]
    with pytest.raises(UnicodeDecodeError):
        semicolon.decode("utf-8")


def test_a_second_demo_replaces_the_first_and_nothing_else(tmp_path: Path) -> None:
    generate("19", 400, 1, tmp_path, False)
    generate("19", 400, 1, tmp_path, True)
    assert all(path.suffix == ".csv" for path in (tmp_path / "inbox").rglob("*") if path.is_file())
    (tmp_path / "inbox" / "19.01" / "milik kantor.csv").write_text("NIK\n", "utf-8")
    with pytest.raises(UsageError):
        generate("19", 400, 1, tmp_path, True)


@pytest.mark.parametrize(("code", "rows"), [("20", 1000), ("xx", 1000), ("19", 10)])
def test_what_makes_no_sense_is_refused(code: str, rows: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        generate(code, rows, 1, tmp_path)


@pytest.mark.deep
@pytest.mark.more
def test_every_province_can_be_made(tmp_path: Path) -> None:
    for code in regions.provinces():
        summary = generate(code, 1000, 1, tmp_path / code, False)
        assert summary.rows == 1000


def test_names_are_known_for_every_province() -> None:
    mixes = data_file("names.yaml")["mixes"]
    assert [code for code in regions.provinces() if not code.startswith(tuple(mixes))] == []


def test_plain_lists_are_understood_as_what_they_are_called(tmp_path: Path) -> None:
    generate("19", 1500, 3, tmp_path, True)
    called = {"umkm": "umkm", "kelompok": "group", "koperasi": "cooperative"}
    files = sorted((tmp_path / "inbox").glob("*/*.csv"))
    told = {file: kind_of(next(csv.reader(file.open(encoding="utf-8")))) for file in files}
    assert {called[file.name.partition("_")[0]] for file in files} == set(called.values())
    assert told == {file: called[file.name.partition("_")[0]] for file in files}
