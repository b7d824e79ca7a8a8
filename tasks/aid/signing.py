"""Ed25519 signatures of officers: keys and signatures as base64 text.

Belongs here: making a key pair, signing, checking. Does not belong here: where keys are kept (steps/officers.py) or what is signed
(canonical.py).
"""

from __future__ import annotations

import base64
import binascii


def new_private_key() -> str:
    """A new private key: base64 of its 32 raw bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def public_key(private_key: str) -> str:
    """The public key that belongs to a private one, base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key))
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def sign(private_key: str, statement: bytes) -> str:
    """The signature of a statement, base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private_key))
    return base64.b64encode(key.sign(statement)).decode()


def is_signed(public: str, signature: str, statement: bytes) -> bool:
    """Whether the signature is this key's over this statement; malformed keys and signatures are no signatures."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), statement)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
