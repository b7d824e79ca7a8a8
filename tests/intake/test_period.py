"""The period a file speaks of, and the regency its titles name."""

from __future__ import annotations

import pytest

from schemas.words import entries
from tasks.intake.period import find_period, title_regency


@pytest.mark.parametrize(
    ("name", "titles", "period", "source"),
    [
        ("umkm 2020-04.xlsx", [], "2020-04", "file_name"),
        ("umkm_april_2020.csv", [], "2020-04", "file_name"),
        ("Data UMKM April 2020.xlsx", [], "2020-04", "file_name"),
        ("umkm202004.csv", [], "2020-04", "file_name"),
        ("umkm 04-2020.csv", [], "2020-04", "file_name"),
        ("umkm 30042020.csv", [], "2020-04", "file_name"),
        ("umkm Agt2020.csv", [], "2020-08", "file_name"),
        ("UMKM 20210305.csv", [], "2021-03", "file_name"),
        ("UMKM_20210305_142211.csv", [], "2021-03", "file_name"),
        ("umkm 20042021.csv", [], "2021-04", "file_name"),
        ("umkm 20102020.csv", [], "2020-10", "file_name"),
        ("umkm 20219905.csv", [], None, "none"),
        ("Data UMKM Agst 2021.xlsx", [], "2021-08", "file_name"),
        ("Data UMKM AGUS 2021.xlsx", [], "2021-08", "file_name"),
        ("19.01/Pebruari 2021.csv", [], "2021-02", "file_name"),
        ("umkm 2020.csv", [], "2020", "file_name"),
        ("umkm 2020-04.csv", ["Bulan Mei 2020"], "2020-04", "file_name"),
        ("umkm 2020.csv", ["Bulan Mei 2020"], "2020-05", "title"),
        ("umkm 2021.csv", ["Bulan Mei 2020"], "2021", "file_name"),
        ("data.xlsx", ["Bulan April 2020"], "2020-04", "title"),
        ("data.xlsx", ["PER 30 APRIL 2020"], "2020-04", "title"),
        ("data.xlsx", ["Keadaan per 30/04/2020"], "2020-04", "title"),
        ("data.xlsx", ["Sesuai PP No. 7 Tahun 2021", "TAHUN 2022"], "2022", "title"),
        ("data.xlsx", ["Januari 2020", "Maret 2020"], "2020", "title"),
        ("data.xlsx", ["DATA UMKM"], None, "none"),
        ("1901.csv", [], None, "none"),
    ],
)  # fmt: skip
def test_a_period_is_found_where_offices_write_it(
    name: str, titles: list[str], period: str | None, source: str
) -> None:
    assert find_period(name, titles) == (period, source)


@pytest.mark.parametrize(
    ("month", "word"), [(int(month), word) for month, words in entries("months").items() for word in words]
)
def test_a_month_is_known_by_every_word_for_it(month: int, word: str) -> None:
    assert find_period(f"UMKM {word.upper()} 2021.csv", []) == (f"2021-{month:02}", "file_name")
    assert find_period(f"UMKM 2021_{word}.csv", []) == (f"2021-{month:02}", "file_name")


def test_the_sidecar_goes_first() -> None:
    assert find_period("umkm 2020-04.csv", [], {"period": "2019-12"}) == ("2019-12", "sidecar")
    with pytest.raises(ValueError, match="YYYY"):
        find_period("umkm.csv", [], {"period": "April"})


@pytest.mark.parametrize(
    ("title", "codes"),
    [
        ("DATA UMKM KABUPATEN BANGKA", {"19.01"}),
        ("Daftar UMKM Kab. Bangka Barat Tahun 2020", {"19.05"}),
        ("DINAS KOPERASI KOTA PANGKALPINANG", {"19.71"}),
        ("DINAS UMKM PANGKAL PINANG", {"19.71"}),
        ("PROVINSI KEPULAUAN BANGKA BELITUNG", set()),
        ("Kota Ternate", {"82.71"}),
        ("UMKM Kodya Bogor", {"32.71"}),
        ("UMKM KAB. KEP. SULA", {"82.05"}),
        ("UMKM BOGOR", {"32.01", "32.71"}),
        ("DATA PELAKU USAHA", set()),
    ],
)
def test_a_title_names_its_regency(title: str, codes: set[str]) -> None:
    assert title_regency([title]) == codes
