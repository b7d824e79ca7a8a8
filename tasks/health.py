"""One line of the doctor, as everything that examines something says it.

Belongs here: that shape. Does not belong here: looking at anything (doctor.py, orchestrator.py).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and how to mend it."""

    check: str
    level: Level
    says: str
    mend: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)
