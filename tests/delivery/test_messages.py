"""Keys and bodies are made from what an award means, the same every time, and are the shape of the published contract."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvariantBroken
from schemas.messages import build_messages, line_key, line_table, message_table
from tasks.delivery.contract import MAX_BODY_BYTES, Envelope
from tasks.delivery.receiver.judge import find_problem
from tests.delivery.published import AMOUNT, head, lines


def test_a_key_is_read_like_a_sentence() -> None:
    key = line_key("penyalur", "bpum_2020", "2020", 1, "person", "P-AAAA", "award", 1)
    assert key == "penyalur|bpum_2020|2020|1|person:P-AAAA|award|1"


def test_keys_of_a_series_are_the_keys_of_its_units() -> None:
    units = pd.Series(["P-1", "P-2"], dtype="string[pyarrow]")
    kinds = pd.Series(["person", "person"], dtype="string[pyarrow]")
    keys = line_key("penyalur", "bpum_2020", "2020", 1, kinds, units, "award", 1)
    assert keys.tolist() == [line_key("penyalur", "bpum_2020", "2020", 1, "person", unit, "award", 1) for unit in units]


@given(count=st.integers(1, 40), part_size=st.integers(1, 15), seed=st.integers(0, 99))
def test_the_parts_hold_every_line_once_in_any_order_of_arrival(count: int, part_size: int, seed: int) -> None:
    given_lines = lines(count)
    messages = build_messages("penyalur", head(count), given_lines, part_size=part_size)
    random.Random(seed).shuffle(given_lines)
    assert build_messages("penyalur", head(count), pd.DataFrame(given_lines), part_size=part_size) == messages
    envelopes = [Envelope.model_validate_json(message.body) for message in messages]
    assert [find_problem(envelope) for envelope in envelopes] == [None] * len(messages)
    assert [line.line_id for envelope in envelopes for line in envelope.lines] == [f"{i:06d}" for i in range(count)]
    assert sum(envelope.total_idr for envelope in envelopes) == count * AMOUNT
    assert [hashlib.sha256(message.body).hexdigest() for message in messages] == [m.body_sha256 for m in messages]


def test_a_nik_of_papua_travels_digit_by_digit() -> None:
    body = json.loads(build_messages("penyalur", head(1), pd.DataFrame(lines(1)))[0].body)
    assert body["lines"][0]["nik"] == "9202120101800001"


def test_another_version_of_a_list_makes_the_same_line_keys() -> None:
    first = build_messages("penyalur", head(3), lines(3))
    second = build_messages("penyalur", replace(head(3), list_id="bpum_2020.2020.1.2", version=2), lines(3))
    assert [line.line_key for line in first[0].lines] == [line.line_key for line in second[0].lines]
    assert first[0].idempotency_key != second[0].idempotency_key


CASES = {
    "fewer lines than published": (head(3), lines(2)),
    "other money than published": (replace(head(2), amount_idr=1), lines(2)),
    "a unit twice": (head(2), [lines(1)[0], {**lines(1)[0], "line_id": "000001"}]),
    "a name that cannot travel": (replace(head(1), list_id="bpum 2020"), lines(1)),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_made_that_says_something_false(case: str) -> None:
    about, given_lines = CASES[case]
    with pytest.raises(InvariantBroken):
        build_messages("penyalur", about, given_lines)


def test_money_is_never_a_float() -> None:
    with pytest.raises(TypeError):
        build_messages("penyalur", head(1), [{**lines(1)[0], "amount_idr": 2_400_000.0}])


def test_an_empty_list_has_no_message() -> None:
    assert build_messages("penyalur", head(0), []) == []
    assert message_table([]).num_rows == line_table([]).num_rows == 0


def test_a_full_part_of_long_names_fits_the_receivers_limit() -> None:
    long = [{**line, "full_name": "é" * 300} for line in lines(500)]
    assert len(build_messages("penyalur", head(500), long)[0].body) < MAX_BODY_BYTES
