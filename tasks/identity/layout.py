"""What a resolver is told of one kind of record: what is compared, level by level, and which pairs are looked at.

Belongs here: the shapes, and SQL that conditions share. Does not belong here: any layout itself (persons.py; the benchmarks have others),
trained values (models/*.json), what a level means for a verdict (policy.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Level(NamedTuple):
    """One level: its word, its condition, and the m and u that training starts from (of an identifier, u is kept: see train.py)."""

    word: str
    condition: str
    m: float
    u: float


class Comparison(NamedTuple):
    """One comparison; levels from strongest to weakest, the last is 'everything else'. Absent on a side = no evidence."""

    name: str
    absent: str
    levels: tuple[Level, ...]
    #: the column of an identifier: its u is never sampled, because chance equality is too rare to be seen in a sample
    identifier: str | None = None
    #: the text whose rarity counts where the first level holds: the frequency of its words is frozen with the model
    term_column: str | None = None

    def code(self, word: str) -> int:
        """The gamma that Splink gives to the level `word`."""
        words = [level.word for level in self.levels]
        return len(words) - 1 - words.index(word)

    def word(self, code: int) -> str:
        """The word of a gamma; 'absent' for -1."""
        return "absent" if code < 0 else self.levels[len(self.levels) - 1 - code].word


@dataclass(frozen=True)
class Rule:
    """Records that agree on `keys` are a block. `narrower` are the keys used instead when the block is over its cap.

    `counted` is what the cap counts in a block: records, or distinct values of a column.
    """

    name: str
    keys: tuple[str, ...]
    cap: int
    narrower: tuple[str, ...] = ()
    counted: str = "*"

    @property
    def count(self) -> str:
        """SQL that counts what the cap is about."""
        return "count(*)" if self.counted == "*" else f"count(DISTINCT {self.counted})"


@dataclass(frozen=True)
class Layout:
    """One kind of record. `name` begins the names of its model files.

    `columns`: what the comparisons read of the features. `learnt_from`: blocks of training, each of records that are mostly one; m is
    learned in each for what the block does not hold equal. `different_when`: records that differ in all of these columns are not one,
    whatever else they share.
    """

    name: str
    comparisons: tuple[Comparison, ...]
    columns: tuple[str, ...]
    rules: tuple[Rule, ...]
    learnt_from: tuple[tuple[str, ...], ...]
    different_when: tuple[str, str]

    @property
    def term_column(self) -> str | None:
        """The text whose rarity counts, if any; one in a layout."""
        return next((each.term_column for each in self.comparisons if each.term_column), None)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that the rules look at."""
        keys = {key for rule in self.rules for key in (*rule.keys, *rule.narrower, rule.counted)}
        return tuple(sorted(keys - {"*"}))

    @property
    def linked_columns(self) -> tuple[str, ...]:
        """The columns that linking needs: the record, what is compared, what the rules look at."""
        return ("record_id", *self.columns, *(key for key in self.key_columns if key not in self.columns))


def either_absent(*columns: str) -> str:
    """Condition: a column is absent on one side."""
    return " OR ".join(f"{column}_l IS NULL OR {column}_r IS NULL" for column in columns)


def both_ways(condition: str) -> str:
    """The condition written for (a, b), or the same with the sides changed."""
    return f"(({condition.format(a='l', b='r')}) OR ({condition.format(a='r', b='l')}))"
