"""Precision and recall of the merging of persons, as a whole, by kind of error and by regency; and what is missing to say more.

Belongs here: what the shares of strata mean. Does not belong here: arithmetic of limits (intervals.py), SQL (labels.py), words for
officers (warning.py, the report).

Precision: of the pairs of records that the machine put under one person, the share that is one person. Recall: of the pairs of one person
that blocking found, the share that was put together. Pairs that blocking never found, or that weighed too little to be kept, are in
neither: nobody can be asked about them. What officers corrected since counts as the machine had it: an error found stays one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tasks.quality.intervals import LEVEL, Cell, Share, both_at, recall, share
from tasks.quality.strata import APART, KINDS, MERGED, OTHER_KIND, Stratum, allocate, kind_of

Row = Mapping[str, Any]
Interval = tuple[float | None, float | None, float | None]
#: a recall whose limits are no further apart says enough
RECALL_WIDTH = 0.10
#: more labels than this are not asked for at once
MOST_LABELS = 4096


@dataclass(frozen=True)
class Line:
    """Everything, one kind of error or one regency: `precision` of the pairs put together, `missed` of those kept apart."""

    name: str
    precision: Share
    missed: Share
    recall: Interval

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: low, point and high are shares; pairs and labels are counts."""
        told = {"name": self.name, "precision": asdict(self.precision), "missed": asdict(self.missed)}
        return {**told, "recall": dict(zip(("low", "point", "high"), self.recall, strict=True))}


@dataclass(frozen=True)
class Ask:
    """How many more pairs to judge so that enough is known: of precision, or of recall; most of the doubt comes from `widest`."""

    about: str
    size: int
    widest: str


@dataclass(frozen=True)
class Drawn:
    """The newest sample: when it was drawn, of which model; what became of its pairs and of those of the same model before it."""

    sample_id: int
    drawn_on: Any
    model_id: str | None
    model_now: str | None
    judged_on: Any
    pending: int
    changed: int


@dataclass(frozen=True)
class Quality:
    """What is known of the merging of persons. `drawn` is None while no sample was drawn; `outside`: judgements on other pairs, which
    speak for those pairs only."""

    drawn: Drawn | None
    whole: Line
    kinds: tuple[Line, ...]
    regencies: tuple[Line, ...]
    outside: dict[str, int]
    asks: tuple[Ask, ...]
    bound: float

    @property
    def state(self) -> str:
        """`unmeasured`: no label; `under`: the estimate of precision is under the bound; `open`: only its lower limit is; `held`."""
        precision = self.whole.precision
        if self.drawn is None or precision.point is None:
            return "unmeasured"
        if precision.point < self.bound:
            return "under"
        return "open" if precision.low < self.bound else "held"

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "state": self.state, "bound": self.bound, "level": LEVEL,
            "sample": None if self.drawn is None else asdict(self.drawn), "whole": self.whole.as_dict(),
            "kinds": [line.as_dict() for line in self.kinds], "regencies": [line.as_dict() for line in self.regencies],
            "outside_the_sample": self.outside, "asks": [asdict(ask) for ask in self.asks],
        }  # fmt: skip


def estimate(
    drawn: Drawn | None, strata: Iterable[Row], labels: Iterable[Row], outside: dict[str, int], bound: float
) -> Quality:
    """The quality told by a sample's strata (side, clause, band, pair_count, known_same, known_different) and by its labels (side,
    clause, band, regency_code, same, different, unsure, pending)."""
    sizes = {_stratum(row): row for row in strata}
    told = [row for row in labels if _stratum(row) in sizes]
    cells = {stratum: _sampled(stratum, row, told) for stratum, row in sizes.items()}
    known = {stratum: _known(row) for stratum, row in sizes.items()}

    def of_kind(kind: str) -> Line:
        chosen = [stratum for stratum in sizes if kind_of(stratum.clause) == kind]
        return _line(kind, [(s.side, cell) for s in chosen for cell in (cells[s], known[s])])

    whole = _line("all", [(s.side, cell) for s in sizes for cell in (cells[s], known[s])])
    kinds = [of_kind(kind) for kind in (*KINDS, OTHER_KIND)]
    codes = sorted({row["regency_code"] for row in told if _labels(row)}, key=lambda code: (code == "", code))
    pending = {side: sum(row["pending"] for row in told if row["side"] == side) for side in (MERGED, APART)}
    return Quality(
        drawn, whole, tuple(line for line in kinds if line.precision.pairs or line.missed.pairs),
        tuple(_line(code, _parts(cells, told, code)) for code in codes), outside,
        _asks(cells, known, pending, bound), bound,
    )  # fmt: skip


def _stratum(row: Row) -> Stratum:
    return Stratum(row["side"], row["clause"], row["band"])


def _labels(row: Row) -> int:
    return int(row["same"] + row["different"] + row["unsure"])


def _sampled(stratum: Stratum, row: Row, labels: Iterable[Row]) -> Cell:
    """A stratum with the labels of its drawn pairs; `right` is that a pair is one person, on the side kept apart too (it was missed)."""
    mine = [label for label in labels if _stratum(label) == stratum]
    same, different, unsure = (sum(label[word] for label in mine) for word in ("same", "different", "unsure"))
    return Cell(max(row["pair_count"], same + different + unsure), same, different, unsure)


def _known(row: Row) -> Cell:
    """The pairs of a stratum that were judged without being drawn: they are known, and say nothing of others."""
    return Cell(row["known_same"] + row["known_different"], row["known_same"], row["known_different"])


def _parts(cells: Mapping[Stratum, Cell], labels: Sequence[Row], code: str) -> list[tuple[str, Cell]]:
    """What lies in one regency: of each stratum the part that its drawn pairs say."""
    drawn: dict[Stratum, int] = defaultdict(int)
    for row in labels:
        drawn[_stratum(row)] += _labels(row)
    parts = []
    for row in labels:
        if row["regency_code"] == code and _labels(row):
            size = cells[_stratum(row)].size * _labels(row) / drawn[_stratum(row)]
            parts.append((row["side"], Cell(size, row["same"], row["different"], row["unsure"])))
    return parts


def _line(name: str, cells: Sequence[tuple[str, Cell]]) -> Line:
    merged = [cell for side, cell in cells if side == MERGED]
    apart = [cell for side, cell in cells if side == APART]
    level = both_at(LEVEL)
    return Line(name, share(merged), share(apart), recall(share(merged, level), share(apart, level)))


def _asks(
    cells: Mapping[Stratum, Cell], known: Mapping[Stratum, Cell], pending: Mapping[str, int], bound: float
) -> tuple[Ask, ...]:
    """What to ask for, after the pairs that are drawn and not judged yet; nothing where enough is known."""
    if not cells:
        return ()
    sides = {side: {s: cell for s, cell in cells.items() if s.side == side} for side in (MERGED, APART)}
    judged = {side: [known[s] for s in sides[side]] for side in sides}

    def is_precise(merged: Iterable[Cell]) -> bool:
        return share([*merged, *judged[MERGED]]).low >= bound

    def is_recalled(apart: Iterable[Cell]) -> bool:
        level = both_at(LEVEL)
        found = share([*sides[MERGED].values(), *judged[MERGED]], level)
        low, _, high = recall(found, share([*apart, *judged[APART]], level))
        return low is None or high is None or high - low <= RECALL_WIDTH

    asks = []
    for about, side, is_enough in (("precision", MERGED, is_precise), ("recall", APART, is_recalled)):
        size = further_labels(sides[side], is_enough)
        if size is not None and size > pending[side]:
            asks.append(Ask(about, size - pending[side], str(_widest(sides[side]))))
    return tuple(asks)


def further_labels(cells: Mapping[Stratum, Cell], is_enough: Callable[[Iterable[Cell]], bool]) -> int | None:
    """The fewest further labels that would be enough if they say what the labels so far say; None when so many cannot be asked for."""
    left = {stratum: round(cell.rest) for stratum, cell in cells.items()}
    most = min(sum(left.values()), MOST_LABELS)
    if not cells or not is_enough(_with_more(cells, allocate(left, most))):
        return None
    least = 0
    while least < most:
        middle = (least + most) // 2
        if is_enough(_with_more(cells, allocate(left, middle))):
            most = middle
        else:
            least = middle + 1
    return most


def _with_more(cells: Mapping[Stratum, Cell], drawn: Mapping[Stratum, int]) -> list[Cell]:
    """The cells as they would be with more labels that go as those before; where there is none, as all of them do."""
    overall = share(cells.values()).point
    result = []
    for stratum, cell in cells.items():
        usual = overall if overall is not None else float(stratum.side == MERGED)
        rate = cell.right / cell.labels if cell.labels else usual
        more = drawn.get(stratum, 0)
        result.append(Cell(cell.size, cell.right + more * rate, cell.wrong + more * (1 - rate), cell.unsure))
    return result


def _widest(cells: Mapping[Stratum, Cell]) -> Stratum:
    """The stratum from which most of the doubt comes."""

    def doubt(stratum: Stratum) -> float:
        cell = cells[stratum]
        one = share([cell])
        return (one.high - one.low) * cell.size

    return max(sorted(cells), key=doubt)
