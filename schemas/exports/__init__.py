"""The columns of every export, one JSON file each; scripts of others rely on them, so a change is a change of contract.

Belongs here: names, types and meaning of the columns. Does not belong here: the queries (tasks/reports/exports.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Export:
    """The contract of one export: `columns` = name -> Arrow type name, in order."""

    name: str
    about: str
    columns: dict[str, str]


def export_contract(name: str) -> Export:
    """The contract of one export by name; raises KeyError when there is none."""
    path = Path(__file__).with_name(f"{name}.json")
    if not path.is_file():
        raise KeyError(name)
    body = json.loads(path.read_text("utf-8"))
    return Export(body["name"], body["about"], {column["name"]: column["type"] for column in body["columns"]})


def export_names() -> list[str]:
    """Every export there is, by name."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.json"))
