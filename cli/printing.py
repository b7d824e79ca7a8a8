"""How the command line speaks: tables and sentences for people, one JSON document a line for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.errors import SinergiError, UsageError

#: without a terminal nothing is folded to 80 columns: ids stay whole for grep
WIDE = 220
#: a column whose texts all are at most so long is never folded: ids, codes and numbers stay whole
SHORT = 26


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
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False
    )  # fmt: skip
    for column in columns:
        values = [row[column] for row in listed if row.get(column) is not None]
        is_number = bool(values) and all(type(value) in (int, float) for value in values)
        is_short = all(len(str(value)) <= SHORT for value in [*values, column])
        table.add_column(column, overflow="fold", justify="right" if is_number else "left", no_wrap=is_short)
    for row in listed:
        table.add_row(*["" if row.get(column) is None else escape(str(row[column])) for column in columns])
    console = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
    console.print(table)
    if title:
        console.print()


def say(text: str) -> None:
    """A line for people on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(error: SinergiError) -> None:
    """A named error as a sentence on stderr."""
    sys.stderr.write(f"sinergi: {error}\n")


def require_language(lang: str) -> None:
    """Raise UsageError unless people can be told in this language."""
    if lang not in ("id", "en"):
        raise UsageError(f"--lang {lang}: no such language", mend="id or en.")


def require_folder(file: Path | None) -> None:
    """Raise UsageError unless this file, if one is asked for, can be written where it is to stand."""
    if file is not None and (file.is_dir() or not file.parent.is_dir()):
        raise UsageError(f"{file}: no file in a folder that exists", mend="Make the folder, or name another file.")
