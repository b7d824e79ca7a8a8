"""What a reply means: a table an operator can read, and no reply at all that brings the judge down."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.delivery.reconcile import Expected, Reply, Verdict, judge_post, judge_read_back, next_state

EXPECTED = Expected("key", "b" * 64, {"k1": "000001", "k2": "000002"})


def receipt(**changes: object) -> bytes:
    answers = [
        {"line_key": "k1", "line_id": "000001", "answer": "accepted", "code": None},
        {"line_key": "k2", "line_id": "000002", "answer": "refused", "code": "nik_invalid"},
    ]
    whole = {
        "idempotency_key": "key", "body_sha256": "b" * 64, "list_id": "l.1.1.1", "operation": "award", "part": 1,
        "received_at": "2020-04-30T00:00:00+00:00", "accepted_count": 1, "refused_count": 1, "accepted_total_idr": 5,
        "answers": answers,
    }  # fmt: skip
    return json.dumps({**whole, **changes}).encode()


def problem(code: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": "m", "where": []}}).encode()


# status, body, what a POST's reply means, what a read-back's answer means
REPLIES = {
    "its receipt": (200, receipt(), "acknowledged", "acknowledged"),
    "its receipt after a byte order mark": (200, b"\xef\xbb\xbf" + receipt(), "acknowledged", "acknowledged"),
    "its receipt and more": (200, receipt(extra="x"), "acknowledged", "acknowledged"),
    "a receipt of another key": (200, receipt(idempotency_key="other"), "held", "held"),
    "a receipt of another body": (200, receipt(body_sha256="c" * 64), "held", "held"),
    "a receipt without lines": (200, receipt(answers=[], accepted_count=0, refused_count=0), "held", "held"),
    "a receipt that does not add up": (200, receipt(accepted_count=2), "held", "held"),
    "half a receipt": (200, receipt()[:-20], "in_doubt", "in_doubt"),
    "a receipt with a number as its code": (200, receipt(answers=[{"line_key": "k1", "line_id": "000001",
        "answer": "refused", "code": "9202120101800001"}]), "in_doubt", "in_doubt"),
    "a receipt with NUL": (200, receipt(received_at="\0"), "in_doubt", "in_doubt"),
    "a page": (200, b"<html>", "in_doubt", "in_doubt"),
    "another body under the key": (409, problem("idempotency_key_reused"), "held", "in_doubt"),
    "refused by contract": (422, problem("count_mismatch"), "refused", "in_doubt"),
    "refused after a byte order mark": (422, b"\xef\xbb\xbf" + problem("count_mismatch"), "refused", "in_doubt"),
    "refused by something else": (422, b"<html>", "in_doubt", "in_doubt"),
    "no token": (401, problem("unauthorised"), "not_taken", "in_doubt"),
    "never arrived": (404, problem("unknown_message"), "not_taken", "unknown"),
    "not there": (404, b"<html>", "not_taken", "in_doubt"),
    "too many requests": (429, b"", "not_taken", "in_doubt"),
    "broken down": (500, problem("not_kept"), "in_doubt", "in_doubt"),
    "silence": (None, b"", "in_doubt", "in_doubt"),
}  # fmt: skip


@pytest.mark.parametrize("case", REPLIES)
def test_every_reply_has_one_meaning(case: str) -> None:
    status, body, posted, read_back = REPLIES[case]
    assert judge_post(Reply(status, body), EXPECTED).verdict == posted
    assert judge_read_back(Reply(status, body), EXPECTED).verdict == read_back


def test_only_a_connection_that_never_stood_leaves_no_doubt() -> None:
    assert judge_post(Reply(None, may_have_left=False), EXPECTED).verdict is Verdict.NOT_TAKEN
    assert judge_post(Reply(None), EXPECTED).verdict is Verdict.IN_DOUBT


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_doubt_ends_only_by_the_receivers_word(verdict: Verdict) -> None:
    settled = {"acknowledged", "refused", "held"}
    assert next_state(True, verdict) == (verdict.value if verdict.value in settled else "in_doubt")
    assert next_state(False, Verdict.NOT_TAKEN) == "queued"


@given(
    status=st.integers(100, 599), body=st.binary(max_size=80) | st.sampled_from([b"1e999", b"[" * 9000, b'"\\ud800"'])
)
def test_no_reply_brings_the_judge_down_or_counts_as_a_receipt(status: int, body: bytes) -> None:
    for judge in (judge_post, judge_read_back):
        assert judge(Reply(status, body), EXPECTED).verdict is not Verdict.ACKNOWLEDGED
