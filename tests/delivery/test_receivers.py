"""Receivers' files are read strictly, every protocol has its module, and personal data goes to no careless address."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import ValidationError

from schemas.errors import UsageError
from schemas.receivers import Receiver, read_receivers, receivers
from tasks.delivery.rest import check_address
from tasks.delivery.steps import PROTOCOLS

FOLDER = Path("schemas/receivers")


def test_every_protocol_a_file_may_name_exists() -> None:
    assert set(get_args(Receiver.model_fields["protocol"].annotation)) == set(PROTOCOLS)
    assert list(receivers()) == ["penyalur"]


MISTAKES = {
    "an unknown key": {"colour": "red"},
    "an unknown protocol": {"protocol": "fax"},
    "no patience at all": {"total_seconds": 0},
    "a connection longer than the whole": {"connect_seconds": 31},
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_half_done_receiver_is_noticed(mistake: str, tmp_path: Path) -> None:
    body = yaml.safe_load((FOLDER / "penyalur.yaml").read_text("utf-8"))
    (tmp_path / "penyalur.yaml").write_text(yaml.safe_dump({**body, **MISTAKES[mistake]}))
    with pytest.raises(ValidationError):
        read_receivers(tmp_path)


def test_a_code_that_is_not_the_files_name_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text((FOLDER / "penyalur.yaml").read_text("utf-8"))
    with pytest.raises(ValueError, match="another"):
        read_receivers(tmp_path)


@pytest.mark.parametrize("url", ["http://10.0.0.5/api", "ftp://x", "https://u:p@x", "https://x/?a=1", "x", "http://"])
def test_a_careless_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        check_address(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8085/", "http://localhost:1", "http://[::1]:1", "https://penyalur.example/a"]
)
def test_loopback_or_https_is_accepted(url: str) -> None:
    assert check_address(url) == url.rstrip("/")
