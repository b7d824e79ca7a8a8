"""Fetching the warehouse's files into memory while a list is still read and checked.

Belongs here: that, for the embedded server, which starts with the command and has nothing in memory. Does not belong here: what is looked
up there (the rooms). A server of the province's own stays up and keeps its pages by itself.

Linking looks up a few pages for every row, all over the tables, and a disk gives them one by one; in order it gives all of them sooner
(docs/decisions/0024-fetching-ahead.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread

from schemas.settings import settings
from tasks import store

#: what link, merge and drafts look up, in the order in which they do
SCHEMAS = ("identity", "source", "gold", "aid")
#: fewer new bytes than one in so many of these files are looked up sooner page by page
WORTH = 20_000
#: what is left to others of the memory that the machine has to give
SHARE = 2
#: the kernel takes no more of one piece of advice
PIECE = 128 * 2**10

FILES = """
SELECT current_setting('data_directory') || '/' || pg_relation_filepath(c.oid) AS path, pg_relation_size(c.oid) AS size
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'i') AND pg_relation_size(c.oid) > 0
 ORDER BY array_position(:schemas, n.nspname::text), c.relname"""


def fetch_ahead(byte_count: int) -> Thread | None:
    """Let the machine fetch, beside what is done here, what so many new bytes will be looked up in; None when that would not pay."""
    if settings().database_url is not None or not hasattr(os, "posix_fadvise"):
        return None
    files = store.query(FILES, schemas=list(SCHEMAS))
    if byte_count * WORTH < files["size"].sum():
        return None
    fitting = files.loc[files["size"].cumsum() <= available_memory() / SHARE, "path"]
    thread = Thread(target=_fetch, args=(fitting.tolist(),), daemon=True)
    thread.start()
    return thread


def available_memory() -> int:
    """Bytes that the machine could give to programs, those of files that it keeps in memory among them."""
    line = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable:"))
    return int(line.split()[1]) * 1024


def _fetch(relations: Iterable[str]) -> None:
    for relation in relations:
        first = Path(relation)
        with suppress(
            OSError
        ):  # a table that is gone by now, or a folder that only the server may read: looked up page by page, then
            for segment in (first, *sorted(first.parent.glob(f"{first.name}.[0-9]*"))):
                with segment.open("rb") as file:
                    for start in range(0, os.fstat(file.fileno()).st_size, PIECE):
                        os.posix_fadvise(file.fileno(), start, PIECE, os.POSIX_FADV_WILLNEED)
