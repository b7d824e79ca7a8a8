"""What the reference receiver answers: is the envelope true to its lines, and may each line be paid. Pure.

Does not belong here: keeping anything (ledger), HTTP (app).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from schemas.messages import canonical
from tasks.delivery.contract import Answer, Envelope, Line, ProblemDetail

LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
WOMEN_DAY_OFFSET = 40


@dataclass
class Taken:
    """What was accepted before in the same programme round: units (`kind:id`), NIKs of persons, and line keys of any round."""

    units: set[str] = field(default_factory=set)
    niks: set[str] = field(default_factory=set)
    line_keys: set[str] = field(default_factory=set)


def find_problem(envelope: Envelope) -> ProblemDetail | None:
    """The first thing in which the envelope is not true to its lines, or None."""
    checks = (
        ("count_mismatch", envelope.count == len(envelope.lines), ["count", "lines"]),
        (
            "total_mismatch",
            envelope.total_idr == sum(line.amount_idr for line in envelope.lines),
            ["total_idr", "lines"],
        ),
        ("lines_hash_mismatch", envelope.lines_sha256 == hash_lines(envelope.lines), ["lines_sha256", "lines"]),
        ("part_out_of_range", envelope.part <= envelope.part_count, ["part", "part_count"]),
        ("list_too_small", envelope.count <= envelope.list_count, ["count", "list_count"]),
        ("line_key_repeated", len({line.line_key for line in envelope.lines}) == len(envelope.lines), ["lines"]),
    )
    for code, holds, where in checks:
        if not holds:
            return ProblemDetail(code=code, message="the envelope is not true to its lines", where=where)
    return None


def hash_lines(lines: list[Line]) -> str:
    """SHA-256 of the canonical JSON of the lines, as the sender made it."""
    return hashlib.sha256(canonical([line.model_dump() for line in lines])).hexdigest()


def answer_lines(lines: list[Line], taken: Taken) -> list[Answer]:
    """One answer per line, in order; what is accepted is added to `taken`, so that a message cannot pay twice within itself."""
    answers = []
    for line in lines:
        code = refusal(line, taken)
        answers.append(
            Answer(
                line_key=line.line_key,
                line_id=line.line_id,
                answer="refused" if code else "accepted",
                code=code or None,
            )
        )
        taken.line_keys.add(line.line_key)
        if not code:
            taken.units.add(unit_of(line))
            if line.unit_kind == "person" and line.nik:
                taken.niks.add(line.nik)
    return answers


def refusal(line: Line, taken: Taken) -> str:
    """Why a line is refused, or an empty text. The receiver protects itself against double aid: it trusts no sender."""
    if line.unit_kind == "person" and line.nik is None:
        return "nik_missing"
    if line.nik is not None and not is_sound_nik(line.nik):
        return "nik_invalid"
    if line.unit_kind == "person" and line.full_name is None:
        return "name_missing"
    if line.line_key in taken.line_keys:
        return "line_key_used"
    if unit_of(line) in taken.units:
        return "duplicate_unit"
    if line.unit_kind == "person" and line.nik in taken.niks:
        return "duplicate_nik"
    return ""


def unit_of(line: Line) -> str:
    """The unit as awarded: `kind:id`."""
    return f"{line.unit_kind}:{line.unit_id}"


def is_sound_nik(nik: str) -> bool:
    """16 digits whose date part is a day (women: 40 added) and whose serial is not 0000; there is no check digit."""
    if len(nik) != 16 or not (nik.isascii() and nik.isdigit()):
        return False
    day, month, serial = int(nik[6:8]), int(nik[8:10]), nik[12:]
    day -= WOMEN_DAY_OFFSET if day > WOMEN_DAY_OFFSET else 0
    return 1 <= month <= 12 and 1 <= day <= LONGEST_MONTHS[month - 1] and serial != "0000"
