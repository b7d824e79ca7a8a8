"""`sinergi db`: the warehouse's migrations, its backup and what comes after a restore."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from cli import printing

app = typer.Typer(no_args_is_help=True, help="The warehouse: migrations, backup, restore.")


@app.command()
def upgrade(as_json: bool = typer.Option(False, "--json")) -> None:
    """Bring the warehouse to the newest migration (an empty database becomes a warehouse)."""
    from schemas.migrations import HEAD
    from tasks import store
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    _tell(store.warehouse_revision(), HEAD, as_json)


@app.command()
def status(as_json: bool = typer.Option(False, "--json")) -> None:
    """At which migration the warehouse is, and which is the newest."""
    from schemas.migrations import HEAD
    from tasks import store

    _tell(store.warehouse_revision(), HEAD, as_json)


@app.command()
def backup(
    file: Path = typer.Argument(help="a new file, e.g. sinergi-2020-05-01.tar; it holds personal data (mode 600)"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Write every table and the received bytes into one file, of one moment; runs may go on meanwhile."""
    from tasks.backup import write_backup

    written = write_backup(file)
    if as_json:
        printing.show_json(asdict(written))
    else:
        printing.say(
            f"{written.row_count} rows of {written.table_count} tables, {written.content_count} files -> {file}"
        )


@app.command()
def restore(
    file: Path = typer.Argument(help="a file that `sinergi db backup` wrote"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Put a backup into an empty warehouse. Messages that were not settled are held until `sinergi db reconcile`."""
    from tasks.backup import restore_backup

    restored = restore_backup(file)
    if as_json:
        printing.show_json(asdict(restored))
        return
    printing.say(f"{restored.row_count} rows of {restored.table_count} tables, {restored.content_count} files are back")
    printing.say(
        f"{restored.held_count} messages are held, and no standing approval counts, before `sinergi db reconcile`"
    )
    printing.say("a backup holds no keys: bring SINERGI_HOME/keys from where it was kept")


@app.command()
def reconcile(
    by: str = typer.Option(..., "--by", help="who answers for it; recorded"),
    reason: str = typer.Option(..., "--reason", help="why; recorded"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """After a restore: let the next `sinergi outbox send` ask receivers what they have of the held messages before it sends any.

    Say so also when none was held, once the receivers were asked what they got since the backup: standing approvals count again.
    """
    from tasks.backup import release_restored

    count = release_restored(by, reason)
    if as_json:
        printing.show_json({"in_doubt": count})
    else:
        printing.say(f"{count} messages are in doubt now: `sinergi outbox send` reads them back first")


def _tell(at: str | None, newest: str | None, as_json: bool) -> None:
    if as_json:
        printing.show_json({"at": at, "newest": newest, "is_current": at == newest})
    elif at == newest:
        printing.say(f"the warehouse is at migration {at}, the newest")
    else:
        printing.say(f"the warehouse is at migration {at or 'none'}, the newest is {newest}: run `sinergi db upgrade`")
