"""What is checked in an old workbook (.xls) before any parser may see it: that its chains of sectors end.

Belongs here: the frame of the file (MS-CFB: header, DIFAT, FAT, mini FAT). Does not belong here: reading cells (workbooks.py). Why: a chain
that runs in a circle makes the reader fill its memory before it gives up, which takes seconds of a night.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tasks.intake.refusals import Unreadable

#: numbers of sectors end here; above are marks (free, end of chain, table)
LAST_SECTOR = 0xFFFFFFFA
_HEADER = struct.Struct("<30xH28xIIII")
_FIRST_TABLES_AT, _FIRST_TABLES = 76, 109
Numbers = npt.NDArray[np.int64]


def check_chains(data: bytes) -> None:
    """Raise Unreadable(NOT_A_WORKBOOK) when a chain of sectors runs in a circle; what is cut short is left to the reader."""
    if len(data) < 512:
        raise Unreadable("NOT_A_WORKBOOK")
    shift, first_small, _, first_more, _ = _HEADER.unpack_from(data)
    if shift not in (9, 12):
        raise Unreadable("NOT_A_WORKBOOK")
    sector_bytes = 1 << shift
    tables = [_sector(data, number, sector_bytes) for number in _table_sectors(data, first_more, sector_bytes)]
    following = np.concatenate(tables) if tables else np.array([], dtype=np.int64)
    if runs_in_circle(following):
        raise Unreadable("NOT_A_WORKBOOK")
    small = [_sector(data, number, sector_bytes) for number in _chain(following, first_small)]
    if small and runs_in_circle(np.concatenate(small)):
        raise Unreadable("NOT_A_WORKBOOK")


def runs_in_circle(following: Numbers) -> bool:
    """Whether any chain never ends; `following` is the sector after each sector.

    Every round doubles the steps taken, so that after as many rounds as the count has bits every chain that ends has ended.
    """
    end = len(following)
    steps = np.append(np.where(following < end, following, end), end)
    for _ in range(end.bit_length()):
        steps = steps[steps]
    return bool((steps != end).any())


def _table_sectors(data: bytes, first_more: int, sector_bytes: int) -> Iterator[int]:
    """The sectors that hold the table of chains: named in the header, further ones in a chain of sectors of their own."""
    yield from _named(np.frombuffer(data, "<u4", _FIRST_TABLES, _FIRST_TABLES_AT).astype(np.int64))
    seen: set[int] = set()
    while first_more < LAST_SECTOR:
        if first_more in seen:
            raise Unreadable("NOT_A_WORKBOOK")
        seen.add(first_more)
        more = _sector(data, first_more, sector_bytes)
        if not len(more):
            return
        yield from _named(more[:-1])
        first_more = int(more[-1])


def _named(numbers: Numbers) -> Iterator[int]:
    return (int(number) for number in numbers if number < LAST_SECTOR)


def _sector(data: bytes, number: int, sector_bytes: int) -> Numbers:
    """The numbers in a sector; the header takes the place of the first."""
    start = (number + 1) * sector_bytes
    whole = data[start : start + sector_bytes]
    return np.frombuffer(whole[: len(whole) // 4 * 4], "<u4").astype(np.int64)


def _chain(following: Numbers, number: int) -> Iterator[int]:
    """The sectors of a chain that is known to end."""
    while number < len(following):
        yield number
        number = int(following[number])
