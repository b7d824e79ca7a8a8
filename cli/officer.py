"""`sinergi officer`: who may prepare and who may approve lists."""

from __future__ import annotations

import typer

from cli import printing

app = typer.Typer(no_args_is_help=True, help="Officers who prepare, approve and publish lists: add, list.")
COLUMNS = ("officer_id", "full_name", "role", "is_active", "public_key")


@app.command()
def add(
    officer_id: str = typer.Argument(help="short id: small letters, digits, '.', '_', '-'"),
    name: str = typer.Option(..., "--name", help="full name"),
    role: str = typer.Option("approver", "--role", help="preparer or approver"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Register an officer and make the key pair; the private key stays in a file on this machine (mode 600)."""
    from tasks.aid.steps.officers import add_officer
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    officer = add_officer(officer_id, name, role)
    if as_json:
        printing.show_json(officer)
    else:
        printing.say(f"{officer['officer_id']} ({officer['role']}): private key in {officer['key_file']}")


@app.command("list")
def list_(as_json: bool = typer.Option(False, "--json")) -> None:
    """Every officer with the public key."""
    from tasks.aid.questions import officers

    printing.show_rows(officers(), COLUMNS, as_json=as_json, title="officers")
