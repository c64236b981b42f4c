"""The kernel's work outside requests: outbox, sealing, failed tasks, heartbeat, mails."""

import logging
import socket
from typing import Any

from celery import current_app, shared_task
from django.db import DatabaseError

from governance.audit.services import seal
from governance.background import services as background
from governance.events import services as events
from governance.notifications.post import post
from governance.notifications.proposals import proposal_tell
from governance.notifications.services_digests import digests_gather
from governance.notifications.services_mails import mails_send, texts_forget
from governance.operations.services import queues_note
from governance.people.invitations import invite
from governance.permissions.selectors import system_actor
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant

log = logging.getLogger(__name__)


def send(task: str, *, task_id: str, kwargs: dict[str, Any], **options: Any) -> None:
    """Hand one task to the broker under a deterministic id; raises when the broker is away.

    `options` of one that is sent again: its queue, and how often it was tried.
    """
    current_app.send_task(task, task_id=task_id, kwargs=kwargs, retry=False, **options)


def nudge() -> None:
    """Ask a worker to drain now; best effort, the scheduler does it every second anyway."""
    current_app.send_task("governance.drain_outbox", retry=False, expires=5)


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
    """Seal every tenant's ready events; one tenant at a time, one sealer per tenant.

    A tenant whose chain cannot be continued is logged and does not hold up the others.
    """
    sealed = 0
    for tenant_id in events.tenants_with_work("audit"):
        try:
            with tenant_transaction(tenant_id):
                sealed += max(0, seal())
        except (DatabaseError, ValueError):
            log.exception("the audit of tenant %s could not be sealed", tenant_id)
    return sealed


@shared_task(name="governance.resend_tasks")
def resend_tasks() -> int:
    """Send failed tasks again whose next try is due; safe to run twice and side by side."""
    sent = background.failed_resend(None, send=send)
    for tenant_id in events.tenants_with_work("failed_tasks"):
        while count := background.failed_resend(tenant_id, send=send):
            sent += count
    return sent


@shared_task(name="governance.heartbeat")
def heartbeat() -> None:
    """Say that a worker on this machine is alive."""
    events.heartbeat(socket.gethostname())


@shared_task(name="governance.watch_queues")
def watch_queues() -> int:
    """Note what waits in the queues of the database, for the metrics; safe to run twice."""
    return queues_note()


def broker_lengths() -> dict[str, int]:
    """How many messages wait in each queue of the broker; raises when it is away."""
    with current_app.connection_for_read() as connection:
        # What both transports answer; the public way declares the queue as well.
        channel: Any = connection.default_channel
        names = [queue.name for queue in current_app.conf.task_queues]
        return {name: channel._size(name) if channel._has_queue(name) else 0 for name in names}


@shared_task(name="governance.mail_invitation")
def mail_invitation(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Invite a new member by mail, once per event."""
    with tenant_transaction(tenant_id):
        if events.consume_once("governance.mail_invitation", event_id):
            invite(key, message_id=event_id, is_new_user=bool(payload.get("is_new_user")))


@shared_task(name="governance.send_mails")
def send_mails() -> int:
    """Send what is due of every tenant; how many. Safe to run twice and side by side.

    Once the server is away the rest waits for the next run.
    """
    sent = 0
    for tenant_id in events.tenants_with_work("mails"):
        run = mails_send(tenant_id, post=post)
        sent += run.count
        if run.is_away:
            break
    return sent


@shared_task(name="governance.forget_texts")
def forget_texts() -> int:
    """Empty the texts of every tenant's mails that went long ago; how many. Safe to run twice."""
    forgotten = 0
    for tenant_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with tenant_transaction(tenant_id):
            forgotten += texts_forget()
    return forgotten


@shared_task(name="governance.gather_digests")
def gather_digests() -> int:
    """Make the daily mails that may go now; how many. Safe to run twice and side by side."""
    made = 0
    for tenant_id in events.tenants_with_work("digests"):
        try:
            with tenant_transaction(tenant_id):
                made += digests_gather(by=system_actor(tenant_id, via="worker"))
        except DatabaseError:
            log.exception("the daily mails of tenant %s could not be made", tenant_id)
    return made


@shared_task(name="governance.tell_of_proposal")
def tell_of_proposal(*, tenant_id: int, event_id: str, key: str, payload: dict[str, Any]) -> None:
    """Tell of what waits for a second person, or that it waits no more; once per event."""
    with tenant_transaction(tenant_id):
        is_first = events.consume_once("governance.tell_of_proposal", event_id)
        # What the release before this one published does not say what waits.
        if is_first and "noun" in payload:
            by = system_actor(tenant_id, via="worker")
            proposal_tell(noun=payload["noun"], key=str(payload.get("proposal", key)), by=by)
