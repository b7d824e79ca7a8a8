"""`sinergi receiver`: the reference receiving system, for a partner office to test against and for trying a push at home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import printing


def receiver(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 8085,
    data: Annotated[
        Path | None, typer.Option(help="Folder for what was received; default: receiver/ under the home.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Bearer token to require; better set SINERGI_RECEIVER_TOKEN.")
    ] = None,
    openapi: Annotated[bool, typer.Option("--openapi", help="Print the OpenAPI document and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --openapi: on one line.")] = False,
) -> None:
    """Run the reference receiver on loopback. It prints its URL when ready; stop it with Ctrl-C or SIGTERM.

    Then, in another terminal: SINERGI_RECEIVER_URL=http://127.0.0.1:8085 sinergi outbox send
    """
    from schemas.settings import settings

    if openapi:
        from tasks.delivery.receiver.describe import openapi_text

        printing.say(openapi_text(indent=None if as_json else 2))
        return
    from tasks.delivery.receiver.serve import serve

    secret = settings().receiver_token
    serve(port, data or settings().home / "receiver", token or (secret.get_secret_value() if secret else None))
