"""Pairs an officer can read: who is one person, who is not, and who is a question. Scored by the committed model."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from tasks.identity.comparisons import COMPARED_COLUMNS
from tasks.identity.features import make_features
from tasks.identity.model import newest_model, score_pairs, with_generic_names
from tasks.identity.policy import decide

TEXT = pd.ArrowDtype(pa.string())
SITI: dict[str, Any] = {
    "owner_name": "Siti Aminah", "nik": "9202126101800001", "kk_number": "9202121203150001", "birth_date": date(1980, 1, 21),
    "sex": "female", "phone": "+6281234567890", "owner_address": "Jl. Merdeka No. 5 RT 01/02", "district_code": "92.02.12",
    "village_code": "92.02.12.2001", "business_name": "Kue Mawar", "nib": None, "business_address": None,
}  # fmt: skip
TWIN = {"owner_name": "Siti Fatimah", "nik": "9202126101800002"}
NO_NIK = {"nik": None}

CASES = [
    ("the same row twice", {}, {}, "merge", "SAME_NIK_AND_BIRTH"),
    ("NIK and a shortened name", {}, {"owner_name": "Siti A.", "birth_date": None, "phone": None}, "merge", "SAME_NIK_AND_NAME"),
    ("titles and old spelling", {"owner_name": "Hj. St. Aminah, S.Pd"}, NO_NIK, "merge", "NAME_AND_BIRTH"),
    ("day and month swapped, no NIK", {"birth_date": date(1980, 3, 4)}, NO_NIK | {"birth_date": date(1980, 4, 3)},
     "merge", "NAME_AND_BIRTH"),
    ("no NIK and no birth date, same phone", {}, NO_NIK | {"birth_date": None}, "merge", "NAME_AND_WITNESS"),
    ("two letters joined wrongly", {"owner_name": "SitiA minah"}, NO_NIK, "merge", "NAME_AND_BIRTH"),
    ("one digit of the serial, same name and phone", {}, {"nik": "9202126101800007"}, "merge", "SERIAL_TYPO"),
    ("one digit of the area", {}, {"nik": "9202136101800001"}, "merge", "NIK_TYPO"),
    ("the family card's number in the NIK column", {}, {"nik": "9202121203150001"}, "merge", "DOUBTED_NIK"),
    ("twins with names nobody confuses", {}, TWIN, "apart", "TWINS"),
    ("twins with names alike", {}, TWIN | {"owner_name": "Siti Aminatun"}, "review", "TWINS"),
    ("twins one letter apart, one without NIK", {"owner_name": "Heri Samola"}, NO_NIK | {"owner_name": "Hero Samola"}, "review",
     "UNDECIDED"),
    ("a letter lost, no NIK", {"owner_name": "Heri Samola"}, NO_NIK | {"owner_name": "Heri Smola"}, "merge", "NAME_AND_BIRTH"),
    ("twins with one sound", {"owner_name": "Rudi Hendrik"}, TWIN | {"owner_name": "Rudy Hendrik"}, "review", "TWINS"),
    ("NIK copied down onto a stranger", {}, {"owner_name": "Bambang Sutrisno", "birth_date": date(1955, 8, 17), "sex": "male",
     "kk_number": None, "phone": None, "owner_address": None, "village_code": None, "district_code": None}, "review",
     "BORROWED_NIK"),
    ("spouses", {}, {"owner_name": "Ahmad Yusuf", "nik": "9202120203790004", "sex": "male", "birth_date": date(1979, 3, 2)},
     "apart", "DIFFERENT_NIK"),
    ("spouses, one without NIK", {}, NO_NIK | {"owner_name": "Ahmad Yusuf", "sex": "male", "birth_date": date(1979, 3, 2)},
     "apart", "DIFFERENT_SEX"),
    ("mother and daughter of one name part", {}, NO_NIK | {"owner_name": "Aminah", "birth_date": date(1955, 5, 5)}, "apart",
     "UNDECIDED"),
]  # fmt: skip


def judge(left: dict[str, Any], right: dict[str, Any]) -> tuple[str, str]:
    """Verdict and clause for two records told as changes of SITI; ('apart', '') when the pair is not kept."""
    rows = pd.DataFrame([SITI | left, SITI | right]).astype(object)
    typed = rows.astype({c: TEXT for c in rows.columns if c != "birth_date"})
    typed["birth_date"] = typed["birth_date"].astype(pd.ArrowDtype(pa.date32()))
    records = typed.assign(record_id=[1, 2], match_hash=[1, 2], sender_code=pd.array(["92.02", "92.02"], dtype=TEXT))
    features = make_features(records)[["record_id", *COMPARED_COLUMNS]]
    table = with_generic_names(pa.Table.from_pandas(features, preserve_index=False))
    pairs = pa.table({"record_a": pa.array([1], pa.int64()), "record_b": pa.array([2], pa.int64())})
    decided = decide(score_pairs(newest_model(), table, pairs))
    return (decided["verdict"][0], decided["clause"][0]) if len(decided) else ("apart", "")


@pytest.mark.parametrize(("told", "left", "right", "verdict", "clause"), CASES, ids=[case[0] for case in CASES])
def test_pairs_are_judged_as_an_officer_would(
    told: str, left: dict[str, Any], right: dict[str, Any], verdict: str, clause: str
) -> None:
    assert judge(left, right) == (verdict, clause)


@pytest.mark.parametrize(("told", "left", "right", "verdict", "clause"), CASES[:4], ids=[case[0] for case in CASES[:4]])
def test_the_order_of_the_two_makes_no_difference(
    told: str, left: dict[str, Any], right: dict[str, Any], verdict: str, clause: str
) -> None:
    assert judge(right, left) == (verdict, clause)
