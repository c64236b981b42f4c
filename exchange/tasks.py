"""Work of this app outside requests: imports and exports, lost ones resumed, old ones gone."""

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from celery import shared_task
from django.utils import translation

from exchange.exports import services
from exchange.exports.making import Plan, plan_of
from exchange.models import Export
from exchange.services.work import import_work, imports_resume
from governance.errors import DomainError, Forbidden
from governance.events.services import tenants_with_work
from governance.people.selectors import live_memberships
from governance.permissions.selectors import actor_for
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from governance.web.lists import Cell, Reader


class _LostTurn(Exception):
    """Another worker makes this file now, or nobody wants it any more."""


@shared_task(name="exchange.make_export")
def make_export(*, tenant_id: int, key: str, **_event: Any) -> bool:
    """Make the file that `key` names; safe to run twice and side by side. Whether it was made.

    It reads batch by batch, each in a short transaction, with the rights the person has now.
    """
    with tenant_transaction(tenant_id):
        export = services.export_claim(key)
    if export is None:
        return False
    try:
        with translation.override(export.language):
            return _made(tenant_id, export)
    except _LostTurn:
        return False
    except DomainError as error:
        with tenant_transaction(tenant_id):
            services.export_fail(export, error.code)
        return False


def _made(tenant_id: int, export: Export) -> bool:
    with tenant_transaction(tenant_id):
        reader = _reader(tenant_id, export)
        plan = plan_of(services.wanted_of(export), reader)
    with tempfile.TemporaryFile() as target:
        plan.write(target, _rows(tenant_id, export, plan))
        with tenant_transaction(tenant_id):
            return services.export_finish(export, plan=plan, target=target, by=reader.by)


def _reader(tenant_id: int, export: Export) -> Reader:
    """The person who asked, with the rights of this moment; raises `Forbidden` for a former one."""
    member = live_memberships().filter(pk=export.created_by_id).first()
    if member is None:
        raise Forbidden
    return Reader(actor_for(member, via="worker"), Tenant.objects.get(pk=tenant_id))


def _rows(tenant_id: int, export: Export, plan: Plan) -> Iterator[Sequence[Cell]]:
    done, total = 0, len(plan.ids)
    for ids in plan.batches():
        with tenant_transaction(tenant_id):
            if not services.export_progress(export, done=done, total=total):
                raise _LostTurn
            rows = plan.cells(ids)
        yield from rows
        done += len(ids)
    with tenant_transaction(tenant_id):
        if not services.export_progress(export, done=done, total=total):
            raise _LostTurn


@shared_task(name="exchange.resume_exports")
def resume_exports() -> int:
    """Ask again for exports whose worker died; the bulk queue makes them."""
    resumed = 0
    for tenant_id in tenants_with_work("exports"):
        with tenant_transaction(tenant_id):
            resumed += services.exports_resume()
    return resumed


@shared_task(name="exchange.forget_exports")
def forget_exports() -> int:
    """Remove exports that are older than a week."""
    gone = 0
    for tenant_id in tenants_with_work("old_exports"):
        with tenant_transaction(tenant_id):
            gone += services.exports_forget()
    return gone


@shared_task(name="exchange.work_import")
def work_import(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Read, check, write or take back one import, whatever it waits for; safe to run twice."""
    import_work(tenant_id, key)


@shared_task(name="exchange.resume_imports")
def resume_imports() -> int:
    """Take up imports that a dead worker left behind."""
    return sum(imports_resume(tenant_id) for tenant_id in tenants_with_work("imports"))
