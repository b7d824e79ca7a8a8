"""Aid programmes as data: one strict YAML file per programme, read here.

Belongs here: the shape of a programme and its checks. Does not belong here: how candidates are found or decided (tasks/aid). A new
programme is a new file; nothing else changes.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from schemas.datafiles import read_yaml
from schemas.programmes.facts import FACTS, LINE_FACTS, REQUIRED_FACTS
from schemas.programmes.rules import Rule, parse_rule

#: reason codes that the house gives whatever the programme says
HOUSE_REASONS = {
    "ELIGIBLE": {"id": "Memenuhi semua syarat.", "en": "Meets every condition."},
    "NO_SEAT_LEFT": {
        "id": "Memenuhi syarat, tetapi kuota putaran ini sudah penuh; masuk daftar tunggu.",
        "en": "Meets every condition, but the seats of this round are taken; on the waiting list.",
    },
}

NAME = r"^[a-z0-9][a-z0-9_-]*$"  # travels in list ids and idempotency keys
CODE = r"^[A-Z][A-Z0-9_]*$"


def _is_trusted(info: ValidationInfo) -> bool:
    """Whether the rules' expressions are left unread: they were checked before."""
    return bool(info.context and info.context.get("trusted"))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Message(_Strict):
    """A sentence for people, in Indonesian and English."""

    id: str
    en: str


class Reaction(_Strict):
    """What a condition does when it is not met, or not known.

    `reject` = out; `hold` = waiting; `admit` = go on. A reject or hold has a reason code and its messages; `with_codes` names a text fact
    whose codes (joined by |) are added to the reasons.
    """

    does: Literal["reject", "hold", "admit"]
    code: str | None = Field(None, pattern=CODE)
    message: Message | None = None
    with_codes: str | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if (self.does == "admit") != (self.code is None) or (self.code is None) != (self.message is None):
            raise ValueError("a reject or hold needs code and message, an admit has neither")
        if self.with_codes is not None and FACTS.get(self.with_codes, FACTS["age_years"]).type != "text":
            raise ValueError(f"with_codes: {self.with_codes} is not a text fact")
        return self


class Condition(_Strict):
    """One condition: what must hold over the facts, what `fails` (false) does and what `unknown` (null) does."""

    must: str
    fails: Reaction
    unknown: Reaction

    @model_validator(mode="after")
    def _is_sound(self, info: ValidationInfo) -> Self:
        if not _is_trusted(info):
            parse_rule(self.must)
        if self.fails.does == "admit":
            raise ValueError(f"{self.must}: a condition that admits when it fails is no condition")
        return self

    @property
    def rule(self) -> Rule:
        """The checked expression."""
        return parse_rule(self.must)


class Round(_Strict):
    """One call: its reference date, seats (null = no limit), how many phases it may have (null = as needed), whether it is open."""

    round: str = Field(pattern=NAME)
    reference_date: date
    seats: int | None = Field(ge=1)
    phases: int | None = Field(ge=1)
    is_open: bool


class Order(_Strict):
    """One key of the ranking; null stands last, ties go to the next key and at the end to the unit's id."""

    fact: str
    direction: Literal["ascending", "descending"]


class Programme(_Strict):
    """One aid programme. `window` is the named bucket within which `conflict_group` gives once (P7)."""

    code: str = Field(pattern=NAME)
    name: Message
    unit: Literal["person"]
    amount_idr: int = Field(ge=0)
    conflict_group: str = Field(pattern=NAME)
    window: str = Field(pattern=NAME)
    receivers: tuple[str, ...] = Field(min_length=1)
    approvals: int = Field(ge=2)
    rounds: tuple[Round, ...] = Field(min_length=1)
    order: tuple[Order, ...]
    discloses: tuple[str, ...]
    conditions: tuple[Condition, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_whole(self, info: ValidationInfo) -> Self:
        unknown = {*[key.fact for key in self.order], *self.discloses} - set(FACTS)
        if unknown:
            raise ValueError(f"unknown facts: {', '.join(sorted(unknown))}")
        if not _is_trusted(info):
            silent = REQUIRED_FACTS - {name for condition in self.conditions for name in condition.rule.facts}
            if silent:
                raise ValueError(f"no condition names {', '.join(sorted(silent))}")
        reactions = [r for c in self.conditions for r in (c.fails, c.unknown) if r.code]
        codes = [reaction.code for reaction in reactions]
        if len(set(codes)) != len(codes) or set(codes) & set(HOUSE_REASONS):
            raise ValueError("a reason code stands twice")
        if len({entry.round for entry in self.rounds}) != len(self.rounds):
            raise ValueError("a round stands twice")
        return self

    @property
    def facts(self) -> tuple[str, ...]:
        """Every fact that a decision of this programme freezes, in the vocabulary's order."""
        named = {name for condition in self.conditions for name in condition.rule.facts}
        named |= {r.with_codes for c in self.conditions for r in (c.fails, c.unknown) if r.with_codes}
        named |= {key.fact for key in self.order} | set(self.discloses) | set(LINE_FACTS)
        return tuple(name for name in FACTS if name in named)

    @property
    def line_facts(self) -> tuple[str, ...]:
        """The facts that a published line carries."""
        return (*LINE_FACTS, *[name for name in self.discloses if name not in LINE_FACTS])

    @property
    def body(self) -> dict[str, Any]:
        """The programme as plain JSON: what is frozen with a list."""
        return self.model_dump(mode="json")

    @property
    def sha256(self) -> str:
        """Hash of the canonical JSON of the body."""
        return body_sha256(self.body)

    def reason(self, code: str) -> dict[str, str]:
        """The messages of a reason code; raises KeyError for a code that this programme does not give."""
        if code in HOUSE_REASONS:
            return HOUSE_REASONS[code]
        for condition in self.conditions:
            for reaction in (condition.fails, condition.unknown):
                if reaction.code == code and reaction.message is not None:
                    return reaction.message.model_dump()
        raise KeyError(code)

    def round_named(self, name: str) -> Round:
        """The round of this name; raises KeyError."""
        for entry in self.rounds:
            if entry.round == name:
                return entry
        raise KeyError(name)


def body_sha256(body: dict[str, Any]) -> str:
    """SHA-256 of a programme body: sorted keys, no spaces, UTF-8."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse_programme(body: Any, source: str = "programme", *, trusted: bool = False) -> Programme:
    """A programme from plain data (a YAML file, or a frozen body). Raises ValueError naming the source and what is wrong.

    `trusted`: a body that was checked before, for whoever asks for its names, words and rounds: its rules are not parsed again.
    """
    try:
        return Programme.model_validate_json(json.dumps(body, default=str), context={"trusted": trusted})
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise ValueError(f"{source}: {told}") from error


@lru_cache(maxsize=1)
def programmes() -> dict[str, Programme]:
    """Every programme by code, sorted; raises ValueError when a file is wrong or its name is not its code."""
    return _read_all(trusted=False)


@lru_cache(maxsize=1)
def outlines() -> dict[str, Programme]:
    """As `programmes`, with the rules not yet checked: enough to see whether anything has changed since a list was built.

    Whoever decides by a rule takes it from `programmes`.
    """
    return _read_all(trusted=True)


def _read_all(*, trusted: bool) -> dict[str, Programme]:
    result = {}
    for path in sorted(Path(__file__).parent.glob("*.yaml")):
        programme = parse_programme(read_yaml(path), path.name, trusted=trusted)
        if programme.code != path.stem:
            raise ValueError(f"{path.name}: the code is {programme.code}")
        result[programme.code] = programme
    return result
