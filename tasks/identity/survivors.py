"""The rules of survivorship as the file states them: schemas/survivorship.yaml.

Belongs here: reading them, without any engine. Does not belong here: applying them (survivorship.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

import schemas


@dataclass(frozen=True)
class Survivor:
    """One line of the file: the record columns taken together, the golden columns they fill, and the rule."""

    name: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    rule: str


@lru_cache(maxsize=1)
def survivors() -> dict[str, tuple[Survivor, ...]]:
    """Unit kind -> its lines."""
    data = yaml.safe_load(Path(schemas.__file__).with_name("survivorship.yaml").read_text("utf-8"))
    return {
        kind: tuple(
            Survivor(name, tuple(line["from"]), tuple(line.get("to", line["from"])), line["rule"])
            for name, line in lines.items()
        )
        for kind, lines in data.items()
    }
