"""Every error this project raises on purpose, one small tree.

    SinergiError                 a sentence: what happened, where, what to do; carries its exit code
    ├── UsageError               the command was given something that makes no sense        exit 2
    ├── FileRefused              one file cannot be read at all; the night goes on           (P13)
    ├── FileWaits                one file needs a person's word before it is loaded          (P13)
    ├── Unreachable              a server or receiver does not answer                        exit 4
    ├── DiskFull                 nothing more can be written; what was committed stays       exit 1
    ├── Refused                  a person's act is not allowed (approval, lock, publish)     exit 1
    └── InvariantBroken          going on would state something false; the run stops         exit 1

Does not belong here: errors of libraries; they are caught where they arise and translated, `from` the cause.
Messages carry ids, counts, file names and codes only, never a value of a person (P12).
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_STOPPED = 1
EXIT_USAGE = 2
EXIT_FILES_WAITING = 3
EXIT_OUT_OF_REACH = 4


class SinergiError(Exception):
    """A named failure. `what` happened, `where`, and what the reader can do about it (`mend`)."""

    exit_code = EXIT_STOPPED

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        ended = what if not mend or what.endswith((".", "!", "?")) else f"{what}."
        super().__init__(" ".join(part for part in (f"{where}:" if where else "", ended, mend) if part))


class UsageError(SinergiError):
    """The command or a setting makes no sense as given."""

    exit_code = EXIT_USAGE


class FileRefused(SinergiError):
    """A submitted file that cannot be read. `code` is stable and documented; the text is Indonesian."""

    exit_code = EXIT_FILES_WAITING

    def __init__(self, code: str, what: str, *, where: str = "", mend: str = "") -> None:
        self.code = code
        super().__init__(what, where=where, mend=mend)


class FileWaits(FileRefused):
    """A readable file that waits for a person's word (unclear headings, ambiguous revision, wrong regency)."""


class Unreachable(SinergiError):
    """The database or a receiving system does not answer; nothing is lost, try again later."""

    exit_code = EXIT_OUT_OF_REACH


class DiskFull(SinergiError):
    """Nothing more can be written; everything that was committed stays, and the next run goes on from there."""

    def __init__(self, where: str = "") -> None:
        super().__init__(
            "the disk is full", where=where, mend="Free disk space, then run the same command again; nothing is lost."
        )


class Refused(SinergiError):
    """A rule of the house forbids this act (for example: the preparer approving the own list)."""


class InvariantBroken(SinergiError):
    """Something that must always hold does not; nothing further is done so that nothing false is said."""
