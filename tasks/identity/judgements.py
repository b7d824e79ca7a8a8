"""What people say of pairs of records, held against what was said before (P5).

Belongs here: when a word may not be recorded, and why. Does not belong here: the table (steps/judge.py), what judgements do to
clusters (clusters.py).
A word on a pair stands until it is undone. It may be said anew without that when it was `unsure`, or when a compared field of one of
the two records has changed since (it is stale): that is what it is asked again for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

VERDICTS = ("same", "different", "unsure")


class Word(NamedTuple):
    """What a person wants to say of two records, the smaller id first."""

    record_a: int
    record_b: int
    verdict: str


@dataclass(frozen=True)
class Judgement:
    """A judgement in force. `is_stale`: a compared field of one of its records is not what it saw."""

    judgement_id: int | None
    record_a: int
    record_b: int
    verdict: str
    is_stale: bool = False

    @property
    def may_be_said_anew(self) -> bool:
        """Whether another word on the pair takes its place without its being undone first."""
        return self.is_stale or self.verdict == "unsure"


class Objection(NamedTuple):
    """Why a word is not recorded: a stable code, what is wrong, and what to do."""

    code: str
    what: str
    mend: str


def ordered(a: int, b: int) -> tuple[int, int]:
    """A pair as it is kept."""
    return (a, b) if a < b else (b, a)


def pair_name(a: int, b: int) -> str:
    """A pair as people name it: the two record ids, the smaller first."""
    low, high = ordered(a, b)
    return f"{low}-{high}"


def object_to(
    words: Sequence[Word], speaks_of_person: Mapping[int, bool | None], standing: Iterable[Judgement]
) -> list[Objection | None]:
    """For each word, in their order, why it may not be recorded (None: it may); a word that may counts for those after it.

    speaks_of_person: for each record that exists, whether its current row names a person, None when it has no current row.
    standing: every judgement in force that concerns these records or what `same` joins to them.
    """
    said = Said(standing)
    result = []
    for word in words:
        objection = _about_records(word, speaks_of_person) or said.object_to(word)
        if objection is None:
            said.record(Judgement(None, *word))
        result.append(objection)
    return result


def _about_records(word: Word, speaks_of_person: Mapping[int, bool | None]) -> Objection | None:
    """A pair is two different records, each with a current row that names a person."""
    if word.record_a == word.record_b:
        return Objection("ONE_RECORD", f"record {word.record_a} stands on both sides", "A pair is two records.")
    for record in word[:2]:
        if record not in speaks_of_person:
            return Objection("UNKNOWN_RECORD", f"there is no record {record}", "`sinergi review list` shows the pairs.")
        if speaks_of_person[record] is None:
            return Objection("RECORD_GONE", f"record {record} has no current row", "Nothing is left to judge.")
        if not speaks_of_person[record]:
            return Objection("NO_PERSON", f"record {record} names no person", "Judge records that name one.")
    return None


class Said:
    """The judgements in force, and what follows from them: `same` joins, `different` keeps apart all that is joined."""

    def __init__(self, standing: Iterable[Judgement]) -> None:
        self.on_pair: dict[tuple[int, int], Judgement] = {}
        self.same: dict[int, set[int]] = defaultdict(set)
        self.different: dict[int, set[int]] = defaultdict(set)
        for judgement in standing:
            self.record(judgement)

    def record(self, judgement: Judgement) -> None:
        """Take a judgement in, in place of what was said of its pair."""
        a, b = judgement.record_a, judgement.record_b
        self._forget(a, b)
        self.on_pair[a, b] = judgement
        neighbours = {"same": self.same, "different": self.different}.get(judgement.verdict)
        if neighbours is not None:
            neighbours[a].add(b)
            neighbours[b].add(a)

    def object_to(self, word: Word) -> Objection | None:
        """The pair has its word already, or others say the opposite."""
        a, b, verdict = word
        before = self.on_pair.get((a, b))
        if before is not None and (verdict == before.verdict == "unsure" or not before.may_be_said_anew):
            return _already(before)
        if verdict == "unsure":
            return None
        if before is not None:
            self._forget(a, b)
        against = self._against(a, b, verdict)
        if before is not None:
            self.record(before)
        return _contradiction(word, against) if against else None

    def _forget(self, a: int, b: int) -> None:
        self.on_pair.pop((a, b), None)
        for neighbours in (self.same, self.different):
            neighbours[a].discard(b)
            neighbours[b].discard(a)

    def _against(self, a: int, b: int, verdict: str) -> list[Judgement]:
        """The judgements that say the opposite of a word: for `different` the chain of `same` between the two, for `same` one
        `different` between what is joined to the one and what is joined to the other."""
        from_a = self._joined(a)
        if verdict == "different":
            return self._chain(from_a, b)
        from_b = self._joined(b)
        crossing = [ordered(one, other) for one in from_a for other in self.different[one] if other in from_b]
        return [self.on_pair[min(crossing)]] if crossing else []

    def _joined(self, start: int) -> dict[int, int]:
        """Every record that `same` joins to one -> the record it was reached from."""
        reached = {start: start}
        waiting = [start]
        for record in waiting:
            new = sorted(self.same[record] - reached.keys())
            reached.update(dict.fromkeys(new, record))
            waiting += new
        return reached

    def _chain(self, reached: Mapping[int, int], end: int) -> list[Judgement]:
        chain = []
        while end in reached and reached[end] != end:
            chain.append(self.on_pair[ordered(end, reached[end])])
            end = reached[end]
        return chain


def _already(before: Judgement) -> Objection:
    what = f"pair {pair_name(before.record_a, before.record_b)} was judged {before.verdict} already ({_named(before)})"
    if before.verdict == "unsure":
        return Objection("ALREADY_JUDGED", what, "Say same or different when you know.")
    return Objection("ALREADY_JUDGED", what, "Undo that judgement first: `sinergi review undo`.")


def _contradiction(word: Word, against: Sequence[Judgement]) -> Objection:
    told = ", ".join(f"{pair_name(each.record_a, each.record_b)} {each.verdict} ({_named(each)})" for each in against)
    what = f"pair {pair_name(*word[:2])} cannot be {word.verdict}: it was judged otherwise by {told}"
    return Objection("CONTRADICTION", what, "Undo one of them first: `sinergi review undo`.")


def _named(judgement: Judgement) -> str:
    return "in this list" if judgement.judgement_id is None else f"judgement {judgement.judgement_id}"
