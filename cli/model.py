"""`sinergi model`: the model that weighs two records: train one on the warehouse, look at it, put it in force."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli import printing
from schemas.errors import InvariantBroken
from schemas.settings import province_today

if TYPE_CHECKING:
    from tasks.identity.model import Model

app = typer.Typer(no_args_is_help=True, help="The model of who is who: train, show, promote.")
JSON = typer.Option(False, "--json", help="one JSON document instead of text")
MODEL = typer.Argument(help="id of a model or its beginning, or a model file")
LEVELS = ("comparison", "level", "m", "u", "bits")


@app.command()
def train(as_json: bool = JSON) -> None:
    """Train a model on the warehouse, without labels; it is written into the home and weighs nothing before it is promoted."""
    from tasks.identity.modelpage import describe, differences
    from tasks.identity.steps.models import train as make

    model, path = make(province_today())
    standing, why_not = _model_in_force()
    changed = differences(standing, model) if standing else []
    compared_with = standing.model_id if standing else None
    if as_json:
        told = {**describe(model), "file": str(path), "compared_with": compared_with, "differences": changed}
        printing.show_json(told)
        return
    if standing:
        columns = ("comparison", "level", "bits_in_force", "bits", "change")
        printing.show_rows(changed, columns, as_json=False, title=f"{model.model_id} beside {compared_with}")
    else:
        printing.say(f"not compared with the model in force: {why_not}")
    printing.say(f"trained on {model.record_count} records: {model.note}\nfile       {path}")
    printing.say(f"next: `sinergi model promote {model.model_id} --dry-run` tells what it would change")


@app.command()
def show(
    model_id: str | None = typer.Argument(
        None, metavar="[MODEL]", help="id or its beginning, or a file; default: in force"
    ),
    html: Path | None = typer.Option(None, "--html", help="write a page with charts to this file"),
    lang: str = typer.Option("id", "--lang", help="language of the page: id or en"),
    as_json: bool = JSON,
) -> None:
    """What a model weighs: m, u and bits of every level; what it was trained on, its SHA-256, since when it is in force."""
    printing.require_language(lang)
    printing.require_folder(html)
    from tasks import store
    from tasks.identity.modelpage import describe, render_page
    from tasks.identity.questions.model import find_model, in_force, model_in_force, since

    with store.transaction() as connection:
        standing = in_force(connection)
        model = find_model(model_id) if model_id else model_in_force(connection)
        is_in_force = model.sha256 == standing.sha256
        told: dict[str, Any] = {
            **describe(model),
            "is_in_force": is_in_force,
            "in_force_since": since(connection, standing) if is_in_force else None,
            "promoted_by": standing.by if is_in_force else None,
            "reason": standing.reason if is_in_force else None,
        }
    if html is not None:
        html.write_bytes(render_page(told, lang))
    if as_json:
        printing.show_json({**told, "html": str(html) if html else None})
        return
    printing.show_rows(told["levels"], LEVELS, as_json=False, title=model.model_id)
    printing.say(f"trained on {model.record_count} records: {model.note}\nsha256     {model.sha256}")
    printing.say(_standing(told))
    if html is not None:
        printing.say(f"page       {html}")


@app.command()
def promote(
    model_id: str = MODEL,
    reason: str = typer.Option("", "--reason", help="why; recorded"),
    by: str = typer.Option("", "--by", help="who answers for it; recorded"),
    dry_run: bool = typer.Option(False, "--dry-run", help="tell what would change, and change nothing"),
    as_json: bool = JSON,
) -> None:
    """Put a model in force: the next `sinergi run` scores every pair with it, once, and merges; judgements hold."""
    from tasks.identity.questions.model import find_model
    from tasks.identity.steps.models import compare
    from tasks.identity.steps.models import promote as put_in_force

    model = find_model(model_id)
    if not dry_run:
        put_in_force(model, reason=reason, by=by)
        if as_json:
            printing.show_json({"model_id": model.model_id, "sha256": model.sha256, "is_in_force": True})
        else:
            printing.say(f"{model.model_id} is in force: the next `sinergi run` scores everything with it")
        return
    told = compare(model, province_today())._asdict()
    if as_json:
        printing.show_json({"model_id": model.model_id, **told})
        return
    printing.show_rows(
        told["pairs"], ("before", "after", "pairs"), as_json=False, title="pairs that would mean something else"
    )
    printing.say(
        f"persons    {told['persons_before']} before, {told['persons_after']} after; {told['persons_changed']} would have other"
        f" records ({told['records_moved']} records)"
    )
    if told["mass_merge"]:
        printing.say(
            f"{told['mass_merge']} persons would be merged into others: the run will stop until `sinergi review allow` lets it"
        )
    printing.say("nothing was changed; without --dry-run, with --reason and --by, it is put in force")


@app.command()
def quality(as_json: bool = JSON) -> None:
    """How good the merging of persons is, from what officers judged: precision and recall with limits, by kind of error and regency."""
    from cli.quality import tell_quality

    tell_quality(as_json=as_json)


def _model_in_force() -> tuple[Model | None, str]:
    """The model in force; when it no longer fits, nothing, and why: a new one is how that is mended."""
    from tasks import store
    from tasks.identity.questions.model import model_in_force

    try:
        with store.transaction() as connection:
            return model_in_force(connection), ""
    except InvariantBroken as error:
        return None, str(error)


def _standing(told: dict[str, Any]) -> str:
    """Whether and since when a model is in force, and who said so."""
    if not told["is_in_force"]:
        return "in force   no"
    since = f"since {str(told['in_force_since'])[:16]}" if told["in_force_since"] else "yes; it has not scored here yet"
    said = (
        f", promoted by {told['promoted_by']}: {told['reason']}"
        if told["promoted_by"]
        else ", shipped with the project"
    )
    return f"in force   {since}{said}"
