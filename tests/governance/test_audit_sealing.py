"""Sealing: every event exactly once, whoever writes, rolls back or commits late meanwhile (A2)."""

import random
import threading
import time
from functools import partial

import pytest
from django.db import connection, transaction

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent, AuditSeal
from governance.audit.rules import split_leaves
from governance.audit.selectors import audit_head, seals_for, verify
from governance.audit.services import Subject, record, seal
from governance.events.services import tenants_with_work
from governance.tasks import seal_audit
from tests.houses import House, World
from tests.racing import errors_in, race
from tests.sealing import PATIENCE, seal_all

SUBJECT = Subject("measure", "M-000001", "x")


@pytest.fixture
def house(lasting_world: World) -> House:
    return lasting_world.alpha


def write(house: House, count: int = 1) -> None:
    with house.active():
        by = house.system()
        for _event in range(count):
            record(AuditAction.MEASURE_CHANGED, subject=SUBJECT, by=by)


def event_ids(house: House) -> list[str]:
    with house.active():
        return list(AuditEvent.objects.order_by("txid", "id").values_list("public_id", flat=True))


def sealed_ids(house: House) -> list[str]:
    with house.active():
        seals = AuditSeal.objects.order_by("batch")
        return [event_id for row in seals for event_id, _hash in split_leaves(bytes(row.leaves))]


def test_what_is_written_is_sealed_once_and_verifies(house: House) -> None:
    for _batch in range(3):
        write(house, 2)
        seal_all(house)
    assert sealed_ids(house) == event_ids(house)
    with house.active():
        found = verify()
        assert found.fault is None
        assert found.unsealed == 0
        assert found.head.events == len(event_ids(house))
        assert found.head == audit_head()


def test_nothing_new_makes_no_batch(house: House) -> None:
    head = seal_all(house)
    with house.active():
        assert seal() == 0
    assert seal_all(house) == head


def test_before_the_first_batch_the_head_is_empty(house: House) -> None:
    with house.active():
        head = audit_head()
        assert (head.batch, head.hash, head.events) == (0, "", 0)
        assert verify(head).fault is None


def test_an_event_knows_its_batch_once_it_is_sealed(house: House) -> None:
    seal_all(house)
    write(house)
    with house.active():
        old, new = AuditEvent.objects.order_by("id").first(), AuditEvent.objects.latest("id")
        found = seals_for([old, new])
        assert set(found) == {old.pk}
        assert found[old.pk][0] >= 1
        assert seals_for([]) == {}


def test_an_open_transaction_holds_back_what_might_come_before_it(house: House) -> None:
    """A high-water mark over row ids would seal the later event first and lose the earlier one."""
    seal_all(house)
    opened, finish = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with house.active():
            record(AuditAction.MEASURE_CHANGED, subject=SUBJECT, by=house.system(), reason="slow")
            opened.set()
            finish.wait(30)

    thread = threading.Thread(target=lambda: race(slow_writer), daemon=True)
    thread.start()
    assert opened.wait(30)
    write(house)
    with house.active():
        assert seal() == 0
    finish.set()
    thread.join(30)
    seal_all(house)
    assert sorted(sealed_ids(house)) == sorted(event_ids(house))


def test_two_sealers_never_seal_the_same(house: House) -> None:
    write(house, 20)

    def sealer() -> list[int]:
        counts = []
        for _turn in range(10):
            with house.active():
                counts.append(seal())
        return counts

    assert errors_in(race(*[sealer] * 4)) == []
    seal_all(house)
    assert sealed_ids(house) == event_ids(house)


def test_a_sealer_steps_back_while_another_works(house: House) -> None:
    locked, finish = threading.Event(), threading.Event()

    def first() -> None:
        with house.active():
            seal()
            locked.set()
            finish.wait(30)

    thread = threading.Thread(target=lambda: race(first), daemon=True)
    thread.start()
    assert locked.wait(30)
    with house.active():
        assert seal() == -1
    finish.set()
    thread.join(30)


@pytest.mark.slow
def test_writers_rollbacks_and_late_committers_are_all_sealed_exactly_once(house: House) -> None:
    stop = threading.Event()

    def writer(number: int) -> int:
        chance, written = random.Random(number), 0  # noqa: S311  # chance, not secrecy
        for _turn in range(25):
            is_lost = chance.random() < 0.25
            with house.active():
                record(AuditAction.MEASURE_CHANGED, subject=SUBJECT, by=house.system())
                with transaction.atomic():
                    record(AuditAction.MEASURE_MOVED, subject=SUBJECT, by=house.system())
                    if chance.random() < 0.3:
                        transaction.set_rollback(True)
                time.sleep(chance.random() * 0.02)
                transaction.set_rollback(is_lost or transaction.get_rollback())
            written += not is_lost
        return written

    def sealer() -> int:
        batches = 0
        while not stop.is_set():
            with house.active():
                batches += seal() > 0
            connection.close()
        return batches

    def writers() -> list[int]:
        results = race(*(partial(writer, number) for number in range(6)))
        stop.set()
        assert errors_in(results) == []
        return results

    results = race(writers, sealer, sealer)
    assert errors_in(results) == []
    seal_all(house)
    assert sealed_ids(house) == event_ids(house)
    assert len(set(sealed_ids(house))) == len(sealed_ids(house))
    with house.active():
        assert verify().fault is None


def test_the_worker_seals_every_tenant_and_one_broken_chain_stops_no_other(
    lasting_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    alpha, beta = lasting_world.houses
    with alpha.active():
        # A forged batch of the far future: nothing ever comes after it.
        AuditSeal.objects.create(
            batch=2**63 - 1, from_txid=0, to_txid=1, event_count=1, leaves=b"", hash=b""
        )
    complaint = f"the audit of tenant {alpha.tenant.pk} could not be sealed"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        seal_audit()
        if complaint in caplog.text and beta.tenant.pk not in tenants_with_work("audit"):
            break
        time.sleep(0.05)
    assert complaint in caplog.text
    assert sealed_ids(beta) == event_ids(beta)
