"""The canonical form of an event and the arithmetic of the chain; pure."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from itertools import chain
from typing import Any

LEAF_SIZE = 48
ID_SIZE = 16
GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Seal:
    """What one batch of the chain states."""

    batch: int
    from_txid: int
    to_txid: int
    event_count: int
    leaves: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing found wrong: in which batch, with which event, and what."""

    batch: int | None
    event_id: str
    what: str

    def __str__(self) -> str:
        where = "the whole trail" if self.batch is None else f"batch {self.batch}"
        return f"{where}: {self.what}" + (f" (event {self.event_id})" if self.event_id else "")


def plain(value: Any) -> Any:
    """A value as canonical JSON carries it: decimals and dates as text, instants in UTC with Z."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str | int | bool | type(None)):
        return value
    return _spelled(value)


def _spelled(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value)


def canonical(body: Mapping[str, Any]) -> str:
    """Sorted keys, no blanks, no escapes beyond JSON's own: the same facts, the same bytes."""
    return json.dumps(plain(body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def body_hash(body: str) -> str:
    """What the leaf of an event says of its body, in hex: SHA-256 of its UTF-8 bytes."""
    return hashlib.sha256(body.encode()).hexdigest()


def leaf(event_id: str, body: str) -> bytes:
    """The 48 bytes that stand for one event in its batch."""
    return uuid.UUID(event_id).bytes + hashlib.sha256(body.encode()).digest()


def chain_hash(previous: bytes, tenant: str, seal: Seal) -> bytes:
    """SHA-256 over the former hash, the batch's leaves and its place in the chain."""
    place = f"{tenant}:{seal.batch}:{seal.from_txid}:{seal.to_txid}:{seal.event_count}"
    root = hashlib.sha256(seal.leaves).digest()
    return hashlib.sha256(previous + root + place.encode()).digest()


def split_leaves(leaves: bytes) -> Iterator[tuple[str, bytes]]:
    """(event id, body hash) of each event in a batch, in order."""
    for start in range(0, len(leaves), LEAF_SIZE):
        cell = leaves[start : start + LEAF_SIZE]
        yield str(uuid.UUID(bytes=cell[:ID_SIZE])), cell[ID_SIZE:]


def seal_fault(seal: Seal, previous: Seal | None, tenant: str) -> Fault | None:
    """Whether a seal continues the chain and hashes to what it says."""
    expected = previous.batch + 1 if previous else 1
    if seal.batch != expected:
        return Fault(seal.batch, "", f"batch {expected} is missing from the chain")
    if seal.from_txid != (previous.to_txid if previous else 0):
        return Fault(seal.batch, "", "the batch does not begin where the former one ended")
    before = previous.hash if previous else GENESIS
    if chain_hash(before, tenant, seal) != seal.hash:
        return Fault(seal.batch, "", "the hash of the batch does not follow from its content")
    if len(seal.leaves) != seal.event_count * LEAF_SIZE:
        return Fault(seal.batch, "", "the batch counts other events than it holds")
    return None


def state_fault(seal: Seal, *, is_total_true: bool, wanted: tuple[int, str] | None) -> Fault | None:
    """Whether what stands beside the hashes agrees: the running total and the exported head."""
    if not is_total_true:
        return Fault(seal.batch, "", "the running total does not add up")
    if wanted is not None and seal.batch == wanted[0] and seal.hash.hex() != wanted[1]:
        return Fault(seal.batch, "", "the hash differs from the exported head")
    return None


def batch_fault(seal: Seal, events: Iterable[tuple[str, str]]) -> Fault | None:
    """Compare sealed leaves with the events (id, body) found now; names the first difference.

    Both come in the same order, so that as long as they agree nothing is kept of them.
    """
    sealed = split_leaves(seal.leaves)
    rest = iter(events)
    for place, (event_id, body) in enumerate(rest):
        if next(sealed, None) != (event_id, hashlib.sha256(body.encode()).digest()):
            return _difference(seal, place, chain([(event_id, body)], rest))
    missing = next(sealed, None)
    return _missing(seal, missing[0]) if missing else None


def _difference(seal: Seal, place: int, events: Iterable[tuple[str, str]]) -> Fault:
    """What differs from this place on: first what was sealed, then what came on top."""
    leaves = list(split_leaves(seal.leaves))
    before, sealed = {event_id for event_id, _hash in leaves[:place]}, dict(leaves[place:])
    found: dict[str, bytes] = {}
    for event_id, body in events:
        if event_id in found or event_id in before:
            return Fault(seal.batch, event_id, "an event stands in the batch twice")
        found[event_id] = hashlib.sha256(body.encode()).digest()
    for event_id, body_hash in sealed.items():
        if event_id not in found:
            return _missing(seal, event_id)
        if found[event_id] != body_hash:
            return Fault(seal.batch, event_id, "an event was edited after it was sealed")
    for event_id in found:
        if event_id not in sealed:
            what = "an event was slipped in after the batch was sealed"
            return Fault(seal.batch, event_id, what)
    first = next(iter(found))
    return Fault(seal.batch, first, "the order of the events in the batch was changed")


def _missing(seal: Seal, event_id: str) -> Fault:
    return Fault(seal.batch, event_id, "a sealed event is missing or its id was edited")
