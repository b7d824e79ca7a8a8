"""Fetching the warehouse's files into memory while a list is still read and checked.

Belongs here: that, for the embedded server, which starts with the command and has nothing in memory. Does not belong here: what is looked
up there (the rooms). A server of the province's own stays up and keeps its pages by itself.

Linking looks up a few pages for every row, all over the tables, and a disk gives them one by one; in order it gives all of them sooner
(docs/decisions/0024-fetching-ahead.md). Nobody waits for this, and nothing hangs on it: where it cannot be done the pages come one by one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import sqlalchemy as sa

from schemas.settings import settings
from tasks import store

#: whose tables link, merge and drafts look up, in the order in which they do
SCHEMAS = ("identity", "source", "gold", "aid")
#: fewer new bytes than one in so many of these files are looked up sooner page by page
WORTH = 20_000
#: what is left to others of the memory that the machine has to give
SHARE = 2
#: the kernel takes no more of one piece of advice
PIECE = 128 * 2**10

#: not the sizes: asking for them waits for whoever holds a table, a rebuild for minutes
RELATIONS = """
SELECT current_setting('data_directory') || '/' || pg_relation_filepath(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'i')
 ORDER BY array_position(:schemas, n.nspname::text), c.relname"""


def fetch_ahead(byte_count: int) -> Thread | None:
    """Let the machine fetch, beside what is done here, what so many new bytes will be looked up in; None when that would not pay."""
    if settings().database_url is not None or not hasattr(os, "posix_fadvise"):
        return None
    with store.transaction() as connection:
        relations = connection.scalars(sa.text(RELATIONS), {"schemas": list(SCHEMAS)}).all()
    files = _sizes(map(Path, relations))
    if not 0 < sum(files.values()) <= byte_count * WORTH:
        return None
    thread = Thread(target=_fetch, args=(_fitting(files, available_memory() // SHARE),), daemon=True)
    thread.start()
    return thread


def available_memory() -> int:
    """Bytes that the machine could give to programs, those of files that it keeps in memory among them; 0 where it does not say."""
    with suppress(OSError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def _sizes(relations: Iterable[Path]) -> dict[Path, int]:
    """The files of the relations (a large one has several) with their bytes; without those that only the server may read."""
    found = {}
    for relation in relations:
        with suppress(OSError):
            for file in (relation, *sorted(relation.parent.glob(f"{relation.name}.[0-9]*"))):
                found[file] = file.stat().st_size
    return found


def _fitting(files: dict[Path, int], room: int) -> list[Path]:
    """The first of the files that have room together."""
    fitting = []
    for file, size in files.items():
        room -= size
        if room < 0:
            break
        fitting.append(file)
    return fitting


def _fetch(files: Iterable[Path]) -> None:
    for path in files:
        with suppress(OSError), path.open("rb") as file:  # a table may be gone by now
            for start in range(0, os.fstat(file.fileno()).st_size, PIECE):
                os.posix_fadvise(file.fileno(), start, PIECE, os.POSIX_FADV_WILLNEED)
