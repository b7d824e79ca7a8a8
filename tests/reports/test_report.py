"""The report tells what the warehouse holds, asks for nothing outside itself, and names nobody."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from schemas.settings import settings
from tasks import runs, store
from tasks.identity.persons import RULES
from tasks.reports.charts import ledger_chart
from tasks.reports.figures import OUTCOMES, ledger_table, per_regency
from tasks.reports.steps import build_report, read_figures
from tasks.reports.wording import BLOCKING_WORDS, capped, day, number, rupiah, share
from tests.aid.population import judge_a_sample, rows
from tests.reports.filled import LIST, NAME, NIK, TODAY, fill


@pytest.fixture
def page(warehouse: sa.Engine) -> str:
    """The report of a filled warehouse."""
    return build_report(fill(), TODAY).read_text("utf-8")


class Links(HTMLParser):
    """Every address in a page, and every element that could fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.elements: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.addresses += [
            value or "" for name, value in attributes if name in ("href", "src", "xlink:href", "action", "data")
        ]


def test_the_page_asks_for_nothing_outside_itself(page: str) -> None:
    found = Links(page)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", page)
    assert not found.elements & {"script", "link", "iframe", "img", "object", "embed", "image", "use"}
    assert all(address.startswith(("#", "../")) for address in found.addresses)
    assert len(page) < 1_500_000


def test_no_nik_and_no_name_of_a_person_is_in_the_page(page: str) -> None:
    assert NIK not in page
    assert NAME not in page
    assert not re.search(r"(?<![\d.])\d{16}(?![\d.])", re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL))


def test_the_ledger_of_the_page_is_the_ledger_of_the_warehouse(warehouse: sa.Engine) -> None:
    run = fill()
    with store.transaction() as connection:
        figures = read_figures(connection, run, TODAY)
        counted = connection.execute(sa.text("SELECT outcome, count(*) FROM intake.source_row GROUP BY outcome")).all()
    expected = {row.outcome: row.count for row in counted}
    assert {outcome: figures.ledger.total[outcome] for outcome in OUTCOMES} == {o: expected.get(o, 0) for o in OUTCOMES}
    assert figures.ledger.total["row_count"] == sum(expected.values()) == 1590


def test_everybody_is_reached_in_exactly_one_way(warehouse: sa.Engine) -> None:
    run = fill()
    with store.transaction() as connection:
        figures = read_figures(connection, run, TODAY)
    total = figures.coverage.total
    assert total["person_count"] == figures.units["person_count"] == 1250
    assert sum(total.values()) == 2 * total["person_count"]


def test_the_list_of_every_regency_adds_up_to_the_list(warehouse: sa.Engine) -> None:
    run = fill()
    with store.transaction() as connection:
        (one,) = read_figures(connection, run, TODAY).lists
    assert one.by_regency.total == {
        "in_count": 900,
        "waiting_count": 100,
        "out_count": 200,
        "amount_idr": 2_160_000_000,
    }
    assert {reason["decisive_reason"]: reason["message"] for reason in one.reasons}["BANK_CREDIT"].endswith("KUR.")


@pytest.mark.parametrize(
    "told",
    [
        "Rekapitulasi Koperasi dan UMKM per Kabupaten/Kota",
        "Kepulauan Bangka Belitung",
        "Keadaan per 30/04/2020",
        "Rp2.160.000.000",
        "Dua kolom mengaku NIK.",
        "Belum mengirim:",
        "Kabupaten Belitung Timur",
        LIST,
        "1.590",
        "Diterima penerima",
    ],
)
def test_the_page_tells(page: str, told: str) -> None:
    assert told in page


def test_the_page_says_whose_list_is_late_and_by_how_many_days(warehouse: sa.Engine) -> None:
    run = fill()
    on_time = build_report(run, TODAY).read_text("utf-8")
    assert "terlambat" not in on_time
    page = build_report(run, date(2020, 5, 11)).read_text("utf-8")
    assert "<strong>5 daftar terlambat</strong> dari 5 kabupaten/kota" in page
    table = page[page.index('id="terlambat"') :].partition("</table>")[0]
    lines = [" ".join(re.sub("<[^>]*>", " ", line).split()) for line in table.split("<tr>")[2:]]
    assert lines[0] == "19.02 Kabupaten Belitung UMKM 2020-04 10/05/2020 1 Menunggu kepastian"
    assert lines[1].endswith("UMKM 2020-04 10/05/2020 1 Belum mengirim")


def test_the_links_to_receipts_lead_from_the_report_to_the_answers(page: str) -> None:
    folder = settings().reports
    targets = {(folder / unquote(address)).resolve() for address in Links(page).addresses if address.startswith("..")}
    assert (settings().home / "answers/19.01/tanda terima #1.html").resolve() in targets


def test_the_newest_report_is_also_kept_under_a_fixed_name(warehouse: sa.Engine) -> None:
    path = build_report(fill(), TODAY)
    assert path.with_name("terbaru.html").read_bytes() == path.read_bytes()
    assert [file.name for file in sorted(path.parent.glob("[!.]*"))] == [path.name, "terbaru.html"]


def test_the_same_warehouse_gives_the_same_bytes(warehouse: sa.Engine) -> None:
    run = fill()
    assert build_report(run, TODAY).read_bytes() == build_report(run, TODAY).read_bytes()


def test_a_picture_of_the_same_counts_is_taken_from_the_page_before_and_another_is_drawn() -> None:
    names = {"19.01": "Kabupaten Bangka"}
    first = ledger_table(names, [{"regency_code": "19.01", "row_count": 5, "accepted": 5}])
    other = ledger_table(names, [{"regency_code": "19.01", "row_count": 6, "accepted": 6}])
    drawn = ledger_chart(first)
    altered = f"<p>{drawn.replace('Kab. Bangka', 'taken')}</p>"
    assert ledger_chart(first, altered) == altered[3:-4]
    assert ledger_chart(other, altered) == ledger_chart(other)


def test_an_empty_warehouse_has_a_report(warehouse: sa.Engine) -> None:
    with runs.run("report", TODAY) as run:
        page = build_report(run.run_id, TODAY).read_text("utf-8")
    assert "Belum ada berkas yang diterima." in page
    assert "Belum ada daftar bantuan." in page


def quality_section(page: str) -> str:
    """The words of the section about the merging of persons."""
    section = page[page.index('<h2 id="mutu">') : page.index('<h2 id="daftar">')]
    return " ".join(re.sub("<[^>]*>", " ", section).replace("\u00a0", " ").split())


def test_the_page_says_plainly_that_nobody_has_judged_yet(warehouse: sa.Engine) -> None:
    run = fill()
    told = quality_section(build_report(run, TODAY).read_text("utf-8"))
    assert "Belum ada petugas yang menilai" in told and "sinergi review sample" in told
    judge_a_sample(0, 0)
    told = quality_section(build_report(run, TODAY).read_text("utf-8"))
    assert "belum dinilai oleh siapa pun" in told and "%" not in told


def test_the_page_tells_precision_with_its_limits_and_the_days(warehouse: sa.Engine) -> None:
    run = fill()
    judge_a_sample(400, 0)
    page = build_report(run, TODAY).read_text("utf-8")
    told = quality_section(page)
    ((today,),) = rows("SELECT to_char(current_date, 'DD/MM/YYYY')")
    assert f"Penilaian terakhir {today}, contoh terakhir {today}; 400 pasangan telah diputuskan, 0 ragu" in told
    assert "Seluruhnya 100.000 paling sedikit 99,08 %" in told, "never 100 %"
    assert "Tanpa NIK 100.000" in told and "Kabupaten Bangka 100.000" in told
    assert "Peringatan" not in page


def test_the_page_warns_in_the_section_and_on_every_list_that_is_no_fact_yet(warehouse: sa.Engine) -> None:
    run = fill()
    judge_a_sample(98, 2)
    page = build_report(run, TODAY).read_text("utf-8")
    assert page.count("Ketepatan penyatuan data orang diperkirakan 98 % (antara 92,9") == 2
    assert "dua orang yang disatukan" in page[page.index('<h2 id="daftar">') :]


def test_the_page_tells_in_both_languages_what_the_caps_of_blocking_left_out(page: str) -> None:
    part = page[page.index('id="dibatasi"') :].partition("</p>")[0]
    indonesian, english = part.split('<span lang="en">')
    assert "2 kumpulan yang terlalu besar" in indonesian and "812 catatan" in indonesian
    assert "2 blocks over their cap" in english and "812 records" in english


def test_nothing_is_said_of_caps_when_nothing_was_left_out(warehouse: sa.Engine) -> None:
    run = fill()
    with store.transaction() as connection:
        connection.execute(sa.text("UPDATE identity.blocking_report SET capped_block_count = 0"))
    page = build_report(run, TODAY).read_text("utf-8")
    assert "dibatasi" not in page and "capped" not in page


@pytest.mark.parametrize(
    ("rules", "indonesian", "english"),
    [
        (
            [("nik", 1, 45)],
            "pada 1 kumpulan yang terlalu besar (kesamaan: NIK), 45 catatan",
            "in 1 blocks over their cap (in common: NIK) 45 records",
        ),
        (
            [("name_district", 1_000, 40_000), ("kk_number", 234, 5_678)],
            "pada 1.234 kumpulan yang terlalu besar (kesamaan: nama dan kecamatan, nomor KK), 45.678 catatan",
            "in 1,234 blocks over their cap (in common: name and district, family card) 45,678 records",
        ),
        ([("a_new_rule", 2, 3)], "(kesamaan: a_new_rule), 3 catatan", "(in common: a_new_rule) 3 records"),
    ],
)
def test_what_the_caps_left_out_is_added_up_over_the_rules(
    rules: list[tuple[str, int, int]], indonesian: str, english: str
) -> None:
    names = ("rule", "capped_block_count", "capped_record_count")
    told = capped([dict(zip(names, rule, strict=True)) for rule in rules])
    assert indonesian in told["id"] and english in told["en"]


def test_every_rule_of_blocking_has_words_in_both_languages() -> None:
    assert BLOCKING_WORDS.keys() == {rule.name for rule in RULES}
    assert all(told.keys() == {"id", "en"} for told in BLOCKING_WORDS.values())


def test_every_regency_of_the_province_has_a_line_in_order_of_code() -> None:
    names = {"19.01": "Kabupaten Bangka", "19.02": "Kabupaten Belitung"}
    table = per_regency(names, [{"regency_code": "19.02", "count": 3}, {"regency_code": None, "count": 1}], ["count"])
    assert [(line["code"], line["count"]) for line in table.lines] == [("19.01", 0), ("19.02", 3), ("", 1)]
    assert table.total == {"count": 4}


def test_a_ledger_that_does_not_add_up_is_not_told() -> None:
    from schemas.errors import InvariantBroken

    with pytest.raises(InvariantBroken):
        ledger_table({}, [{"regency_code": "19.01", "row_count": 5, "accepted": 4}])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (number(1234567), "1.234.567"),
        (number(0), "0"),
        (rupiah(1200000), "Rp1.200.000"),
        (day(TODAY), "30/04/2020"),
        (share(1, 8), "12,5 %"),
        (share(0, 0), "–"),
    ],
)
def test_numbers_are_written_the_indonesian_way(written: str, expected: str) -> None:
    assert written == expected


def test_the_folder_of_reports_is_made(warehouse: sa.Engine) -> None:
    path: Path = build_report(fill(), TODAY)
    assert path.parent == settings().reports
