"""What went wrong, as whoever keeps it may know it: a named failure as it is, anything else by its kind and place (P12).

The text of a library's error may quote a row. It stays in this process; `sinergi run` in a terminal shows it whole. Belongs here: that
translation, for whatever leaves for Prefect or another process. Does not belong here: failures that are foreseen (schemas/errors).
"""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from schemas.errors import DiskFull, InvariantBroken, SinergiError

ROOT = Path(__file__).parents[1]


def named(error: Exception) -> SinergiError:
    """A failure without values of a person. Raise it `from None`: whoever prints it would print its cause too."""
    if isinstance(error, SinergiError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(str(error.filename or ""))
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    kind = f"{type(error).__name__}, SQLSTATE {state}" if state else type(error).__name__
    return InvariantBroken(
        f"an unforeseen fault ({kind})", where=_place(error), mend="The same work in a terminal shows it whole."
    )


def _place(error: Exception) -> str:
    """The innermost line of ours that it came through."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_ours(Path(frame.filename))]
    return f"{Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}" if own else ""


def _is_ours(file: Path) -> bool:
    return file.is_relative_to(ROOT) and "site-packages" not in file.parts
