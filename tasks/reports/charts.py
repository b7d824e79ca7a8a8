"""The report's charts as still pictures inside the page: no script, no request, sharp on paper.

Belongs here: counts -> SVG text. Does not belong here: which counts (figures). Every chart repeats what a table beside it says.
Colours: Okabe and Ito's palette, which stays apart for colour-blind eyes; what needs work is warm, what is done is cool.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.reports.figures import COVERAGES, Table
from tasks.reports.wording import COVERAGE_WORDS, OUTCOME_WORDS

OUTCOME_COLOURS = {
    "accepted": "#0072b2",
    "accepted_with_findings": "#7cc0e8",
    "quarantined": "#d55e00",
    "duplicate": "#e69f00",
    "waiting_with_file": "#9a9a9a",
}
COVERAGE_COLOURS = {
    "aided": "#00664b",
    "on_list": "#009e73",
    "waiting": "#e69f00",
    "held": "#cc79a7",
    "uncovered": "#b5b5b5",
}


def ledger_chart(table: Table, earlier: str = "") -> str:
    """Data rows per regency by outcome (rows that are no data are left out); empty text when there are none.

    `earlier`: a page that may hold the same picture already; it is taken from there, since drawing takes most of the time of a report.
    """
    shown = [outcome for outcome in OUTCOME_COLOURS if table.total[outcome]]
    about = "Baris data per kabupaten/kota menurut hasil"
    return _once(earlier, table, shown, OUTCOME_WORDS, OUTCOME_COLOURS, "baris data", about)


def coverage_chart(table: Table, earlier: str = "") -> str:
    """Persons per regency by how they are reached; empty text when there are none. `earlier` as for `ledger_chart`."""
    shown = [way for way in COVERAGES if table.total[way]]
    about = "Orang per kabupaten/kota menurut jangkauan bantuan"
    return _once(earlier, table, shown, COVERAGE_WORDS, COVERAGE_COLOURS, "orang", about)


def _once(earlier: str, table: Table, *look: Any) -> str:
    """The picture as an earlier page has it, when it was drawn from the same counts by the same code; else drawn now."""
    drawn_from = json.dumps([table.lines, look, inspect.getsource(_stacked), inspect.getsource(_as_inline)])
    mark = f'data-drawn-from="{hashlib.sha256(drawn_from.encode()).hexdigest()}"'
    start = earlier.find(f"<svg {mark}")
    if start >= 0:
        return earlier[start : earlier.index("</svg>", start) + len("</svg>")]
    return _stacked(table, *look).replace("<svg", f"<svg {mark}", 1)


def _stacked(
    table: Table, shown: Sequence[str], words: Mapping[str, str], colours: Mapping[str, str], unit: str, about: str
) -> str:
    """One bar a regency, one colour a column of the table, biggest meaning first."""
    if not shown:
        return ""
    import altair as alt

    lines = [line for line in table.lines if any(line[column] for column in shown)]
    values = [
        {"regency": _short(line["name"]), "word": words[column], "count": line[column], "order": place}
        for line in lines
        for place, column in enumerate(shown)
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values), width=700, height=alt.Step(26), description=about)
        .mark_bar(height=17)
        .encode(
            y=alt.Y("regency:N", sort=[_short(line["name"]) for line in lines], title=None),
            x=alt.X(
                "count:Q",
                title=unit,
                axis=alt.Axis(labelExpr="replace(format(datum.value, ','), /,/g, '.')", tickCount=6),
            ),
            color=alt.Color(
                "word:N",
                sort=[words[column] for column in shown],
                scale=alt.Scale(domain=[words[c] for c in shown], range=[colours[c] for c in shown]),
                legend=alt.Legend(orient="top", title=None, symbolType="square", columns=len(shown), labelLimit=220),
            ),
            order=alt.Order("order:Q"),
        )
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            labelLimit=220,
            domainColor="#8a949b",
            gridColor="#e4e8ea",
            tickSize=0,
            labelPadding=6,
        )
        .configure_legend(labelFontSize=12)
        .configure(font="DejaVu Sans, Arial, sans-serif", background="transparent")
    )
    return _as_inline(chart.to_dict(), about)


def _short(name: str) -> str:
    return name.replace("Kabupaten ", "Kab. ") or "Tidak diketahui"


def _as_inline(specification: dict[str, object], about: str) -> str:
    """The picture for an HTML page: scalable, with a name for screen readers, without addresses of any kind."""
    import vl_convert

    svg = str(vl_convert.vegalite_to_svg(specification))
    svg = re.sub(r'\sxmlns(:xlink)?="[^"]*"', "", svg)
    size = re.search(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', svg)
    svg = re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", svg, count=1)
    style = f' style="width:100%;max-width:{size.group(1)}px;height:auto"' if size else ""
    return svg.replace("<svg", f'<svg role="img" aria-label="{about}"{style}', 1)
