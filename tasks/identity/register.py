"""Which id a cluster carries: ids come from the register, are made once, and forwarded when clusters become one (P3).

Belongs here: pure assignment of ids to clusters. Does not belong here: clusters (clusters.py), the table (steps/merge.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

PREFIXES = {"person": "P", "household": "H", "business": "B", "group": "G", "cooperative": "K"}


#: five bits a letter (base 32 of RFC 4648)
LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype=np.uint8)


@dataclass(frozen=True)
class Assigned:
    """`ids`: cluster label -> unit id. `created`: unit_id, anchor_record. `forwarded`: unit_id, forwarded_to (null = restored)."""

    ids: pd.Series
    created: pd.DataFrame
    forwarded: pd.DataFrame

    def merged_count(self, register: pd.DataFrame) -> int:
        """How many ids of the register that stood for a unit of their own now stand for another's."""
        stood = register.loc[register["forwarded_to"].isna(), "unit_id"]
        return int(self.forwarded.dropna()["unit_id"].isin(stood).sum())


def make_ids(kind: str, anchors: Iterable[int], numbers: Iterable[int]) -> list[str]:
    """New ids: the kind's letter and 60 bits of the anchor record; a number tells apart ids once given to the same anchor."""
    digests = b"".join(
        hashlib.blake2b(f"{kind}|{anchor}|{number}".encode(), digest_size=10).digest()
        for anchor, number in zip(anchors, numbers, strict=True)
    )
    bits = np.unpackbits(np.frombuffer(digests, dtype=np.uint8).reshape(-1, 10)[:, :8], axis=1)[:, :60]
    fives = bits.reshape(-1, 12, 5) @ np.array([16, 8, 4, 2, 1], dtype=np.uint8)
    head, letters = f"{PREFIXES[kind]}-", LETTERS[fives].tobytes().decode()
    return [head + letters[start : start + 12] for start in range(0, len(letters), 12)]


def assign_ids(kind: str, clusters: pd.DataFrame, register: pd.DataFrame, current: pd.DataFrame) -> Assigned:
    """Give every cluster its id.

    clusters: record_id, label (one line a record). register: unit_id, anchor_record, forwarded_to of every id whose anchor is one
    of these records. current: record_id, unit_id of today's memberships of these records.

    A cluster that holds the anchor of a live id carries it; of several, the one with most records today, then the smallest
    anchor, and the others forward to it. A cluster that holds only anchors of forwarded ids gets the one with the smallest
    anchor back. A cluster without anchors gets a new id, anchored at its smallest record.
    """
    anchors = register.merge(clusters, left_on="anchor_record", right_on="record_id")[
        ["unit_id", "anchor_record", "forwarded_to", "label"]
    ]
    size = current["unit_id"].value_counts()
    anchors["record_count"] = anchors["unit_id"].map(size).fillna(0).astype("int64")
    anchors["is_forwarded"] = anchors["forwarded_to"].notna()
    anchors = anchors.sort_values(
        ["label", "is_forwarded", "record_count", "anchor_record", "unit_id"], ascending=[True, True, False, True, True]
    )
    chosen = anchors.drop_duplicates("label")
    ids = chosen.set_index("label")["unit_id"]
    created = _create(kind, clusters[~clusters["label"].isin(ids.index)], register)
    ids = pd.concat([ids, created.set_index("label")["unit_id"]]) if len(created) else ids
    anchors["wanted"] = anchors["label"].map(ids)
    anchors["target"] = anchors["wanted"].where(anchors["wanted"] != anchors["unit_id"])
    old, new = anchors["forwarded_to"].astype(object), anchors["target"].astype(object)
    changed = (old.notna() | new.notna()) & ~(old == new).fillna(False).astype(bool)
    forwarded = anchors.loc[changed, ["unit_id", "target"]].rename(columns={"target": "forwarded_to"})
    return Assigned(ids, created[["unit_id", "anchor_record"]], forwarded)


def _create(kind: str, clusters: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """New ids for clusters without any: label, unit_id, anchor_record."""
    smallest = clusters.groupby("label", sort=True)["record_id"].min()
    used = register["anchor_record"].value_counts()
    numbers = smallest.map(used).fillna(0).astype("int64")
    made = make_ids(kind, smallest.tolist(), numbers.tolist())
    return pd.DataFrame({
        "label": smallest.index.to_numpy(dtype=np.int64), "unit_id": pd.Series(made, dtype=object),
        "anchor_record": smallest.to_numpy(dtype=np.int64),
    })  # fmt: skip
