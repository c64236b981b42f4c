"""Deliveries and failures for tests of background work."""

import uuid
from typing import Any

from governance.background.choices import FailureKind
from governance.background.models import FailedTask
from governance.background.rules import MOST_TRIES, Delivery, Failure
from governance.background.services import delivery_fail
from tests.houses import Plot

TASK = "governance.mail_invitation"
REFUSAL = Failure(FailureKind.REFUSED, "governance.errors.Refused", "Refused: no")
AWAY = Failure(FailureKind.TRANSIENT, "django.db.utils.OperationalError", "the server is away")
FAULT = Failure(FailureKind.FAULT, "builtins.ValueError", "ValueError: x")


def delivery(place: Plot | None, **values: Any) -> Delivery:
    """A message for a tenant, or for none; every call is another one."""
    event_id = str(uuid.uuid4())
    tenant_id = place.tenant.pk if place else None
    arguments = {"tenant_id": tenant_id, "event_id": event_id, "key": "k", "payload": {}}
    given = {"task": TASK, "task_id": f"{event_id}:{TASK}", "queue": "mail"}
    return Delivery(**{**given, "arguments": arguments, "tenant_id": tenant_id, **values})


def fail(message: Delivery, failure: Failure, times: int | None = None) -> None:
    """Fail so often, or as often as it takes to be given up."""
    for _try in range(MOST_TRIES[failure.kind] if times is None else times):
        delivery_fail(message, failure)


def dead_letter(place: Plot, **values: Any) -> FailedTask:
    """A dead letter of a tenant."""
    message = delivery(place, **values)
    fail(message, REFUSAL)
    with place.active():
        return FailedTask.objects.get(task_id=message.key)
