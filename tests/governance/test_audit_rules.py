"""The canonical form of events and the arithmetic of the chain."""

import hashlib
import json
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.audit.choices import AuditAction
from governance.audit.rules import (
    GENESIS,
    LEAF_SIZE,
    Fault,
    Seal,
    batch_fault,
    canonical,
    chain_hash,
    leaf,
    plain,
    seal_fault,
    split_leaves,
    state_fault,
)
from governance.people.choices import Role

TENANT = "3f0f0a4e-0000-4000-8000-000000000001"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Decimal("10.50"), "10.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0001"), "-0.0001"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00.000000Z"),
        (
            datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))),
            "2026-01-02T01:00:00.000000Z",
        ),
        (Role.OWNER, "owner"),
        (AuditAction.NODE_MOVED, "node.moved"),
        (uuid.UUID(TENANT), TENANT),
        ((1, "a", None, True), [1, "a", None, True]),
        ({Role.OWNER: {1: Decimal(1)}}, {"owner": {"1": "1"}}),
    ],
)
def test_values_become_plain(value: Any, said: Any) -> None:
    assert plain(value) == said


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_same_facts_give_the_same_bytes_in_any_order(body: dict[str, Any]) -> None:
    backwards = dict(reversed(list(body.items())))
    assert canonical(body) == canonical(backwards)
    assert json.loads(canonical(body)) == plain(body)


def test_the_canonical_form_has_no_blanks_and_keeps_letters() -> None:
    assert canonical({"b": "ü €", "a": [1, None]}) == '{"a":[1,null],"b":"ü €"}'


def sealed(*bodies: str) -> tuple[list[tuple[str, str]], bytes]:
    events = [(str(uuid.uuid4()), body) for body in bodies]
    return events, b"".join(leaf(*event) for event in events)


def chain(*batches: tuple[str, ...]) -> list[tuple[Seal, list[tuple[str, str]]]]:
    """Batches of bodies, sealed one after the other."""
    links, before, start = [], GENESIS, 0
    for number, bodies in enumerate(batches, start=1):
        events, leaves = sealed(*bodies)
        draft = Seal(number, start, start + 10, len(events), leaves, b"")
        seal = replace(draft, hash=chain_hash(before, TENANT, draft))
        links.append((seal, events))
        before, start = seal.hash, seal.to_txid
    return links


def test_a_leaf_is_the_events_id_and_the_hash_of_its_bytes() -> None:
    (event,), leaves = sealed("body ü")
    assert len(leaves) == LEAF_SIZE
    assert list(split_leaves(leaves)) == [(event[0], hashlib.sha256("body ü".encode()).digest())]


def test_a_whole_chain_holds() -> None:
    previous = None
    for seal, events in chain(("a", "b"), ("c",), ("d", "e", "f")):
        assert seal_fault(seal, previous, TENANT) is None
        assert batch_fault(seal, iter(events)) is None
        previous = seal


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch": 3}, "batch 2 is missing"),
        ({"from_txid": 11}, "does not begin where the former one ended"),
        ({"to_txid": 21}, "hash of the batch"),
        ({"event_count": 2}, "hash of the batch"),
        ({"leaves": bytes(LEAF_SIZE)}, "hash of the batch"),
        ({"hash": bytes(32)}, "hash of the batch"),
    ],
)
def test_each_fact_of_a_seal_is_bound_by_its_hash(change: dict[str, Any], said: str) -> None:
    (first, _), (second, _) = chain(("a",), ("b",))
    fault = seal_fault(replace(second, **change), first, TENANT)
    assert fault is not None
    assert said in fault.what


def test_a_chain_belongs_to_its_tenant() -> None:
    ((seal, _events),) = chain(("a",))
    assert seal_fault(seal, None, TENANT.replace("1", "2")) is not None


def test_a_first_batch_begins_at_the_beginning() -> None:
    (_, (second, _)) = chain(("a",), ("b",))
    fault = seal_fault(second, None, TENANT)
    assert fault is not None
    assert "batch 1 is missing" in fault.what


def test_each_kind_of_tampering_is_located() -> None:
    ((seal, events),) = chain(("a", "b", "c"))
    (first, second, third) = events
    other = (str(uuid.uuid4()), "x")
    cases: list[tuple[list[tuple[str, str]], str, str]] = [
        ([first, (second[0], "edited"), third], second[0], "edited after it was sealed"),
        ([first, third], second[0], "missing"),
        ([first, second, third, other], other[0], "slipped in"),
        ([(other[0], "a"), second, third], first[0], "missing"),
        ([first, second, third, (third[0], "x")], third[0], "stands in the batch twice"),
        ([(third[0], "x"), first, second, third], third[0], "stands in the batch twice"),
    ]
    for found, event_id, said in cases:
        fault = batch_fault(seal, found)
        assert fault is not None
        assert (fault.batch, fault.event_id) == (1, event_id)
        assert said in fault.what


def test_total_and_exported_head_must_agree() -> None:
    ((seal, _events),) = chain(("a",))
    assert state_fault(seal, is_total_true=True, wanted=None) is None
    assert state_fault(seal, is_total_true=True, wanted=(1, seal.hash.hex())) is None
    assert state_fault(seal, is_total_true=True, wanted=(2, "ff")) is None
    assert state_fault(seal, is_total_true=False, wanted=None) is not None
    assert state_fault(seal, is_total_true=True, wanted=(1, "ff")) is not None


def test_a_fault_says_where_and_what() -> None:
    assert str(Fault(3, "abc", "went wrong")) == "batch 3: went wrong (event abc)"
    assert str(Fault(None, "", "went wrong")) == "the whole trail: went wrong"
