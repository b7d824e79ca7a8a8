"""`sinergi model` as a person or a script calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tasks.identity.model import newest_model
from tests.cli.conftest import Answer
from tests.identity.records import work
from tests.identity.test_model import ROWS, changed, shy

Sinergi = Callable[..., Answer]


@pytest.fixture
def candidate(warehouse: sa.Engine, tmp_path: Path) -> Path:
    """A model file beside a warehouse that is consolidated."""
    work(ROWS)
    path = tmp_path / "persons-2027-01-01-test.json"
    path.write_bytes(changed(shy).raw)
    return path


def test_the_shipped_model_is_shown_with_its_bits(warehouse: sa.Engine, sinergi: Sinergi, tmp_path: Path) -> None:
    page = tmp_path / "model.html"
    told = json.loads(sinergi("model", "show", "--html", str(page), "--json").out)
    assert (told["model_id"], told["is_in_force"], told["in_force_since"]) == (newest_model().model_id, True, None)
    assert {"comparison", "level", "m", "u", "bits"} == set(told["levels"][0])
    assert "Model pencocokan" in page.read_text("utf-8")


def test_a_model_is_tried_then_put_in_force(candidate: Path, sinergi: Sinergi) -> None:
    tried = json.loads(sinergi("model", "promote", str(candidate), "--dry-run", "--json").out)
    assert (tried["persons_before"], tried["persons_after"]) == (2, 3)
    answer = sinergi("model", "promote", str(candidate), "--reason", "shared phones", "--by", "sari")
    assert answer.code == 0, answer.err
    work([])
    told = json.loads(sinergi("model", "show", "--json").out)
    assert (told["model_id"], told["promoted_by"], told["reason"]) == (candidate.stem, "sari", "shared phones")
    assert told["in_force_since"] is not None


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["train"], 1, "too few to train on"),
        (["show", "persons-1999"], 2, "there is no model persons-1999"),
        (["show", "--lang", "fr"], 2, "no such language"),
        (["promote", "persons-2"], 2, "recorded"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], code: int, says: str, warehouse: sa.Engine, sinergi: Sinergi
) -> None:
    answer = sinergi("model", *arguments)
    assert (answer.code, says in answer.err) == (code, True), answer.err


def test_a_damaged_file_is_not_put_in_force(candidate: Path, sinergi: Sinergi) -> None:
    candidate.write_bytes(candidate.read_bytes()[:1000])
    answer = sinergi("model", "promote", str(candidate), "--reason", "x", "--by", "y")
    assert (answer.code, "damaged" in answer.err) == (1, True)
    assert json.loads(sinergi("model", "show", "--json").out)["model_id"] == newest_model().model_id


@pytest.mark.parametrize(
    "command",
    [("person", "explain", "19.01-1", "--html"), ("model", "show", "--html"), ("review", "list", "--out")],
    ids=" ".join,
)
def test_a_page_for_a_folder_that_is_not_there_is_told_in_a_sentence(
    sinergi: Sinergi, tmp_path: Path, command: tuple[str, ...]
) -> None:
    told = sinergi(*command, str(tmp_path / "missing" / "page.html"))
    assert (told.code, told.out) == (2, "")
    assert "page.html: no file in a folder that exists" in told.err
    assert not (tmp_path / "missing").exists()
