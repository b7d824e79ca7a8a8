"""The report as one HTML page: figures -> bytes. Pure: the same figures give the same bytes.

Belongs here: filling the template. Does not belong here: asking the warehouse or writing files (steps).
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.records import OUTCOMES
from schemas.regions import office_name
from tasks.quality.words import KIND_WORDS, interval, percent, warning
from tasks.reports import wording
from tasks.reports.charts import coverage_chart, ledger_chart
from tasks.reports.figures import COVERAGES, Figures

#: pairs of which each record came from another regency
BETWEEN_OFFICES = "Antarkabupaten/kota"


def render_page(figures: Figures, earlier: str = "") -> bytes:
    """The page in UTF-8; it asks for nothing outside itself. Pictures that an `earlier` page has already are taken from it."""
    text = (
        _environment()
        .get_template("report.html.j2")
        .render(
            figures=figures,
            outcomes=OUTCOMES,
            coverages=COVERAGES,
            ledger_chart=ledger_chart(figures.ledger, earlier),
            coverage_chart=coverage_chart(figures.coverage, earlier),
            warning=warning(figures.quality),
            kinds={name: words["id"] for name, words in KIND_WORDS.items()},
        )
    )
    return text.encode("utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tasks.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {name: getattr(wording, name) for name in ("number", "rupiah", "day", "share", "capped")}
    environment.filters.update(filters)
    environment.filters["percent"] = partial(percent, language="id")
    environment.filters["office"] = lambda code: office_name(code) or BETWEEN_OFFICES
    environment.filters["zipped"] = lambda names, lines: list(zip(names, lines, strict=True))
    environment.globals["interval"] = lambda low, point, high: interval(low, point, high, "id").replace(" %", "\u00a0%")
    environment.filters["worded"] = lambda codes, words: [words[code] for code in codes]
    words = {name.lower(): value for name, value in vars(wording).items() if name.endswith("_WORDS")}
    environment.globals.update(words)
    return environment
