"""Pages beside Prefect's: reports and Data Docs can be read, nothing else can, whatever the address."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from flows.pages import PREFIX, beside
from schemas.settings import settings
from tests.intake.offices import OWNERS, night, only_submission, send

ID = "0123456789abcdef"


@pytest.fixture
def browser(warehouse: sa.Engine) -> TestClient:
    """A browser at Prefect's address; the home has a report, Data Docs, an answer, a key."""
    for name, content in {
        "reports/terbaru.html": "laporan",
        "reports/7-rekapitulasi.html": "laporan 7",
        f"docs/{ID}/index.html": "data docs",
        f"docs/{ID}/checks.json": "{}",
        "answers/19.01/umkm-perbaikan.xlsx": "PEMILIK AMAT",
        "keys/sari.key": "SECRET",
        "reports/rahasia.html": "SECRET",
    }.items():
        path = settings().home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    page = settings().home / f"docs/{ID}/index.html"
    page.touch()
    prefect = Starlette(routes=[Route("/{path:path}", lambda request: PlainTextResponse("Prefect"))])
    return TestClient(beside(prefect), base_url="http://127.0.0.1:4200", follow_redirects=False)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/runs", "Prefect"),
        ("/sinergiku", "Prefect"),
        (f"{PREFIX}/reports/terbaru.html", "laporan"),
        (f"{PREFIX}/reports/7-rekapitulasi.html", "laporan 7"),
        (f"{PREFIX}/docs/{ID}/", "data docs"),
    ],
)
def test_reports_and_data_docs_stand_beside_prefects_pages(address: str, shown: str, browser: TestClient) -> None:
    answer = browser.get(address)
    assert (answer.status_code, answer.text) == (200, shown)
    if address.startswith(f"{PREFIX}/"):
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/answers/19.01/umkm-perbaikan.xlsx",
        "/reports/",
        "/docs/",
        f"/docs/{ID}/checks.json",
        f"/docs/{ID}",
        "/docs/0123456789ABCDEF/",
        "/reports/rahasia.html",
        "/reports/../keys/sari.key",
        "/reports/%2e%2e/keys/sari.key",
        "/reports/..%2fkeys%2fsari.key",
        "/reports//etc/passwd",
        "/reports/terbaru.html%00.html",
        "/reports/terbaru.html%0a",
        "/keys/sari.key",
        "/docs/..%2f..%2fkeys/",
    ],
)
def test_nothing_else_is_shown(address: str, browser: TestClient) -> None:
    answer = browser.get(PREFIX + address)
    assert answer.status_code in (403, 404)
    assert "SECRET" not in answer.text
    assert "AMAT" not in answer.text


def test_a_link_that_leads_elsewhere_is_not_followed(browser: TestClient, tmp_path: Path) -> None:
    (settings().reports / "8-rekapitulasi.html").symlink_to(settings().keys / "sari.key")
    assert browser.get(f"{PREFIX}/reports/8-rekapitulasi.html").status_code == 404


def test_a_page_of_another_site_cannot_read_them_under_its_own_name(browser: TestClient) -> None:
    assert browser.get(f"{PREFIX}/reports/terbaru.html", headers={"host": "rebound.example"}).status_code == 421
    assert browser.get(f"{PREFIX}/reports/terbaru.html", headers={"host": "localhost:9"}).status_code == 200
    assert browser.post(f"{PREFIX}/reports/terbaru.html").status_code == 405


def test_data_docs_are_made_when_somebody_looks(browser: TestClient, tmp_path: Path) -> None:
    send(tmp_path, "19.01/umkm_2020-04.csv", OWNERS)
    night(tmp_path)
    answer = browser.get(f"{PREFIX}/docs/{only_submission()}/")
    assert answer.status_code == 200
    assert "[NIK_MISSING]" in answer.text
    assert "script" not in answer.text.lower().replace("description", "")
    unknown = browser.get(f"{PREFIX}/docs/fedcba9876543210/")
    assert (unknown.status_code, "sinergi submission docs" in unknown.text) == (404, True)
