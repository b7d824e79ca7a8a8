"""The receiving systems, read strictly from `receivers/*.yaml`: how each one is reached and how patient the sender is.

Belongs here: the shape of a receiver's file. Does not belong here: addresses and tokens (settings), protocols
(tasks/delivery/<protocol>.py), what is sent (schemas/messages).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.datafiles import read_yaml

Seconds = Annotated[float, Field(gt=0, le=3600)]


class Receiver(BaseModel):
    """One receiving system. Times are seconds, sizes bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="its name in keys; never changed once used")
    name: str = Field(min_length=1, description="what officers call it")
    protocol: Literal["rest"]
    url_setting: Literal["receiver_url"] = Field(description="the setting that holds its base URL; unset = not reached")
    token_setting: Literal["receiver_token"] = Field(
        description="the setting that holds its bearer token; may be unset"
    )
    contract_version: Literal["1"]
    connect_seconds: Seconds = Field(description="until a connection stands")
    total_seconds: Seconds = Field(description="from the first byte sent to the last byte of the reply")
    read_back_wait_seconds: Seconds = Field(description="how old a doubt must be before the receiver is asked about it")
    attempts: int = Field(ge=1, le=20, description="failures in a row after which it counts as out of reach")
    retry_wait_seconds: Seconds = Field(description="pause after a failure; doubles with each one in a row")
    response_max_bytes: int = Field(ge=1024, le=64 * 1024 * 1024, description="a longer reply is not read to its end")

    @model_validator(mode="after")
    def _connects_within_the_total(self) -> Receiver:
        if self.connect_seconds > self.total_seconds:
            raise ValueError("connect_seconds is longer than total_seconds")
        return self


@lru_cache(maxsize=1)
def receivers() -> dict[str, Receiver]:
    """Every receiving system by its code. Raises ValueError for an unknown key, a wrong type or a code unlike the file."""
    return read_receivers(Path(__file__).with_name("receivers"))


def read_receivers(folder: Path) -> dict[str, Receiver]:
    """The receivers described in a folder, in order of their code."""
    found: dict[str, Receiver] = {}
    for path in sorted(folder.glob("*.yaml")):
        receiver = Receiver.model_validate(read_yaml(path))
        if receiver.code != path.stem:
            raise ValueError(f"{path.name}: the code in the file is another: {receiver.code}")
        found[receiver.code] = receiver
    return found
