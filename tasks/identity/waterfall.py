"""The weight of a scored pair taken apart: how many bits each comparison gave, and how many the rarity of the name.

Belongs here: the arithmetic, from a frozen model and the evidence that an edge keeps (comparison -> level). Does not belong here:
scoring (model.py), reading edges (questions/), words and pictures for people.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from schemas.errors import InvariantBroken
from tasks.identity.model import Model


class Bar(NamedTuple):
    """What one comparison says. `bits`: log2(m / u) of its level; `rarity_bits`: more for a rare name, less for a common one."""

    comparison: str
    level: str
    bits: float
    rarity_bits: float = 0.0

    @property
    def total(self) -> float:
        """All that this comparison adds to the weight."""
        return self.bits + self.rarity_bits


def waterfall(
    model: Model, evidence: Mapping[str, str], written_names: tuple[str | None, str | None]
) -> tuple[Bar, ...]:
    """One bar per comparison in the model's order; their totals add up to the edge's weight (which is rounded to 1e-6).

    `evidence` is that of the edge; `written_names` are those of its two records as compared. Raises InvariantBroken for evidence that
    the model does not know.
    """
    bars = []
    for comparison in model.settings["comparisons"]:
        name = comparison["output_column_name"]
        bars.append(_bar(model, name, comparison["comparison_levels"], evidence.get(name, "absent"), written_names))
    return tuple(bars)


def weight(bars: Sequence[Bar]) -> float:
    """The whole weight of a pair, in bits."""
    return sum(bar.total for bar in bars)


def _bar(
    model: Model,
    name: str,
    levels: Sequence[Mapping[str, Any]],
    word: str,
    written_names: tuple[str | None, str | None],
) -> Bar:
    level = next((each for each in levels if each["label_for_charts"] == word), None)
    if level is None:
        raise InvariantBroken(
            "a pair was scored with other comparisons than its model has",
            where=f"{model.model_id}: {name}: {word}",
            mend="Link the records again.",
        )
    if level.get("is_null_level"):
        return Bar(name, word, 0.0)
    bits = math.log2(level["m_probability"] / level["u_probability"])
    return Bar(name, word, bits, _rarity(model, level, levels, written_names))


def _rarity(
    model: Model,
    level: Mapping[str, Any],
    levels: Sequence[Mapping[str, Any]],
    written_names: tuple[str | None, str | None],
) -> float:
    """The correction for how common this very name is, as Splink makes it: u of the exact level against the commoner of the two."""
    known = [model.name_frequency(name) for name in written_names if name]
    if not level.get("tf_adjustment_column") or not known:
        return 0.0
    exact = next(each for each in levels if each.get("tf_adjustment_column"))
    share = float(level.get("tf_adjustment_weight", 1.0))
    return share * math.log2(exact["u_probability"] / max(known))
