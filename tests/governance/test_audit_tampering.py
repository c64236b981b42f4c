"""Tampering by the owner of the database is found and located; cut tails against the head (A2)."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from governance.audit.choices import AuditAction
from governance.audit.rules import GENESIS, Seal, chain_hash, leaf
from governance.audit.selectors import Head, Verification, audit_head, verify
from governance.audit.services import Subject, record
from tests.houses import Plot, plot
from tests.sealing import seal_all

Row = tuple[int, str, str]
TENANTS, BATCHES = 30, 3


def write(plot: Plot, number: int) -> None:
    with plot.active():
        by = plot.system()
        for part in range(3):
            subject = Subject("measure", f"M-{number}{part}", "x")
            record(AuditAction.MEASURE_CHANGED, subject=subject, by=by)


class Forger:
    """The owner of the database with the guards switched off, at work on one tenant."""

    def __init__(self, house: Plot, connection: psycopg.Connection) -> None:
        self.house, self.connection = house, connection

    @property
    def tenant(self) -> int:
        return self.house.tenant.pk

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        with self.connection.transaction():
            for table in ("governance_auditevent", "governance_auditseal"):
                self.connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("governance_auditevent", "governance_auditseal"):
                self.connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
                self.connection.execute(
                    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER deny_change,"
                    " ENABLE ALWAYS TRIGGER deny_truncate"
                )

    def run(self, statement: str, *values: object) -> None:
        with self.unguarded():
            done = self.connection.execute(statement, [self.tenant, *values])
            assert done.rowcount >= 1, "the forgery changed nothing"

    def event(self, batch: int) -> Row:
        """Row id, event id and body of the first event of a batch."""
        row = self.connection.execute(
            "SELECT e.id, e.public_id, e.body FROM governance_auditevent e"
            " JOIN governance_auditseal s USING (tenant_id)"
            " WHERE e.tenant_id = %s AND s.batch = %s"
            " AND e.txid >= s.from_txid AND e.txid < s.to_txid ORDER BY e.txid, e.id",
            [self.tenant, batch],
        ).fetchone()
        assert row is not None
        return row

    def seals(self) -> list[Seal]:
        rows = self.connection.execute(
            "SELECT batch, from_txid, to_txid, event_count, leaves, hash"
            " FROM governance_auditseal WHERE tenant_id = %s ORDER BY batch",
            [self.tenant],
        ).fetchall()
        return [Seal(*row[:4], bytes(row[4]), bytes(row[5])) for row in rows]

    def rewrite(self, batches: set[int]) -> None:
        """Compute leaves and hashes of these batches anew from the events found now."""
        before = GENESIS
        for seal in self.seals():
            fresh = self.resealed(seal, before) if seal.batch in batches else seal
            before = fresh.hash
            self.store(fresh)

    def store(self, seal: Seal) -> None:
        self.run(
            "UPDATE governance_auditseal s SET leaves = v.leaves, hash = v.hash"
            " FROM (SELECT %s::bigint AS tenant_id, %s::bytea AS leaves, %s::bytea AS hash,"
            " %s::bigint AS batch) v WHERE s.tenant_id = v.tenant_id AND s.batch = v.batch",
            seal.leaves,
            seal.hash,
            seal.batch,
        )

    def resealed(self, seal: Seal, before: bytes) -> Seal:
        events = self.connection.execute(
            "SELECT public_id, body FROM governance_auditevent WHERE tenant_id = %s"
            " AND txid >= %s AND txid < %s ORDER BY txid, id",
            [self.tenant, seal.from_txid, seal.to_txid],
        ).fetchall()
        draft = replace(seal, leaves=b"".join(leaf(*event) for event in events))
        return replace(draft, hash=chain_hash(before, str(self.house.tenant.public_id), draft))


@pytest.fixture(scope="module")
def sealed_tenants(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> list[Plot]:
    """Small tenants with three sealed batches each, one for every test of this module.

    Sealing waits for other test processes, so that all wait together.
    """
    with django_db_blocker.unblock():
        plots = [plot(f"forged-{uuid.uuid4().hex[:10]}") for _test in range(TENANTS)]
        for number in range(BATCHES):
            for tenant in plots:
                write(tenant, number)
            for tenant in plots:
                assert seal_all(tenant).batch >= number + 1
    return plots


@pytest.fixture
def house(transactional_db: None, sealed_tenants: list[Plot]) -> Plot:
    return sealed_tenants.pop()


@pytest.fixture
def forger(house: Plot, migrator_connection: psycopg.Connection) -> Forger:
    return Forger(house, migrator_connection)


def verified(house: Plot, head: Head | None = None) -> Verification:
    with house.active():
        return verify(head)


def fault_of(house: Plot, head: Head | None = None) -> tuple[int | None, str, str]:
    fault = verified(house, head).fault
    assert fault is not None, "the tampering went unnoticed"
    return fault.batch, fault.event_id, fault.what


EDIT = (
    """UPDATE governance_auditevent SET body = replace(body, '"reason":""', '"reason":"forged"')"""
    " WHERE tenant_id = %s"
)


def test_untouched_the_chain_holds_with_and_without_its_head(house: Plot) -> None:
    with house.active():
        head = audit_head()
    assert verified(house).fault is None
    assert verified(house, head).fault is None


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_an_edited_event_is_named(house: Plot, forger: Forger, batch: int) -> None:
    row_id, event_id, _body = forger.event(batch)
    forger.run(
        "UPDATE governance_auditevent SET body = body || ' ' WHERE tenant_id = %s AND id = %s",
        row_id,
    )
    assert fault_of(house) == (batch, event_id, "an event was edited after it was sealed")


def test_an_edit_with_its_leaf_made_to_fit_breaks_the_batch(house: Plot, forger: Forger) -> None:
    row_id, _event_id, _body = forger.event(2)
    forger.run(f"{EDIT} AND id = %s", row_id)
    seal = forger.seals()[1]
    forger.store(replace(forger.resealed(seal, GENESIS), hash=seal.hash))
    assert fault_of(house)[0] == 2
    assert "hash of the batch" in fault_of(house)[2]


def test_an_edit_with_its_batch_sealed_anew_breaks_the_next(house: Plot, forger: Forger) -> None:
    row_id, _event_id, _body = forger.event(2)
    forger.run(f"{EDIT} AND id = %s", row_id)
    forger.rewrite({2})
    assert fault_of(house)[0] == 3


def test_a_deleted_event_is_named(house: Plot, forger: Forger) -> None:
    row_id, event_id, _body = forger.event(2)
    forger.run("DELETE FROM governance_auditevent WHERE tenant_id = %s AND id = %s", row_id)
    assert fault_of(house) == (2, event_id, "a sealed event is missing or its id was edited")


SLIP = (
    "INSERT INTO governance_auditevent (tenant_id, body, txid, recorded_at)"
    " SELECT tenant_id, {body}, txid, recorded_at FROM governance_auditevent"
    " WHERE tenant_id = %s AND id = %s"
)


def test_an_event_dated_back_into_a_batch_is_named(house: Plot, forger: Forger) -> None:
    row_id, event_id, _body = forger.event(1)
    new_id = "00000000-0000-4000-8000-000000000000"
    forger.run(SLIP.format(body=f"replace(body, '{event_id}', '{new_id}')"), row_id)
    assert fault_of(house) == (1, new_id, "an event was slipped in after the batch was sealed")


def test_an_event_slipped_in_under_a_known_id_is_named(house: Plot, forger: Forger) -> None:
    row_id, event_id, _body = forger.event(1)
    forger.run(SLIP.format(body="body || ' '"), row_id)
    assert fault_of(house) == (1, event_id, "an event stands in the batch twice")


@pytest.mark.parametrize(
    ("txid", "said"),
    [
        ("-1", "stands before the first batch"),
        ("9000000000000000000", "belongs to a transaction that has not begun"),
    ],
)
def test_an_event_outside_all_batches_is_named(
    house: Plot, forger: Forger, txid: str, said: str
) -> None:
    row_id, event_id, _body = forger.event(1)
    new_id = "00000000-0000-4000-8000-000000000000"
    slip = SLIP.format(body=f"replace(body, '{event_id}', '{new_id}')")
    forger.run(slip.replace("txid, recorded_at FROM", f"{txid}, recorded_at FROM"), row_id)
    batch, found, what = fault_of(house)
    assert (batch, found) == (None, new_id)
    assert said in what


def test_an_event_moved_to_another_batch_is_missed_where_it_was(
    house: Plot, forger: Forger
) -> None:
    row_id, event_id, _body = forger.event(1)
    target = forger.seals()[2].from_txid
    forger.run(
        "UPDATE governance_auditevent SET txid = v.txid FROM"
        " (SELECT %s::bigint AS t, %s::bigint AS id, %s::bigint AS txid) v"
        " WHERE tenant_id = v.t AND governance_auditevent.id = v.id",
        row_id,
        target,
    )
    assert fault_of(house)[:2] == (1, event_id)


def test_an_edited_time_of_record_is_named(house: Plot, forger: Forger) -> None:
    row_id, event_id, _body = forger.event(2)
    forger.run(
        "UPDATE governance_auditevent SET recorded_at = recorded_at - interval '2 days'"
        " WHERE tenant_id = %s AND id = %s",
        row_id,
    )
    assert fault_of(house) == (None, event_id, "an event's time of record was edited")


def test_a_batch_taken_out_of_the_middle_is_named(house: Plot, forger: Forger) -> None:
    forger.run("DELETE FROM governance_auditseal WHERE tenant_id = %s AND batch = %s", 2)
    assert fault_of(house)[::2] == (3, "batch 2 is missing from the chain")


def test_a_false_total_is_named(house: Plot, forger: Forger) -> None:
    forger.run(
        "UPDATE governance_auditseal SET running_total = 1 WHERE tenant_id = %s AND batch = %s", 2
    )
    assert fault_of(house)[::2] == (2, "the running total does not add up")


def test_a_tail_cut_off_shows_against_the_exported_head(house: Plot, forger: Forger) -> None:
    with house.active():
        head = audit_head()
    first = forger.seals()[-1].from_txid
    forger.run("DELETE FROM governance_auditevent WHERE tenant_id = %s AND txid >= %s", first)
    forger.run("DELETE FROM governance_auditseal WHERE tenant_id = %s AND batch = %s", head.batch)
    assert verified(house).fault is None, "inside the database a cut tail cannot show"
    assert fault_of(house, head)[::2] == (
        head.batch,
        "the exported head is no longer in the chain",
    )


def test_a_chain_written_anew_shows_against_the_exported_head(house: Plot, forger: Forger) -> None:
    with house.active():
        head = audit_head()
    row_id, _event_id, _body = forger.event(1)
    forger.run(f"{EDIT} AND id = %s", row_id)
    forger.rewrite({seal.batch for seal in forger.seals()})
    assert verified(house).fault is None, "inside the database a rewritten chain cannot show"
    assert fault_of(house, head)[::2] == (head.batch, "the hash differs from the exported head")


def test_later_batches_keep_an_older_head_good(house: Plot) -> None:
    with house.active():
        head = audit_head()
    write(house, 9)
    seal_all(house)
    assert verified(house, head).fault is None


def test_the_guards_stop_even_the_owner(house: Plot, forger: Forger) -> None:
    refusals: list[Callable[[], object]] = [
        lambda: forger.connection.execute(f"{EDIT} AND true", [forger.tenant]),
        lambda: forger.connection.execute(
            "DELETE FROM governance_auditseal WHERE tenant_id = %s", [forger.tenant]
        ),
        lambda: forger.connection.execute("TRUNCATE governance_auditevent"),
        lambda: forger.connection.execute("TRUNCATE governance_auditseal CASCADE"),
    ]
    for attempt in refusals:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            attempt()
