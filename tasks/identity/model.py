"""The frozen Splink model: its file, read and checked.

A model file is data of the project (`models/persons-<date>.json`): Splink's settings with trained m and u, the frozen
frequencies of the words of names, and what it was trained on. Belongs here: what it says, without any engine, so that a
question about it does not wait for one. Does not belong here: scoring pairs with it (scoring.py), making it (train.py).
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from schemas.errors import InvariantBroken
from tasks.identity.layout import Layout
from tasks.identity.persons import PERSONS, SHIPPED, model_files

#: a word of a name that training has never seen counts as common as this: rare enough to help, common enough not to decide alone
UNSEEN_WORD_FREQUENCY = 0.004
#: no name is rarer than this, however many words it has: words of one name are not independent (families, regions, fashions)
RAREST_NAME_FREQUENCY = 1e-6


@dataclass(frozen=True)
class Model:
    """A frozen model. `prior_weight` is log2 of the prior odds that Splink adds; it is taken out of every weight again.

    `raw`: the bytes of its file; `note`: what it was trained on, of how many records.
    """

    model_id: str
    layout: Layout
    settings: dict[str, Any]
    word_frequency: dict[str, float]
    note: str
    record_count: int
    raw: bytes

    @property
    def sha256(self) -> str:
        """What tells this model from every other."""
        return hashlib.sha256(self.raw).hexdigest()

    def named(self, model_id: str) -> Model:
        """The same model under another id."""
        return replace(self, model_id=model_id)

    @property
    def prior_weight(self) -> float:
        """log2 of the prior odds in the settings."""
        prior = float(self.settings["probability_two_random_records_match"])
        return math.log2(prior / (1 - prior))

    def name_frequency(self, written_name: str) -> float:
        """How common a name is: the product of its words' frozen frequencies, never below RAREST_NAME_FREQUENCY.

        A pure function of the name, so no name is missing from the table and no arrival order changes a weight.
        """
        product = 1.0
        for word in written_name.split():
            product *= self.word_frequency.get(word, UNSEEN_WORD_FREQUENCY)
        return max(product, RAREST_NAME_FREQUENCY)


def newest_model() -> Model:
    """The newest model of persons that the project ships; raises InvariantBroken when there is none or it does not fit."""
    files = model_files(SHIPPED)
    if not files:
        raise InvariantBroken("there is no model file", where="tasks/identity/models", mend="Train one.")
    return read_model(files[-1])


def read_model(path: Path, layout: Layout = PERSONS) -> Model:
    """A model file, checked: the comparisons of its layout, every level trained. Raises InvariantBroken otherwise."""
    return parse_model(path.stem, path.read_bytes(), layout)


def parse_model(model_id: str, raw: bytes, layout: Layout) -> Model:
    """The bytes of a model file, checked as by read_model."""
    try:
        data = json.loads(raw)
        words = {str(word): float(share) for word, share in data["word_frequency"].items()}
        model = Model(model_id, layout, data["splink"], words, str(data["note"]), int(data["record_count"]), raw)
        _check_prior(model)
        _check_comparisons(model)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvariantBroken(
            "the model file is damaged", where=model_id, mend="Use another one, or train a new one."
        ) from error
    return model


def _check_prior(model: Model) -> None:
    """There is a prior that can be taken out again; raises ValueError or KeyError."""
    if not 0 < float(model.settings["probability_two_random_records_match"]) < 1:
        raise ValueError("no prior")


def _check_comparisons(model: Model) -> None:
    """Every comparison of the layout with the same levels, and m and u of every level; raises InvariantBroken."""
    told = {c["output_column_name"]: c["comparison_levels"] for c in model.settings["comparisons"]}
    expected = {c.name: [c.absent, *[level.condition for level in c.levels]] for c in model.layout.comparisons}
    found = {name: [level["sql_condition"] for level in levels] for name, levels in told.items()}
    if found != expected:
        raise InvariantBroken(
            "the model file is for other comparisons", where=model.model_id, mend="Train a new model."
        )
    for name, levels in told.items():
        for level in levels:
            chances = (level.get("m_probability"), level.get("u_probability"))
            if not level.get("is_null_level") and not all(chance and 0 < chance <= 1 for chance in chances):
                raise InvariantBroken(
                    "a level of the model is untrained", where=f"{model.model_id}: {name}: {level['label_for_charts']}",
                    mend="Train on more records.",
                )  # fmt: skip
