"""The published contract (docs/receiver-api.md) as shapes: what is sent, what is answered, and the words of both.

Belongs here: fields, limits, codes. Does not belong here: judging a message (receiver/judge), judging a reply (reconcile), HTTP.
The sender's canonical bytes are made in schemas/messages; a test holds both to one shape.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.messages import KEY_PATTERN, PART_SIZE

MAX_LINES = PART_SIZE * 2
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_IDR = 10**15
EXAMPLE_KEY = "penyalur~bpum_2020.2020.1.1~award~1~9a4f0c1e2b7d4c55a1f36a0c7be5d210"

Key = Annotated[str, Field(pattern=KEY_PATTERN, examples=[EXAMPLE_KEY])]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._-]+$")]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Rupiah = Annotated[int, Field(ge=0, le=MAX_IDR)]
Count = Annotated[int, Field(ge=1, le=10_000_000)]
#: codes carry no digits, so that no number of a person can travel in one
Code = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,63}$")]
Operation = Literal["award"]


class Line(BaseModel):
    """One award. `line_key` is what must never be paid twice; `line_id` is its number in the signed list."""

    model_config = ConfigDict(extra="forbid", strict=True)

    line_key: Text = Field(examples=["penyalur|bpum_2020|2020|1|person:P-EXAMPLE00001|award|1"])
    line_id: Text
    unit_kind: Literal["person", "household", "business", "group", "cooperative"]
    unit_id: Text
    nik: Annotated[str, Field(max_length=32)] | None = Field(description="16 digits; null only for units not a person")
    full_name: Text | None
    amount_idr: Rupiah = Field(description="whole rupiah")


class Envelope(BaseModel):
    """One part of a published list with what it claims about itself."""

    model_config = ConfigDict(extra="forbid", strict=True)

    contract_version: Literal["1"]
    receiver: Name
    programme: Name
    round: Name
    phase: Annotated[int, Field(ge=1, le=1000)]
    list_id: Name
    list_version: Annotated[int, Field(ge=1, le=100_000)]
    list_sha256: Sha256 = Field(description="SHA-256 of the signed list's canonical bytes")
    list_count: Count = Field(description="lines of the whole list, all parts together")
    list_total_idr: Rupiah
    operation: Operation
    part: Count
    part_count: Count
    count: Annotated[int, Field(ge=1, le=MAX_LINES)] = Field(description="lines in this part")
    total_idr: Rupiah = Field(description="sum of amount_idr in this part")
    lines_sha256: Sha256 = Field(description="SHA-256 of the canonical JSON of `lines`")
    lines: Annotated[list[Line], Field(min_length=1, max_length=MAX_LINES)]


class Answer(BaseModel):
    """The receiver's word on one line. `code` says why it was refused, null when accepted."""

    line_key: Text
    line_id: Text
    answer: Literal["accepted", "refused"]
    code: Code | None = None


class Receipt(BaseModel):
    """What the receiver keeps for a message; the same message always gets the same receipt, byte for byte."""

    idempotency_key: Key
    body_sha256: Sha256 = Field(description="SHA-256 of the body as received")
    list_id: Name
    operation: Operation
    part: Count
    received_at: str = Field(description="UTC, ISO 8601", max_length=40)
    accepted_count: Annotated[int, Field(ge=0)]
    refused_count: Annotated[int, Field(ge=0)]
    accepted_total_idr: Annotated[int, Field(ge=0)]
    answers: list[Answer]


class ProblemDetail(BaseModel):
    """Why a request was not taken. `where` names fields or counts, never a value of a person."""

    code: Code
    message: str
    where: list[str] = []


class Problem(BaseModel):
    """The body of every reply that is not a success."""

    error: ProblemDetail


class ListState(BaseModel):
    """How much of a list has arrived."""

    list_id: Name
    list_sha256: Sha256
    operation: Operation
    part_count: Count
    parts_received: list[int]
    is_complete: bool
    line_count: int
    accepted_count: int
    refused_count: int
    accepted_total_idr: int


class LogCounts(BaseModel):
    """What the receiver has seen since its data folder was made."""

    message_count: int = Field(description="messages kept")
    line_count: int
    accepted_count: int
    refused_count: int
    accepted_total_idr: int
    post_count: int = Field(description="messages that arrived with a readable envelope, repeats included")
    repeat_count: int = Field(description="same key, same body: the kept receipt was given again")
    conflict_count: int = Field(description="same key or list with another content: 409")


class Health(BaseModel):
    """Whether the receiver can take messages."""

    status: Literal["ready"]
    contract_version: Literal["1"]
