"""The OpenAPI document of the contract, generated from the reference receiver."""

from __future__ import annotations

import json

from tasks.delivery.receiver.app import create_app
from tasks.delivery.receiver.ledger import Ledger


def openapi_text(indent: int | None = 2) -> str:
    """The document as JSON text with sorted keys."""
    ledger = Ledger(None)
    try:
        return json.dumps(create_app(ledger).openapi(), ensure_ascii=False, indent=indent, sort_keys=True)
    finally:
        ledger.close()
