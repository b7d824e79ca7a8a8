"""The reference receiver keeps its contract, its OpenAPI document is true, and nothing it is sent brings it down."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import ignored_auth, missing_required_header, positive_data_acceptance

from schemas.messages import build_messages, canonical
from tasks.delivery.contract import MAX_BODY_BYTES
from tasks.delivery.receiver.app import create_app
from tasks.delivery.receiver.describe import openapi_text
from tasks.delivery.receiver.judge import is_sound_nik
from tasks.delivery.receiver.ledger import Ledger
from tests.delivery.published import head, lines
from tests.delivery.servers import receiving

JSON = {"Content-Type": "application/json"}


def hand_over(url: str, key: str, body: bytes, **headers: str) -> requests.Response:
    return requests.post(
        f"{url}/v1/messages", data=body, headers={**JSON, "Idempotency-Key": key, **headers}, timeout=60
    )


def test_the_same_message_gets_the_same_receipt_byte_for_byte(receiver_url: str) -> None:
    message = build_messages("penyalur", head(3), lines(3))[0]
    first = hand_over(receiver_url, message.idempotency_key, message.body)
    again = hand_over(receiver_url, message.idempotency_key, message.body)
    asked = requests.get(f"{receiver_url}/v1/messages/{message.idempotency_key}", timeout=60)
    assert (first.status_code, again.status_code, asked.status_code) == (200, 200, 200)
    assert first.content == again.content == asked.content
    assert first.json()["body_sha256"] == message.body_sha256


def test_what_was_received_survives_a_restart(data: Path) -> None:
    message = build_messages("penyalur", head(3), lines(3))[0]
    with receiving(data) as url:
        first = hand_over(url, message.idempotency_key, message.body)
    with receiving(data) as url:
        assert hand_over(url, message.idempotency_key, message.body).content == first.content


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], int, str]] = {
    "another count": (lambda e: e.update(count=2), 422, "count_mismatch"),
    "another total": (lambda e: e.update(total_idr=1), 422, "total_mismatch"),
    "another hash": (lambda e: e.update(lines_sha256="0" * 64), 422, "lines_hash_mismatch"),
    "a part beyond the last": (lambda e: e.update(part=2), 422, "part_out_of_range"),
    "an unknown field": (lambda e: e.update(colour="red"), 422, "malformed"),
    "money as text": (lambda e: e.update(total_idr="7200000"), 422, "malformed"),
    "another contract": (lambda e: e.update(contract_version="2"), 422, "malformed"),
    "no lines": (lambda e: e.update(lines=[]), 422, "malformed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_envelope_that_is_not_true_is_not_taken(receiver_url: str, case: str) -> None:
    change, status, code = WRONG[case]
    message = build_messages("penyalur", head(3), lines(3))[0]
    envelope = json.loads(message.body)
    change(envelope)
    reply = hand_over(receiver_url, message.idempotency_key, canonical(envelope))
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert "ORANG" not in reply.text and "92021201" not in reply.text
    assert requests.get(f"{receiver_url}/v1/log", timeout=60).json()["message_count"] == 0


def test_the_same_key_with_another_body_is_a_conflict(receiver_url: str) -> None:
    message = build_messages("penyalur", head(3), lines(3))[0]
    hand_over(receiver_url, message.idempotency_key, message.body)
    reply = hand_over(receiver_url, message.idempotency_key, message.body + b" ")
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_a_list_that_changes_between_its_parts_is_a_conflict(receiver_url: str) -> None:
    first, second = build_messages("penyalur", head(4), lines(4), part_size=2)
    hand_over(receiver_url, first.idempotency_key, first.body)
    changed = canonical({**json.loads(second.body), "list_sha256": "b" * 64})
    reply = hand_over(receiver_url, second.idempotency_key, changed)
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "list_differs")


LINES = {
    "a NIK of 15 digits": ({"nik": "920212010180001"}, "nik_invalid"),
    "a NIK with no such day": ({"nik": "9202123202800001"}, "nik_invalid"),
    "a person without NIK": ({"nik": None}, "nik_missing"),
    "a person without name": ({"full_name": None}, "name_missing"),
    "another unit with the NIK of the first": ({"nik": lines(1)[0]["nik"]}, "duplicate_nik"),
}


@pytest.mark.parametrize("case", LINES)
def test_a_bad_line_is_refused_and_the_others_are_taken(receiver_url: str, case: str) -> None:
    change, code = LINES[case]
    message = build_messages("penyalur", head(2), [lines(1)[0], {**lines(2)[1], **change}])[0]
    receipt = hand_over(receiver_url, message.idempotency_key, message.body).json()
    assert [(answer["answer"], answer["code"]) for answer in receipt["answers"]] == [
        ("accepted", None),
        ("refused", code),
    ]


NIKS = {"9202120101800001": True, "9202124101800001": True, "9202127201800001": False, "9202120113800001": False,
        "9202120101800000": False, "920212010180000１": False, "": False}  # fmt: skip


@pytest.mark.parametrize(("nik", "is_sound"), NIKS.items())
def test_a_nik_has_a_day_a_month_and_a_serial(nik: str, is_sound: bool) -> None:
    assert is_sound_nik(nik) is is_sound


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 50_000, b'{"a": 1e999}', b"null", b""])
def test_rubbish_gets_a_word_and_no_stack_trace(receiver_url: str, body: bytes) -> None:
    reply = hand_over(receiver_url, "key", body)
    assert reply.status_code in (400, 422)
    assert set(reply.json()["error"]) == {"code", "message", "where"}


def test_a_body_beyond_the_limit_is_not_read(receiver_url: str) -> None:
    assert hand_over(receiver_url, "key", b"x" * (MAX_BODY_BYTES + 1)).status_code == 413


def test_with_a_token_nothing_is_told_without_it(data: Path) -> None:
    with receiving(data, token="right") as url:
        assert requests.get(f"{url}/v1/log", timeout=60).status_code == 401
        assert requests.get(f"{url}/v1/log", timeout=60, headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert requests.get(f"{url}/v1/log", timeout=60, headers={"Authorization": "Bearer right"}).status_code == 200
        assert requests.get(f"{url}/health", timeout=60).status_code == 200


def test_the_published_openapi_document_is_generated_from_the_receiver() -> None:
    """After a change: `sinergi receiver --openapi > docs/receiver-openapi.json`."""
    assert Path("docs/receiver-openapi.json").read_text("utf-8") == openapi_text() + "\n"


def test_a_message_without_a_key_is_not_taken(receiver_url: str) -> None:
    body = build_messages("penyalur", head(1), lines(1))[0].body
    reply = requests.post(f"{receiver_url}/v1/messages", data=body, headers=JSON, timeout=60)
    assert (reply.status_code, reply.json()["error"]["where"]) == (422, ["header.idempotency-key"])


#: a document cannot say that a hash must fit its lines; and every case carries the token (the tests above leave it out)
BEYOND_THE_DOCUMENT = [positive_data_acceptance, ignored_auth, missing_required_header]
schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(Ledger(None), "right"))


@pytest.mark.deep
@schema.parametrize()
@settings(
    max_examples=60, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_whatever_the_document_allows_is_answered_as_it_says(case: schemathesis.Case) -> None:
    case.headers = {**(case.headers or {}), "Authorization": "Bearer right"}
    case.call_and_validate(excluded_checks=BEYOND_THE_DOCUMENT)
