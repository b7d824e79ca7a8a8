"""Clusters: what the merge edges hold together, minus what may not be one (P5).

A cluster is a function of its component alone. Edges are taken strongest first (deterministic before model, then weight, then
record ids); an edge that would bring together what may not be one is left out: it is the weakest edge of every way between the
two, so the weakest edge goes. Left-out edges are questions for people. Simple components (no two NIKs, no cannot-link inside) are
done set-based; the loop sees the few others.
Does not belong here: which pairs are edges (policy.py), ids (register.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.identity.arrays import as_objects

Ints = npt.NDArray[np.int64]
#: clauses of edges that explain two different NIKs in one person
SAYS_SAME_DESPITE_NIK = ("NIK_TYPO", "SERIAL_TYPO", "DOUBTED_NIK", "JUDGED_SAME")
#: judgements are stronger than any weight, the deterministic tier is stronger than any model
STRENGTH = {"judged": 2, "deterministic": 1, "model": 0}


@dataclass(frozen=True)
class Clusters:
    """`label` per given record (the smallest record id of its cluster) and the edges left out (positions in the edge frame)."""

    label: Ints
    cut: Ints


def connect(count: int, left: Ints, right: Ints) -> Ints:
    """Connected components of 0..count-1: for each the smallest member, by label propagation with pointer jumping."""
    label = np.arange(count, dtype=np.int64)
    while True:
        low = np.minimum(label[left], label[right])
        before = label.copy()
        np.minimum.at(label, label[left], low)
        np.minimum.at(label, label[right], low)
        label = label[label]
        while not np.array_equal(label, label[label]):
            label = label[label]
        if np.array_equal(before, label):
            return label


def cluster(records: pd.DataFrame, edges: pd.DataFrame, apart: pd.DataFrame) -> Clusters:
    """Cluster records (`record_id` ascending, `nik` or absent).

    edges: record_a, record_b, tier, weight, clause - the verdict is merge; apart: record_a, record_b that may not be one. Every
    record of edges is in records; pairs of `apart` with others are ignored.
    """
    ids = records["record_id"].to_numpy(dtype=np.int64)
    left = np.searchsorted(ids, edges["record_a"].to_numpy(dtype=np.int64))
    right = np.searchsorted(ids, edges["record_b"].to_numpy(dtype=np.int64))
    component = connect(len(ids), left, right)
    barred_a, barred_b = _positions(ids, apart)
    conflicted = _conflicted(component, records["nik"], barred_a, barred_b)
    if not conflicted.size:
        return Clusters(ids[component], np.array([], dtype=np.int64))
    order = np.flatnonzero(np.isin(component[left], conflicted))
    strength = edges["tier"].map(STRENGTH).to_numpy(dtype=np.int64)
    weight = edges["weight"].fillna(0).to_numpy(dtype=float)
    order = order[np.lexsort((ids[right[order]], ids[left[order]], -weight[order], -strength[order]))]
    inside = np.isin(component, conflicted)
    label = component.copy()
    label[inside] = np.flatnonzero(inside)
    niks = as_objects(records["nik"])
    told_same = edges["clause"].isin(SAYS_SAME_DESPITE_NIK).to_numpy()
    cut = _build_up(label, niks, left, right, order, told_same, zip(barred_a.tolist(), barred_b.tolist(), strict=True))
    return Clusters(ids[label], np.array(cut, dtype=np.int64))


def _positions(ids: Ints, pairs: pd.DataFrame) -> tuple[Ints, Ints]:
    """Positions of the pairs whose two records are both given."""
    a, b = pairs["record_a"].to_numpy(dtype=np.int64), pairs["record_b"].to_numpy(dtype=np.int64)
    known = np.isin(a, ids) & np.isin(b, ids)
    return np.searchsorted(ids, a[known]), np.searchsorted(ids, b[known])


def _conflicted(component: Ints, nik: pd.Series, barred_a: Ints, barred_b: Ints) -> Ints:
    """Components with two different NIKs or with a pair that may not be one."""
    held = pd.DataFrame({"component": component, "nik": as_objects(nik)}).dropna()
    several = held.drop_duplicates()["component"].value_counts()
    barred = component[barred_a][component[barred_a] == component[barred_b]]
    return np.union1d(several.index[several.to_numpy() > 1].to_numpy(dtype=np.int64), barred)


def _build_up(
    label: Ints,
    niks: npt.NDArray[np.object_],
    left: Ints,
    right: Ints,
    order: Ints,
    told_same: npt.NDArray[np.bool_],
    barred: Iterable[tuple[int, int]],
) -> list[int]:
    """Join the records of conflicted components edge by edge, strongest first; `label` is changed in place.

    Returns the edges left out. Two different NIKs may be in one cluster only when an edge between records that carry them says
    that one is a slip of the other.
    """
    apart: dict[int, set[int]] = defaultdict(set)
    for a, b in barred:
        apart[a].add(b)
        apart[b].add(a)
    slips = {frozenset((niks[left[e]], niks[right[e]])) for e in order if told_same[e]}
    members: dict[int, list[int]] = defaultdict(list)
    for position in {*left[order].tolist(), *right[order].tolist()}:
        members[int(label[position])].append(position)
    cut: list[int] = []
    for edge in order.tolist():
        one, other = int(label[left[edge]]), int(label[right[edge]])
        if one == other:
            continue
        if not _may_join(members[one], members[other], niks, slips, apart):
            cut.append(edge)
            continue
        keep, gone = min(one, other), max(one, other)
        members[keep] += members.pop(gone)
        label[members[keep]] = keep
    return cut


def _may_join(
    one: list[int],
    other: list[int],
    niks: npt.NDArray[np.object_],
    slips: set[frozenset[str]],
    apart: dict[int, set[int]],
) -> bool:
    """Whether two groups of records hold no pair that may not be one person."""
    if any(not apart[position].isdisjoint(other) for position in one if position in apart):
        return False
    ours = {niks[p] for p in one if niks[p] is not None}
    theirs = {niks[p] for p in other if niks[p] is not None}
    return all(a == b or frozenset((a, b)) in slips for a in ours for b in theirs)
