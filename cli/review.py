"""`sinergi review`: the questions about who is who that only a person can answer, and what people answered.

Values of people are masked unless --show-values says why they are needed, which is recorded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from cli import printing
from cli.run import day
from cli.showing import SHOW, WHY, reason_to_show
from schemas.errors import EXIT_STOPPED, UsageError

app = typer.Typer(no_args_is_help=True, help="Questions about who is who: list, show, decide, undo.")
PAIR = typer.Argument(help="two record ids as `sinergi review list` shows them: 123-456")
BY = typer.Option(..., "--by", help="who says so; kept with the judgement")
JSON = typer.Option(False, "--json", help="one JSON document instead of text")


@app.command("list")
def list_(
    regency: str = typer.Option(None, "--regency", help="only pairs with a record that this regency sent, e.g. 19.01"),
    clause: str = typer.Option(None, "--clause", help="only this clause, e.g. TWINS or NIK_CONFLICT"),
    kind: str = typer.Option(None, "--kind", help="pair, cut, contradiction, stale, or unsure (else left out)"),
    sample: bool = typer.Option(
        False, "--sample", help="instead the drawn pairs that wait for a word, in the order of the draw"
    ),
    page: int = typer.Option(1, "--page", min=1, help="which page"),
    size: int = typer.Option(50, "--size", min=1, help="questions on a page"),
    out: Path | None = typer.Option(None, "--out", help="write the page as a workbook with columns to fill in"),
    lang: str = typer.Option("id", "--lang", help="language of the workbook: id or en"),
    show_values: bool = SHOW,
    reason: str = WHY,
    as_json: bool = JSON,
) -> None:
    """Open questions, those first for which aid waits, then by weight; how many by reason."""
    printing.require_language(lang)
    printing.require_folder(out)
    from cli import reviewing
    from tasks.identity.questions.review import list_questions, parse_pair

    why = reason_to_show(show_values, reason)
    if sample:
        found = _drawn(page, size)
    else:
        found = list_questions(
            kind=kind, clause=clause, regency=regency, page=page, size=size, reason_to_show=None if out else why
        )
    if out is not None:
        from tasks.identity.questions.review import show_pairs
        from tasks.identity.sheet import build_sheet

        pairs = [parse_pair(line["pair"]) for line in found["questions"]]
        out.write_bytes(build_sheet(show_pairs(pairs, reason_to_show=why), lang))
        found["out"] = str(out)
    if as_json:
        printing.show_json(found)
    elif out is not None:
        printing.say(f"{len(found['questions'])} of {found['count']} questions: {out}")
        printing.say(f"next: fill in its verdicts and reasons, then `sinergi review decide --from {out} --by WHO`")
    elif sample:
        reviewing.tell_drawn(found["questions"], found["count"])
    else:
        reviewing.tell_list(found, size)


@app.command()
def show(pair: str = PAIR, show_values: bool = SHOW, reason: str = WHY, as_json: bool = JSON) -> None:
    """Two records side by side: where they differ, what each comparison says, the clause, the sources, what was judged before."""
    from cli import reviewing
    from tasks.identity.questions.review import parse_pair, show_pairs

    (told,) = show_pairs([parse_pair(pair)], reason_to_show=reason_to_show(show_values, reason))
    if as_json:
        printing.show_json(told)
        return
    reviewing.tell_pair(told)
    if not any(line["undone_at"] is None for line in told["judgements"]):
        printing.say(f"next: `sinergi review decide {told['pair']} same|different|unsure --reason WHY --by WHO`")


@app.command()
def decide(
    pair: str | None = typer.Argument(None, help=PAIR.help),
    verdict: str | None = typer.Argument(None, help="same, different or unsure"),
    reason: str | None = typer.Option(
        None, "--reason", help="why; kept with the judgement, and for lines of a list that give none"
    ),
    by: str = BY,
    from_: Path | None = typer.Option(
        None, "--from", help="a list instead: CSV or the workbook of `list --out`: pair, verdict, reason"
    ),
    as_json: bool = JSON,
) -> None:
    """Say whether two records are one person. The next consolidation applies it; it holds through every run until it is undone.

    Of a list, lines without a verdict are left out, and those that may not be recorded are told: exit 1 when there are any.
    """
    from cli import reviewing
    from tasks.identity.judgements import Word
    from tasks.identity.questions.review import parse_pair
    from tasks.identity.steps.judge import Decision, record_decisions, record_judgements

    if (pair is None) == (from_ is None) or (pair is None) != (verdict is None):
        raise UsageError("say PAIR and a verdict, or --from a list", mend="`sinergi review decide --help`.")
    if pair is not None and verdict is not None:
        (judgement,) = record_judgements([parse_pair(pair)], verdict, reason=reason or "", judged_by=by)
        if as_json:
            printing.show_json({"pair": pair, "verdict": verdict, "judgement_id": judgement})
        else:
            printing.say(f"judgement {judgement}: {pair} {verdict}\n{reviewing.APPLY}")
        return
    lines = reviewing.read_list(Path(from_ or ""))
    words = [Word(*parse_pair(line["pair"]), line["verdict"]) for line in lines]
    decisions = [Decision(word, line["reason"] or reason or "") for word, line in zip(words, lines, strict=True)]
    told = reviewing.as_lines(record_decisions(decisions, judged_by=by), lines)
    if as_json:
        printing.show_json(told)
    else:
        reviewing.tell_decided(told)
    if any(line["objection"] for line in told):
        raise typer.Exit(EXIT_STOPPED)


@app.command()
def undo(
    judgement_id: int = typer.Argument(help="the number that `sinergi review show PAIR` tells"),
    reason: str = typer.Option(..., "--reason", help="why; kept in the history"),
    by: str = BY,
    as_json: bool = JSON,
) -> None:
    """Take a judgement back. It stays in the history; the next consolidation decides without it."""
    from cli.reviewing import APPLY
    from tasks.identity.steps.judge import undo_judgement

    undo_judgement(judgement_id, undone_by=by, reason=reason)
    if as_json:
        printing.show_json({"judgement_id": judgement_id, "undone_by": by})
    else:
        printing.say(f"judgement {judgement_id} is undone\n{APPLY}")


@app.command()
def apply(today: str = typer.Option(None, "--today", help="YYYY-MM-DD"), as_json: bool = JSON) -> None:
    """Consolidate now: what was judged, and whatever else has changed, becomes who is who."""
    from cli.progress import reporter
    from flows.consolidation import WAITING, consolidate
    from tasks import runs, store
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    tell = reporter(as_json)
    waiting = {"step": "lock", "note": WAITING}
    with runs.run("consolidation", day(today)) as run, store.consolidation_lock(on_wait=lambda: tell(waiting)):
        run.counts.update(consolidate(run.run_id, tell))
    if as_json:
        printing.show_json({"step": "done", "run_id": run.run_id, **run.counts})
    else:
        printing.say("next: `sinergi aid build` brings the drafts up to date; every nightly run does it too")


@app.command()
def allow(
    merged: int = typer.Option(
        ..., "--merged", min=1, help="how many persons may be merged into others, as the stopped run told"
    ),
    reason: str = typer.Option(..., "--reason", help="why it is right; recorded"),
    by: str = typer.Option(..., "--by", help="who allows it; recorded"),
    as_json: bool = JSON,
) -> None:
    """Let the next run make one of unusually many persons, once. A run that would do so unasked stops before it writes."""
    from cli.reviewing import APPLY
    from tasks.identity.steps.brake import allow_mass_merge

    allow_mass_merge(merged, reason=reason, allowed_by=by)
    if as_json:
        printing.show_json({"merged": merged, "allowed_by": by})
    else:
        printing.say(f"the next run may merge {merged} persons into others\n{APPLY}")


@app.command()
def sample(
    size: int = typer.Option(100, "--size", min=1, help="how many pairs to draw"),
    about: str = typer.Option("both", "--about", help="precision (merged pairs), recall (pairs kept apart) or both"),
    seed: int = typer.Option(None, "--seed", help="draw the same pairs again"),
    by: str = typer.Option(..., "--by", help="who draws; recorded"),
    as_json: bool = JSON,
) -> None:
    """Draw pairs at random for officers to judge: their judgements tell how good the merging is (`sinergi model quality`)."""
    from cli import quality

    quality.draw(size, about, seed, by, as_json=as_json)


def _drawn(page: int, size: int) -> dict[str, Any]:
    """One page of the drawn pairs that wait for a word."""
    from tasks.identity.judgements import pair_name
    from tasks.identity.questions.sample import waiting_pairs

    waiting = [{**each, "pair": pair_name(each["record_a"], each["record_b"])} for each in waiting_pairs()]
    return {"count": len(waiting), "page": page, "questions": waiting[(page - 1) * size : page * size]}
