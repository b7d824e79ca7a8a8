"""Clusters: what the merge edges hold together, minus what may not be one (P5).

A cluster is a function of its component alone. Edges are taken strongest first (judgements, the deterministic tier, the model; then
weight, then record ids); an edge that would bring together what may not be one is left out: it is the weakest edge of every way
between the two, so the weakest edge goes. Left-out edges are questions for people, each under the clause that holds it (HELD_BY).
Simple components (no two NIKs, nothing to keep apart, not too large) are done set-based; the loop sees the few others.
Does not belong here: which pairs are edges (policy.py), ids (register.py).

People overrule: a `same` joins not only its two records but what the deterministic tier holds together with either, so what policy
keeps apart between those is kept apart no more. Only a person's `different` stands against a person's `same`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from tasks.identity.arrays import as_objects
from tasks.identity.bounds import STRENGTH

Ints = npt.NDArray[np.int64]
#: clauses of edges that explain two different NIKs in one person
SAYS_SAME_DESPITE_NIK = ("NIK_TYPO", "SERIAL_TYPO", "DOUBTED_NIK", "JUDGED_SAME")
#: more records than one person has: a business in every list of two years, twice over. A larger cluster is a chain of likenesses
#: (one name, one day of birth, one office's phone); only what NIKs and people hold together remains of it.
LARGEST_CLUSTER = 60
#: why a whole cluster leaves a merge edge out: review, never merged by machine
HELD_BY = ("KEPT_APART", "NIK_CONFLICT", "LARGEST_CLUSTER")


@dataclass(frozen=True)
class Clusters:
    """`label` per given record (the smallest record id of its cluster), the edges left out (positions in the edge frame), and for each
    of these the clause of HELD_BY."""

    label: Ints
    cut: Ints
    held_by: list[str]


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


def cluster(
    records: pd.DataFrame,
    edges: pd.DataFrame,
    apart: pd.DataFrame,
    told_apart: pd.DataFrame | None = None,
    *,
    largest: int = LARGEST_CLUSTER,
) -> Clusters:
    """Cluster records (`record_id` ascending, `nik` or absent).

    edges: record_a, record_b, tier, weight, clause - the verdict is merge; apart: record_a, record_b that may not be one by policy;
    told_apart: the same by a person's word. Every record of edges is in records; pairs with other records are ignored.
    largest: records that one cluster may have.
    """
    ids = records["record_id"].to_numpy(dtype=np.int64)
    left = np.searchsorted(ids, edges["record_a"].to_numpy(dtype=np.int64))
    right = np.searchsorted(ids, edges["record_b"].to_numpy(dtype=np.int64))
    component = connect(len(ids), left, right)
    barred, told = _positions(ids, apart), _positions(ids, apart.head(0) if told_apart is None else told_apart)
    troubled = _troubled(component, records["nik"], np.concatenate([barred, told]), largest)
    if not troubled.size:
        return Clusters(ids[component], np.array([], dtype=np.int64), [])
    order = np.flatnonzero(np.isin(component[left], troubled))
    strength = np.asarray(edges["tier"].map(STRENGTH), dtype=np.int64)
    weight = edges["weight"].fillna(0).to_numpy(dtype=float)
    order = order[np.lexsort((ids[right[order]], ids[left[order]], -weight[order], -strength[order]))]
    told_same = order[edges["clause"].isin(SAYS_SAME_DESPITE_NIK).to_numpy()[order]]
    work = _Work(component, as_objects(records["nik"]), left, right)
    work.allow(zip(left[told_same].tolist(), right[told_same].tolist(), strict=True))
    work.bar(barred[np.isin(component[barred[:, 0]], troubled)], told[np.isin(component[told[:, 0]], troubled)])
    work.let_people_overrule(order[strength[order] == 2], order[strength[order] == 1])
    label = component.copy()
    inside = np.isin(component, troubled)
    label[inside] = np.flatnonzero(inside)
    held = work.build_up(label, order)
    held |= _break_large(work, label, order, strength, largest)
    cut = np.array(sorted(held), dtype=np.int64)
    return Clusters(ids[label], cut, [held[edge] for edge in cut.tolist()])


def _positions(ids: Ints, pairs: pd.DataFrame) -> Ints:
    """Positions of the pairs whose two records are both given, one pair a line."""
    both = pairs[["record_a", "record_b"]].to_numpy(dtype=np.int64).reshape(-1, 2)
    return np.searchsorted(ids, both[np.isin(both, ids).all(axis=1)])


def _troubled(component: Ints, nik: pd.Series, barred: Ints, largest: int) -> Ints:
    """Components with two different NIKs, with a pair that may not be one, or with more records than one person has."""
    held = pd.DataFrame({"component": component, "nik": as_objects(nik)}).dropna()
    several = held.drop_duplicates()["component"].value_counts()
    ends = component[barred]
    found = np.union1d(
        several.index[several.to_numpy() > 1].to_numpy(dtype=np.int64), ends[ends[:, 0] == ends[:, 1], 0]
    )
    return np.union1d(found, np.flatnonzero(np.bincount(component) > largest))


@dataclass
class _Work:
    """What may be one inside the troubled components; positions of records throughout."""

    component: Ints
    niks: npt.NDArray[np.object_]
    left: Ints
    right: Ints
    by_policy: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_people: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    #: two NIKs of a component of which one is a slip of the other, or a person said that they are one's
    slips: set[tuple[int, frozenset[str]]] = field(default_factory=set)

    def allow(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Records whose NIKs are told to be one person's."""
        self.slips |= {(int(self.component[a]), frozenset((self.niks[a], self.niks[b]))) for a, b in pairs}

    def bar(self, by_policy: Ints, by_people: Ints) -> None:
        """Pairs that may not be one."""
        for kept, pairs in ((self.by_policy, by_policy), (self.by_people, by_people)):
            for a, b in pairs.tolist():
                kept[a].add(b)
                kept[b].add(a)

    def let_people_overrule(self, judged: Ints, deterministic: Ints) -> None:
        """Let policy keep nothing apart between the deterministic cores that judgements join."""
        if not judged.size:
            return
        spoken_of = np.unique(self.component[self.left[judged]])
        core = np.arange(len(self.component))
        self.build_up(core, deterministic[np.isin(self.component[self.left[deterministic]], spoken_of)])
        joined = connect(len(core), core[self.left[judged]], core[self.right[judged]])[core]
        members = np.flatnonzero(np.isin(joined, joined[self.left[judged]]))
        for _, group in pd.Series(members).groupby(joined[members]):
            ours = set(group.tolist())
            for position in ours:
                self.by_policy[position] -= ours
            carrying = {self.niks[p]: p for p in sorted(ours) if self.niks[p] is not None}
            self.allow((a, b) for a in carrying.values() for b in carrying.values() if a < b)

    def build_up(self, label: Ints, order: Ints) -> dict[int, str]:
        """Join records edge by edge in the given order; `label` is changed in place. Returns the edges left out, each with why."""
        members: dict[int, list[int]] = defaultdict(list)
        for position in {*self.left[order].tolist(), *self.right[order].tolist()}:
            members[int(label[position])].append(position)
        held: dict[int, str] = {}
        for edge in order.tolist():
            one, other = int(label[self.left[edge]]), int(label[self.right[edge]])
            if one == other:
                continue
            why = self.why_not(members[one], members[other])
            if why is not None:
                held[edge] = why
                continue
            keep, gone = min(one, other), max(one, other)
            members[keep] += members.pop(gone)
            label[members[keep]] = keep
        return held

    def why_not(self, one: list[int], other: list[int]) -> str | None:
        """The clause by which two groups of records may not be one person; None when they may."""
        for kept in (self.by_people, self.by_policy):
            if any(p in kept and not kept[p].isdisjoint(other) for p in one):
                return "KEPT_APART"
        component = int(self.component[one[0]])
        our_niks = {self.niks[p] for p in one if self.niks[p] is not None}
        their_niks = {self.niks[p] for p in other if self.niks[p] is not None}
        agree = all(a == b or (component, frozenset((a, b))) in self.slips for a in our_niks for b in their_niks)
        return None if agree else "NIK_CONFLICT"


def _break_large(work: _Work, label: Ints, order: Ints, strength: Ints, largest: int) -> dict[int, str]:
    """Break clusters of more records than one person has down to what NIKs and people hold together; the edges left out."""
    large = np.flatnonzero(np.bincount(label) > largest)
    inside = np.isin(label, large)
    mine = order[inside[work.left[order]] & (label[work.left[order]] == label[work.right[order]])]
    label[inside] = np.flatnonzero(inside)
    work.build_up(label, mine[strength[mine] > 0])
    parted = mine[label[work.left[mine]] != label[work.right[mine]]]
    return dict.fromkeys(parted.tolist(), "LARGEST_CLUSTER")
