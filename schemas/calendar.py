"""What offices are expected to send and until when: `reference/calendar.yaml`, read strictly.

Belongs here: expectations and the periods that are overdue on a day. Does not belong here: what came (tasks/late.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from schemas.records import Kind

FILE = Path(__file__).with_name("reference") / "calendar.yaml"


class Expected(BaseModel):
    """One line of the calendar; the file explains its words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    every: Literal["month", "year"]
    since: str = Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")
    due_days: int = Field(ge=0)
    look_back: int = Field(ge=1)
    regencies: Literal["all"] | tuple[str, ...]

    def awaits(self, regency_code: str) -> bool:
        """Whether this is expected of a regency."""
        return self.regencies == "all" or regency_code in self.regencies


class _Calendar(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    expected: tuple[Expected, ...]


@dataclass(frozen=True)
class Overdue:
    """A period whose last day of delivery has passed: `period` as submissions name it (2020-04 or 2020)."""

    expected: Expected
    period: str
    due_on: date


@lru_cache(maxsize=1)
def calendar() -> tuple[Expected, ...]:
    """Every expectation. Raises ValueError on anything unknown in the file."""
    return _Calendar.model_validate(yaml.safe_load(FILE.read_text("utf-8"))).expected


def overdue(today: date, expected: tuple[Expected, ...] | None = None) -> list[Overdue]:
    """The periods that must have come before `today`, newest last, at most `look_back` of each expectation."""
    found: list[Overdue] = []
    for each in calendar() if expected is None else expected:
        late = list(takewhile(lambda period: period.due_on < today, _periods(each)))
        found += late[-each.look_back :]
    return found


def _periods(expected: Expected) -> Iterator[Overdue]:
    """The expectation's periods in order, without end."""
    year, month = map(int, expected.since.split("-"))
    while True:
        name = f"{year}-{month:02d}" if expected.every == "month" else str(year)
        year, month = (year, month + 1) if expected.every == "month" and month < 12 else (year + 1, 1)
        yield Overdue(expected, name, date(year, month, 1) - timedelta(days=1) + timedelta(days=expected.due_days))
