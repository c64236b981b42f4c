"""Which tenant is active: the one helper that tells the database, and restores it on exit."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction
from psycopg.pq import TransactionStatus

LOCK_TIMEOUT = "3s"

_active: ContextVar[int | None] = ContextVar("active_tenant", default=None)


class NoActiveTenant(RuntimeError):
    """A tenant's data was asked for while no tenant was active (belt 1 fails closed)."""


class AnotherTenant(RuntimeError):
    """A row of one tenant was to be saved while another is active: it would become a copy there."""


class NotInTransaction(RuntimeError):
    """A tenant can only be active inside a transaction: the database forgets it at the end."""


def active_tenant_id() -> int:
    """The active tenant's id; raises `NoActiveTenant` where there is none."""
    tenant_id = _active.get()
    if tenant_id is None:
        raise NoActiveTenant("no tenant is active; use tenant_transaction(tenant_id)")
    return tenant_id


def tenant_for_saving(current: int | None) -> int:
    """The tenant a row is saved under; raises `AnotherTenant` if it belongs elsewhere already."""
    tenant_id = active_tenant_id()
    if current is not None and current != tenant_id:
        raise AnotherTenant(f"a row of tenant {current} while tenant {tenant_id} is active")
    return tenant_id


def has_active_tenant() -> bool:
    return _active.get() is not None


def _tell_database(tenant_id: int | None) -> None:
    # SET LOCAL and not set_config(): a sharded PostgreSQL hands only the former to its workers.
    value = "" if tenant_id is None else str(int(tenant_id))
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant_id = '{value}'")


@contextmanager
def tenant_scope(tenant_id: int) -> Iterator[None]:
    """Make one tenant active for the rest of this transaction or block, then restore the former.

    SET LOCAL outlives a savepoint, so the former value is written back by hand; after an error
    the transaction is beyond talking to and its rollback forgets the setting anyway. Deferred
    constraints are checked before the tenant goes: at the commit they would see none of its rows.
    Raises `NotInTransaction` outside a transaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("tenant_scope needs an open transaction")
    previous = _active.get()
    if previous not in {None, int(tenant_id)}:
        _check_deferred_constraints()
    token = _active.set(int(tenant_id))
    try:
        _tell_database(tenant_id)
        yield
        if not connection.needs_rollback:
            _check_deferred_constraints()
    finally:
        _active.reset(token)
        _restore(previous)


def _check_deferred_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _restore(previous: int | None) -> None:
    """Write the former tenant back, unless the transaction is over or refuses to listen."""
    raw = connection.connection
    if raw is None or raw.closed or connection.needs_rollback:
        return
    if raw.info.transaction_status is TransactionStatus.INTRANS:
        _tell_database(previous)


@contextmanager
def tenant_transaction(tenant_id: int) -> Iterator[None]:
    """One transaction with one active tenant: how requests, tasks and commands touch tenant data.

    Waiting for a row lock ends after three seconds (`busy`), so that requests never pile up.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        with tenant_scope(tenant_id):
            yield
