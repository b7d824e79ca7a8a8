"""When a command may show values of people in clear: the two options, and the rule that one goes with the other.

Belongs here: that. Does not belong here: masking (schemas/identifiers), recording that values were shown (the rooms' questions).
"""

from __future__ import annotations

import typer

from schemas.errors import UsageError

SHOW = typer.Option(False, "--show-values", help="show names, NIKs and the like; needs --reason and is recorded")
WHY = typer.Option(None, "--reason", help="why values are looked at")


def reason_to_show(show_values: bool, reason: str | None) -> str | None:
    """Why values are shown, None when they are not; raises UsageError when one goes without the other."""
    if show_values and not (reason or "").strip():
        raise UsageError("--show-values needs --reason", mend='For example --reason "call with the office of 19.01".')
    if reason and not show_values:
        raise UsageError("--reason goes with --show-values", mend="Without it values are masked and need no reason.")
    return reason.strip() if reason else None
