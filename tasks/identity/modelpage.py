"""A model told to people: its levels with their bits, what changed against another, and a page with a chart.

Belongs here: arithmetic on a model's levels, filling the template. Does not belong here: reading or writing models, the words
(wording.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tasks.identity.model import Model


def describe(model: Model) -> dict[str, Any]:
    """The model as plain values: model_id, sha256, note, record_count, levels (comparison, level, m, u, bits)."""
    return {
        "model_id": model.model_id, "sha256": model.sha256, "note": model.note, "record_count": model.record_count,
        "levels": levels(model),
    }  # fmt: skip


def levels(model: Model) -> list[dict[str, Any]]:
    """Every level that says something, in order. bits = log2(m / u): what it adds to the weight of a pair."""
    return [
        {
            "comparison": comparison["output_column_name"], "level": level["label_for_charts"],
            "m": level["m_probability"], "u": level["u_probability"],
            "bits": round(math.log2(level["m_probability"] / level["u_probability"]), 2),
        }
        for comparison in model.settings["comparisons"]
        for level in comparison["comparison_levels"]
        if not level.get("is_null_level")
    ]  # fmt: skip


def differences(standing: Model, new: Model) -> list[dict[str, Any]]:
    """Per level the bits of the model in force, of the new one, and the change."""
    before = {(line["comparison"], line["level"]): line["bits"] for line in levels(standing)}
    return [
        {
            "comparison": line["comparison"], "level": line["level"], "bits": line["bits"],
            "bits_in_force": before[line["comparison"], line["level"]],
            "change": round(line["bits"] - before[line["comparison"], line["level"]], 2),
        }
        for line in levels(new)
    ]  # fmt: skip


def render_page(told: Mapping[str, Any], language: str) -> bytes:
    """The page in UTF-8: no script, no request. `told`: describe() with is_in_force, in_force_since, promoted_by, reason."""
    from tasks.identity.page import environment

    widest = max(abs(line["bits"]) for line in told["levels"])
    page = environment(language).get_template("model.html.j2")
    return page.render(told=told, language=language, widest=widest).encode("utf-8")
