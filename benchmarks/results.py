"""Markdown of what was measured, and its place in RESULTS.md.

Belongs here: tables, the machine, replacing one marked section. Does not belong here: measuring.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
LIBRARIES = ("great_expectations", "pandas", "pyarrow", "splink", "duckdb", "sqlalchemy", "psycopg")


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    ruler = ["---", *["---:"] * (len(heading) - 1)]
    return "\n".join("| " + " | ".join(each) + " |" for each in (heading, ruler, *rows))


def machine() -> str:
    """Processor, memory and versions, in one sentence."""
    processor = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "unknown"
    )
    kilobytes = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{processor}, {os.cpu_count()} cores, {kilobytes / 2**20:.0f} GiB; Python {platform.python_version()},"
        f" embedded PostgreSQL; {libraries}."
    )


def write_section(name: str, title: str, body: str, path: Path = RESULTS) -> None:
    """Put a section between its marks, in the place of the one that is there, else at the end."""
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    section = f"{begin}\n## {title}\n\n{body}\n{end}"
    text = path.read_text("utf-8") if path.exists() else "# What was measured\n"
    if begin in text and end in text:
        before, _, rest = text.partition(begin)
        text = before + section + rest.partition(end)[2]
    else:
        text = f"{text.rstrip()}\n\n{section}\n"
    path.write_text(text, "utf-8")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text("utf-8").splitlines()
    except OSError:
        return []
