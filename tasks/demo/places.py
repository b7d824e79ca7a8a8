"""The places of one province, drawn from the region list: regencies with weights, districts, villages.

Belongs here: which village a person or business is in. Does not belong here: how a region is written (styles, dirt).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas import regions
from schemas.errors import UsageError
from tasks.demo.draw import Ints, pick_number

REGION = list(regions.Region._fields)


@dataclass(frozen=True)
class Places:
    """One province. `villages` has one line a village: code, name, district and regency with their names, `share` (of people).

    `regencies` has code, name and BPS code, ordered by code; `everywhere` all district codes of the country (six digits).
    """

    province: str
    villages: pd.DataFrame
    regencies: pd.DataFrame
    everywhere: list[str]

    def draw_villages(self, rng: np.random.Generator, count: int) -> Ints:
        """Positions in `villages`, by share."""
        return pick_number(rng, len(self.villages), count, list(self.villages["share"]))

    def draw_villages_elsewhere(self, rng: np.random.Generator, away_from: Ints) -> Ints:
        """For each regency position in `away_from`, a village of another regency of the province (the same when there is none)."""
        drawn = self.draw_villages(rng, len(away_from))
        regency = self.villages["regency_no"].to_numpy()
        for _ in range(60 if len(self.regencies) > 1 else 0):
            same = regency[drawn] == away_from
            if not same.any():
                break
            drawn[same] = self.draw_villages(rng, int(same.sum()))
        return drawn


def places_of(province: str) -> Places:
    """The places of a province by its Kemendagri code; raises UsageError for a code that no province has."""
    own = pd.DataFrame([r for r in regions.regencies().values() if r.parent_code == province], columns=REGION)
    if own.empty:
        raise UsageError(f"no province has the code {province}", mend="Use a Kemendagri code such as 19, 82 or 92.")
    bps = {code: number for number, code in regions.bps_crosswalk().items()}
    own["bps_code"] = own["code"].map(bps)
    districts = pd.DataFrame(regions.districts().values(), columns=REGION)
    near = districts[districts["parent_code"].isin(own["code"])]
    villages = pd.DataFrame(regions.villages().values(), columns=REGION).rename(
        columns={"parent_code": "district_code"}
    )
    near = near.rename(columns={"code": "district_code", "name": "district", "parent_code": "regency_code"})
    joined = villages.rename(columns={"name": "village"}).merge(near, on="district_code")
    names = own.rename(columns={"code": "regency_code", "name": "regency"})[["regency_code", "regency"]]
    joined = joined.merge(names, on="regency_code")
    joined["regency_no"] = joined["regency_code"].map(pd.Series(range(len(own)), index=own["code"])).astype("int64")
    weight = np.random.default_rng([int(province), 7]).uniform(0.6, 1.6, len(own))
    per_regency = joined.groupby("regency_no")["code"].transform("size")
    joined["share"] = weight[joined["regency_no"]] / per_regency
    return Places(province, joined.sort_values("code").reset_index(drop=True), own, sorted(regions.nik_areas()))
