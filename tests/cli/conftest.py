"""Run `sinergi` in this process: exit code, output, and errors as a user sees them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def last(self) -> Any:
        """The last line of the output as JSON."""
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def sinergi(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    from cli.main import main

    def call(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["sinergi", *arguments])
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as leave:
            code = int(leave.code or 0)
        seen = capfd.readouterr()
        return Answer(code, seen.out, seen.err)

    return call
