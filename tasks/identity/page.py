"""Why some records are one person, as one HTML page in Indonesian or English: no script, no request, sharp on paper.

Belongs here: filling the template, and the geometry of a waterfall. Does not belong here: what is told (explain.py), the words
(wording.py), writing the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from schemas.regions import office_name, region_name
from tasks.identity.bounds import MERGE_WEIGHT
from tasks.identity.wording import word

#: where the bars begin and end, how high a line is, and the room for the scale under them; in the units of the picture
LEFT, RIGHT, LINE, SCALE = 240, 690, 24, 42
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
#: the scale is marked at every so many bits, the first that gives at most eight marks
STEPS = (5, 10, 20, 50, 100)


class Strip(NamedTuple):
    """One bar: what it is of, its bits, where it begins and how long it is, and from which height on it is drawn."""

    comparison: str
    level: str
    bits: float
    x: float
    width: float
    y: int


class Picture(NamedTuple):
    """A waterfall ready to be drawn: strips, the total's strip, the marks of the scale (bits, x), and the threshold's x."""

    strips: list[Strip]
    total: Strip
    marks: list[tuple[int, float]]
    threshold: float
    height: int


def draw(bits: Sequence[Mapping[str, Any]]) -> Picture | None:
    """The picture of what each comparison of a pair says (`bits`: comparison, level, bits); None when nothing is known of it."""
    spoken = [bar for bar in bits if bar["bits"]]
    if not spoken:
        return None
    ends: list[float] = list(accumulate(bar["bits"] for bar in spoken))
    low, high = min(0.0, *ends), max(MERGE_WEIGHT, *ends) * 1.02
    scale = (RIGHT - LEFT) / (high - low)

    def x(at: float) -> float:
        return round(LEFT + (at - low) * scale, 1)

    def strip(comparison: str, level: str, begin: float, end: float, line: int) -> Strip:
        return Strip(
            comparison, level, end - begin, x(min(begin, end)), round(abs(end - begin) * scale, 1), line * LINE
        )

    strips = [
        strip(bar["comparison"], bar["level"], begin, end, line)
        for line, (bar, begin, end) in enumerate(zip(spoken, [0.0, *ends], ends, strict=False))
    ]
    step = next((step for step in STEPS if (high - low) / step <= 8), STEPS[-1])
    marks = [(at, x(at)) for at in range(math.ceil(low / step) * step, int(high) + 1, step)]
    total = strip("", "", 0.0, ends[-1], len(strips))
    return Picture(strips, total, marks, x(MERGE_WEIGHT), (len(strips) + 1) * LINE + SCALE)


def render_page(told: Mapping[str, Any], language: str) -> bytes:
    """The page in UTF-8. `told`: as questions.person.explain gives it; `language`: id or en."""
    template = environment(language).get_template("person.html.j2")
    return template.render(told=told, language=language).encode("utf-8")


def _told_value(field: str, value: Any, language: str) -> str:
    """A golden value for people: regions by name, days as they are written here, codes in words, yes or no."""
    codes = str(value).split("|")
    if field.endswith(("_on", "_date")):
        return _DAY.sub(r"\3/\2/\1", str(value))
    if field.endswith(("_code", "_codes")):
        return ", ".join(_region(code) for code in codes)
    return ", ".join(word("value", code, language) for code in codes)


def _region(code: str) -> str:
    try:
        return region_name(code)
    except KeyError:  # of an earlier year's regions
        return code


@lru_cache(maxsize=2)
def environment(language: str) -> Environment:
    """What templates of this room can say in a language: words, numbers, the house's style."""
    made = Environment(
        loader=PackageLoader("tasks.identity", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def number(value: float, places: int = 1) -> str:
        shown = f"{value:+.{places}f}".replace("-", "−")
        return shown.replace(".", ",") if language == "id" else shown

    made.filters["bits"] = number
    made.globals.update(
        say=lambda code, **values: word("page", code, language).format(**values),
        word=lambda kind, code: word(kind, code, language),
        office=lambda code: office_name(code) or code,
        told_value=lambda field, value: _told_value(field, value, language),
        draw=draw,
        threshold=round(MERGE_WEIGHT),
        right=RIGHT,
        line=LINE,
        style=made.call_filter("safe", made.get_template("person.css").render()),
    )
    return made
