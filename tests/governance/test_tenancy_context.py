"""The active tenant: set for a transaction, restored on the way out, never leaked by the pool."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.tenancy.context import (
    NoActiveTenant,
    NotInTransaction,
    active_tenant_id,
    has_active_tenant,
    tenant_scope,
    tenant_transaction,
)
from governance.tree.models import Node
from tests.houses import House, World
from tests.racing import errors_in, race


def told() -> str:
    """Which tenant the database believes to be active."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        return cursor.fetchone()[0] or ""


def test_there_is_no_tenant_to_begin_with(db: None) -> None:
    assert not has_active_tenant()
    assert told() == ""
    with pytest.raises(NoActiveTenant):
        active_tenant_id()


@pytest.mark.django_db(transaction=True)
def test_a_tenant_needs_a_transaction() -> None:
    with pytest.raises(NotInTransaction), tenant_scope(1):
        pass


def test_scopes_nest_and_each_restores_the_former(world: World) -> None:
    first, second = world.alpha.tenant.pk, world.beta.tenant.pk
    with tenant_transaction(first):
        assert (active_tenant_id(), told()) == (first, str(first))
        with tenant_scope(second):
            assert (active_tenant_id(), told()) == (second, str(second))
            with tenant_scope(first):
                assert told() == str(first)
            assert told() == str(second)
        assert (active_tenant_id(), told()) == (first, str(first))
    assert not has_active_tenant()
    assert told() == ""


def test_an_exception_restores_the_former_tenant_too(world: World) -> None:
    first, second = world.alpha.tenant.pk, world.beta.tenant.pk
    with tenant_transaction(first):
        with pytest.raises(LookupError), tenant_scope(second):
            raise LookupError
        assert (active_tenant_id(), told()) == (first, str(first))


def _fail_in_database() -> None:
    Node.objects.create(level=9, path="x", code="x", name="x", sort_key="x")


def _fail_in_code() -> None:
    raise LookupError


@pytest.mark.parametrize("fail", [_fail_in_database, _fail_in_code])
def test_a_savepoint_rolled_back_inside_restores_the_former_tenant(
    world: World, fail: Callable[[], None]
) -> None:
    first, second = world.alpha.tenant.pk, world.beta.tenant.pk
    with tenant_transaction(first):
        with pytest.raises((DatabaseError, LookupError)), tenant_transaction(second):
            fail()
        assert (active_tenant_id(), told()) == (first, str(first))
        assert Node.objects.filter(level=0).get().pk == world.alpha.root.pk


def test_a_rollback_on_request_restores_the_former_tenant(world: World) -> None:
    first, second = world.alpha.tenant.pk, world.beta.tenant.pk
    with tenant_transaction(first):
        with tenant_transaction(second):
            transaction.set_rollback(True)
        assert (active_tenant_id(), told()) == (first, str(first))


def test_waiting_for_a_lock_ends_after_three_seconds(in_alpha: House) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)


def _bend_path(house: House) -> None:
    record(AuditAction.NODE_CHANGED, subject=Subject("node", "x", "x"), by=house.system())
    Node.objects.filter(pk=house.package.pk).update(path="1/2/3/")


def test_deferred_guards_are_checked_before_the_tenant_goes(lasting_world: World) -> None:
    """At the commit itself they would see no row of the tenant, and agree."""
    house = lasting_world.alpha
    with pytest.raises(IntegrityError, match="does not continue"), house.active():
        _bend_path(house)


def test_deferred_guards_are_checked_before_another_tenant_comes(lasting_world: World) -> None:
    alpha, beta = lasting_world.houses

    def bend_and_switch() -> None:
        with alpha.active():
            _bend_path(alpha)
            with tenant_scope(beta.tenant.pk):
                pytest.fail("the other tenant became active over an unchecked change")

    with pytest.raises(IntegrityError, match="does not continue"):
        bend_and_switch()


def test_the_path_guard_fails_closed_when_its_tenant_is_gone(lasting_world: World) -> None:
    alpha, beta = lasting_world.houses

    def sneak() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL app.tenant_id = '{alpha.tenant.pk}'")
            cursor.execute(
                "INSERT INTO governance_auditevent (tenant_id, body) VALUES (%s, %s)",
                [alpha.tenant.pk, '{"id": "00000000-0000-0000-0000-000000000000", "action": "x"}'],
            )
            cursor.execute(
                "UPDATE governance_node SET path = '1/2/' WHERE id = %s", [alpha.package.pk]
            )
            cursor.execute(f"SET LOCAL app.tenant_id = '{beta.tenant.pk}'")

    with pytest.raises(IntegrityError):
        sneak()


def test_a_thread_of_its_own_has_no_tenant(in_alpha: House) -> None:
    seen: list[bool] = []
    thread = threading.Thread(target=lambda: seen.append(has_active_tenant()))
    thread.start()
    thread.join()
    assert seen == [False]


def _look_around(house: House, *, and_fail: bool) -> list[str]:
    """What a transaction in this house sees that it should not."""
    leaks = [f"before: {told()}"] if told() else []
    with suppress(LookupError), house.active():
        roots = list(Node.objects.filter(level=0).values_list("pk", flat=True))
        if roots != [house.root.pk] or told() != str(house.tenant.pk):
            leaks.append(f"inside: {roots}")
        if and_fail:
            _fail_in_code()
    if told():
        leaks.append(f"after: {told()}")
    connection.close()  # back to the pool, for whoever comes next
    return leaks


def test_the_pool_leaks_no_tenant(lasting_world: World) -> None:
    """200 transactions in 8 threads, two tenants in turn, some failing, on shared connections."""

    def visit(number: int) -> list[str]:
        return [
            leak
            for turn in range(25)
            for leak in _look_around(
                lasting_world.houses[(number + turn) % 2], and_fail=turn % 5 == 0
            )
        ]

    results = race(*(partial(visit, number) for number in range(8)))
    assert errors_in(results) == []
    assert results == [[]] * 8
