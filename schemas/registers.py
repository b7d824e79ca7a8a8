"""The registers that are asked about a NIK, and what each can answer: reference/register.yaml and register_answer.yaml.

Belongs here: who can be asked and what an answer can be. Does not belong here: asking (tasks/reports), reading answers
(tasks/intake/answers.py), what a programme makes of one (schemas/programmes).
"""

from __future__ import annotations

from functools import lru_cache

from schemas.words import entries

#: who is asked when nobody is named
POPULATION = "dukcapil"


@lru_cache(maxsize=1)
def registers() -> dict[str, tuple[str, ...]]:
    """Register -> its answers, both in file order. Raises ValueError when an answer is of no register, or a register has none."""
    found: dict[str, dict[str, None]] = {name: {} for name in entries("register")}
    for code in entries("register_answer"):
        for register, answer in answers_of(code).items():
            if register not in found:
                raise ValueError(f"reference/register_answer.yaml: {code}: there is no register {register}")
            found[register][answer] = None
    if not all(found.values()):
        raise ValueError("reference/register.yaml: a register without answers")
    return {name: tuple(answers) for name, answers in found.items()}


def register_label(name: str) -> str:
    """What reports call a register."""
    return entries("register")[name][0]


def answers_of(code: str) -> dict[str, str]:
    """A code of register_answer.yaml as register -> answer: `dukcapil.match` -> {dukcapil: match}."""
    return dict(one.split(".") for one in code.split("|"))
