"""Which series a file belongs to, and whether a file may be believed at all: revision, new scope, older version, circuit breaker.

Belongs here: the decisions, pure, on counts. Does not belong here: matching rows (logical.py), reading or writing (steps).

A series is (regency, kind, period, scope). A file that repeats at least half of a series' records is its revision; one that
repeats less than one in twenty of every series of that regency, kind and period is a new scope (another district's sheet); what
lies between waits for the office's word. The word is the sidecar `<file>.meta.yaml`.

Within one series the order is the order of receipt, unless the sidecar numbers the versions. *Older* is: a sidecar's version
below the current one, or exactly the content of a version that came before. An older version reverts nothing: its rows are in the
ledger, point to their records, and end no version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.errors import FileWaits

#: from half of a series on, a file is that series again: two district sheets share border cases, never half their owners
REVISION_SHARE = 0.5
#: below one in twenty, what repeats is owners with a business in two districts: another scope
NEW_SCOPE_SHARE = 0.05
#: more than half of the rows equal to others: a sheet pasted twice makes exactly half, copied-down rows make more
MAX_DUPLICATE_SHARE = 0.5
#: a share of fewer rows than this says nothing
MIN_ROWS_FOR_SHARES = 20
#: a version with less than half of the rows of the one before is more often a broken export than a changed world
MIN_SHARE_OF_LAST_VERSION = 0.5
#: a year, or a year and a month
PERIOD_PATTERN = r"20\d\d(-(0[1-9]|1[0-2]))?"


#: when a file came, and among those that came at once the order of its name; the smaller came first
Arrival = tuple[Any, ...]


@dataclass(frozen=True)
class Word:
    """What the office itself says of a file, from its sidecar (all optional).

    `period`, `scope` (the series' name, settles revision or new scope), `version` (numbers of one series, later is higher), `accept`
    (codes of circuit breakers that were looked at and are as they should be).
    """

    period: str | None = None
    scope: str | None = None
    version: int | None = None
    accept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Series:
    """One known series of the file's regency, kind and period, with what the file repeats of it.

    `version`, `data_row_count` and `arrival` are those of its current version (null: it has none); `content_keys` tells the version of
    each content it ever had.
    """

    series_id: int
    scope: str
    record_count: int
    repeated_count: int
    version: int = 0
    data_row_count: int = 0
    arrival: Arrival | None = None
    content_keys: Mapping[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of the series' records that stand in the file, 0..1."""
        return self.repeated_count / self.record_count if self.record_count else 0.0


@dataclass(frozen=True)
class Place:
    """Where a file goes: its series (null = a new one under `scope`), its version, and what it does there.

    `new` opens a series; `revision` becomes its current version; `older` reverts nothing; `same` is the current or an earlier
    content again (re-saved, renamed) and changes nothing.
    """

    act: Literal["new", "revision", "older", "same"]
    series_id: int | None
    scope: str
    version: int


def place_file(
    known: Sequence[Series], word: Word, submission_id: str, content_key: str, arrival: Arrival | None = None
) -> Place:
    """Decide where a file goes. Raises FileWaits(AMBIGUOUS_REVISION) when the counts do not say.

    A file without a number of its own that came before the current version (it waited for a word, say) is older than it, and is numbered
    right before it.
    """
    series = _series_of(known, word)
    if series is None:
        return Place("new", None, word.scope or submission_id, word.version or 1)
    if content_key and content_key in series.content_keys:
        return Place("same", series.series_id, series.scope, series.content_keys[content_key])
    if word.version is not None and word.version < series.version:
        return Place("older", series.series_id, series.scope, word.version)
    if word.version is None and arrival is not None and series.arrival is not None and arrival < series.arrival:
        return Place("older", series.series_id, series.scope, max(series.version - 1, 0))
    return Place("revision", series.series_id, series.scope, max(word.version or 0, series.version + 1))


def _series_of(known: Sequence[Series], word: Word) -> Series | None:
    """The series that a file is a version of, or null when it opens one."""
    if word.scope is not None:
        return next((series for series in known if series.scope == word.scope), None)
    revised = [series for series in known if series.share >= REVISION_SHARE]
    unclear = [series for series in known if NEW_SCOPE_SHARE <= series.share < REVISION_SHARE]
    if len(revised) == 1 and not unclear:
        return revised[0]
    if not revised and not unclear:
        return None
    shares = ", ".join(f"{series.repeated_count} dari {series.record_count}" for series in [*revised, *unclear])
    raise FileWaits(
        "AMBIGUOUS_REVISION",
        f"Berkas mengulang sebagian data yang pernah dikirim ({shares} baris), sehingga tidak jelas apakah ini perbaikan atau data baru.",
        mend=f"Tulis `scope: ...` di berkas <nama berkas>.meta.yaml: nama bagian yang diperbaiki "
        f"({' atau '.join(series.scope for series in [*revised, *unclear])}) atau nama baru.",
    )


def check_duplicates(duplicate_count: int, data_row_count: int, word: Word) -> None:
    """Raise FileWaits(TOO_MANY_DUPLICATES) when rows equal to others outweigh the rest."""
    if "TOO_MANY_DUPLICATES" in word.accept or data_row_count < MIN_ROWS_FOR_SHARES:
        return
    if duplicate_count > MAX_DUPLICATE_SHARE * data_row_count:
        raise FileWaits(
            "TOO_MANY_DUPLICATES",
            f"{duplicate_count} dari {data_row_count} baris sama persis dengan baris lain dalam berkas.",
            mend="Periksa apakah baris tersalin ke bawah; kirim ulang berkas yang benar.",
        )


def check_row_count(data_row_count: int, place: Place, known: Sequence[Series], word: Word) -> None:
    """Raise FileWaits(TOO_FEW_ROWS) when a revision has far fewer rows than the version it would replace."""
    last = next((series.data_row_count for series in known if series.series_id == place.series_id), 0)
    if place.act != "revision" or "TOO_FEW_ROWS" in word.accept or last < MIN_ROWS_FOR_SHARES:
        return
    if data_row_count < MIN_SHARE_OF_LAST_VERSION * last:
        raise FileWaits(
            "TOO_FEW_ROWS",
            f"Berkas berisi {data_row_count} baris, versi sebelumnya {last} baris.",
            mend="Bila memang berkurang, tulis `accept: [TOO_FEW_ROWS]` di berkas <nama berkas>.meta.yaml.",
        )


def word_of(sidecar: Mapping[str, Any]) -> Word:
    """A sidecar's content as the office's word. Raises FileWaits(SIDECAR_UNREADABLE) for anything it does not know.

    Known: `period` (2020 or 2020-04), `scope`, `version` (a whole number), `accept` (a list of codes).
    """
    period = None if sidecar.get("period") is None else str(sidecar["period"])
    scope = None if sidecar.get("scope") is None else str(sidecar["scope"])
    version, accept = sidecar.get("version"), sidecar.get("accept") or []
    is_sound = (
        sidecar.keys() <= {"period", "scope", "version", "accept"}
        and (period is None or re.fullmatch(PERIOD_PATTERN, period) is not None)
        and (version is None or (isinstance(version, int) and not isinstance(version, bool) and version > 0))
        and isinstance(accept, list)
        and all(isinstance(code, str) for code in accept)
    )
    if not is_sound:
        raise FileWaits(
            "SIDECAR_UNREADABLE",
            "Berkas keterangan (.meta.yaml) tidak dapat dipahami.",
            mend="Yang dikenal: period (2020 atau 2020-04), scope, version (bilangan bulat), accept (daftar kode).",
        )
    return Word(period, scope, version, tuple(accept))
