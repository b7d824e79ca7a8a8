"""The resolver over a frame of typed records, without a warehouse: what link and merge decide on a first night, in memory.

    resolve(records) -> Resolved

The same pure modules in the same order as tasks/identity/steps: features, pairs, scores, policy, clusters, businesses. Belongs here: that
order. Does not belong here: where records come from (strangers, demo_records), what is said of the result (identity_provinces).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.identity.blocking import LINKED_COLUMNS, find_pairs, without_shared_phones
from tasks.identity.businesses import COLUMNS, is_vague, partition_with_vague
from tasks.identity.clusters import cluster
from tasks.identity.comparisons import COMPARED_COLUMNS
from tasks.identity.features import make_features
from tasks.identity.model import newest_model
from tasks.identity.policy import CANNOT_LINK, decide
from tasks.identity.scoring import score_pairs, with_generic_names


@dataclass(frozen=True)
class Resolved:
    """Labels by record id (`person` of every record that names one, `business` of every record of an owner), and what was compared.

    `edges`: the decided pairs above the floor; `features`: one line per record with a person, as linked.
    """

    person: pd.Series
    business: pd.Series
    edges: pd.DataFrame
    features: pa.Table

    def open_pairs(self) -> pd.DataFrame:
        """The pairs of records that wait for a person: undecided, or left out of a cluster, their records under two ids."""
        asked = self.edges[self.edges["verdict"].isin(["review", "merge"])]
        one, other = asked["record_a"].map(self.person), asked["record_b"].map(self.person)
        return asked[(one != other).to_numpy()]

    def question_count(self) -> int:
        """How many questions an officer is asked of them: one of two persons and kind, as `sinergi review list` does."""
        pairs = self.open_pairs()
        ends = np.sort(
            np.column_stack([pairs["record_a"].map(self.person), pairs["record_b"].map(self.person)]), axis=1
        )
        return len(pd.DataFrame(ends).assign(kind=pairs["verdict"].to_numpy()).drop_duplicates())


def resolve(records: pd.DataFrame) -> Resolved:
    """People and businesses of records (typed columns as in source.record_version, with `record_id`, `sender_code`, `kind`)."""
    records = records.sort_values("record_id", ignore_index=True)
    records["match_hash"] = records["record_id"]
    named = records["owner_name"].notna() & (records["kind"] != "cooperative") | records["nik"].notna()
    people = records[named.to_numpy()].reset_index(drop=True)
    features = pa.Table.from_pandas(make_features(people), preserve_index=False)
    linked = features.select(LINKED_COLUMNS)
    pairs, _ = find_pairs(linked, pa.array(people["record_id"], pa.int64()))
    compared = with_generic_names(without_shared_phones(linked).select(["record_id", *COMPARED_COLUMNS]))
    edges = decide(score_pairs(newest_model(), compared, pairs))
    person = _cluster(features, edges)
    return Resolved(person, _partition(people, features, person), edges, features)


def _cluster(features: pa.Table, edges: pd.DataFrame) -> pd.Series:
    merged = edges[edges["verdict"] == "merge"]
    apart = edges[(edges["verdict"] != "merge") & edges["clause"].isin(CANNOT_LINK)]
    ids = features.select(["record_id", "nik"]).to_pandas()
    label = cluster(ids, merged.reset_index(drop=True), apart).label
    return pd.Series(label, index=ids["record_id"].to_numpy(dtype=np.int64))


def _partition(people: pd.DataFrame, features: pa.Table, person: pd.Series) -> pd.Series:
    owned = people["kind"].isin(["umkm", "recensus"]).to_numpy()
    compared = features.select(["business_name", "nib"]).to_pandas(types_mapper=pd.ArrowDtype)
    key = people.assign(
        owner=people["record_id"].map(person), regency_code=people["sender_code"],
        **{name: compared[name] for name in compared},
    )  # fmt: skip
    key = key.assign(is_vague=is_vague(key))
    return partition_with_vague(key.loc[owned, [*COLUMNS, "owner", "is_vague"]].reset_index(drop=True))
