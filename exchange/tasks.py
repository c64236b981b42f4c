"""The import studio's work outside requests."""

from typing import Any

from celery import shared_task

from exchange.services.work import import_work, imports_resume
from governance.events.services import tenants_with_work


@shared_task(name="exchange.work_import")
def work_import(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Read, check, write or take back one import, whatever it waits for; safe to run twice."""
    import_work(tenant_id, key)


@shared_task(name="exchange.resume_imports")
def resume_imports() -> int:
    """Take up imports that a dead worker left behind."""
    return sum(imports_resume(tenant_id) for tenant_id in tenants_with_work("imports"))
