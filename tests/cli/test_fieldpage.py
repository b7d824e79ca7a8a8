"""`sinergi catalogue --fields`: docs/fields.md says what the data files say."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from cli.catalogue import catalogue
from cli.fieldpage import describe_fields, fields_page
from expectations.catalogue import entries
from schemas.fields import fields

#: what a business owner of the five places is asked for, beside who they are
SEEDS = {
    "product", "marketplace", "covid_impact", "is_fostered", "field_assistant", "export_commodity", "licence_request",
    "copyright_request", "is_willing",
}  # fmt: skip


def test_the_page_of_fields_is_what_the_data_files_say() -> None:
    page = Path(__file__).parents[2] / "docs" / "fields.md"
    assert page.read_text("utf-8") == fields_page(), "run: sinergi catalogue --fields > docs/fields.md"


def test_every_field_can_be_named_by_a_heading_and_every_check_stands_at_its_field() -> None:
    told = {field["name"]: field for field in describe_fields()}
    assert set(told) == {name for name, field in fields().items() if field.columns}
    assert [name for name, field in told.items() if not field["headings"]] == []
    assert {code for field in told.values() for code in field["checks"]} == {
        code for code, entry in entries().items() if entry.field in told
    }


def test_what_the_five_places_ask_for_reaches_the_golden_businesses() -> None:
    told = {field["name"]: field["shows_in"] for field in describe_fields()}
    assert {name for name in SEEDS if any(place.startswith(("business.", "channel.")) for place in told[name])} == SEEDS


def test_the_command_tells_every_field_in_full() -> None:
    app = typer.Typer()
    app.command()(catalogue)
    told = json.loads(CliRunner().invoke(app, ["--fields", "--json"]).stdout)
    (nik,) = [field for field in told if field["name"] == "nik"]
    assert "nomor induk kependudukan" in nik["headings"]["umkm"]
    assert "NIK_NOT_16_DIGITS" in nik["checks"]
    assert CliRunner().invoke(app, ["--fields", "--markdown"]).exit_code != 0
