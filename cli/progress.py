"""Progress of long work: a line a step, for people with the seconds since the start, for programs as `{"step": ...}`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cli import printing

Progress = Callable[[dict[str, Any]], None]


def reporter(as_json: bool) -> Progress:
    """A function that prints each event as it comes."""
    start = time.monotonic()

    def show(event: dict[str, Any]) -> None:
        if as_json:
            printing.show_json(event)
            return
        rest = "  ".join(f"{key} {in_words(value)}" for key, value in event.items() if key != "step")
        printing.say(f"[{time.monotonic() - start:6.1f}s] {event['step']:<12} {rest}")

    return show


def in_words(value: Any) -> str:
    """Counts as words: `answered 11, waiting 1`; what is zero is left out."""
    if isinstance(value, dict):
        told = [f"{key} {in_words(inner)}" for key, inner in value.items() if inner not in (0, {}, [])]
        return ", ".join(told) or "nothing"
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
