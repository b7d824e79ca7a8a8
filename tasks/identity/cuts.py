"""Parting a person that is two: which records are the two cores, and which could belong to either (P5: cut means the cores, what would
bridge them goes to review).

Belongs here: that decision, from the records and merge edges of one person. Does not belong here: reading and judging
(steps/unmerge.py), clusters (clusters.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from tasks.identity.clusters import cluster, connect


class Cut(NamedTuple):
    """The records of the one, of the other, and those that nobody may claim before a person has looked (`bridges`)."""

    one: frozenset[int]
    other: frozenset[int]
    bridges: frozenset[int]

    @property
    def different(self) -> list[tuple[int, int]]:
        """Pairs that are two persons'."""
        return [(a, b) for a in sorted(self.one) for b in sorted(self.other)]

    @property
    def unsure(self) -> list[tuple[int, int]]:
        """Pairs that the machine may not join, and people are asked about."""
        return [(bridge, core) for bridge in sorted(self.bridges) for core in sorted(self.one | self.other)]


def take_out(records: pd.DataFrame, edges: pd.DataFrame, named: Iterable[int]) -> Cut:
    """The named records are another person. The rest stays one as far as it holds together without them: its largest part is the core
    (of equals that with the smallest record), the other parts hung on the named records alone and are bridges.

    records: record_id ascending, nik; edges: record_a, record_b, tier, weight, clause - all of one person.
    """
    other = frozenset(named)
    rest = records[~records["record_id"].isin(other)]
    parts = sorted(_parts(rest["record_id"].tolist(), edges), key=lambda part: (-len(part), min(part)))
    return Cut(parts[0], other, frozenset().union(*parts[1:]))


def part_cores(records: pd.DataFrame, edges: pd.DataFrame, first: int, second: int) -> Cut:
    """Two records are two persons'. Every other one goes with the one it is held to; what the machine would join to both is a bridge,
    and so is what hangs on bridges alone. Arguments as for take_out."""
    nobody = pd.DataFrame({"record_a": [], "record_b": []}, dtype="int64")
    apart = pd.DataFrame({"record_a": [min(first, second)], "record_b": [max(first, second)]})
    found = cluster(records, edges, nobody, apart)
    side = dict(zip(records["record_id"].tolist(), found.label.tolist(), strict=True))
    crossing = {
        record
        for a, b in zip(edges["record_a"].tolist(), edges["record_b"].tolist(), strict=True)
        for record in (a, b)
        if side[a] != side[b]
    }
    judged = edges[edges["tier"] == "judged"]  # people said whose these are
    crossing -= {first, second, *judged["record_a"].tolist(), *judged["record_b"].tolist()}
    left = [record for record in side if record not in crossing]
    held = edges[edges["record_a"].map(side) == edges["record_b"].map(side)]
    parts = _parts(left, held)
    one, other = (next(part for part in parts if core in part) for core in (first, second))
    return Cut(one, other, frozenset(side) - one - other)


def outcome(records: pd.DataFrame, edges: pd.DataFrame, cut: Cut) -> dict[int, int]:
    """record -> label of its person as the next consolidation will find it among these records."""
    joined = set(cut.unsure)
    ends = list(zip(edges["record_a"].tolist(), edges["record_b"].tolist(), strict=True))
    free = [(a, b) not in joined and (b, a) not in joined for a, b in ends]
    nobody = pd.DataFrame({"record_a": [], "record_b": []}, dtype="int64")
    apart = pd.DataFrame([sorted(pair) for pair in cut.different], columns=["record_a", "record_b"])
    found = cluster(records, edges[free].reset_index(drop=True), nobody, apart)
    return dict(zip(records["record_id"].tolist(), found.label.tolist(), strict=True))


def _parts(records: list[int], edges: pd.DataFrame) -> list[frozenset[int]]:
    """The parts into which edges join records; edges of other records are left out."""
    ids = np.array(sorted(records), dtype=np.int64)
    ends = edges[["record_a", "record_b"]].to_numpy(dtype=np.int64)
    inside = np.isin(ends, ids).all(axis=1)
    label = connect(len(ids), *(np.searchsorted(ids, ends[inside, side]) for side in (0, 1)))
    parts: dict[int, set[int]] = {}
    for record, part in zip(ids.tolist(), label.tolist(), strict=True):
        parts.setdefault(part, set()).add(record)
    return [frozenset(part) for part in parts.values()]
