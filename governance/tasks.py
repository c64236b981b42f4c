"""The kernel's work outside requests: outbox, sealing, heartbeat, invitations."""

import socket
from typing import Any

from celery import current_app, shared_task

from governance.audit.services import seal
from governance.events import services as events
from governance.people.invitations import invite
from governance.tenancy.context import tenant_transaction


def send(task: str, *, task_id: str, kwargs: dict[str, Any]) -> None:
    """Hand one task to the broker under a deterministic id; raises when the broker is away."""
    current_app.send_task(task, task_id=task_id, kwargs=kwargs, retry=False)


def nudge() -> None:
    """Ask a worker to drain now; best effort, the scheduler does it every second anyway."""
    current_app.send_task("governance.drain_outbox", retry=False, expires=5)


events.set_kicker(nudge)


@shared_task(name="governance.drain_outbox")
def drain_outbox() -> int:
    """Hand every tenant's waiting events to the broker; safe to run twice and side by side."""
    handed = 0
    for tenant_id in events.tenants_with_work("outbox"):
        while count := events.drain(tenant_id, send=send):
            handed += count
    return handed


@shared_task(name="governance.seal_audit")
def seal_audit() -> int:
    """Seal every tenant's ready events; one tenant at a time, one sealer per tenant."""
    sealed = 0
    for tenant_id in events.tenants_with_work("audit"):
        with tenant_transaction(tenant_id):
            sealed += max(0, seal())
    return sealed


@shared_task(name="governance.heartbeat")
def heartbeat() -> None:
    """Say that a worker on this machine is alive."""
    events.heartbeat(socket.gethostname())


@shared_task(name="governance.mail_invitation", max_retries=8, retry_backoff=True)
def mail_invitation(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Invite a new member by mail, once per event."""
    with tenant_transaction(tenant_id):
        if events.consume_once("governance.mail_invitation", event_id):
            invite(key, message_id=event_id, is_new_user=bool(payload.get("is_new_user")))
