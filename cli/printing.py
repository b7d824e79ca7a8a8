"""How the command line speaks: tables and sentences for people, one JSON document a line for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.errors import SinergiError

#: without a terminal nothing is folded to 80 columns: ids stay whole for grep
WIDE = 220


def show_json(value: Any) -> None:
    """One JSON document on one line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def show_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, title: str = "") -> None:
    """Rows as a plain table, or as one JSON array."""
    listed = [dict(row) for row in rows]
    if as_json:
        show_json(listed)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in listed:
        table.add_row(*["" if row.get(column) is None else str(row[column]) for column in columns])
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def say(text: str) -> None:
    """A line for people on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(error: SinergiError) -> None:
    """A named error as a sentence on stderr."""
    sys.stderr.write(f"sinergi: {error}\n")
