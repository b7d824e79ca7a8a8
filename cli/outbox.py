"""`sinergi outbox`: what is to be sent to receiving systems, what became of it, and sending it now."""

from __future__ import annotations

import typer

from cli import printing
from schemas.errors import EXIT_OUT_OF_REACH

app = typer.Typer(no_args_is_help=True, help="Messages to receiving systems: list, show, send, settle.")
LIST_COLUMNS = (
    "list_id", "part", "part_count", "receiver", "state", "line_count", "accepted", "refused", "attempt_count",
    "last_error_code", "idempotency_key",
)  # fmt: skip


@app.command("list")
def list_(
    state: str = typer.Option(None, "--state", help="queued, sending, in_doubt, acknowledged, refused or held"),
    list_id: str = typer.Option(None, "--list", help="only the messages of this list"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Every message with its state and how its lines were answered."""
    from tasks.delivery.questions import list_messages

    printing.show_rows(list_messages(state, list_id), LIST_COLUMNS, as_json=as_json, title="outbox")


@app.command()
def show(
    key: str = typer.Argument(help="the message's idempotency key"), as_json: bool = typer.Option(False, "--json")
) -> None:
    """One message: answers by code, refused lines, receipts, alarms. Ids and counts only."""
    from tasks.delivery.questions import show_message

    message = show_message(key)
    if as_json:
        printing.show_json(message)
        return
    for name, value in message.items():
        if isinstance(value, list):
            printing.show_rows(value, list(value[0]) if value else (), as_json=False, title=name)
        else:
            printing.say(f"{name:<16} {'' if value is None else value}")


@app.command()
def settle(
    key: str = typer.Argument(help="the idempotency key of a message of which something was refused"),
    by: str = typer.Option(..., "--by", help="who looked into it; recorded"),
    reason: str = typer.Option(..., "--reason", help="what came of it; recorded"),
    as_json: bool = typer.Option(False, "--json"),
) -> None:
    """Say that a refusal was looked into: `sinergi doctor` tells of it no more. Nothing is sent, and who was awarded stays awarded."""
    from tasks.delivery.steps import settle_refusal

    settle_refusal(key, by, reason)
    if as_json:
        printing.show_json({"settled": key})
    else:
        printing.say("recorded; `sinergi doctor` tells of it no more")


@app.command()
def send(as_json: bool = typer.Option(False, "--json")) -> None:
    """Send whatever is open. What was settled is never sent again; what is in doubt is read back first.

    Exit 0 done, or no receiver is set (then everything stays in the outbox); 4 a receiver is out of reach, held a message, or refused one
    or a line of one.
    """
    from schemas.settings import province_today
    from tasks import runs
    from tasks.delivery.steps import NOT_DELIVERED, send_outbox
    from tasks.upgrade import upgrade_warehouse

    upgrade_warehouse()
    with runs.run("distribution", province_today()) as run:
        run.counts["outbox"] = counts = send_outbox(run.run_id)
    if as_json:
        printing.show_json(counts)
    else:
        printing.show_rows([counts], tuple(counts), as_json=False, title="sent")
        if counts["held_back"]:
            printing.say("No receiving system is set; set SINERGI_RECEIVER_URL to send.")
    if any(counts[word] for word in NOT_DELIVERED):
        raise typer.Exit(EXIT_OUT_OF_REACH)
