"""What a reply means and which state follows: the state machine of a message (P10). Pure, no server needed to test it.

    queued ──claim──> sending ──receipt──────> acknowledged        (final)
                         │  ──refused by contract──> refused       (final; a person looks)
                         │  ──409 or a receipt of something else──> held   (final; alarm, a person looks)
                         │  ──certainly not taken──> queued        (in_doubt, when it was in doubt before)
                         └──anything else, a crash too──> in_doubt ──wait, read back──> receipt: as above
                                                                                   └──not known──> sending, same key and body

Unknown is not failed: whatever is not certain is in doubt, and a doubt ends only by reading back.
Does not belong here: requests (rest), transactions (steps).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from tasks.delivery.contract import Problem, Receipt

S = TypeVar("S", bound=BaseModel)
State = Literal["queued", "sending", "in_doubt", "acknowledged", "refused", "held"]


class Verdict(StrEnum):
    """What is known about a message after one request."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # the receiver says by contract that it did not take the message and never will
    HELD = "held"  # the receiver holds something else under this key, or answered for something else
    NOT_TAKEN = "not_taken"  # it certainly was not taken; later it may be
    IN_DOUBT = "in_doubt"
    UNKNOWN = "unknown"  # read back: the receiver never saw it


@dataclass(frozen=True)
class Reply:
    """What came back from one request. `status` is None when no complete reply came; then `code` says why."""

    status: int | None
    body: bytes = b""
    code: str = ""
    may_have_left: bool = True


@dataclass(frozen=True)
class Expected:
    """What a receipt must be about: the key, the body that was sent, and its lines (key -> line id)."""

    idempotency_key: str
    body_sha256: str
    lines: Mapping[str, str]


@dataclass(frozen=True)
class Judgement:
    """A verdict, its code (never a value of a person), and what the receiver said, as JSON, when it is to be kept."""

    verdict: Verdict
    code: str = ""
    receipt: Receipt | None = None
    said: str | None = None


#: replies to a POST that say: not taken, and not because of this message
NOT_TAKEN_STATUS = {401, 403, 404, 405, 407, 429}
#: replies to a POST by which the contract refuses a message for good
REFUSED_STATUS = {400, 413, 415, 422}


def judge_post(reply: Reply, expected: Expected) -> Judgement:
    """What the reply to a handed-over message means."""
    if reply.status is None:
        return Judgement(Verdict.IN_DOUBT if reply.may_have_left else Verdict.NOT_TAKEN, reply.code)
    if reply.status == 200:
        return judge_receipt(reply, expected)
    said = understood(reply.body)
    problem = read_as(Problem, said)
    code = problem.error.code if problem else f"http_{reply.status}"
    if reply.status == 409:
        return Judgement(Verdict.HELD, code, said=said if problem else None)
    if reply.status in REFUSED_STATUS and problem:
        return Judgement(Verdict.REFUSED, code, said=said)
    if reply.status in NOT_TAKEN_STATUS:
        return Judgement(Verdict.NOT_TAKEN, code)
    return Judgement(Verdict.IN_DOUBT, code)


def judge_read_back(reply: Reply, expected: Expected) -> Judgement:
    """What the answer to a question about a message in doubt means."""
    if reply.status is None:
        return Judgement(Verdict.IN_DOUBT, reply.code)
    if reply.status == 200:
        return judge_receipt(reply, expected)
    problem = read_as(Problem, understood(reply.body))
    if reply.status == 404 and problem and problem.error.code == "unknown_message":
        return Judgement(Verdict.UNKNOWN)
    return Judgement(Verdict.IN_DOUBT, problem.error.code if problem else f"http_{reply.status}")


def judge_receipt(reply: Reply, expected: Expected) -> Judgement:
    """A receipt counts only when it is whole and about this key, this body and exactly these lines."""
    said = understood(reply.body)
    receipt = read_as(Receipt, said)
    if receipt is None:
        return Judgement(Verdict.IN_DOUBT, "receipt_malformed")
    answered = {answer.line_key: answer.line_id for answer in receipt.answers}
    accepted = sum(answer.answer == "accepted" for answer in receipt.answers)
    agrees = {
        "receipt_of_another_key": receipt.idempotency_key == expected.idempotency_key,
        "receipt_of_another_body": receipt.body_sha256 == expected.body_sha256,
        "receipt_of_other_lines": answered == dict(expected.lines) and len(receipt.answers) == len(answered),
        "receipt_does_not_add_up": (receipt.accepted_count, receipt.refused_count)
        == (accepted, len(receipt.answers) - accepted),
    }
    for code, holds in agrees.items():
        if not holds:
            return Judgement(Verdict.HELD, code, said=said)
    return Judgement(Verdict.ACKNOWLEDGED, receipt=receipt, said=said)


def next_state(was_in_doubt: bool, verdict: Verdict) -> State:
    """The state after a request. A doubt is not forgotten because a later attempt did not get through."""
    settled: dict[Verdict, State] = {
        Verdict.ACKNOWLEDGED: "acknowledged",
        Verdict.REFUSED: "refused",
        Verdict.HELD: "held",
    }
    if verdict is Verdict.NOT_TAKEN and not was_in_doubt:
        return "queued"
    return settled.get(verdict, "in_doubt")


def read_as(shape: type[S], said: str | None) -> S | None:
    """What was said as a receipt or a problem, or None when it is not one."""
    try:
        return None if said is None else shape.model_validate_json(said, strict=True)
    except ValidationError:
        return None


def understood(body: bytes) -> str | None:
    """The JSON object in a body as the warehouse keeps it, or None when there is none or none that can be kept.

    A byte order mark is forgiven. What PostgreSQL would refuse is no answer: other encodings, NUL, half characters, NaN, numbers
    without end.
    """
    try:
        document = json.loads(body.decode("utf-8-sig"))
        said = json.dumps(document, ensure_ascii=False, allow_nan=False)
        said.encode()
    except (ValueError, RecursionError):  # UnicodeError is a ValueError
        return None
    return said if isinstance(document, dict) and "\\u0000" not in said else None


def said_sha256(body: bytes) -> str:
    """The SHA-256, of the bytes as they came, under which what a receiver said is kept once."""
    return hashlib.sha256(body).hexdigest()
