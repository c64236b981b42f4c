"""Exports asked for and made by hand, as a worker would."""

import json
import uuid
from datetime import timedelta

from django.utils import timezone

from exchange.models import Export
from exchange.tasks import make_export
from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.services import Subject, record
from tests.exchange.taking_out import ask
from tests.houses import House


def asked(house: House, who: str = "pmo", **more: str) -> Export:
    answer = ask(house, who, "measures", **more)
    assert (answer.status_code, answer["Location"]) == (302, house.page("exports/"))
    with house.active():
        return Export.objects.select_related("file").order_by("-id")[0]


def run(house: House, export: Export) -> bool:
    return make_export(tenant_id=house.tenant.pk, event_id=str(uuid.uuid4()), key=key_of(export))


def key_of(export: Export) -> str:
    return str(export.public_id)


def fresh(house: House, export: Export) -> Export:
    with house.active():
        return Export.objects.select_related("file").get(pk=export.pk)


def made(house: House, export: Export) -> int:
    """How often the trail says that this file was taken out."""
    with house.active():
        bodies = AuditEvent.objects.values_list("body", flat=True)
        return sum(json.loads(body)["action"] == "export.made" for body in bodies)


def note(house: House) -> None:
    """The trail's entry of a change that a test makes by hand."""
    subject = Subject("measure", "M-1", "by hand")
    record(AuditAction.MEASURE_CHANGED, subject=subject, by=house.system())


def age(house: House, export: Export, by: timedelta) -> None:
    with house.active():
        Export.objects.filter(pk=export.pk).update(beat_at=timezone.now() - by)
