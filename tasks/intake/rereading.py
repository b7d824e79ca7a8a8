"""What reading submissions again says otherwise, of one and of many.

Belongs here: the shape of that answer and its sums, pure and without frames. Does not belong here: comparing (differences.py), reading
and writing (steps/rerun.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

#: states of a submission whose rows were decided, and of one that was set aside
LOADED = ("loaded", "answered", "no_change")
UNLOADED = ("waiting", "refused")


@dataclass(frozen=True)
class Difference:
    """What today's rules say otherwise: counts by outcome before and after, rows by `before -> after`, findings by code.

    `codes`: of each code that differs, findings `before`, `after`, `opened` and `closed`. `headings`: the columns that are understood
    otherwise (`sheet`, `heading`, `before`, `after`: a field, or null). `reason_code`, `reason`: why the file would wait or be refused
    now; then there is no `after`.
    """

    submission_id: str
    file: str
    state: str
    before: dict[str, int]
    after: dict[str, int] | None = None
    changed_row_count: int = 0
    moved: dict[str, int] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    closed: dict[str, int] = field(default_factory=dict)
    codes: dict[str, dict[str, int]] = field(default_factory=dict)
    headings: list[dict[str, str | None]] = field(default_factory=list)
    reason_code: str | None = None
    reason: str | None = None
    is_written: bool = False

    @property
    def is_same(self) -> bool:
        """Whether today's rules decide exactly as those before."""
        differs = self.changed_row_count or self.opened or self.closed or self.headings
        return self.before == self.after and not differs


def add_up(told: Sequence[Difference]) -> dict[str, Any]:
    """Several differences as one: `submissions`, sums of what can still be read, `changed` and `stopped` file by file."""
    read = [each for each in told if each.after is not None]
    return {
        "submissions": len(told),
        "before": _sum(each.before for each in read),
        "after": _sum(each.after or {} for each in read),
        "moved": _sum(each.moved for each in read),
        "opened": _sum(each.opened for each in read),
        "closed": _sum(each.closed for each in read),
        "codes": {
            code: _sum(each.codes.get(code, {}) for each in read)
            for code in sorted({code for each in read for code in each.codes})
        },
        "headings": _count_headings(read),
        "changed": [asdict(each) for each in read if not each.is_same],
        "stopped": [asdict(each) for each in told if each.after is None],
    }


def _count_headings(read: Sequence[Difference]) -> list[dict[str, Any]]:
    """The headings that are understood otherwise, and in how many files; most first."""
    counted = Counter(
        (line["heading"] or "", line["before"], line["after"]) for each in read for line in each.headings
    ).most_common()
    return [{"heading": heading, "before": old, "after": new, "files": files} for (heading, old, new), files in counted]


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    """The counts of several by name; what is zero everywhere keeps its name."""
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
