"""How `sinergi model quality` and `sinergi review sample` tell people what is known of the merging of persons.

Belongs here: the work and the words of these two commands. Does not belong here: estimating (tasks/quality), drawing
(tasks/identity/steps/sample).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli import printing

if TYPE_CHECKING:
    from tasks.quality.estimates import Line, Quality

COLUMNS = ("pairs of", "merged", "precision", "apart", "missed", "recall", "judged", "unsure")
STATES = {
    "unmeasured": "precision is not known: nobody has judged a pair of a random sample yet",
    "under": "precision is under the bound of {bound}: drafts carry a warning, nothing publishes under a standing approval",
    "open": "precision may be under the bound of {bound}: too few labels to exclude it",
    "held": "precision is over the bound of {bound}, its lower limit too",
}


def tell_quality(*, as_json: bool) -> None:
    """Precision and recall with their limits: in all, by kind of error, by regency; how old the labels are, what is missing."""
    from tasks.quality.labels import current_quality
    from tasks.quality.words import percent

    known = current_quality()
    if as_json:
        printing.show_json(known.as_dict())
        return
    if known.state != "unmeasured":
        _tell_tables(known)
    printing.say(STATES[known.state].format(bound=percent(known.bound)))
    if known.outside:
        counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(known.outside.items()))
        printing.say(f"judged outside the sample: {counts}; they speak for themselves only")
    _tell_missing(known)


def _tell_tables(known: Quality) -> None:
    from schemas.regions import office_name
    from tasks.quality.words import KIND_WORDS

    drawn = known.drawn
    lines = [_row("all", known.whole)]
    lines += [_row(KIND_WORDS[line.name]["en"], line) for line in known.kinds]
    printing.show_rows(lines, COLUMNS, as_json=False, title="merging of persons, by kind of error")
    places = [_row(office_name(line.name) or "between regencies", line) for line in known.regencies]
    printing.show_rows(places, COLUMNS, as_json=False, title="by regency (pairs as the sample says)")
    if drawn is not None:
        printing.say(
            f"sample of {drawn.drawn_on}, labels until {drawn.judged_on}, model {drawn.model_id}; limits at 95 %; recall among the"
            " pairs that were compared: what blocking never found is not in it"
        )
        if drawn.model_id != drawn.model_now:
            printing.say(f"these labels are of an earlier model; {drawn.model_now} scores now: draw a new sample")
        if drawn.changed:
            printing.say(
                f"{drawn.changed} drawn pairs have changed since and can no longer be judged as they were drawn"
            )


def _row(name: str, line: Line) -> dict[str, Any]:
    from tasks.quality.words import interval

    precision, missed = line.precision, line.missed
    return {
        "pairs of": name,
        "merged": round(precision.pairs),
        "precision": interval(precision.low, precision.point, precision.high) if precision.pairs else "",
        "apart": round(missed.pairs),
        "missed": interval(missed.low, missed.point, missed.high) if missed.pairs else "",
        "recall": interval(*line.recall) if precision.pairs and missed.pairs else "",
        "judged": precision.labels + missed.labels,
        "unsure": precision.unsure + missed.unsure,
    }


def _tell_missing(known: Quality) -> None:
    if known.drawn is not None and known.drawn.pending:
        printing.say(f"next: {known.drawn.pending} drawn pairs wait for a word: `sinergi review list --sample`")
    for ask in known.asks:
        command = f"sinergi review sample --size {ask.size} --about {ask.about} --by WHO"
        printing.say(f"next: to say more of {ask.about}, `{command}`; most of the doubt is in {ask.widest}")
    if known.drawn is None:
        printing.say("next: `sinergi review sample --size 100 --by WHO` draws pairs for officers to judge")


def draw(size: int, about: str, seed: int | None, by: str, *, as_json: bool) -> None:
    """Draw a sample and say which strata it came from and what to do with it."""
    from tasks.identity.steps.sample import draw_sample
    from tasks.quality.strata import BAND_WORDS
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    told = draw_sample(size, about=about, seed=seed, drawn_by=by)
    if as_json:
        printing.show_json(told)
        return
    rows = [{**row, "weight": BAND_WORDS[row["band"]], "pairs": row["pair_count"]} for row in told["strata"]]
    printing.show_rows(
        rows, ("side", "clause", "weight", "pairs", "drawn"), as_json=False, title=f"sample {told['sample_id']}"
    )
    printing.say(f"{told['size']} pairs drawn with seed {told['seed']}")
    printing.say("next: `sinergi review list --sample` shows them in the order of the draw; judge all of them")
