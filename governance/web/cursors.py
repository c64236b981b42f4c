"""Opaque cursors: what a page link remembers, sealed so that nobody reads or forges it; pure."""

import base64
import binascii
import hmac
import json
from typing import Any

from django.utils.crypto import salted_hmac

SALT = "governance.web.cursors"
MARK_SIZE = 16
BLOCK = 32


def sealed(facts: dict[str, Any]) -> str:
    """Facts as a text for an address; the same facts always give the same text.

    The row's number inside is a key of ours and must not be readable, so signing is not enough:
    the authentication mark of the plain text is also the seed of the key stream over it (SIV).
    """
    plain = json.dumps(facts, separators=(",", ":"), sort_keys=True).encode()
    mark = _mark(plain)
    return base64.urlsafe_b64encode(mark + _streamed(plain, mark)).rstrip(b"=").decode()


def unsealed(text: str) -> dict[str, Any] | None:
    """The facts of a text of ours; None for anything else."""
    try:
        raw = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    mark = raw[:MARK_SIZE]
    plain = _streamed(raw[MARK_SIZE:], mark)
    if not hmac.compare_digest(mark, _mark(plain)):
        return None
    facts: dict[str, Any] = json.loads(plain)
    return facts


def _key(purpose: str) -> bytes:
    return salted_hmac(SALT, purpose, algorithm="sha256").digest()


def _mark(plain: bytes) -> bytes:
    return hmac.digest(_key("mark"), plain, "sha256")[:MARK_SIZE]


def _streamed(data: bytes, mark: bytes) -> bytes:
    """Data combined with the key stream that the mark starts; twice gives the data back."""
    key = _key("stream")
    blocks = range(-(-len(data) // BLOCK))
    stream = b"".join(hmac.digest(key, mark + n.to_bytes(4, "big"), "sha256") for n in blocks)
    return bytes(one ^ other for one, other in zip(data, stream, strict=False))
