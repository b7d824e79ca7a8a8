"""`sinergi db`: the warehouse's migrations."""

from __future__ import annotations

import typer

from cli import printing

app = typer.Typer(no_args_is_help=True, help="The warehouse: bring it to the newest migration, ask where it is.")


@app.command()
def upgrade(as_json: bool = typer.Option(False, "--json")) -> None:
    """Bring the warehouse to the newest migration (an empty database becomes a warehouse)."""
    from tasks import store

    before = store.warehouse_revision()
    store.upgrade_warehouse()
    _tell(before, store.warehouse_revision(), as_json)


@app.command()
def status(as_json: bool = typer.Option(False, "--json")) -> None:
    """At which migration the warehouse is, and which is the newest."""
    from schemas.migrations import HEAD
    from tasks import store

    _tell(store.warehouse_revision(), HEAD, as_json)


def _tell(at: str | None, newest: str | None, as_json: bool) -> None:
    if as_json:
        printing.show_json({"at": at, "newest": newest, "is_current": at == newest})
    elif at == newest:
        printing.say(f"the warehouse is at migration {at}, the newest")
    else:
        printing.say(f"the warehouse is at migration {at or 'none'}, the newest is {newest}: run `sinergi db upgrade`")
